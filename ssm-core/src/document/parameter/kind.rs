//! The types of parameters: their names, and how a value of each is read.

use std::fmt;

use serde_json::{Map, Value};

use crate::document::reference::{ReferenceKind, references};

/// The type of a parameter.
///
/// Source: service specification 4.3; user guide, "Data elements and parameters". How values of the types other than
/// `String` and `StringList` are written is our choice where the sources are silent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParameterType {
    /// One text.
    String,
    /// Any number of texts.
    StringList,
    /// A whole number that fits 64 bits with a sign.
    Integer,
    /// True or false.
    Boolean,
    /// Any number of maps.
    MapList,
    /// One map from names to any values.
    StringMap,
    /// One text that names a resource: the type's name, such as `AWS::EC2::Instance::Id`.
    ///
    /// The published names are those of instances, of `AWS::IAM::Role::Arn` and of `AWS::S3::Bucket::Name`. Every name
    /// of their form, `AWS` and three more words of letters and digits, is taken: our choice. Whether there is such a
    /// resource is not checked.
    Resource(String),
    /// Any number of texts that name resources, as in `List<AWS::EC2::Instance::Id>`: the name between the brackets.
    ResourceList(String),
    /// Another word, which only a document that an agent received may have. Its values are passed through as they are.
    Other(String),
}

impl ParameterType {
    pub(in crate::document) fn new(word: &str) -> Self {
        let listed = word.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>'));
        match (word, listed) {
            ("String", _) => Self::String,
            ("StringList", _) => Self::StringList,
            ("Integer", _) => Self::Integer,
            ("Boolean", _) => Self::Boolean,
            ("MapList", _) => Self::MapList,
            ("StringMap", _) => Self::StringMap,
            (name, None) if is_resource(name) => Self::Resource(name.to_owned()),
            (_, Some(name)) if is_resource(name) => Self::ResourceList(name.to_owned()),
            (other, _) => Self::Other(other.to_owned()),
        }
    }

    /// Whether a value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self, Self::StringList | Self::MapList | Self::ResourceList(_))
    }

    /// Whether a value is one text.
    pub(in crate::document) fn is_text(&self) -> bool {
        matches!(self, Self::String | Self::Resource(_))
    }

    /// Whether a value is texts: one, or a list of them.
    pub(in crate::document) fn holds_texts(&self) -> bool {
        self.is_text() || matches!(self, Self::StringList | Self::ResourceList(_))
    }

    /// What one supplied text says: the value, of a list one element. `None` when it says none of this type.
    ///
    /// An integer is decimal digits behind a sign or none; a boolean is `true` or `false` in any case; a map is a JSON
    /// object. Our choice.
    pub(in crate::document) fn read(&self, text: &str) -> Option<Value> {
        match self {
            Self::Integer => text.parse::<i64>().ok().map(Value::from),
            Self::Boolean if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
            Self::Boolean if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
            Self::Boolean => None,
            Self::StringMap | Self::MapList => serde_json::from_str::<Map<_, _>>(text).ok().map(Value::Object),
            Self::String | Self::StringList | Self::Resource(_) | Self::ResourceList(_) | Self::Other(_) => {
                Some(Value::from(text))
            }
        }
    }

    /// What a value that a document gives says, as a value of this type; `None` when it is of another.
    ///
    /// Texts may stand for numbers, booleans and maps as in [`ParameterType::read`], and a text with a JSON list for a
    /// list of maps; a reference to the parameter store stands for any value, of which only the agent knows the type, and for a
    /// list of texts as its one element.
    pub(in crate::document) fn fit(&self, written: &Value) -> Option<Value> {
        match (self, written) {
            (Self::String | Self::Resource(_), Value::String(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::StringMap, Value::Object(_))
            | (Self::Other(_), _) => Some(written.clone()),
            (Self::Integer, Value::Number(number)) if number.is_i64() => Some(written.clone()),
            (Self::StringList | Self::ResourceList(_), Value::Array(items)) if items.iter().all(Value::is_string) => {
                Some(written.clone())
            }
            (Self::MapList, Value::Array(items)) if items.iter().all(Value::is_object) => Some(written.clone()),
            (Self::StringList | Self::ResourceList(_), Value::String(text)) if is_store_reference(text) => {
                Some(Value::from(vec![text.as_str()]))
            }
            (Self::Integer | Self::Boolean | Self::StringMap | Self::MapList, Value::String(text))
                if is_store_reference(text) =>
            {
                Some(written.clone())
            }
            (Self::MapList, Value::String(text)) => serde_json::from_str::<Vec<Map<_, _>>>(text)
                .ok()
                .map(|maps| maps.into_iter().map(Value::from).collect()),
            (Self::Integer | Self::Boolean | Self::StringMap, Value::String(text)) => self.read(text),
            _ => None,
        }
    }
}

impl fmt::Display for ParameterType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::String => "String",
            Self::StringList => "StringList",
            Self::Integer => "Integer",
            Self::Boolean => "Boolean",
            Self::MapList => "MapList",
            Self::StringMap => "StringMap",
            Self::ResourceList(name) => return write!(f, "List<{name}>"),
            Self::Resource(word) | Self::Other(word) => word,
        })
    }
}

