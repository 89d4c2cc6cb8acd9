use serde_json::{Value, json};

use crate::document::{Document, DocumentErrorKind, Interpolation, ParameterDefinition, ParameterType};

fn text_of(definition: &Value) -> String {
    json!({"schemaVersion": "1.2", "parameters": {"p": definition}, "runtimeConfig": {"acme:x": {}}}).to_string()
}

fn taken(definition: &Value) -> ParameterDefinition {
    match Document::parse(&text_of(definition)) {
        Ok(document) => document.parameters()["p"].clone(),
        Err(error) => panic!("{definition}: {error}"),
    }
}

/// The text of an error without the place at its end.
fn without_place(text: &str) -> &str {
    text.split_once(" at Line: ").map_or(text, |(reason, _)| reason)
}

/// An agent takes the definition, the service refuses it with this text, and points at this member.
#[track_caller]
fn check_refused(definition: &Value, member: &str, wanted: &str) {
    let text = text_of(definition);
    let Err(error) = Document::parse(&text) else { panic!("{definition} was taken") };
    assert_eq!((error.kind(), without_place(&error.to_string())), (DocumentErrorKind::Content, wanted), "{definition}");
    assert_eq!(error.pointer().as_str(), format!("/parameters/p{member}"), "{definition}");
}

const TYPES: [&str; 8] = [
    "String",
    "StringList",
    "Integer",
    "Boolean",
    "MapList",
    "StringMap",
    "AWS::EC2::Instance::Id",
    "List<AWS::EC2::Instance::Id>",
];

#[test]
fn each_type_is_taken_and_any_other_word_is_refused_where_it_stands() {
    for word in TYPES {
        assert_eq!(taken(&json!({"type": word})).kind().to_string(), word);
    }
    for word in ["Number", "Array", "string", "", "List<String>", "AWS::EC2::Instance", "Map"] {
        check_refused(&json!({"type": word}), "/type", &format!("Parameter type: {word} is invalid."));
    }
    let long = "x".repeat(70);
    let cut = format!("Parameter type: {}... is invalid.", "x".repeat(64));
    check_refused(&json!({"type": long, "default": 1}), "/type", &cut);
    for (wrong, member, wanted) in [
        (json!({"type": 1}), "/type", "Member \"type\" must be a string."),
        (json!({"type": ["String"]}), "/type", "Member \"type\" must be a string."),
        (json!({"type": null}), "", "object has missing required properties ([\"type\"])"),
        (json!({"default": "a"}), "", "object has missing required properties ([\"type\"])"),
        (json!("String"), "", "\"p\" must have an object."),
        (json!([]), "", "\"p\" must have an object."),
    ] {
        check_refused(&wrong, member, wanted);
    }
}

