//! Texts of strangers, made fit for a terminal: nothing in them moves the cursor, changes colours, or turns the direction of
//! reading.

use std::borrow::Cow;

/// The text on one line, each character that does not show as itself written as an escape: `\n`, `\t`, `\u{1b}`.
pub(super) fn one_line(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden, |hidden, shown| shown.extend(hidden.escape_default()))
}

/// The same for a text of several lines: line feeds and tabs stay.
pub(super) fn many_lines(text: &str) -> Cow<'_, str> {
    let is_hidden = |character| is_hidden(character) && !matches!(character, '\n' | '\t');
    replaced(text, is_hidden, |hidden, shown| shown.extend(hidden.escape_default()))
}

/// A line of a file, one character for one, so that columns stay: what is hidden becomes its picture (`␛`) or `�`. Tabs
/// stay.
pub(super) fn in_columns(line: &str) -> Cow<'_, str> {
    let is_hidden = |character| is_hidden(character) && character != '\t';
    replaced(line, is_hidden, |hidden, shown| {
        shown.push(match u32::from(hidden) {
            code @ 0..0x20 => char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER),
            0x7f => '␡',
            _ => char::REPLACEMENT_CHARACTER,
        });
    })
}

/// Whether a character does something else than show itself: controls (those of C1 too, which some terminals obey), marks
/// that turn the direction of reading, and those without any width. Joiners stay, since writing needs them.
pub(super) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn replaced(text: &str, is_hidden: impl Fn(char) -> bool, show: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            show(character, &mut shown);
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hidden_character_is_shown() {
        for (text, line, lines, columns) in [
            ("plain, 漢字, é, 👩‍💻", "plain, 漢字, é, 👩‍💻", "plain, 漢字, é, 👩‍💻", "plain, 漢字, é, 👩‍💻"),
            ("a\tb\nc", r"a\tb\nc", "a\tb\nc", "a\tb␊c"),
            ("\u{1b}[31m", r"\u{1b}[31m", r"\u{1b}[31m", "␛[31m"),
            ("\u{9b}31m\u{7f}\r", r"\u{9b}31m\u{7f}\r", r"\u{9b}31m\u{7f}\r", "�31m␡␍"),
            ("\u{202e}\u{feff}\u{e0041}", r"\u{202e}\u{feff}\u{e0041}", r"\u{202e}\u{feff}\u{e0041}", "���"),
        ] {
            assert_eq!((&*one_line(text), &*many_lines(text), &*in_columns(text)), (line, lines, columns));
            assert_eq!(columns.chars().count(), text.chars().count(), "{text:?}");
        }
    }

    #[test]
    fn no_character_at_all_gets_through_hidden() {
        let all: String = (char::MIN..=char::MAX).collect();
        assert!(!one_line(&all).contains(is_hidden));
        assert!(!many_lines(&all).contains(|c| is_hidden(c) && c != '\n' && c != '\t'));
        assert!(!in_columns(&all).contains(|c| is_hidden(c) && c != '\t'));
    }
}
