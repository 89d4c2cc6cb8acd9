use super::*;

fn outcome(definition: &Value, values: &Value) -> Result<(), String> {
    let document = document(&json!({"p": definition}));
    document.check_as_nested(&parameters(values)).map_err(|error| error.to_string())
}

#[test]
fn a_nested_document_s_values_keep_every_rule() {
    let not_allowed = "Parameter \"p\" is not one of its allowed values.";
    for (definition, good, bad, rule) in [
        (
            json!({"type": "String", "allowedPattern": "[0-9]"}),
            json!("a1"),
            json!("a"),
            "Parameter \"p\" does not match its allowed pattern [0-9].",
        ),
        (
            json!({"type": "String", "minChars": 2}),
            json!("\u{e9}\u{e9}"),
            json!("\u{e9}"),
            "Parameter \"p\" breaks its minChars of 2.",
        ),
        (
            json!({"type": "StringList", "maxChars": 1}),
            json!(["a", "b"]),
            json!(["a", "bb"]),
            "Parameter \"p\" breaks its maxChars of 1.",
        ),
        (
            json!({"type": "StringMap", "maxChars": 7}),
            json!({"a": 1}),
            json!({"a": 10}),
            "Parameter \"p\" breaks its maxChars of 7.",
        ),
        (
            json!({"type": "StringMap", "maxChars": 2}),
            json!("{}"),
            json!("{ }"),
            "Parameter \"p\" breaks its maxChars of 2.",
        ),
        (
            json!({"type": "StringList", "minItems": 1}),
            json!(["a"]),
            json!([]),
            "Parameter \"p\" breaks its minItems of 1.",
        ),
        (
            json!({"type": "StringMap", "maxItems": 1}),
            json!({"a": [1, 2]}),
            json!({"a": 1, "b": 2}),
            "Parameter \"p\" breaks its maxItems of 1.",
        ),
        (
            json!({"type": "MapList", "maxItems": 1}),
            json!([{"a": 1, "b": 2}]),
            json!([{}, {}]),
            "Parameter \"p\" breaks its maxItems of 1.",
        ),
        (json!({"type": "String", "allowedValues": ["a"]}), json!("a"), json!("b"), not_allowed),
        (json!({"type": "StringList", "allowedValues": ["a"]}), json!(["a"]), json!(["a", "b"]), not_allowed),
        (json!({"type": "StringMap", "allowedValues": ["{ \"a\": 1 }"]}), json!({"a": 1}), json!({}), not_allowed),
        (json!({"type": "MapList", "allowedValues": ["{}"]}), json!([{}]), json!([{"a": 1}]), not_allowed),
        (json!({"type": "String", "maxChars": 1}), json!("a"), json!(1), "Parameter \"p\" is not of type String."),
        (
            json!({"type": "StringList", "minItems": 0}),
            json!([]),
            json!(true),
            "Parameter \"p\" is not of type StringList.",
        ),
        (json!({"type": "String", "maxChars": 1}), json!("a"), json!(null), "Parameter \"p\" is required."),
        (json!({"type": "Integer", "default": 5}), json!(5), json!("x"), "Parameter \"p\" is not of type Integer."),
        (
            json!({"type": "Integer", "default": "5"}),
            json!("+5"),
            json!(6),
            "Parameter \"p\" is not its default, which is the only value of type Integer that is taken here.",
        ),
        (
            json!({"type": "Boolean", "default": true}),
            json!("True"),
            json!(false),
            "Parameter \"p\" is not its default, which is the only value of type Boolean that is taken here.",
        ),
        (
            json!({"type": "Integer", "default": 5, "allowedPattern": "5"}),
            json!("5"),
            json!(5),
            "Parameter \"p\" does not match its allowed pattern 5.",
        ),
    ] {
        assert_eq!(outcome(&definition, &json!({"p": good})), Ok(()), "{definition} {good}");
        assert_eq!(outcome(&definition, &json!({"p": bad})), Err(rule.to_owned()), "{definition} {bad}");
    }
}

#[test]
fn what_no_rule_is_about_passes() {
    for (definition, values) in [
        (json!({"type": "String"}), json!({})),
        (json!({"type": "String"}), json!({"p": {"a": [null]}, "other": 1})),
        (json!({"type": "String", "minItems": 5, "allowedValues": []}), json!({"p": "a"})),
        (json!({"type": "String", "minItems": 5}), json!({"p": ["a"]})),
        (json!({"type": "StringMap", "minItems": 5}), json!({"p": "{}"})),
        (json!({"type": "Integer", "default": 5, "maxChars": 0, "minItems": 9, "allowedValues": ["x"]}), json!({})),
        (json!({"type": "String", "default": "a", "allowedValues": ["a"]}), json!({})),
    ] {
        assert_eq!(outcome(&definition, &values), Ok(()), "{definition} {values}");
    }
}

#[test]
fn a_value_that_is_needed_may_not_be_missing_and_defaults_are_checked() {
    for (definition, values, wanted) in [
        (json!({"type": "String", "minChars": 1}), json!({}), "Parameter \"p\" is required."),
        (json!({"type": "StringList", "allowedValues": ["a"]}), json!({}), "Parameter \"p\" is required."),
        (json!({"type": "Integer"}), json!({}), "Parameter \"p\" is required."),
        (
            json!({"type": "Boolean"}),
            json!({"p": true}),
            "Parameter \"p\" is not its default, which is the only value of type Boolean that is taken here.",
        ),
        (
            json!({"type": "String", "default": "abc", "maxChars": 1}),
            json!({}),
            "Parameter \"p\" breaks its maxChars of 1.",
        ),
    ] {
        assert_eq!(outcome(&definition, &values), Err(wanted.to_owned()), "{definition} {values}");
    }
}