#[test]
fn a_default_that_fits_its_type_becomes_a_value_of_it_and_shows_as_it_is_written() {
    for (word, written, value, shown) in [
        ("String", json!(""), json!(""), ""),
        ("String", json!("3600"), json!("3600"), "3600"),
        ("String", json!("{{ssm:a}}"), json!("{{ssm:a}}"), "{{ssm:a}}"),
        ("String", json!("[\"a\"]"), json!("[\"a\"]"), "[\"a\"]"),
        ("AWS::EC2::Image::Id", json!("ami-1"), json!("ami-1"), "ami-1"),
        ("AWS::EC2::Image::Id", json!("{{ ssm:a }}"), json!("{{ ssm:a }}"), "{{ ssm:a }}"),
        ("StringList", json!([]), json!([]), "[]"),
        ("StringList", json!(["a", "b c"]), json!(["a", "b c"]), "[\"a\",\"b c\"]"),
        ("StringList", json!(["{{ssm:a}}", "b"]), json!(["{{ssm:a}}", "b"]), "[\"{{ssm:a}}\",\"b\"]"),
        ("StringList", json!("{{ ssm:a }}"), json!(["{{ ssm:a }}"]), "{{ ssm:a }}"),
        ("Integer", json!("{{ssm:a}}"), json!("{{ssm:a}}"), "{{ssm:a}}"),
        ("MapList", json!("{{ssm:a}}"), json!("{{ssm:a}}"), "{{ssm:a}}"),
        ("List<AWS::EC2::Subnet::Id>", json!(["subnet-1"]), json!(["subnet-1"]), "[\"subnet-1\"]"),
        ("Integer", json!(5), json!(5), "5"),
        ("Integer", json!(-5), json!(-5), "-5"),
        ("Integer", json!("05"), json!(5), "05"),
        ("Integer", json!(i64::MAX), json!(i64::MAX), "9223372036854775807"),
        ("Boolean", json!(true), json!(true), "true"),
        ("Boolean", json!("False"), json!(false), "False"),
        ("StringMap", json!({}), json!({}), "{}"),
        ("StringMap", json!({"a": ["b"]}), json!({"a": ["b"]}), "{\"a\":[\"b\"]}"),
        ("StringMap", json!("{}"), json!({}), "{}"),
        ("StringMap", json!("{ \"a\": \"b\" }"), json!({"a": "b"}), "{ \"a\": \"b\" }"),
        ("MapList", json!([]), json!([]), "[]"),
        ("MapList", json!([{"a": 1}, {}]), json!([{"a": 1}, {}]), "[{\"a\":1},{}]"),
        ("MapList", json!("[]"), json!([]), "[]"),
        ("MapList", json!("[{\"a\": 1}]"), json!([{"a": 1}]), "[{\"a\": 1}]"),
    ] {
        let definition = taken(&json!({"type": word, "default": written}));
        assert_eq!(definition.default_value(), Some(&value), "{word} {written}");
        assert_eq!(definition.default_text(), Some(shown), "{word} {written}");
    }
    for word in TYPES {
        for definition in [json!({"type": word}), json!({"type": word, "default": null})] {
            let definition = taken(&definition);
            assert_eq!((definition.default_value(), definition.default_text()), (None, None), "{word}");
        }
    }
}

#[test]
fn a_number_or_boolean_with_a_pattern_stays_text() {
    for (word, written, value) in
        [("Integer", json!(5), "5"), ("Integer", json!("05"), "05"), ("Boolean", json!(true), "true")]
    {
        let definition = taken(&json!({"type": word, "default": written, "allowedPattern": "x"}));
        assert_eq!(definition.default_value(), Some(&json!(value)));
    }
    let definition = taken(&json!({"type": "Integer", "default": "5", "allowedPattern": ""}));
    assert_eq!(definition.default_value(), Some(&json!(5)));
}

#[test]
fn a_default_of_another_type_is_refused_with_the_public_sentence() {
    for (word, default, got) in [
        ("StringList", json!("echo hello"), "\"echo hello\""),
        ("StringList", json!("[\"a\"]"), "\"[\"a\"]\""),
        ("StringList", json!("{{ssm-secure:a}}"), "\"{{ssm-secure:a}}\""),
        ("StringList", json!(" {{ssm:a}}"), "\" {{ssm:a}}\""),
        ("StringList", json!([1]), "[1]"),
        ("StringList", json!([null]), "[null]"),
        ("StringList", json!({}), "{}"),
        ("List<AWS::EC2::VPC::Id>", json!("vpc-1"), "\"vpc-1\""),
        ("String", json!(["a"]), "[\"a\"]"),
        ("String", json!(1), "1"),
        ("String", json!(false), "false"),
        ("String", json!({"a": 1}), "{\"a\":1}"),
        ("AWS::S3::Bucket::Name", json!(1), "1"),
        ("Integer", json!("a"), "\"a\""),
        ("Integer", json!(""), "\"\""),
        ("Integer", json!(1.5), "1.5"),
        ("Integer", json!(u64::MAX), "18446744073709551615"),
        ("Integer", json!(true), "true"),
        ("Integer", json!([1]), "[1]"),
        ("Boolean", json!("yes"), "\"yes\""),
        ("Boolean", json!(1), "1"),
        ("StringMap", json!(""), "\"\""),
        ("StringMap", json!("[]"), "\"[]\""),
        ("StringMap", json!([]), "[]"),
        ("MapList", json!({}), "{}"),
        ("MapList", json!("{}"), "\"{}\""),
        ("MapList", json!(["{}"]), "[\"{}\"]"),
        ("MapList", json!("[1]"), "\"[1]\""),
    ] {
        let wanted = format!("Wrong default value for a \"{word}\" parameters, got {got}.");
        let definition = json!({"type": word, "default": default});
        check_refused(&definition, "/default", &wanted);
        let agents = Document::parse_lenient(&text_of(&definition)).unwrap();
        assert_eq!(agents.parameters()["p"].default_value(), Some(&default), "an agent keeps it as it is");
    }
    let long = "x".repeat(9999);
    let cut = format!("Wrong default value for a \"Integer\" parameters, got \"{}...\".", "x".repeat(64));
    check_refused(&json!({"type": "Integer", "default": long}), "/default", &cut);
}

