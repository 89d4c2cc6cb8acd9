//! What a plain scalar of YAML is.

use serde_json::{Value, json};

use super::super::Format;
use super::given::value;

/// The scalar and what it is in JSON; `None` for a text of its own characters.
fn cases() -> Vec<(&'static str, Option<Value>)> {
    let null = Some(Value::Null);
    let (yes, no) = (Some(json!(true)), Some(json!(false)));
    vec![
        ("", null.clone()),
        ("~", null.clone()),
        ("null", null.clone()),
        ("Null", null.clone()),
        ("NULL", null),
        ("nULL", None),
        ("none", None),
        ("y", yes.clone()),
        ("Y", yes.clone()),
        ("yes", yes.clone()),
        ("Yes", yes.clone()),
        ("YES", yes.clone()),
        ("yEs", None),
        ("true", yes.clone()),
        ("True", yes.clone()),
        ("TRUE", yes.clone()),
        ("tRue", None),
        ("on", yes.clone()),
        ("On", yes.clone()),
        ("ON", yes),
        ("n", no.clone()),
        ("N", no.clone()),
        ("no", no.clone()),
        ("No", no.clone()),
        ("NO", no.clone()),
        ("false", no.clone()),
        ("False", no.clone()),
        ("FALSE", no.clone()),
        ("off", no.clone()),
        ("Off", no.clone()),
        ("OFF", no),
        ("oFF", None),
        ("0", Some(json!(0))),
        ("-0", Some(json!(0))),
        ("7", Some(json!(7))),
        ("+7", Some(json!(7))),
        ("-7", Some(json!(-7))),
        ("1_000", Some(json!(1000))),
        ("1_", Some(json!(1))),
        ("1__0", Some(json!(10))),
        ("_1", None),
        ("00", Some(json!(0))),
        ("012", Some(json!(10))),
        ("-012", Some(json!(-10))),
        ("0o17", Some(json!(15))),
        ("0O17", Some(json!(15))),
        ("0o8", None),
        ("089", Some(json!(89.0))),
        ("0x1F", Some(json!(31))),
        ("0X1f", Some(json!(31))),
        ("+0x1F", Some(json!(31))),
        ("-0xFF", Some(json!(-255))),
        ("0x", None),
        ("0xG", None),
        ("0b101", Some(json!(5))),
        ("-0b11", Some(json!(-3))),
        ("0b102", None),
        ("0b-11", Some(json!(-3))),
        ("0x-1", None),
        ("--1", None),
        ("+-1", None),
        ("9223372036854775807", Some(json!(i64::MAX))),
        ("-9223372036854775808", Some(json!(i64::MIN))),
        ("18446744073709551615", Some(json!(u64::MAX))),
        ("+18446744073709551615", Some(json!(18_446_744_073_709_551_615.0))),
        ("18446744073709551616", Some(json!(18_446_744_073_709_551_616.0))),
        ("0xFFFFFFFFFFFFFFFF", Some(json!(u64::MAX))),
        ("0x10000000000000000", None),
        ("2.2", Some(json!(2.2))),
        ("2.0", Some(json!(2.0))),
        ("1.", Some(json!(1.0))),
        (".5", Some(json!(0.5))),
        ("+.5", Some(json!(0.5))),
        ("-.5", Some(json!(-0.5))),
        (".5_0", None),
        ("1_0.5", Some(json!(10.5))),
        ("1e3", Some(json!(1000.0))),
        ("1E+3", Some(json!(1000.0))),
        ("1.5e-3", Some(json!(0.0015))),
        ("1e", None),
        ("1e400", None),
        (".5e400", None),
        (".", None),
        ("+", None),
        ("-e1", None),
        (".e1", None),
        ("1.2.3", None),
        ("1,5", None),
        ("infinity", None),
        ("inf", None),
        ("NaN", None),
        ("2001-12-14", None),
        ("2001-12-14T21:59:43.10-05:00", None),
        ("2001-12-14 21:59:43", None),
        ("12:30:45", None),
        ("190:20:30.15", None),
        ("<<", None),
        ("=", None),
        ("a b", None),
        ("a#b", None),
        ("http://x/?a=b&c", None),
    ]
}

#[test]
fn a_plain_scalar_is_what_the_stock_agents_reader_takes_it_for() {
    for (text, expected) in cases().into_iter() {
        let read = value(&format!("- {text}\n"), Format::Yaml);
        assert_eq!(read, json!([expected.unwrap_or_else(|| text.into())]), "{text:?}");
    }
}

#[test]
fn a_marked_scalar_is_a_text_whatever_it_says() {
    for (text, _) in cases() {
        for marked in [format!("'{text}'"), format!("\"{text}\""), format!("|-\n  {text}"), format!(">-\n  {text}")] {
            assert_eq!(value(&format!("a: {marked}\n"), Format::Yaml), json!({ "a": text }), "{marked:?}");
        }
    }
}

#[test]
fn a_key_is_its_text_whatever_it_says() {
    for (text, expected) in cases() {
        if expected == Some(Value::Null) || text == "<<" {
            continue;
        }
        assert_eq!(value(&format!("{text}: 1\n"), Format::Yaml), json!({ text: 1 }), "{text:?}");
    }
    assert_eq!(value(".inf: 1", Format::Yaml), json!({ ".inf": 1 }));
}

#[test]
fn a_schema_version_keeps_its_text_as_a_number() {
    for (text, expected) in [("2.2", "2.2"), ("2.0", "2.0"), ("1.2", "1.2"), ("2", "2"), ("0.3", "0.3")] {
        assert_eq!(value(&format!("schemaVersion: {text}"), Format::Yaml)["schemaVersion"].to_string(), expected);
    }
}
