use super::*;

/// What becomes of `p` with this definition when this is supplied: the value, or the text of the error.
fn outcome(definition: &Value, given: &Value) -> Result<Value, String> {
    let checked = document(&json!({"p": definition})).check_parameters(&supplied(&json!({"p": given})));
    checked.map(|values| values.get("p").unwrap().clone()).map_err(|error| error.to_string())
}

#[test]
fn a_value_gets_the_type_of_its_parameter() {
    for (word, given, wanted) in [
        ("String", json!([""]), json!("")),
        ("String", json!(["5"]), json!("5")),
        ("String", json!(["{{ssm:a}}"]), json!("{{ssm:a}}")),
        ("StringList", json!([]), json!([])),
        ("StringList", json!(["a", "", "5"]), json!(["a", "", "5"])),
        ("StringList", json!(["{{ssm:a}}", "b"]), json!(["{{ssm:a}}", "b"])),
        ("Integer", json!(["-5"]), json!(-5)),
        ("Integer", json!(["+05"]), json!(5)),
        ("Boolean", json!(["true"]), json!(true)),
        ("Boolean", json!(["FALSE"]), json!(false)),
        ("StringMap", json!(["{}"]), json!({})),
        ("StringMap", json!([" {\"a\": [1, {}]}\n"]), json!({"a": [1, {}]})),
        ("MapList", json!([]), json!([])),
        ("MapList", json!(["{\"a\": 1}", "{}"]), json!([{"a": 1}, {}])),
        ("AWS::EC2::Instance::Id", json!(["i-1"]), json!("i-1")),
        ("List<AWS::EC2::Instance::Id>", json!(["i-1", "i-2"]), json!(["i-1", "i-2"])),
    ] {
        assert_eq!(outcome(&json!({"type": word}), &given), Ok(wanted), "{word} {given}");
    }
}

#[test]
fn a_value_of_another_type_is_told_by_name_and_type() {
    for (word, given) in [
        ("String", json!([])),
        ("String", json!(["a", "b"])),
        ("Integer", json!([])),
        ("Integer", json!(["1", "2"])),
        ("Integer", json!(["one"])),
        ("Integer", json!([""])),
        ("Integer", json!(["1.0"])),
        ("Integer", json!(["9223372036854775808"])),
        ("Integer", json!(["{{ssm:a}}"])),
        ("Boolean", json!([])),
        ("Boolean", json!(["yes"])),
        ("Boolean", json!(["true", "true"])),
        ("StringMap", json!([])),
        ("StringMap", json!([""])),
        ("StringMap", json!(["{}", "{}"])),
        ("StringMap", json!(["[]"])),
        ("StringMap", json!(["{\"a\": 1"])),
        ("StringMap", json!(["{{ssm:a}}"])),
        ("MapList", json!(["[]"])),
        ("MapList", json!(["{}", "a"])),
        ("AWS::EC2::Instance::Id", json!(["i-1", "i-2"])),
        ("Number", json!(["1"])),
        ("", json!(["1"])),
    ] {
        let wanted = format!("Parameter \"p\" is not of type {word}.");
        assert_eq!(outcome(&json!({"type": word}), &given), Err(wanted), "{word} {given}");
    }
    let deep = format!("{}1{}", "{\"a\":".repeat(500), "}".repeat(500));
    assert!(outcome(&json!({"type": "StringMap"}), &json!([deep])).is_err());
}

