//! Where a reference stands in a script of PowerShell, and how it is written there: `${env:SSM_name}` everywhere.
//!
//! That is one argument among words, whatever the value is, and the value inside double quotes and `@"..."@`. In single
//! quotes and `@'...'@` nothing expands, and it stays as text. A backtick right before a reference stands for itself,
//! and so does a dollar sign.

use super::Place;

/// Follows a script. What was opened last is on top; below all is code.
#[derive(Debug, Default)]
pub(in crate::document) struct PowerShell {
    frames: Vec<Frame>,
    /// Up to two characters that came last.
    last: [Option<char>; 2],
    /// A backtick came last, which escapes.
    escaped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// `$(` inside double quotes, with how many parentheses are open.
    Code(usize),
    Double,
    Single,
    /// `@"` or `@'` to the same at the begin of a line.
    HereDouble,
    HereSingle,
    LineComment,
    BlockComment,
}

impl PowerShell {
    /// Goes over a piece of the script.
    pub(super) fn pass(&mut self, text: &str) {
        for letter in text.chars() {
            if !std::mem::take(&mut self.escaped) {
                self.step(letter);
            }
            self.last = [self.last[1], Some(letter)];
        }
    }

    /// Goes over a reference, and writes it behind what was passed last.
    pub(super) fn refer(&mut self, name: &str, script: &mut String) -> Place {
        let place = match self.frames.last() {
            None | Some(Frame::Code(_)) => Place::Word,
            Some(Frame::Double | Frame::HereDouble) => Place::Expanding,
            Some(Frame::Single | Frame::HereSingle) => Place::Literal,
            Some(Frame::LineComment | Frame::BlockComment) => Place::Comment,
        };
        let expands = matches!(place, Place::Word | Place::Expanding);
        if std::mem::take(&mut self.escaped) {
            script.push('`');
        } else if expands && script.ends_with('$') {
            script.pop();
            script.push_str("`$");
        }
        script.push_str(&format!("${{env:SSM_{name}}}"));
        self.last = [None, Some('}')];
        place
    }

    fn step(&mut self, letter: char) {
        let [before, last] = self.last;
        match (self.frames.last().copied(), letter) {
            (None | Some(Frame::Code(_)), _) => self.step_in_code(letter),
            (Some(Frame::LineComment), '\n') => {
                self.frames.pop();
            }
            (Some(Frame::BlockComment), '>') if last == Some('#') => {
                self.frames.pop();
            }
            (Some(Frame::Double | Frame::HereDouble), '`') => self.escaped = true,
            (Some(Frame::Double | Frame::HereDouble), '(') if last == Some('$') => self.frames.push(Frame::Code(1)),
            (Some(Frame::Double), quote) if is_double(quote) => {
                self.frames.pop();
            }
            (Some(Frame::Single), quote) if is_single(quote) => {
                self.frames.pop();
            }
            (Some(here @ (Frame::HereDouble | Frame::HereSingle)), '@') => {
                let is_quote = if here == Frame::HereDouble { is_double } else { is_single };
                if last.is_some_and(is_quote) && before == Some('\n') {
                    self.frames.pop();
                }
            }
            _ => {}
        }
    }

    fn step_in_code(&mut self, letter: char) {
        let last = self.last[1];
        match letter {
            '`' => self.escaped = true,
            '#' if last == Some('<') => self.frames.push(Frame::BlockComment),
            '#' if last.is_none_or(|last| last.is_whitespace() || ";(){}|&,=".contains(last)) => {
                self.frames.push(Frame::LineComment);
            }
            quote if is_double(quote) => {
                self.frames.push(if last == Some('@') { Frame::HereDouble } else { Frame::Double });
            }
            quote if is_single(quote) => {
                self.frames.push(if last == Some('@') { Frame::HereSingle } else { Frame::Single });
            }
            '(' | ')' => self.count(letter == '('),
            _ => {}
        }
    }

    /// Counts a parenthesis inside `$(`; elsewhere they mean nothing here.
    fn count(&mut self, opens: bool) {
        match self.frames.last_mut() {
            Some(Frame::Code(open)) if opens => *open += 1,
            Some(Frame::Code(open)) if *open > 1 => *open -= 1,
            Some(Frame::Code(_)) => {
                self.frames.pop();
            }
            _ => {}
        }
    }
}

/// PowerShell takes typographic quotes for plain ones.
fn is_double(letter: char) -> bool {
    matches!(letter, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

fn is_single(letter: char) -> bool {
    matches!(letter, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}
