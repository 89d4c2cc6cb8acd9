use proptest::prelude::*;
use serde_json::json;

use super::*;

fn document() -> Document {
    Document::parse_lenient(
        r#"{"schemaVersion": "2.2", "parameters": {
            "text": {"type": "String"}, "list": {"type": "StringList"}, "map": {"type": "StringMap"},
            "empty": {"type": "String"}, "preset": {"type": "String", "default": "d"},
            "under_score": {"type": "String", "default": "u"}},
          "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {}}]}"#,
    )
    .unwrap()
}

fn parameters() -> Parameters {
    serde_json::from_value(json!({
        "text": "a {{ list }} $$", "list": ["a", "b"], "map": {"k": 1}, "extra": true, "under_score": "ignored",
    }))
    .unwrap()
}

fn substitute(value: &Value) -> Result<Value, Fault> {
    Substitution::new(&document(), &parameters(), StoreUse::Resolve(&StoreValues::new())).value(value)
}

#[test]
fn values_keep_their_type_when_alone_and_become_text_elsewhere() {
    for (template, wanted) in [
        (json!("{{ list }}"), json!(["a", "b"])),
        (json!("{{list}}"), json!(["a", "b"])),
        (json!("{{   map }}"), json!({"k": 1})),
        (json!("{{ extra }}"), json!(true)),
        (json!("{{ empty }}"), json!(null)),
        (json!("{{ preset }}"), json!("d")),
        (json!(" {{ list }}"), json!(" [\"a\",\"b\"]")),
        (json!("{{ map }}{{ extra }}"), json!("{\"k\":1}true")),
        (json!("x{{ empty }}"), json!("xnull")),
        (json!("<{{ text }}>"), json!("<a {{ list }} $$>")),
        (json!("{{ under_score }}"), json!("u")),
        (json!([{"{{ text }}": ["{{ preset }}!"]}]), json!([{"{{ text }}": ["d!"]}])),
        (json!([1, null, true]), json!([1, null, true])),
    ] {
        assert_eq!(substitute(&template), Ok(wanted), "{template}");
    }
}

#[test]
fn what_is_no_known_placeholder_stays() {
    for text in [
        "{{ nobody }}",
        "{{ }}",
        "{{}}",
        "{{",
        "}}",
        "{ preset }",
        "{{ preset }",
        "{{ssm: preset }}",
        "{{ssm-secure:a}}",
        "{{ .preset }}",
        "{{ preset\t}}",
        "{{ pre set }}",
        "{{\u{e9}}}",
    ] {
        assert_eq!(substitute(&json!(text)), Ok(json!(text)));
    }
    assert_eq!(substitute(&json!("{{{ preset }}}")), Ok(json!("{d}")));
    assert_eq!(substitute(&json!("{{ preset {{ preset }}")), Ok(json!("{{ preset d")));
}

#[test]
fn growth_is_bounded_in_bytes_and_in_depth() {
    let long = Parameters::from_iter([("text".to_owned(), json!("x".repeat(100_000)))]);
    let (document, none) = (document(), StoreValues::new());
    let mut substitution = Substitution::new(&document, &long, StoreUse::Resolve(&none));
    assert_eq!(substitution.value(&json!("{{ text }} ".repeat(11))), Err(Fault::Size(SubstitutionError::TooLarge)));
    let mut substitution = Substitution::new(&document, &long, StoreUse::Resolve(&none));
    assert_eq!(substitution.value(&json!(vec!["{{ text }}"; 11])), Err(Fault::Size(SubstitutionError::TooLarge)));
    let deep = (0..60).fold(json!("x"), |inner, _| json!([inner]));
    let nested = Parameters::from_iter([("list".to_owned(), deep.clone())]);
    let mut substitution = Substitution::new(&document, &nested, StoreUse::Resolve(&none));
    assert!(substitution.value(&json!("{{ list }}")).is_ok());
    assert_eq!(substitution.value(&json!([[[[["{{ list }}"]]]]])), Err(Fault::Size(SubstitutionError::TooDeep)));
    assert!(substitution.value(&deep).is_ok());
}

proptest! {
    #[test]
    fn texts_without_known_names_are_left_alone(text in "[{} a:b\u{e9}]{0,40}") {
        prop_assert_eq!(substitute(&json!(&text)), Ok(json!(&text)));
    }
}

fn text_values() -> impl Strategy<Value = String> {
    "([{}$a-b :'\"]|\\{\\{ ?(a|b|ssm:a|x) ?\\}\\}){0,12}"
}