#[test]
fn each_rule_takes_what_keeps_it_and_names_what_does_not() {
    let not_allowed = "Parameter \"p\" is not one of its allowed values.";
    for (definition, good, bad, rule) in [
        (json!({"type": "String", "allowedValues": ["a", "b"]}), json!(["b"]), json!(["c"]), not_allowed),
        (json!({"type": "String", "allowedValues": [true, 5]}), json!(["5"]), json!(["True"]), not_allowed),
        (json!({"type": "StringList", "allowedValues": ["a", "b"]}), json!(["b", "a"]), json!(["a", "c"]), not_allowed),
        (json!({"type": "Integer", "allowedValues": [5, "06"]}), json!(["6"]), json!(["7"]), not_allowed),
        (json!({"type": "Integer", "allowedValues": ["a", 5]}), json!(["+05"]), json!(["0"]), not_allowed),
        (json!({"type": "Boolean", "allowedValues": ["True"]}), json!(["true"]), json!(["false"]), not_allowed),
        (
            json!({"type": "StringMap", "allowedValues": ["{ \"b\": 1, \"a\": 2 }"]}),
            json!(["{\"a\":2,\"b\":1}"]),
            json!(["{\"a\":2}"]),
            not_allowed,
        ),
        (json!({"type": "MapList", "allowedValues": ["{}"]}), json!(["{}", "{ }"]), json!(["{\"a\":1}"]), not_allowed),
        (
            json!({"type": "List<AWS::EC2::Image::Id>", "allowedValues": ["ami-1"]}),
            json!([]),
            json!(["ami-2"]),
            not_allowed,
        ),
        (
            json!({"type": "String", "allowedPattern": "[a-z]+"}),
            json!(["ab"]),
            json!(["ab1"]),
            "Parameter \"p\" does not match its allowed pattern [a-z]+.",
        ),
        (
            json!({"type": "StringList", "allowedPattern": "a|b"}),
            json!(["a", "b"]),
            json!(["a", "ab"]),
            "Parameter \"p\" does not match its allowed pattern a|b.",
        ),
        (
            json!({"type": "StringMap", "allowedPattern": "\\{\"a\":.*\\}"}),
            json!([" { \"b\": 1, \"a\": 2 } "]),
            json!(["{\"b\": 1}"]),
            "Parameter \"p\" does not match its allowed pattern \\{\"a\":.*\\}.",
        ),
        (
            json!({"type": "MapList", "allowedPattern": "\\{\\}"}),
            json!(["{}", "{ }"]),
            json!(["{}", "{\"a\":1}"]),
            "Parameter \"p\" does not match its allowed pattern \\{\\}.",
        ),
        (
            json!({"type": "AWS::S3::Bucket::Name", "allowedPattern": "[a-z]+"}),
            json!(["b"]),
            json!(["B"]),
            "Parameter \"p\" does not match its allowed pattern [a-z]+.",
        ),
        (
            json!({"type": "StringList", "minItems": 1}),
            json!(["a"]),
            json!([]),
            "Parameter \"p\" breaks its minItems of 1.",
        ),
        (
            json!({"type": "StringList", "maxItems": "2"}),
            json!([]),
            json!(["a", "b", "c"]),
            "Parameter \"p\" breaks its maxItems of 2.",
        ),
        (
            json!({"type": "MapList", "maxItems": 1}),
            json!(["{\"a\": 1, \"b\": 2}"]),
            json!(["{}", "{}"]),
            "Parameter \"p\" breaks its maxItems of 1.",
        ),
        (
            json!({"type": "StringMap", "minItems": 1, "maxItems": 2}),
            json!(["{\"a\": [1, 2, 3]}"]),
            json!(["{}"]),
            "Parameter \"p\" breaks its minItems of 1.",
        ),
        (
            json!({"type": "StringMap", "maxItems": 0}),
            json!(["{}"]),
            json!(["{\"a\": 1}"]),
            "Parameter \"p\" breaks its maxItems of 0.",
        ),
        (
            json!({"type": "String", "minChars": 2}),
            json!(["\u{e9}\u{e9}"]),
            json!(["\u{e9}"]),
            "Parameter \"p\" breaks its minChars of 2.",
        ),
        (
            json!({"type": "StringList", "maxChars": 1}),
            json!(["\u{e9}", "b"]),
            json!(["a", "bb"]),
            "Parameter \"p\" breaks its maxChars of 1.",
        ),
        (
            json!({"type": "Integer", "maxChars": 2}),
            json!(["-1"]),
            json!(["100"]),
            "Parameter \"p\" breaks its maxChars of 2.",
        ),
        (
            json!({"type": "StringMap", "maxChars": 7}),
            json!([" { \"a\" : 1 } "]),
            json!(["{\"a\":10}"]),
            "Parameter \"p\" breaks its maxChars of 7.",
        ),
        (
            json!({"type": "MapList", "minChars": 3}),
            json!(["{\"a\":1}"]),
            json!(["{\"a\":1}", "{}"]),
            "Parameter \"p\" breaks its minChars of 3.",
        ),
        (
            json!({"type": "String", "minChars": 3, "maxChars": 1, "default": "x"}),
            json!(["{{ssm:a}}"]),
            json!(["ab"]),
            "Parameter \"p\" breaks its minChars of 3.",
        ),
    ] {
        assert!(outcome(&definition, &good).is_ok(), "{definition} {good}: {:?}", outcome(&definition, &good));
        assert_eq!(outcome(&definition, &bad), Err(rule.to_owned()), "{definition} {bad}");
    }
}

#[test]
fn rules_that_do_not_concern_a_type_and_empty_ones_do_not_bind() {
    for (definition, given) in [
        (json!({"type": "String", "minItems": 2}), json!(["a"])),
        (json!({"type": "Integer", "minItems": 2}), json!(["1"])),
        (json!({"type": "Boolean", "maxItems": 0}), json!(["true"])),
        (json!({"type": "String", "allowedValues": []}), json!(["a"])),
        (json!({"type": "String", "allowedPattern": ""}), json!(["a"])),
    ] {
        assert!(outcome(&definition, &given).is_ok(), "{definition} {given}");
    }
}

