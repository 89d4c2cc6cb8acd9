//! Where a reference stands in a script of a POSIX shell, and how it is written there.
//!
//! | Where | Written |
//! |---|---|
//! | among words | `"${SSM_name}"` |
//! | inside double quotes, `${x:-...}` inside them, or a here-document | `${SSM_name}` |
//! | inside single quotes | `'"${SSM_name}"'`, with `$'` behind it where they began so |
//! | in `$((...))` | `${SSM_name}`: the shell evaluates the value |
//! | in `((...))` | `"${SSM_name}"`: it evaluates the value all the same |
//! | in a here-document whose delimiter is quoted | `${SSM_name}`, which nothing expands |
//! | in a comment | `${SSM_name}` |
//!
//! A backslash right before a reference stands for itself, and so does a dollar sign.
//!
//! This follows quotes, substitutions and here-documents as POSIX has them, with `$'...'`, `((...))` and `<<<` of other
//! shells. It is no parser: a script can be written so that a place is taken for another. Then a value can come in
//! pieces, or not at all, but it is still no program: only these texts are put in. What a shell evaluates itself is
//! another matter: the value of an arithmetic expression (`$((...))`, `((...))`, `let`, `[[ ... -eq ... ]]`, the subscript of
//! an array, `test -v`) may run commands in bash, ksh and zsh, however it is quoted.

use std::collections::VecDeque;

use super::Place;

/// Most here-documents inside one another that are followed; inner ones count as commands. Our choice.
const MAX_NESTED: usize = 16;

/// Follows a script. What was opened last is on top.
#[derive(Debug)]
pub(in crate::document) struct Shell {
    frames: Vec<Frame>,
    /// Here-documents whose text begins with the next line.
    waiting: VecDeque<HereDocument>,
    /// Those whose text this is, from the outermost; the shell looks for their ends before anything else.
    bodies: Vec<Body>,
    /// The line so far, inside a here-document.
    line: String,
    word: Word,
    /// A backslash came last.
    escaped: bool,
    /// A dollar sign that begins nothing came last.
    dollar: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Commands {
        end: End,
        /// `case` words without their `esac`.
        cases: usize,
        /// Inside `((`, where `<<` and `#` are operators.
        arithmetic: bool,
    },
    DoubleQuotes,
    SingleQuotes {
        /// Begun with `$'`: a backslash escapes.
        dollar: bool,
    },
    /// `${name...`
    Braces {
        /// Single quotes mean nothing, and nothing is split.
        quoted: bool,
    },
    /// `$((`
    Arithmetic {
        open: usize,
    },
    HereDocument {
        expands: bool,
    },
    Comment,
}

/// What ends a list of commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Script,
    /// `)` of `(`.
    Group,
    /// `)` of `$(`.
    Substitution,
    Backquote,
}

#[derive(Debug)]
struct HereDocument {
    delimiter: String,
    /// `<<-`
    strips_tabs: bool,
    expands: bool,
}

#[derive(Debug)]
struct Body {
    document: HereDocument,
    /// How many frames were open before it.
    frames: usize,
}

/// The word that the script is in, as far as `case` and `esac` need it.
#[derive(Debug)]
struct Word {
    /// Its first characters.
    text: String,
    /// Some of it has come.
    begun: bool,
    /// Nothing in it was quoted or expanded.
    plain: bool,
    /// A command may begin here, so that it can be a keyword.
    is_command: bool,
}

impl Default for Shell {
    fn default() -> Self {
        Self {
            frames: vec![Frame::commands(End::Script, false)],
            waiting: VecDeque::new(),
            bodies: Vec::new(),
            line: String::new(),
            word: Word::at_command(),
            escaped: false,
            dollar: false,
        }
    }
}

impl Frame {
    fn commands(end: End, arithmetic: bool) -> Self {
        Self::Commands { end, cases: 0, arithmetic }
    }
}

