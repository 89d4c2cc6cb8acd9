//! A finding as people read it: title, place, the line with a caret, and the pointer.

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use ssm_core::document::Position;

use super::check::Finding;
use super::printable::{in_columns, one_line};

/// Columns of a report. Longer lines of a file are cut around the caret.
const WIDTH: usize = 110;

/// Most characters of a line behind the caret that are looked at: more than are ever shown.
const TAIL: usize = 2 * WIDTH;

/// Most characters that are underlined.
const UNDERLINED: usize = 60;

/// Writes a finding about a file with this text.
pub(super) fn render(finding: &Finding, level: Level<'_>, file: &str, text: &str, colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let file = one_line(file);
    let title = level.primary_title(one_line(&finding.text)).id(finding.code);
    let group = match finding.position.and_then(|position| place(text, position, finding.is_about_a_value())) {
        Some(Place { line, content, span }) => title.element(
            Snippet::source(content).path(&*file).line_start(line).annotation(AnnotationKind::Primary.span(span)),
        ),
        None => title.element(Origin::path(&*file)),
    };
    let pointer = finding.pointer.as_deref().filter(|pointer| !pointer.is_empty());
    let pointer = pointer.map(|pointer| format!("at {}", one_line(pointer)));
    let notes = pointer.into_iter().chain(finding.notes.iter().map(|note| one_line(note).into_owned()));
    let group = group.elements(notes.map(|note| Level::NOTE.no_name().message(note)));
    renderer.render(&[group])
}

impl Finding {
    /// Whether its place is where a value begins, so that the value can be underlined; else it is where reading stopped.
    fn is_about_a_value(&self) -> bool {
        self.pointer.as_ref().is_some_and(|pointer| !pointer.is_empty())
    }
}

/// A line of a text, and the bytes in it to underline.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    line: usize,
    content: String,
    span: std::ops::Range<usize>,
}

/// The line of a position, fit to be shown. A position behind the end of its line means that end.
fn place(text: &str, position: Position, is_value: bool) -> Option<Place> {
    let line = text.split('\n').nth(position.line.checked_sub(1)?)?;
    let line = line.strip_suffix('\r').unwrap_or(line);
    let before = position.column.checked_sub(1)?;
    // One character for one, so the column stays.
    let content: String = in_columns(line).chars().take(before.saturating_add(TAIL)).collect();
    let start = byte_of(&content, before);
    let length = if is_value { token(&content[start..]) } else { 1 };
    let end = start + byte_of(&content[start..], length.min(UNDERLINED));
    Some(Place { line: position.line, content, span: start..end })
}

/// Where the character of this number begins; the end when there are fewer.
fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}

/// How many characters the word, number or quoted text at the start has; 1 for a brace or a bracket.
fn token(text: &str) -> usize {
    let mut characters = text.chars();
    match characters.next() {
        Some(quote @ ('"' | '\'')) => 1 + quoted(characters, quote),
        Some('{' | '[' | '-' | '|' | '>' | '&' | '*' | '!') | None => 1,
        Some(_) => {
            let ends = |character: &char| !character.is_whitespace() && !",]}".contains(*character);
            let word = text.chars().take_while(ends);
            let length = word.clone().count();
            // The colon behind a key in YAML is not a part of it.
            if word.last() == Some(':') { length - 1 } else { length }.max(1)
        }
    }
}

