//! YAML: printing.

use serde_json::Number;

use super::super::Tree;
use super::scalar::resolve;

/// Prints a tree in block style.
pub(in super::super) fn print(tree: &Tree) -> String {
    let mut printer = Printer { out: String::new() };
    if is_scalar(tree) {
        printer.scalar(tree, 0);
        printer.out.push('\n');
    } else {
        printer.content(tree, 0);
    }
    printer.out
}

/// Longer keys are marked with `?`, because readers look for a key's colon in its first 1,024 characters only.
const MAX_SIMPLE_KEY_CHARS: usize = 128;

struct Printer {
    out: String,
}

impl Printer {
    /// A list or map that is not empty, line by line; its first line has been indented already.
    fn content(&mut self, tree: &Tree, indent: usize) {
        match tree {
            Tree::List(items) => {
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        self.indent(indent);
                    }
                    self.out.push('-');
                    if is_scalar(item) {
                        self.inline(item, indent);
                    } else {
                        self.out.push(' ');
                        self.content(item, indent + 2);
                    }
                }
            }
            Tree::Map(members) => {
                for (place, (key, item)) in members.iter().enumerate() {
                    if place > 0 {
                        self.indent(indent);
                    }
                    self.key(key, indent);
                    if is_scalar(item) {
                        self.inline(item, indent);
                    } else {
                        self.out.push('\n');
                        self.indent(indent + 2);
                        self.content(item, indent + 2);
                    }
                }
            }
            scalar => self.inline(scalar, indent),
        }
    }

    fn indent(&mut self, indent: usize) {
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    fn key(&mut self, key: &str, indent: usize) {
        let key = if is_plain(key) { key.to_owned() } else { quoted(key) };
        if key.chars().count() <= MAX_SIMPLE_KEY_CHARS {
            self.out.push_str(&key);
        } else {
            self.out.push_str("? ");
            self.out.push_str(&key);
            self.out.push('\n');
            self.indent(indent);
        }
        self.out.push(':');
    }

    /// A scalar behind `-` or `:`, with the line's end.
    fn inline(&mut self, tree: &Tree, indent: usize) {
        self.out.push(' ');
        self.scalar(tree, indent);
        self.out.push('\n');
    }

    fn scalar(&mut self, tree: &Tree, indent: usize) {
        match tree {
            Tree::Null => self.out.push_str("null"),
            Tree::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Tree::Number(value) => self.out.push_str(&number(value)),
            Tree::Text(text) if is_plain(text) => self.out.push_str(text),
            Tree::Text(text) if is_literal(text) => self.literal(text, indent + 2),
            Tree::Text(text) => self.out.push_str(&quoted(text)),
            Tree::List(_) => self.out.push_str("[]"),
            Tree::Map(_) => self.out.push_str("{}"),
        }
    }

    /// The text's lines as they are. Its last line break is left to the caller, who ends every scalar with one.
    fn literal(&mut self, text: &str, indent: usize) {
        let (text, mark) = match text.strip_suffix('\n') {
            None => (text, "|-"),
            Some(rest) if rest.ends_with('\n') => (rest, "|+"),
            Some(rest) => (rest, "|"),
        };
        self.out.push_str(mark);
        for line in text.split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
        }
    }
}

/// Whether this is printed in one piece: a scalar, or a list or map without content.
fn is_scalar(tree: &Tree) -> bool {
    match tree {
        Tree::List(items) => items.is_empty(),
        Tree::Map(members) => members.is_empty(),
        _ => true,
    }
}

/// As in JSON, but with the point and the sign that YAML 1.1 asks for in a float: `1e20` is a text there.
fn number(number: &Number) -> String {
    let text = number.to_string();
    match text.split_once('e') {
        None => text,
        Some((mantissa, exponent)) => {
            let point = if mantissa.contains('.') { "" } else { ".0" };
            let sign = if exponent.starts_with(['+', '-']) { "" } else { "+" };
            format!("{mantissa}{point}e{sign}{exponent}")
        }
    }
}

/// Whether every reader takes this text for itself when nothing marks it.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let indicator = matches!(
        first,
        '-' | '?'
            | ':'
            | ','
            | '['
            | ']'
            | '{'
            | '}'
            | '#'
            | '&'
            | '*'
            | '!'
            | '|'
            | '>'
            | '\''
            | '"'
            | '%'
            | '@'
            | '`'
            | '='
            | '<'
            | '~'
            | ' '
    );
    // Dates, times and numbers of any reader, all of these characters; `...` ends a document.
    let numeric = matches!(first, '0'..='9' | '+' | '.')
        && (text.starts_with("...") || text.chars().all(|c| c.is_ascii_hexdigit() || "iInNoOtTxXZ_.:+- ".contains(c)));
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" | "null"
    );
    let ends_well = !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #");
    let is_text = || matches!(resolve(text), Some(Tree::Text(_)));
    !indicator && !numeric && !word && ends_well && text.chars().all(is_printable) && is_text()
}

/// Whether this text comes back from a literal block in every reader: more than one line, and no blanks where
/// readers guess an indentation.
fn is_literal(text: &str) -> bool {
    let last = text.trim_end_matches('\n');
    let last_line = last.rsplit('\n').next().unwrap_or_default();
    text.contains('\n')
        && !text.starts_with(['\n', ' ', '\t'])
        && !last_line.trim_matches([' ', '\t']).is_empty()
        && text.chars().all(|c| is_printable(c) || c == '\n' || c == '\t')
}

/// What stands in a text as it is, in any version of YAML: no control character, no line break, no mark of encoding.
fn is_printable(c: char) -> bool {
    !matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        }
    }
    out.push('"');
    out
}
