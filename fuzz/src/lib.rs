//! What the fuzz targets share: how a document that was taken is put through all that could go wrong with it.

use std::collections::BTreeMap;

use ssm_core::document::{Document, Format, Platform};

/// Reads a text as a document in this format, both as the service and as an agent, and checks what must hold of every
/// document that is taken.
///
/// # Panics
/// When something does not hold: that is a find.
pub fn document(text: &str, format: Format) {
    if let Err(error) = Document::parse_as(text, format) {
        assert!(error.to_string().len() < 1000, "a short reason");
        if let Some(position) = error.position() {
            // In YAML a carriage return ends a line too.
            let ends = text.chars().filter(|character| matches!(character, '\n' | '\r')).count();
            assert!(position.line <= ends + 1, "a place in the text: {position}");
        }
    }
    let Ok(document) = Document::parse_lenient_as(text, format) else { return };
    assert_eq!(document.text(), text);
    for other in [Format::Json, Format::Yaml] {
        let converted = document.text_in(other);
        match Document::parse_lenient_as(&converted, other) {
            Ok(again) => assert!(again.means_the_same(&document), "{converted}"),
            // Escapes make a text longer.
            Err(error) => assert!(converted.len() > Document::MAX_LENIENT_BYTES, "{error}: {converted}"),
        }
    }
    let warnings = document.warnings();
    assert!(warnings.len() <= Document::MAX_WARNINGS);
    let supplied = document.parameters().keys().map(|name| (name.clone(), vec!["{{ x }}$(id)\u{0}".to_owned()]));
    let supplied: BTreeMap<_, _> = supplied.collect();
    for supplied in [&BTreeMap::new(), &supplied] {
        if let Ok(parameters) = document.check_parameters(supplied) {
            for platform in [Platform::Linux, Platform::Windows] {
                if let Ok(plan) = document.plan(&parameters, platform) {
                    assert!(plan.steps().len() <= Document::MAX_STEPS);
                }
            }
        }
    }
    let _ = document.execution_timeout(&supplied);
}
