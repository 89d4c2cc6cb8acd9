//! A file's text, and the format that it is read in.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ssm_core::document::{Format, Position};

/// Most bytes of a file that are looked at. Longer ones are longer than any document, and are refused as such.
const LIMIT_BYTES: u64 = 1 << 20;

/// A file that was named.
#[derive(Debug)]
pub(super) struct Source {
    /// As it was named.
    pub(super) name: String,
    pub(super) content: Result<Content, Unreadable>,
}

#[derive(Debug)]
pub(super) struct Content {
    pub(super) text: String,
    pub(super) format: Format,
}

/// Why a file has no text.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) reason: String,
    /// The text up to the place and its surroundings, where there is one.
    pub(super) text: String,
    pub(super) position: Option<Position>,
}

/// Whether the name means standard input.
pub(super) fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// Reads a file, or standard input when it is named `-`. The format is `wanted`, else that of the name's extension, else that
/// which the text seems to have.
pub(super) fn read(file: &Path, wanted: Option<Format>, stdin: &mut dyn Read) -> Source {
    let bytes = if is_stdin(file) { bounded(stdin) } else { File::open(file).and_then(|mut file| bounded(&mut file)) };
    let content = bytes
        .map_err(|error| Unreadable { reason: sentence(&error), text: String::new(), position: None })
        .and_then(text)
        .map(|text| Content { format: wanted.or_else(|| by_extension(file)).unwrap_or(Format::detect(&text)), text });
    Source { name: file.to_string_lossy().into_owned(), content }
}

fn bounded(from: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LIMIT_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The bytes as text. A character that the bound has cut at the end is no fault.
fn text(bytes: Vec<u8>) -> Result<String, Unreadable> {
    let is_cut = bytes.len() as u64 >= LIMIT_BYTES;
    String::from_utf8(bytes).or_else(|error| {
        let fault = error.utf8_error();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        let before = &text[..fault.valid_up_to()];
        if is_cut && fault.error_len().is_none() {
            return Ok(before.to_owned());
        }
        let offset = fault.valid_up_to();
        let byte = error.as_bytes()[offset];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let reason = format!("The text is not UTF-8: byte 0x{byte:02x} at offset {offset}.");
        Err(Unreadable { reason, position: Some(Position { line, column }), text })
    })
}

fn by_extension(file: &Path) -> Option<Format> {
    let extension = file.extension()?.to_str()?;
    let is = |name| extension.eq_ignore_ascii_case(name);
    if is("json") {
        Some(Format::Json)
    } else if is("yaml") || is("yml") {
        Some(Format::Yaml)
    } else {
        None
    }
}

/// Why a file cannot be read; the common reasons in the same words on every system.
fn sentence(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "There is no such file.".to_owned(),
        io::ErrorKind::IsADirectory => "It is a directory.".to_owned(),
        io::ErrorKind::PermissionDenied => "The file may not be read.".to_owned(),
        _ => format!("The file cannot be read: {error}."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stdin(bytes: &[u8]) -> Result<Content, Unreadable> {
        read(Path::new("-"), None, &mut io::Cursor::new(bytes)).content
    }

    #[test]
    fn the_format_is_the_wanted_one_then_the_extensions_then_the_texts() {
        let directory = tempfile::tempdir().unwrap();
        for (name, text, wanted, format) in [
            ("a.json", "a: b", None, Format::Json),
            ("a.YML", "{}", None, Format::Yaml),
            ("a.txt", " {}", None, Format::Json),
            ("a", "a: b", None, Format::Yaml),
            ("b.json", "{}", Some(Format::Yaml), Format::Yaml),
        ] {
            let file = directory.path().join(name);
            std::fs::write(&file, text).unwrap();
            assert_eq!(read(&file, wanted, &mut io::empty()).content.unwrap().format, format, "{name}");
        }
    }

    #[test]
    fn a_byte_that_is_no_text_has_its_place() {
        let fault = stdin(b"{\n  \"\xc3\xa9\xff\"}").unwrap_err();
        assert_eq!(fault.reason, "The text is not UTF-8: byte 0xff at offset 7.");
        assert_eq!(fault.position, Some(Position { line: 2, column: 5 }));
        assert_eq!(stdin(b"a\xe6\xbc").unwrap_err().position, Some(Position { line: 1, column: 2 }));
    }

    #[test]
    fn a_file_without_an_end_is_read_up_to_the_bound() {
        let mut endless = io::repeat(b'x');
        let read = read(Path::new("-"), None, &mut endless).content.unwrap();
        assert_eq!(read.text.len() as u64, LIMIT_BYTES);
        // The bound falls into a character of three bytes.
        let long = "漢".repeat(400_000);
        assert_eq!(stdin(long.as_bytes()).unwrap().text.len(), 1_048_575);
    }
}