#[test]
fn members_of_another_shape_are_refused_where_they_stand() {
    let values = "Member \"allowedValues\" must be a list of strings, numbers and booleans.";
    for (member, value, at, wanted) in [
        ("description", json!(["a"]), "/description", "Member \"description\" must be a string."),
        ("displayType", json!(true), "/displayType", "Member \"displayType\" must be a string."),
        ("allowedPattern", json!(1), "/allowedPattern", "Member \"allowedPattern\" must be a string."),
        ("allowedPattern", json!(["a"]), "/allowedPattern", "Member \"allowedPattern\" must be a string."),
        ("allowedValues", json!("a"), "/allowedValues", "Member \"allowedValues\" must be a list."),
        ("allowedValues", json!({"a": 1}), "/allowedValues", "Member \"allowedValues\" must be a list."),
        ("allowedValues", json!(["a", ["b"]]), "/allowedValues/1", values),
        ("allowedValues", json!([{}]), "/allowedValues/0", values),
        ("allowedValues", json!(["a", "b", null]), "/allowedValues/2", values),
        ("minItems", json!(-1), "/minItems", "Member \"minItems\" must be a whole number."),
        ("minItems", json!(1.5), "/minItems", "Member \"minItems\" must be a whole number."),
        ("maxItems", json!("few"), "/maxItems", "Member \"maxItems\" must be a whole number."),
        ("maxItems", json!([1]), "/maxItems", "Member \"maxItems\" must be a whole number."),
        ("minChars", json!(""), "/minChars", "Member \"minChars\" must be a whole number."),
        ("minChars", json!("-1"), "/minChars", "Member \"minChars\" must be a whole number."),
        ("maxChars", json!(true), "/maxChars", "Member \"maxChars\" must be a whole number."),
        ("maxChars", json!("99999999999999999999"), "/maxChars", "Member \"maxChars\" must be a whole number."),
        ("interpolationType", json!(1), "/interpolationType", "Member \"interpolationType\" must be a string."),
        ("interpolationType", json!("TEXT"), "/interpolationType", "Member \"interpolationType\" must be ENV_VAR."),
        ("interpolationType", json!("env_var"), "/interpolationType", "Member \"interpolationType\" must be ENV_VAR."),
        ("interpolationType", json!(""), "/interpolationType", "Member \"interpolationType\" must be ENV_VAR."),
    ] {
        check_refused(&json!({"type": "String", member: value}), at, wanted);
        assert!(Document::parse(&text_of(&json!({"type": "String", member: null}))).is_ok(), "{member} of null");
    }
    for word in ["StringList", "Integer", "Boolean", "MapList", "StringMap", "List<AWS::EC2::Instance::Id>"] {
        let wanted = format!("ENV_VAR is for String parameters, and this one is a {word}.");
        check_refused(&json!({"type": word, "interpolationType": "ENV_VAR"}), "/interpolationType", &wanted);
    }
}

