use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any_text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map("[a-c]", inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c0-9-]{0,4}",
        Just("true".to_owned()),
        Just("False".to_owned()),
        Just("{}".to_owned()),
        Just(r#"{"a": "b", "c": [1]}"#.to_owned()),
        Just("[{}]".to_owned()),
        Just("{{ssm:a}}".to_owned()),
        r"\PC{0,8}",
    ]
}

fn any_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-c0-9*+?|.()\\[\\]^$-]{0,8}",
        Just("(?!a)".to_owned()),
        Just("[0-9]+".to_owned()),
        Just(".*".to_owned()),
        Just("".to_owned()),
    ]
}

fn any_type() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "String",
        "StringList",
        "Integer",
        "Boolean",
        "MapList",
        "StringMap",
        "AWS::EC2::Instance::Id",
        "List<AWS::EC2::Instance::Id>",
        "Number",
    ])
}

/// Definitions with members of the right shape.
fn any_definition() -> impl Strategy<Value = Value> {
    let bounds = (option::of(0..4u64), option::of(0..4u64), option::of(0..9u64), option::of(0..9u64));
    let rules = (option::of(vec(any_text(), 0..3)), option::weighted(0.7, any_pattern()));
    (any_type(), bounds, rules, option::of(any_json())).prop_map(|(word, bounds, (values, pattern), default)| {
        json!({"type": word, "minItems": bounds.0, "maxItems": bounds.1, "minChars": bounds.2, "maxChars": bounds.3,
            "allowedValues": values, "allowedPattern": pattern, "default": default})
    })
}

/// Definitions with members of any shape.
fn wild_definition() -> impl Strategy<Value = Value> {
    let member = prop::sample::select(vec![
        "type",
        "default",
        "allowedValues",
        "allowedPattern",
        "minItems",
        "maxChars",
        "interpolationType",
        "displayType",
    ]);
    btree_map(member.prop_map(ToOwned::to_owned), any_json(), 0..5).prop_map(|members| members.into_iter().collect())
}

fn text_of(definition: &Value) -> String {
    json!({"schemaVersion": "1.2", "parameters": {"p": definition}, "runtimeConfig": {"acme:x": {}}}).to_string()
}

proptest! {
    #[test]
    fn no_definition_and_no_value_makes_a_check_panic(
        definition in prop_oneof![any_definition(), wild_definition()],
        given in vec(any_text(), 0..3),
        value in any_json(),
    ) {
        let text = text_of(&definition);
        let (strict, lenient) = (Document::parse(&text), Document::parse_lenient(&text));
        for document in strict.into_iter().chain(lenient) {
            let values = BTreeMap::from([("p".to_owned(), given.clone())]);
            let _ = document.check_parameters(&values);
            let values = Parameters::from_iter([("p".to_owned(), value.clone())]);
            let _ = (document.check_as_agent(&values), document.check_as_nested(&values));
        }
    }

    /// The service and the agent read a document alike, so that they check alike.
    #[test]
    fn what_the_service_reads_an_agent_reads_alike(definition in any_definition()) {
        let text = text_of(&definition);
        if let Ok(document) = Document::parse(&text) {
            prop_assert_eq!(Document::parse_lenient(&text), Ok(document));
        }
    }

    /// A pattern that the whole of a value matches, a part of it matches too. Values that only the agent knows are
    /// checked there.
    #[test]
    fn what_the_service_takes_an_agent_takes_too(definition in any_definition(), given in vec(any_text(), 0..3)) {
        let document = document(&json!({"p": definition}));
        let is_known = !given.iter().any(|text| text.starts_with("{{ssm:"));
        if let (true, Ok(values)) = (is_known, document.check_parameters(&BTreeMap::from([("p".to_owned(), given)]))) {
            prop_assert_eq!(document.check_as_agent(&values), Ok(()));
            let kind = document.parameters()["p"].kind();
            let is_free = !matches!(kind, ParameterType::Integer | ParameterType::Boolean);
            prop_assert!(!is_free || document.check_as_nested(&values).is_ok(), "{:?}", definition);
        }
    }
}
