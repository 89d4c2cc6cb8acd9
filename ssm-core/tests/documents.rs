//! Documents of every kind, each with a picture of all that the library makes of it.
//!
//! A fixture is a file in `documents/fixtures`; what its run gets is in `documents/given.json`; its picture is in
//! `documents/snapshots`. With `UPDATE_SNAPSHOTS=1` in the environment the pictures are written anew: read the
//! difference before it is kept.
// Half of the cases are in YAML.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, reason = "a test")]

#[path = "documents/render.rs"]
mod render;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use render::{Given, render};
use serde_json::Value;
use ssm_core::document::{Document, Format, ParameterType, WarningKind};

/// One fixture.
struct Fixture {
    name: String,
    format: Format,
    text: String,
}

impl Fixture {
    /// As the service reads it, or else as an agent does.
    fn document(&self) -> Document {
        let strict = Document::parse_as(&self.text, self.format);
        strict.unwrap_or_else(|_| Document::parse_lenient_as(&self.text, self.format).unwrap())
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/documents")
}

fn fixtures() -> Vec<Fixture> {
    let files = fs::read_dir(directory().join("fixtures")).unwrap();
    let mut fixtures: Vec<Fixture> = files
        .map(|file| {
            let path = file.unwrap().path();
            let format = if path.extension().unwrap() == "json" { Format::Json } else { Format::Yaml };
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            Fixture { name, format, text: fs::read_to_string(&path).unwrap() }
        })
        .collect();
    fixtures.sort_by(|one, other| one.name.cmp(&other.name));
    fixtures
}

#[test]
fn each_document_is_read_planned_and_warned_of_as_its_picture_shows() {
    let given: Value = serde_json::from_str(&fs::read_to_string(directory().join("given.json")).unwrap()).unwrap();
    let update = env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut differing = Vec::new();
    for fixture in fixtures() {
        let shown = render(&fixture.text, fixture.format, &Given::of(&given[&fixture.name]));
        let file = directory().join("snapshots").join(format!("{}.txt", fixture.name));
        if update {
            fs::write(&file, &shown).unwrap();
        }
        let kept = fs::read_to_string(&file).unwrap_or_default();
        if kept != shown {
            let line = kept.lines().zip(shown.lines()).position(|(kept, shown)| kept != shown);
            let line = line.unwrap_or_else(|| kept.lines().count().min(shown.lines().count()));
            let at = |text: &str| text.lines().nth(line).unwrap_or("(nothing)").to_owned();
            differing.push(format!(
                "{}, line {}:\n  kept  {}\n  shown {}",
                fixture.name,
                line + 1,
                at(&kept),
                at(&shown)
            ));
        }
    }
    assert!(differing.is_empty(), "{}\nUPDATE_SNAPSHOTS=1 writes them anew", differing.join("\n"));
}

#[test]
fn no_picture_and_no_entry_is_left_of_a_document_that_is_gone() {
    let names: BTreeSet<String> = fixtures().into_iter().map(|fixture| fixture.name).collect();
    let pictures = fs::read_dir(directory().join("snapshots")).unwrap();
    for picture in pictures {
        let picture = picture.unwrap().file_name().into_string().unwrap();
        assert!(names.contains(picture.strip_suffix(".txt").unwrap()), "{picture}");
    }
    let given: Value = serde_json::from_str(&fs::read_to_string(directory().join("given.json")).unwrap()).unwrap();
    for name in given.as_object().unwrap().keys() {
        assert!(names.contains(name), "{name}");
    }
}

#[test]
fn both_formats_of_each_document_read_back_as_the_same() {
    for fixture in fixtures() {
        let document = fixture.document();
        let is_strict = Document::parse_as(&fixture.text, fixture.format).is_ok();
        for format in [Format::Json, Format::Yaml] {
            let text = document.text_in(format);
            let read = if is_strict { Document::parse_as } else { Document::parse_lenient_as };
            let again = read(&text, format).unwrap_or_else(|error| panic!("{} in {format}: {error}", fixture.name));
            assert!(again.means_the_same(&document), "{} in {format}:\n{text}", fixture.name);
            // And once more, in the format that it came from.
            let back = read(&again.text_in(fixture.format), fixture.format).unwrap();
            assert!(back.means_the_same(&document), "{} by way of {format}", fixture.name);
        }
    }
}

/// The public plugins, of service specification 4.8.
const PLUGINS: [&str; 15] = [
    "aws:applications",
    "aws:cloudWatch",
    "aws:configureDocker",
    "aws:configurePackage",
    "aws:domainJoin",
    "aws:downloadContent",
    "aws:psModule",
    "aws:refreshAssociation",
    "aws:runDockerAction",
    "aws:runDocument",
    "aws:runPowerShellScript",
    "aws:runShellScript",
    "aws:softwareInventory",
    "aws:updateAgent",
    "aws:updateSsmAgent",
];

#[test]
fn the_documents_cover_every_plugin_type_schema_version_and_warning() {
    let (mut plugins, mut kinds, mut schemas, mut warnings) =
        (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let (mut formats, mut refused, mut taken) = (BTreeSet::new(), 0, 0);
    for fixture in fixtures() {
        let document = fixture.document();
        match Document::parse_as(&fixture.text, fixture.format) {
            Ok(_) => taken += 1,
            Err(_) => refused += 1,
        }
        plugins.extend(document.plugins().map(ToString::to_string));
        kinds.extend(document.parameters().values().map(|definition| kind_name(definition.kind())));
        schemas.insert(document.schema().as_str());
        formats.insert(document.format().to_string());
        warnings.extend(document.warnings().into_iter().map(|warning| warning.kind));
    }
    for plugin in PLUGINS {
        assert!(plugins.contains(plugin), "no document with {plugin}");
    }
    assert!(plugins.iter().any(|plugin| !plugin.starts_with("aws:")), "no document with a plugin of its own");
    let all_kinds =
        ["Boolean", "Integer", "MapList", "Other", "Resource", "ResourceList", "String", "StringList", "StringMap"];
    assert_eq!(kinds, BTreeSet::from(all_kinds));
    assert_eq!(schemas, BTreeSet::from(["1.0", "1.2", "2.0", "2.0.1", "2.0.2", "2.0.3", "2.2"]));
    assert_eq!(formats, BTreeSet::from(["JSON".to_owned(), "YAML".to_owned()]));
    let missing: Vec<_> = WARNINGS.into_iter().filter(|kind| !warnings.contains(kind)).collect();
    assert!(missing.is_empty(), "no document with a warning of {missing:?}");
    assert!(taken + refused >= 60 && refused >= 5, "{taken} taken, {refused} refused");
}

const WARNINGS: [WarningKind; 19] = [
    WarningKind::StepModifierIgnored,
    WarningKind::UnknownMember,
    WarningKind::UnknownInput,
    WarningKind::InputValue,
    WarningKind::InputType,
    WarningKind::NoTimeout,
    WarningKind::TimeoutUnusable,
    WarningKind::FinallyNotLast,
    WarningKind::OrderUncertain,
    WarningKind::Precondition,
    WarningKind::ScriptInjection,
    WarningKind::ValueAsJson,
    WarningKind::VariableNotExpanded,
    WarningKind::SecureReference,
    WarningKind::NotAReference,
    WarningKind::UnusedParameter,
    WarningKind::PatternUnusable,
    WarningKind::DefaultBreaksRules,
    WarningKind::Bounds,
];

fn kind_name(kind: &ParameterType) -> &'static str {
    match kind {
        ParameterType::String => "String",
        ParameterType::StringList => "StringList",
        ParameterType::Integer => "Integer",
        ParameterType::Boolean => "Boolean",
        ParameterType::MapList => "MapList",
        ParameterType::StringMap => "StringMap",
        ParameterType::Resource(_) => "Resource",
        ParameterType::ResourceList(_) => "ResourceList",
        ParameterType::Other(_) => "Other",
        // A type that is new here.
        _ => "unknown",
    }
}
