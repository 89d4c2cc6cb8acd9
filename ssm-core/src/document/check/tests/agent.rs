use super::*;

#[test]
fn an_agent_looks_for_the_pattern_anywhere_in_each_value() {
    let check = |definition: Value, value: Value| {
        document(&json!({"p": definition})).check_as_agent(&parameters(&json!({"p": value}))).is_ok()
    };
    let pattern = |word: &str| json!({"type": word, "allowedPattern": "[0-9]", "maxChars": 1, "minItems": 9, "allowedValues": ["x"]});
    for (word, value, taken) in [
        ("String", json!("abc1"), true),
        ("String", json!("abc"), false),
        ("String", json!("{{ssm:a}}"), false),
        ("StringList", json!(["1", "x2"]), true),
        ("StringList", json!(["1", "x"]), false),
        ("StringList", json!([]), true),
        ("StringList", json!(["1", 2, {"k": 3}]), true),
        ("StringList", json!(["1", true]), false),
        ("StringMap", json!({"k": 1}), true),
        ("StringMap", json!({"k": "v"}), false),
        ("StringMap", json!("{\"k\": 1}"), true),
        ("MapList", json!([{"k": 1}, {"k": 2}]), true),
        ("MapList", json!([{"k": 1}, {"k": "v"}]), false),
        ("Integer", json!(1), false),
        ("Integer", json!("1"), true),
        ("Boolean", json!(true), false),
        ("String", json!(null), false),
        ("Number", json!("1"), true),
    ] {
        assert_eq!(check(pattern(word), value.clone()), taken, "{word} {value}");
    }
    assert!(check(json!({"type": "String", "maxChars": 1}), json!("long")));
    assert!(check(json!({"type": "Integer", "allowedPattern": ""}), json!(1)));
}

#[test]
fn an_agent_takes_the_default_where_nothing_came_and_refuses_nothing_at_all() {
    let of = |definition: Value| document(&json!({"p": definition, "q": {"type": "String"}}));
    let none = Parameters::new();
    assert_eq!(of(json!({"type": "String", "allowedPattern": "d", "default": "d"})).check_as_agent(&none), Ok(()));
    assert_eq!(of(json!({"type": "Integer", "allowedPattern": "5", "default": 5})).check_as_agent(&none), Ok(()));
    let mismatch = ParameterError::PatternMismatch { name: "p".to_owned(), pattern: "d".to_owned() };
    for definition in [
        json!({"type": "String", "allowedPattern": "d"}),
        json!({"type": "String", "allowedPattern": "d", "default": "e"}),
    ] {
        assert_eq!(of(definition).check_as_agent(&none), Err(mismatch.clone()));
    }
}