proptest! {
    /// What is put in is never read again, neither for placeholders nor, from the store, for references.
    #[test]
    fn a_substitution_never_reads_its_own_output(a in text_values(), b in text_values(), stored in text_values(), text in "[{} c:]{0,6}") {
        let document = Document::parse_lenient(
            r#"{"schemaVersion": "2.2", "parameters": {"a": {"type": "String"}, "b": {"type": "String"}},
              "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {}}]}"#,
        )
        .unwrap();
        let plain = |text: &str| text.replace("ssm", "smm");
        let (a, b) = (plain(&a), plain(&b));
        let parameters = Parameters::from_iter([("a".to_owned(), json!(a)), ("b".to_owned(), json!(b))]);
        let store = StoreValues::from_iter([("a".parse().unwrap(), StoreValue::Text(stored.clone()))]);
        let fill = |template: Value| {
            let mut substitution = Substitution::new(&document, &parameters, StoreUse::Resolve(&store));
            substitution.value(&template)
        };
        // A blank between, so that the text's own braces make nothing with those of the placeholders.
        let template = format!("{text} {{{{ a }}}} {{{{b}}}} {{{{ssm:a}}}} {text}");
        let wanted = format!("{text} {a} {b} {stored} {text}");
        prop_assert_eq!(fill(json!([{"k": template}])), Ok(json!([{"k": wanted}])));
        prop_assert_eq!(fill(json!(["{{ a }}", "{{ssm:a}}"])), Ok(json!([a, stored])));
    }

    #[test]
    fn what_comes_out_is_bounded(times in 0_usize..3000, bytes in 0_usize..3000, stored in 0_usize..3000) {
        let (document, x) = (document(), "x");
        let parameters = Parameters::from_iter([("text".to_owned(), json!(x.repeat(bytes)))]);
        let store = StoreValues::from_iter([("a".parse().unwrap(), StoreValue::Text(x.repeat(stored)))]);
        let mut substitution = Substitution::new(&document, &parameters, StoreUse::Resolve(&store));
        let filled = substitution.value(&json!("{{ text }}{{ssm:a}}".repeat(times)));
        let fits = filled.as_ref().is_ok_and(|value| value.as_str().is_some_and(|text| text.len() == times * (bytes + stored)));
        // A reference that is resolved counts, too.
        prop_assert_eq!(fits, times * (bytes + stored + "{{ssm:a}}".len()) <= LIMIT_BYTES, "{:?}", filled.err());
    }
}

#[test]
fn references_to_the_store_become_its_values() {
    let store = StoreValues::from_iter([
        ("a".parse().unwrap(), StoreValue::Text("A {{ preset }} {{ssm:a}}".to_owned())),
        ("b:2".parse().unwrap(), StoreValue::Text("B".to_owned())),
        ("l".parse().unwrap(), StoreValue::List(vec!["{{ssm:a}}".to_owned(), String::new()])),
    ]);
    let parameters: Parameters = serde_json::from_value(json!({
        "text": "<{{ssm:b:2}}>", "list": ["{{ ssm:l }}", "x"], "map": {"{{ssm:a}}": "{{ssm:b:2}}"}, "under_score": 1,
    }))
    .unwrap();
    let list = || Fault::ListInText("l".parse().unwrap());
    for (template, wanted) in [
        (json!("{{ssm:a}}"), Ok(json!("A {{ preset }} {{ssm:a}}"))),
        (json!("1{{  ssm:b:2  }}2{{ssm:b:2}}3"), Ok(json!("1B2B3"))),
        (json!(["{{ssm:l}}", "{{ssm:b:2}}"]), Ok(json!(["{{ssm:a}}", "", "B"]))),
        (json!({"{{ssm:b:2}}": {"k": ["{{ssm:l}}"]}}), Ok(json!({"{{ssm:b:2}}": {"k": ["{{ssm:a}}", ""]}}))),
        (json!("{{ list }}"), Ok(json!(["{{ssm:a}}", "", "x"]))),
        (json!("{{ map }}"), Ok(json!({"{{ssm:a}}": "B"}))),
        (json!("{{ text }} {{ map }}"), Ok(json!("<B> {\"A {{ preset }} {{ssm:a}}\":\"B\"}"))),
        (json!(["{{ssm:{{ preset }}}}"]), Err(Fault::Missing("d".parse().unwrap()))),
        (json!("{{ssm:l}}"), Err(list())),
        (json!([" {{ssm:l}}"]), Err(list())),
        (json!("{{ list }} "), Err(list())),
        (json!("{{ssm:b}}"), Err(Fault::Missing("b".parse().unwrap()))),
        (json!("{{ssm-secure:a}} {{ssm: a}} {{ssm:}}"), Ok(json!("{{ssm-secure:a}} {{ssm: a}} {{ssm:}}"))),
        (json!(format!("{{{{ssm:{}}}}}", "x".repeat(2049))), Err(Fault::LongReference)),
    ] {
        let document = document();
        let filled = Substitution::new(&document, &parameters, StoreUse::Resolve(&store)).value(&template);
        assert_eq!(filled, wanted, "{template}");
    }
}

#[test]
fn the_values_of_the_store_count_against_the_limit() {
    let (document, parameters) = (document(), parameters());
    for (value, template) in [
        (StoreValue::Text("x".repeat(100_000)), json!("{{ssm:a}}".repeat(11))),
        (StoreValue::List(vec![String::new(); 50_000]), json!(["{{ssm:a}}", "{{ssm:a}}", "{{ssm:a}}"])),
    ] {
        let store = StoreValues::from_iter([("a".parse().unwrap(), value)]);
        let filled = Substitution::new(&document, &parameters, StoreUse::Resolve(&store)).value(&template);
        assert_eq!(filled, Err(Fault::Size(SubstitutionError::TooLarge)));
    }
}