/// How many characters there are up to the closing quote, with it; all when there is none.
fn quoted(characters: impl Iterator<Item = char>, quote: char) -> usize {
    let (mut count, mut is_guarded) = (0, false);
    for character in characters {
        count += 1;
        if character == quote && !is_guarded {
            break;
        }
        is_guarded = character == '\\' && quote == '"' && !is_guarded;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(line: usize, column: usize, pointer: &str) -> Finding {
        let position = Some(Position { line, column });
        let (text, pointer) = ("Parameter \"X\" is not declared.".to_owned(), Some(pointer.to_owned()));
        Finding { code: "InvalidDocumentContent", text, pointer, position, notes: Vec::new() }
    }

    fn rendered(finding: &Finding, text: &str) -> String {
        render(finding, Level::ERROR, "deploy.yaml", text, false)
    }

    #[test]
    fn a_place_is_shown_with_its_line_and_a_caret() {
        let text = "a: 1\nrunCommand:\n  - \"echo {{ X }}\"   # why\n";
        let wanted = "\
error[InvalidDocumentContent]: Parameter \"X\" is not declared.
 --> deploy.yaml:3:5
  |
3 |   - \"echo {{ X }}\"   # why
  |     ^^^^^^^^^^^^^^
  |
  = at /runCommand/0";
        assert_eq!(rendered(&finding(3, 5, "/runCommand/0"), text), wanted);
    }

    #[test]
    fn without_a_place_the_file_and_the_pointer_are_told() {
        let finding = Finding { position: None, ..finding(1, 1, "/mainSteps/0") };
        let wanted = "\
error[InvalidDocumentContent]: Parameter \"X\" is not declared.
--> deploy.yaml
 = at /mainSteps/0";
        assert_eq!(rendered(&finding, "{}"), wanted);
    }

    #[test]
    fn the_caret_stands_below_its_character_behind_tabs_and_wide_ones() {
        for (text, column, line, caret) in [
            ("\t\tx: y", 6, "1 |         x: y", "  |            ^"),
            ("漢字: y", 5, "1 | 漢字: y", "  |       ^"),
            ("e\u{301}: y", 5, "1 | e\u{301}: y", "  |    ^"),
            ("\u{1b}[1m: y", 7, "1 | ␛[1m: y", "  |       ^"),
            ("\u{9b}1m: y", 6, "1 | �1m: y", "  |      ^"),
            ("\u{feff}{", 1, "1 | �{", "  | ^"),
            ("end\r\n", 4, "1 | end", "  |    ^"),
            ("end", 400, "1 | end", "  |    ^"),
            ("", 1, "1 |", "  | ^"),
        ] {
            let shown = rendered(&finding(1, column, ""), text);
            let lines: Vec<&str> = shown.lines().collect();
            assert_eq!((lines[3], lines[4]), (line, caret), "{text:?}\n{shown}");
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_caret() {
        let text = format!("{{\"a\": \"{}\", \"here\": 5, \"b\": \"{}\"}}", "x".repeat(30_000), "y".repeat(30_000));
        let column = text.find("\"here\"").unwrap() + 1;
        let shown = rendered(&finding(1, column, "/here"), &text);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[1], format!(" --> deploy.yaml:1:{column}"));
        assert!(lines[3].starts_with("1 | ...xx") && lines[3].ends_with("yy..."), "{shown}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH + 10), "{shown}");
        assert_eq!(lines[3].find("\"here\""), lines[4].find("^^^^^^"), "{shown}");
    }

    #[test]
    fn a_place_outside_of_the_text_is_not_shown() {
        for (line, column) in [(3, 1), (0, 1), (1, 0), (usize::MAX, usize::MAX)] {
            assert_eq!(place("a\nb", Position { line, column }, true), None);
        }
        assert!(place("a\nb", Position { line: 2, column: usize::MAX }, true).is_some());
    }

    #[test]
    fn a_value_is_underlined_as_far_as_its_line_goes() {
        for (text, length) in [
            (r#""a \"b\" \\", 5"#, 12),
            (r#""open"#, 5),
            ("'it', 5", 4),
            ("2.2,", 3),
            ("true}", 4),
            ("aws:runShellScript # x", 18),
            ("name: x", 4),
            ("{\"a\": 1}", 1),
            ("- a", 1),
            (": x", 1),
            ("", 1),
        ] {
            assert_eq!(token(text), length, "{text}");
        }
    }

    #[test]
    fn nothing_of_a_document_reaches_the_terminal_as_a_control() {
        let evil = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\r";
        let finding = Finding {
            text: format!("Unknown {evil}"),
            pointer: Some(format!("/{evil}")),
            notes: vec![evil.to_owned()],
            ..finding(1, 2, "")
        };
        let shown = render(&finding, Level::ERROR, evil, &format!("x{evil}y"), false);
        let hidden = shown.chars().filter(|&c| super::super::printable::is_hidden(c) && c != '\n').count();
        assert_eq!(hidden, 0, "{shown:?}");
    }
}