#[test]
fn every_attribute_is_read() {
    let definition = taken(&json!({
        "type": "StringList", "description": "d", "displayType": "textarea", "allowedValues": ["a", 1, true, 2.5],
        "allowedPattern": "(?!x)", "minItems": 1, "maxItems": "20", "minChars": "0", "maxChars": 4096, "default": ["x"],
    }));
    assert_eq!(definition.kind(), &ParameterType::StringList);
    assert_eq!((definition.description(), definition.display_type()), (Some("d"), Some("textarea")));
    assert_eq!(definition.allowed_values().unwrap(), ["a", "1", "true", "2.5"]);
    assert_eq!(definition.allowed_pattern(), Some("(?!x)"));
    assert_eq!((definition.min_items(), definition.max_items()), (Some(1), Some(20)));
    assert_eq!((definition.min_chars(), definition.max_chars()), (Some(0), Some(4096)));
    assert_eq!(definition.interpolation(), Interpolation::Text);
    for word in ["String", "AWS::EC2::Instance::Id"] {
        let definition = taken(&json!({"type": word, "interpolationType": "ENV_VAR"}));
        assert_eq!(definition.interpolation(), Interpolation::EnvironmentVariable);
    }
}

#[test]
fn environment_variables_are_taken_in_every_schema() {
    let parameters = json!({"p": {"type": "String", "interpolationType": "ENV_VAR"}});
    for version in ["1.2", "2.0", "2.2"] {
        let section = if version == "1.2" { "runtimeConfig" } else { "mainSteps" };
        let body = if version == "1.2" {
            json!({"acme:x": {}})
        } else {
            json!([{"action": "acme:x", "name": "a", "inputs": {}}])
        };
        let text = json!({"schemaVersion": version, "parameters": parameters, section: body}).to_string();
        assert_eq!(
            Document::parse(&text).unwrap().parameters()["p"].interpolation(),
            Interpolation::EnvironmentVariable
        );
    }
}

#[test]
fn what_contradicts_itself_is_taken() {
    for definition in [
        json!({"type": "StringList", "minItems": 3, "maxItems": 1, "default": []}),
        json!({"type": "String", "minChars": 3, "maxChars": 1, "default": "x"}),
        json!({"type": "String", "allowedValues": ["a"], "default": "b"}),
        json!({"type": "String", "allowedValues": [], "allowedPattern": ""}),
        json!({"type": "String", "allowedPattern": "^a$", "default": "b"}),
        json!({"type": "String", "allowedPattern": "(?=a)[", "default": "b"}),
        json!({"type": "Integer", "allowedValues": ["a"], "minItems": 1, "maxChars": 0}),
        json!({"type": "String", "displayType": "anything", "somethingNew": {"a": 1}}),
    ] {
        taken(&definition);
    }
}

#[test]
fn an_agent_takes_what_the_service_refuses() {
    for definition in [
        json!({"type": "Number", "default": 1}),
        json!({"type": "Array"}),
        json!({}),
        json!({"type": "String", "minItems": "few", "maxItems": -1, "minChars": [], "maxChars": 1.5}),
        json!({"type": "String", "allowedValues": [null, ["a"], {}]}),
        json!({"type": "StringList", "interpolationType": "ENV_VAR"}),
        json!({"type": "String", "interpolationType": "TEXT"}),
    ] {
        let document = Document::parse_lenient(&text_of(&definition));
        let document = document.unwrap_or_else(|error| panic!("{definition}: {error}"));
        let parameter = &document.parameters()["p"];
        let is_variable = definition["interpolationType"] == "ENV_VAR";
        assert_eq!(parameter.interpolation() == Interpolation::EnvironmentVariable, is_variable, "{definition}");
        assert_eq!((parameter.min_items(), parameter.max_chars()), (None, None));
    }
    let text = text_of(&json!({"type": "Number", "default": 1}));
    let number = Document::parse_lenient(&text).unwrap().parameters()["p"].clone();
    assert_eq!(number.kind(), &ParameterType::Other("Number".to_owned()));
    assert_eq!((number.default_value(), number.default_text()), (Some(&json!(1)), Some("1")));
}
