//! A byte order mark before a text.

use super::super::{Format, read};
use super::given::tree;
use crate::document::Document;

const STEPS: &str =
    "{\"schemaVersion\": \"2.2\", \"mainSteps\": [{\"action\": \"acme:x\", \"name\": \"a\", \"inputs\": {}}]}";

#[test]
fn a_mark_before_a_text_is_no_part_of_its_content() {
    assert_eq!(read("\u{feff} [1]", Format::Json), Ok(tree("[1]")));
    #[cfg(feature = "yaml")]
    assert_eq!(read("\u{feff}[1]", Format::Yaml), Ok(tree("[1]")));
}

#[test]
fn a_mark_does_not_change_the_format_that_a_text_seems_to_have() {
    for (text, format) in [
        ("\u{feff}{}", Format::Json),
        ("\u{feff}\r\n {", Format::Json),
        ("\u{feff}a: b", Format::Yaml),
        ("\u{feff}\u{feff}{}", Format::Yaml),
        (" \u{feff}{}", Format::Yaml),
        ("\u{feff}", Format::Yaml),
    ] {
        assert_eq!(Format::detect(text), format, "{text:?}");
    }
}

#[test]
fn a_document_keeps_the_mark_in_its_text_and_in_its_hash() {
    let (plain, marked) = (Document::parse(STEPS).unwrap(), Document::parse(&format!("\u{feff}{STEPS}")).unwrap());
    assert!(plain.means_the_same(&marked));
    assert_eq!(marked.text(), format!("\u{feff}{STEPS}"));
    assert_ne!(marked.sha256(), plain.sha256());
    assert_eq!(marked.text_in(Format::Yaml), plain.text_in(Format::Yaml));
    assert_eq!(marked.warnings(), plain.warnings());
}