/// Whether a text is `{{ssm:name}}` and nothing else: its value comes from the parameter store, and only the agent
/// knows it.
///
/// Source: agent protocol 5.2.
pub(in crate::document) fn is_store_reference(text: &str) -> bool {
    references(text, ReferenceKind::Plain).next().is_some_and(|reference| reference.is_all_of(text))
}

/// Four words with `::` between them, the first `AWS`.
fn is_resource(name: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.strip_prefix("AWS::").is_some_and(|rest| rest.split("::").count() == 3 && rest.split("::").all(is_word))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_published_name_is_a_type_and_prints_as_it_was_written() {
        for (word, is_list) in [
            ("String", false),
            ("StringList", true),
            ("Integer", false),
            ("Boolean", false),
            ("MapList", true),
            ("StringMap", false),
            ("AWS::EC2::Instance::Id", false),
            ("List<AWS::EC2::Instance::Id>", true),
            ("AWS::EC2::Image::Id", false),
            ("AWS::EC2::KeyPair::KeyName", false),
            ("AWS::EC2::SecurityGroup::Id", false),
            ("List<AWS::EC2::SecurityGroup::Id>", true),
            ("AWS::EC2::Subnet::Id", false),
            ("List<AWS::EC2::Subnet::Id>", true),
            ("AWS::EC2::VPC::Id", false),
            ("AWS::IAM::Role::Arn", false),
            ("List<AWS::IAM::Role::Arn>", true),
            ("AWS::S3::Bucket::Name", false),
            ("List<AWS::S3::Bucket::Name>", true),
            ("AWS::SSM::Document::Name", false),
        ] {
            let kind = ParameterType::new(word);
            assert!(!matches!(kind, ParameterType::Other(_)), "{word}");
            assert_eq!((kind.to_string().as_str(), kind.is_list()), (word, is_list));
        }
    }

    #[test]
    fn any_other_word_is_none_of_the_types() {
        for word in [
            "",
            "string",
            "Number",
            "Array",
            "Map",
            "List<String>",
            "AWS",
            "AWS::",
            "AWS::EC2::Instance",
            "AWS::EC2::Instance::Id::x",
            "AWS::EC2::::Id",
            "AWS::EC2::Instance::I d",
            "AWS::EC2::Instance:Id",
            "aws::EC2::Instance::Id",
            "AWS::SSM::Parameter::Value<String>",
            "List<AWS::EC2::Instance::Id",
            "List<List<AWS::EC2::Instance::Id>>",
            "List<>",
        ] {
            let kind = ParameterType::new(word);
            assert_eq!(kind, ParameterType::Other(word.to_owned()));
            assert_eq!((kind.to_string().as_str(), kind.is_list()), (word, false));
        }
    }

    #[test]
    fn a_text_says_a_value_of_its_type_or_none() {
        for (word, text, wanted) in [
            ("Integer", "0", Some(json!(0))),
            ("Integer", "-12", Some(json!(-12))),
            ("Integer", "+7", Some(json!(7))),
            ("Integer", "007", Some(json!(7))),
            ("Integer", "9223372036854775807", Some(json!(i64::MAX))),
            ("Integer", "-9223372036854775808", Some(json!(i64::MIN))),
            ("Integer", "9223372036854775808", None),
            ("Integer", "", None),
            ("Integer", "-", None),
            ("Integer", " 1", None),
            ("Integer", "1.0", None),
            ("Integer", "1e3", None),
            ("Integer", "0x10", None),
            ("Integer", "1_000", None),
            ("Integer", "\u{663}", None),
            ("Boolean", "true", Some(json!(true))),
            ("Boolean", "False", Some(json!(false))),
            ("Boolean", "TRUE", Some(json!(true))),
            ("Boolean", "yes", None),
            ("Boolean", "1", None),
            ("Boolean", "", None),
            ("StringMap", "{}", Some(json!({}))),
            ("StringMap", r#" {"a": "b", "c": [1]} "#, Some(json!({"a": "b", "c": [1]}))),
            ("StringMap", "", None),
            ("StringMap", "[]", None),
            ("StringMap", r#"{"a": "b"} x"#, None),
            ("StringMap", "null", None),
            ("MapList", r#"{"a": 1}"#, Some(json!({"a": 1}))),
            ("MapList", "[{}]", None),
            ("String", "{}", Some(json!("{}"))),
            ("StringList", "1", Some(json!("1"))),
            ("AWS::S3::Bucket::Name", "b", Some(json!("b"))),
        ] {
            assert_eq!(ParameterType::new(word).read(text), wanted, "{word} {text:?}");
        }
    }

    #[test]
    fn a_store_reference_stands_alone_and_names_something() {
        for text in ["{{ssm:a}}", "{{ ssm:/a/b_c.d-e:3 }}", "{{   ssm:x}}"] {
            assert!(is_store_reference(text), "{text}");
        }
        for text in [
            "",
            "{{",
            "{{}}",
            "{{ssm:}}",
            "{{ ssm: }}",
            "{{ ssm: a }}",
            "{{ssm:a b}}",
            "{{ssm-secure:a}}",
            "x{{ssm:a}}",
            "{{ssm:a}}\n",
            "{{ssm:a}}{{ssm:b}}",
            "{{\tssm:a}}",
            "{{ssm:\u{e9}}}",
            "{ssm:a}",
        ] {
            assert!(!is_store_reference(text), "{text}");
        }
    }
}