impl Shell {
    /// Goes over a piece of the script.
    pub(super) fn pass(&mut self, text: &str) {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            self.dollar = false;
            let passed = if first == '\n' { self.newline() } else { self.step(first, rest) };
            if first != '\n' && !self.bodies.is_empty() {
                self.line.push_str(&rest[..passed]);
            }
            rest = &rest[passed..];
        }
    }

    /// Goes over a reference, and writes it behind what was passed last.
    pub(super) fn refer(&mut self, name: &str, script: &mut String) -> Place {
        let place = self.place();
        let variable = format!("${{SSM_{name}}}");
        let written = match place {
            Place::Word => format!("\"{variable}\""),
            Place::SingleQuotes => format!("'\"{variable}\"'"),
            Place::DollarQuotes => format!("'\"{variable}\"$'"),
            Place::Expanding | Place::Arithmetic | Place::Literal | Place::Comment => variable,
        };
        if std::mem::take(&mut self.escaped) {
            script.push('\\');
        }
        if std::mem::take(&mut self.dollar) && script.ends_with('$') {
            script.pop();
            script.push_str("\\$");
        }
        script.push_str(&written);
        if !self.bodies.is_empty() {
            self.line.push_str(&written);
        }
        if place == Place::Word {
            self.word.mix();
        }
        // What `((` opens may be commands, which need the quotes, or an expression, of which they keep nothing off.
        if matches!(self.top(), Frame::Commands { arithmetic: true, .. }) { Place::Arithmetic } else { place }
    }

    fn place(&self) -> Place {
        match self.top() {
            Frame::Commands { .. } | Frame::Braces { quoted: false } => Place::Word,
            Frame::DoubleQuotes | Frame::Braces { quoted: true } | Frame::HereDocument { expands: true } => {
                Place::Expanding
            }
            Frame::SingleQuotes { dollar: false } => Place::SingleQuotes,
            Frame::SingleQuotes { dollar: true } => Place::DollarQuotes,
            Frame::Arithmetic { .. } => Place::Arithmetic,
            Frame::HereDocument { expands: false } => Place::Literal,
            Frame::Comment => Place::Comment,
        }
    }

    fn top(&self) -> Frame {
        // The first frame is never closed.
        self.frames.last().copied().unwrap_or(Frame::commands(End::Script, false))
    }

    fn close(&mut self) {
        if self.frames.len() > 1 {
            self.frames.pop();
        }
    }

    fn newline(&mut self) -> usize {
        // Behind a backslash the line goes on.
        if std::mem::take(&mut self.escaped) {
            if !self.bodies.is_empty() {
                self.line.push('\n');
            }
            return 1;
        }
        let line = std::mem::take(&mut self.line);
        if let Some(at) = self.bodies.iter().position(|body| body.document.ends_with(&line)) {
            self.frames.truncate(self.bodies[at].frames);
            self.bodies.truncate(at);
            self.word = Word::at_command();
            self.begin_here_document();
            return 1;
        }
        if self.top() == Frame::Comment {
            self.close();
        }
        if let Frame::Commands { .. } = self.top() {
            self.end_word();
            self.word.is_command = true;
            self.begin_here_document();
        }
        1
    }

    fn begin_here_document(&mut self) {
        if let Some(document) = self.waiting.pop_front() {
            let frame = Frame::HereDocument { expands: document.expands };
            self.bodies.push(Body { document, frames: self.frames.len() });
            self.frames.push(frame);
        }
    }

    /// Goes over what begins here, which is no new line, and tells how many bytes it has.
    fn step(&mut self, first: char, rest: &str) -> usize {
        let length = first.len_utf8();
        if std::mem::take(&mut self.escaped) {
            return length;
        }
        match (self.top(), first) {
            (Frame::Commands { end, arithmetic, .. }, _) => {
                return self.step_in_commands(first, rest, end, arithmetic);
            }
            (Frame::Comment, '`')
                if self.frames.iter().rev().nth(1).is_some_and(|frame| frame.ends_with_backquote()) =>
            {
                self.close();
                self.close_substitution();
            }
            (Frame::Comment | Frame::HereDocument { expands: false }, _) => {}
            (Frame::SingleQuotes { .. }, '\'') | (Frame::DoubleQuotes, '"') | (Frame::Braces { .. }, '}') => {
                self.close();
            }
            (Frame::SingleQuotes { dollar }, _) => self.escaped = dollar && first == '\\',
            (_, '\\') => self.escaped = true,
            (_, '`') => self.open_commands(End::Backquote, false),
            (Frame::Braces { quoted: false }, '$') => return self.dollar(rest, false),
            (_, '$') => return self.dollar(rest, true),
            (Frame::Braces { .. } | Frame::Arithmetic { .. }, '"') => self.frames.push(Frame::DoubleQuotes),
            (Frame::Braces { quoted: false } | Frame::Arithmetic { .. }, '\'') => {
                self.frames.push(Frame::SingleQuotes { dollar: false });
            }
            (Frame::Arithmetic { open }, '(') => self.replace(Frame::Arithmetic { open: open + 1 }),
            (Frame::Arithmetic { open: 1 }, ')') => self.close(),
            (Frame::Arithmetic { open }, ')') => self.replace(Frame::Arithmetic { open: open - 1 }),
            _ => {}
        }
        length
    }

    fn step_in_commands(&mut self, first: char, rest: &str, end: End, arithmetic: bool) -> usize {
        match first {
            ' ' | '\t' | '\r' | '>' => self.end_word(),
            ';' | '&' | '|' => {
                self.end_word();
                self.word.is_command = true;
            }
            '#' if !self.word.begun && !arithmetic => self.frames.push(Frame::Comment),
            '<' => {
                self.end_word();
                if rest.starts_with("<<<") {
                    return 3;
                }
                if rest.starts_with("<<") && !arithmetic {
                    let (document, length) = here_document(rest);
                    if self.bodies.len() + self.waiting.len() < MAX_NESTED && !document.delimiter.is_empty() {
                        self.waiting.push_back(document);
                    }
                    return length;
                }
            }
            '(' => {
                self.end_word();
                let evaluates = arithmetic || (self.word.is_command && rest.starts_with("(("));
                self.open_commands(End::Group, evaluates);
            }
            ')' => {
                self.end_word();
                let in_case = matches!(self.top(), Frame::Commands { cases: 1.., .. });
                // A pattern of `case` ends with one that was never opened.
                if in_case || !matches!(end, End::Group | End::Substitution) {
                    self.word.is_command = true;
                } else {
                    self.close_substitution();
                }
            }
            '`' if end == End::Backquote => self.close_substitution(),
            _ => return self.step_in_word(first, rest),
        }
        first.len_utf8()
    }

    fn step_in_word(&mut self, first: char, rest: &str) -> usize {
        match first {
            '\\' => {
                self.escaped = true;
                self.word.mix();
            }
            '\'' => {
                self.frames.push(Frame::SingleQuotes { dollar: false });
                self.word.mix();
            }
            '"' => {
                self.frames.push(Frame::DoubleQuotes);
                self.word.mix();
            }
            '`' => self.open_commands(End::Backquote, false),
            '$' => {
                self.word.mix();
                return self.dollar(rest, false);
            }
            other => self.word.push(other),
        }
        first.len_utf8()
    }

    /// Goes over what a dollar sign begins.
    fn dollar(&mut self, rest: &str, quoted: bool) -> usize {
        if rest.starts_with("$((") {
            self.frames.push(Frame::Arithmetic { open: 2 });
            3
        } else if rest.starts_with("$(") {
            self.open_commands(End::Substitution, false);
            2
        } else if let Some(inner) = rest.strip_prefix("${") {
            let (length, is_pattern) = expansion(inner);
            self.frames.push(Frame::Braces { quoted: quoted && !is_pattern });
            2 + length
        } else if rest.starts_with("$'") && !quoted {
            self.frames.push(Frame::SingleQuotes { dollar: true });
            2
        } else {
            self.dollar = true;
            1
        }
    }

    fn replace(&mut self, frame: Frame) {
        if let Some(top) = self.frames.last_mut() {
            *top = frame;
        }
    }

    fn open_commands(&mut self, end: End, arithmetic: bool) {
        self.frames.push(Frame::commands(end, arithmetic));
        self.word = Word::at_command();
    }

    /// Closes commands; around a substitution a word goes on.
    fn close_substitution(&mut self) {
        let is_group = matches!(self.top(), Frame::Commands { end: End::Group, .. });
        self.close();
        self.word = Word::at_command();
        if !is_group {
            self.word.mix();
        }
    }

    fn end_word(&mut self) {
        let word = &mut self.word;
        if !word.begun {
            return;
        }
        let is_keyword = word.plain && word.is_command;
        word.is_command = false;
        if let Some(Frame::Commands { cases, .. }) = self.frames.last_mut() {
            match word.text.as_str() {
                "case" if is_keyword => *cases += 1,
                "esac" if is_keyword => *cases = cases.saturating_sub(1),
                "if" | "then" | "elif" | "else" | "while" | "until" | "do" | "for" | "time" | "!" | "{"
                    if is_keyword =>
                {
                    word.is_command = true;
                }
                "in" if word.plain && *cases > 0 => word.is_command = true,
                _ => {}
            }
        }
        word.text.clear();
        (word.begun, word.plain) = (false, true);
    }
}