#[test]
fn the_first_rule_that_is_broken_is_told() {
    let definition = json!({"type": "StringList", "maxItems": 1, "maxChars": 1, "allowedValues": ["a", "cc", "dd"],
        "allowedPattern": "a|cc"});
    for (given, rule) in [
        (json!(["bb", "a"]), "breaks its maxItems of 1."),
        (json!(["bb"]), "breaks its maxChars of 1."),
        (json!(["b"]), "is not one of its allowed values."),
    ] {
        assert_eq!(outcome(&definition, &given), Err(format!("Parameter \"p\" {rule}")));
    }
}

#[test]
fn a_number_or_boolean_with_a_pattern_is_sent_as_the_text_that_was_matched() {
    let pattern = |word: &str| json!({"type": word, "allowedPattern": "0?[1-9]|[Tt]rue"});
    assert_eq!(outcome(&pattern("Integer"), &json!(["05"])), Ok(json!("05")));
    assert_eq!(outcome(&pattern("Boolean"), &json!(["True"])), Ok(json!("True")));
    assert_eq!(
        outcome(&pattern("Integer"), &json!(["True"])),
        Err("Parameter \"p\" is not of type Integer.".to_owned())
    );
    assert!(outcome(&pattern("Integer"), &json!(["10"])).unwrap_err().contains("allowed pattern"));
}

#[test]
fn a_reference_to_the_parameter_store_passes_where_a_text_may_be_and_its_neighbours_are_checked() {
    let rules = |word: &str| {
        json!({"type": word, "allowedValues": ["ab"], "allowedPattern": "[a-z]+", "maxChars": 2, "minItems": 2,
            "maxItems": 3})
    };
    let reference = "{{ ssm:/a/b:3 }}";
    for (word, given, taken) in [
        ("String", json!([reference]), true),
        ("AWS::EC2::Image::Id", json!([reference]), true),
        ("StringList", json!([reference]), true),
        ("StringList", json!([reference, "ab", "ab", "ab"]), true),
        ("StringList", json!([reference, "abc"]), false),
        ("StringList", json!([reference, "x"]), false),
        ("StringList", json!(["ab"]), false),
        ("List<AWS::EC2::Image::Id>", json!([reference]), true),
        ("String", json!(["{{ssm-secure:a}}"]), false),
        ("String", json!(["x{{ssm:a}}"]), false),
        ("MapList", json!([reference]), false),
    ] {
        assert_eq!(outcome(&rules(word), &given).is_ok(), taken, "{word} {given}");
    }
    let unusable = json!({"type": "String", "allowedPattern": "(?=a)"});
    assert!(outcome(&unusable, &json!([reference])).is_err());
}

#[test]
fn the_values_of_a_run_are_the_supplied_ones_and_the_defaults_in_document_order() {
    let text = r#"{"schemaVersion": "1.2", "runtimeConfig": {"acme:x": {}}, "parameters": {"z": {"type": "StringList"},
        "b": {"type": "String", "default": "d", "allowedPattern": "x"}, "a": {"type": "String", "default": "e"},
        "m": {"type": "StringMap", "default": "{\"k\": 1}"}, "i": {"type": "Integer", "default": "5"}}}"#;
    let document = Document::parse(text).unwrap();
    let parameters = document.check_parameters(&supplied(&json!({"a": ["s"], "z": ["1", "2"]}))).unwrap();
    assert_eq!(serde_json::to_string(&parameters).unwrap(), r#"{"z":["1","2"],"b":"d","a":"s","m":{"k":1},"i":5}"#);
    assert!(document.check_parameters(&supplied(&json!({"z": []}))).unwrap().get("z") == Some(&json!([])));
}

#[test]
fn a_pattern_of_another_dialect_is_an_error_only_when_its_parameter_is_given() {
    let document = document(&json!({"p": {"type": "String", "default": "d", "allowedPattern": "(?!a)b"}}));
    assert!(document.check_parameters(&BTreeMap::new()).is_ok());
    let unusable = ParameterError::UnusablePattern { name: "p".to_owned(), pattern: "(?!a)b".to_owned() };
    assert_eq!(document.check_parameters(&supplied(&json!({"p": ["b"]}))), Err(unusable.clone()));
    assert_eq!(document.check_as_agent(&Parameters::new()), Err(unusable.clone()));
    assert_eq!(document.check_as_nested(&Parameters::new()), Err(unusable.clone()));
    let wanted = "Parameter \"p\" has an allowed pattern that cannot be used: (?!a)b.";
    assert_eq!(unusable.to_string(), wanted);
}
