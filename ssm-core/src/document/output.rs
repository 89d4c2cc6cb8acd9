//! What is kept of a step's output, and how a cut is marked.
//!
//! The limits and marks are the stock agent's (agent protocol 5.9). Two choices are our own. A text never exceeds its
//! limit in bytes of UTF-8: bytes that are no UTF-8 become U+FFFD first, then the text is cut where a character ends.
//! And what the run itself appends (a failure's exit status, a note of the flow rules) stands behind the mark, so that
//! a cut cannot take it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Most bytes of one stream in a result; a stream that has as many is cut and marked.
pub const STREAM_LIMIT_BYTES: usize = 24_000;
/// Most bytes of both streams together, and of an error text, in a result's `output`.
pub const COMBINED_LIMIT_BYTES: usize = 2_500;

const STREAM_MARK: &str = "--output truncated--";
const ERROR_HEADING: &str = "\n----------ERROR-------\n";
const OUTPUT_CUT: &str = "\n---Output truncated---";
const ERROR_CUT: &str = "\n---Error truncated----";

/// One stream of a step, as far as a result can show it: the first 24,000 bytes, and the number of all.
///
/// It never grows beyond that. `Debug` shows the sizes, not the bytes.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct CapturedStream {
    head: Vec<u8>,
    total_bytes: u64,
}

impl CapturedStream {
    /// A stream on which nothing came yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes of the stream: keeps what there is room for, counts all.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = if self.is_whole() { STREAM_LIMIT_BYTES - self.head.len() } else { 0 };
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.total_bytes = self.total_bytes.saturating_add(bytes.len() as u64);
    }

    /// Takes all of a stream that came after this one.
    pub fn append(&mut self, later: &Self) {
        self.push(&later.head);
        self.total_bytes = self.total_bytes.saturating_add(later.total_bytes - later.head.len() as u64);
    }

    /// The bytes kept, at most 24,000.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// How many bytes came, kept or not.
    #[must_use]
    pub fn total_bytes(&self) -> u64 {
        self.total_bytes
    }

    /// The stream as a result shows it: at most 24,000 bytes; one that has as many ends with the mark of a cut.
    #[must_use]
    pub fn text(&self) -> String {
        self.text_with("")
    }

    /// As [`text`](Self::text), with `tail` at its end whatever is cut. A tail is text of our own, far below the limit.
    pub(super) fn text_with(&self, tail: &str) -> String {
        let mut text = self.lossy();
        if !self.is_whole() || text.len() + tail.len() >= STREAM_LIMIT_BYTES {
            text.truncate(boundary(&text, STREAM_LIMIT_BYTES.saturating_sub(STREAM_MARK.len() + tail.len())));
            text.push_str(STREAM_MARK);
        }
        text.push_str(tail);
        text
    }

    /// The bytes kept as text, each one that is no UTF-8 as U+FFFD.
    pub(super) fn lossy(&self) -> String {
        String::from_utf8_lossy(&self.head).into_owned()
    }

    /// Whether every byte that came was kept.
    fn is_whole(&self) -> bool {
        self.total_bytes == self.head.len() as u64
    }
}

impl fmt::Debug for CapturedStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CapturedStream({} of {} bytes)", self.head.len(), self.total_bytes)
    }
}

/// Both streams in one text of at most 2,500 bytes: output, a heading, errors. What is too long is cut, the shorter of
/// the two last, and marked. Without errors there is no heading.
#[must_use]
pub(super) fn combined(out: &str, err: &str) -> String {
    let heading = if err.is_empty() { "" } else { ERROR_HEADING };
    let room = COMBINED_LIMIT_BYTES - heading.len();
    let (out_bytes, err_bytes) = if out.len() + err.len() < room {
        (out.len(), err.len())
    } else if out.len() > room / 2 && err.len() > room / 2 {
        let half = (room - OUTPUT_CUT.len() - ERROR_CUT.len()) / 2;
        (half, half)
    } else if out.len() <= room / 2 {
        (out.len(), (room - ERROR_CUT.len()).saturating_sub(out.len()))
    } else {
        ((room - OUTPUT_CUT.len()).saturating_sub(err.len()), err.len())
    };
    let mut text = String::with_capacity(COMBINED_LIMIT_BYTES);
    push_cut(&mut text, out, out_bytes, OUTPUT_CUT);
    text.push_str(heading);
    push_cut(&mut text, err, err_bytes, ERROR_CUT);
    text
}