impl Frame {
    fn ends_with_backquote(self) -> bool {
        matches!(self, Self::Commands { end: End::Backquote, .. })
    }
}

impl HereDocument {
    fn ends_with(&self, line: &str) -> bool {
        let line = if self.strips_tabs { line.trim_start_matches('\t') } else { line };
        line == self.delimiter
    }
}

impl Word {
    fn at_command() -> Self {
        Self { text: String::new(), begun: false, plain: true, is_command: true }
    }

    fn push(&mut self, letter: char) {
        self.begun = true;
        // No keyword is longer.
        if self.text.len() < 8 {
            self.text.push(letter);
        }
    }

    /// Something comes that no keyword has.
    fn mix(&mut self) {
        (self.begun, self.plain) = (true, false);
    }
}

/// What `<<` begins, and its length with the delimiter.
fn here_document(rest: &str) -> (HereDocument, usize) {
    let after = &rest[2..];
    let strips_tabs = after.starts_with('-');
    let word = after[usize::from(strips_tabs)..].trim_start_matches([' ', '\t']);
    let (mut delimiter, mut expands, mut quote, mut escaped) = (String::new(), true, None, false);
    let mut length = word.len();
    for (at, letter) in word.char_indices() {
        match (letter, quote) {
            ('\n', _) => {
                length = at;
                break;
            }
            _ if std::mem::take(&mut escaped) => delimiter.push(letter),
            ('\\', None | Some('"')) => (escaped, expands) = (true, false),
            ('\'' | '"', None) => (quote, expands) = (Some(letter), false),
            (letter, Some(open)) if letter == open => quote = None,
            (' ' | '\t' | ';' | '&' | '|' | '<' | '>' | '(' | ')' | '`', None) => {
                length = at;
                break;
            }
            _ => delimiter.push(letter),
        }
    }
    (HereDocument { delimiter, strips_tabs, expands }, rest.len() - word.len() + length)
}

/// What follows `${` up to its operator, as a length, and whether the operator takes a pattern.
fn expansion(inner: &str) -> (usize, bool) {
    let mut rest = inner;
    if let Some(after) = rest.strip_prefix(['!', '#'])
        && !after.starts_with('}')
    {
        rest = after;
    }
    let name = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
    rest =
        if name > 0 { &rest[name..] } else { rest.strip_prefix(['@', '*', '#', '?', '-', '$', '!']).unwrap_or(rest) };
    if let Some(subscript) = rest.strip_prefix('[') {
        let letters =
            subscript.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_@*+-".contains(byte)).count();
        rest = subscript[letters..].strip_prefix(']').unwrap_or(rest);
    }
    (inner.len() - rest.len(), rest.starts_with(['#', '%', '/', '^', ',']))
}
