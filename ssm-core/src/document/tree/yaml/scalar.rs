//! YAML: what a plain scalar is.

use serde_json::Number;

use super::super::Tree;

/// What a plain scalar is, or `None` when it is a number that JSON does not have.
///
/// Source: gopkg.in/yaml.v2 2.4, which stock agents read with, decoding into `interface{}`: YAML 1.1 without numbers of
/// base 60; dates stay texts.
pub(super) fn resolve(text: &str) -> Option<Tree> {
    let first = text.bytes().next();
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Tree::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Tree::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Tree::Bool(false),
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf"
        | "-.INF" => return None,
        _ => {
            let number = match first {
                // Only here an underscore is no part of a number.
                Some(b'.') => float(text),
                Some(b'0'..=b'9' | b'+' | b'-') => number(&text.replace('_', "")),
                _ => None,
            };
            number.map_or_else(|| Tree::Text(text.to_owned()), Tree::Number)
        }
    })
}

fn number(text: &str) -> Option<Number> {
    integer(text).or_else(|| float(text)).or_else(|| {
        // A sign behind the prefix, which yaml.v2 takes by an oversight.
        let digits = text.strip_prefix("0b")?;
        i64::from_str_radix(digits, 2).ok().map(Number::from)
    })
}

/// As Go reads an integer whose base its prefix tells: from `i64::MIN` to `u64::MAX`, a sign only up to `i64::MAX`.
fn integer(text: &str) -> Option<Number> {
    let (sign, unsigned) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.get(..1)?, rest),
        None => ("", text),
    };
    let (base, digits) = match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, unsigned.get(2..)?),
        [b'0', b'o' | b'O', ..] => (8, unsigned.get(2..)?),
        [b'0', b'b' | b'B', ..] => (2, unsigned.get(2..)?),
        [b'0', _, ..] => (8, unsigned.get(1..)?),
        _ => (10, unsigned),
    };
    // The readers below would take another sign.
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    match i64::from_str_radix(&format!("{sign}{digits}"), base) {
        Ok(number) => Some(number.into()),
        Err(_) if sign.is_empty() => u64::from_str_radix(digits, base).ok().map(Number::from),
        Err(_) => None,
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, unless too large.
fn float(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(whole, part)| (whole, Some(part)));
    let some_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && are_digits(digits)
    });
    if some_digits && are_digits(whole) && fraction.is_none_or(are_digits) && exponent_fits {
        // None when not finite.
        text.parse().ok().and_then(Number::from_f64)
    } else {
        None
    }
}