/// An error text of at most 2,500 bytes.
pub(super) fn bounded(mut error: String) -> String {
    error.truncate(boundary(&error, COMBINED_LIMIT_BYTES));
    error
}

fn push_cut(text: &mut String, part: &str, bytes: usize, mark: &str) {
    text.push_str(&part[..boundary(part, bytes)]);
    if bytes < part.len() {
        text.push_str(mark);
    }
}

/// The last place at or before `bytes` where a character ends.
fn boundary(text: &str, bytes: usize) -> usize {
    text.floor_char_boundary(bytes)
}

/// How a stream is stored: as text where it is text, else in hexadecimal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    total_bytes: u64,
}

impl From<CapturedStream> for Stored {
    fn from(stream: CapturedStream) -> Self {
        let total_bytes = stream.total_bytes;
        match String::from_utf8(stream.head) {
            Ok(text) => Self { text: Some(text), hex: None, total_bytes },
            Err(error) => {
                let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
                let hex = error.as_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
                Self { text: None, hex: Some(hex), total_bytes }
            }
        }
    }
}

/// A stored stream that is none: not hexadecimal, too long, or more kept than came.
#[derive(Debug, thiserror::Error)]
#[error("not a captured stream")]
struct InvalidStream;

impl TryFrom<Stored> for CapturedStream {
    type Error = InvalidStream;
    fn try_from(stored: Stored) -> Result<Self, InvalidStream> {
        let head = match (stored.text, stored.hex) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(hex)) => from_hex(&hex).ok_or(InvalidStream)?,
            _ => return Err(InvalidStream),
        };
        if head.len() > STREAM_LIMIT_BYTES || stored.total_bytes < head.len() as u64 {
            return Err(InvalidStream);
        }
        Ok(Self { head, total_bytes: stored.total_bytes })
    }
}

fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn stream(bytes: &[u8]) -> CapturedStream {
        let mut stream = CapturedStream::new();
        stream.push(bytes);
        stream
    }

    /// Capture 13.
    #[test]
    fn long_streams_come_out_as_the_stock_agent_sends_them() {
        let (out, err) = (stream(&[b'x'; 100_000]), stream(&[b'e'; 50_000]));
        assert_eq!(out.text(), "x".repeat(23_980) + "--output truncated--");
        assert_eq!(err.text(), "e".repeat(23_980) + "--output truncated--");
        let wanted = "x".repeat(1215)
            + "\n---Output truncated---\n----------ERROR-------\n"
            + &"e".repeat(1215)
            + "\n---Error truncated----";
        assert_eq!(combined(&out.lossy(), &err.lossy()), wanted);
        assert_eq!(wanted.len(), COMBINED_LIMIT_BYTES);
        assert_eq!((out.head().len(), out.total_bytes()), (STREAM_LIMIT_BYTES, 100_000));
    }

    #[test]
    fn a_stream_is_cut_when_it_reaches_the_limit() {
        assert_eq!(stream(&[b'x'; 23_999]).text(), "x".repeat(23_999));
        assert_eq!(stream(&[b'x'; 24_000]).text(), "x".repeat(23_980) + STREAM_MARK);
    }

    #[test]
    fn a_tail_survives_every_cut() {
        let tail = "\na note";
        for bytes in [0, 10, 23_990, 23_992, 23_993, 24_000, 60_000] {
            let text = stream(&vec![b'x'; bytes]).text_with(tail);
            assert!(text.ends_with(tail) && text.len() <= STREAM_LIMIT_BYTES, "{bytes}");
            assert_eq!(text.contains(STREAM_MARK), bytes + tail.len() >= STREAM_LIMIT_BYTES, "{bytes}");
        }
    }

    #[test]
    fn the_four_cases_of_combined_output() {
        let (x, e) = (|n: usize| "x".repeat(n), |n: usize| "e".repeat(n));
        for (out, err, wanted) in [
            ("hi\n", "", "hi\n".to_owned()),
            ("hi\n", "err\n", "hi\n\n----------ERROR-------\nerr\n".to_owned()),
            (&x(2499), "", x(2499)),
            (&x(2500), "", x(2477) + OUTPUT_CUT),
            // The exact borders: less than 2,476 fit together, and half of that is 1,238.
            (&x(1237), &e(1238), x(1237) + ERROR_HEADING + &e(1238)),
            (&x(1238), &e(1238), x(1238) + ERROR_HEADING + &e(2476 - 23 - 1238) + ERROR_CUT),
            (&x(1239), &e(1238), x(2476 - 23 - 1238) + OUTPUT_CUT + ERROR_HEADING + &e(1238)),
            (&x(1239), &e(1239), x(1215) + OUTPUT_CUT + ERROR_HEADING + &e(1215) + ERROR_CUT),
            (&x(10), &e(3000), x(10) + ERROR_HEADING + &e(2476 - 23 - 10) + ERROR_CUT),
            (&x(3000), &e(10), x(2476 - 23 - 10) + OUTPUT_CUT + ERROR_HEADING + &e(10)),
        ] {
            assert_eq!(combined(out, err), wanted);
        }
    }

    #[test]
    fn bytes_that_are_no_text_stay_within_the_limit() {
        assert_eq!(stream(b"a\xffb").text(), "a\u{fffd}b");
        let text = stream(&[0xff; 20_000]).text();
        assert!(text.len() <= STREAM_LIMIT_BYTES);
        assert!(text.starts_with("\u{fffd}\u{fffd}") && text.ends_with(STREAM_MARK));
    }

    #[test]
    fn a_stored_stream_that_cannot_be_is_refused() {
        for text in [
            r#"{"total_bytes":0}"#,
            r#"{"text":"ab","total_bytes":1}"#,
            r#"{"hex":"f","total_bytes":9}"#,
            r#"{"hex":"fg","total_bytes":9}"#,
            r#"{"hex":"ff","text":"","total_bytes":9}"#,
        ] {
            assert!(serde_json::from_str::<CapturedStream>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_exceeds_its_limit(out in vec(any::<u8>(), 0..4000), err in "\\PC{0,900}", times in 1usize..12) {
            let (mut a, mut b) = (CapturedStream::new(), CapturedStream::new());
            for _ in 0..times {
                a.push(&out);
                b.push(err.as_bytes());
            }
            prop_assert!(a.head().len() <= STREAM_LIMIT_BYTES);
            prop_assert!(a.text().len() <= STREAM_LIMIT_BYTES && b.text().len() <= STREAM_LIMIT_BYTES);
            prop_assert!(combined(&a.lossy(), &b.lossy()).len() <= COMBINED_LIMIT_BYTES);
        }

        #[test]
        fn every_stream_survives_its_stored_form(bytes in vec(any::<u8>(), 0..300), more in 0u64..1_000_000) {
            let mut stream = stream(&bytes);
            stream.total_bytes += more;
            let text = serde_json::to_string(&stream).unwrap();
            prop_assert_eq!(serde_json::from_str::<CapturedStream>(&text).unwrap(), stream);
        }

        #[test]
        fn parts_make_the_same_stream_as_the_whole(bytes in vec(any::<u8>(), 0..60_000), at in 0usize..60_000) {
            let at = at.min(bytes.len());
            let mut parts = stream(&bytes[..at]);
            parts.append(&stream(&bytes[at..]));
            prop_assert_eq!(parts, stream(&bytes));
        }
    }
}
