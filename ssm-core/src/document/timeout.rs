//! Execution timeouts: of one step as agents count it, and of a whole document as the service does.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Map, Value};

use super::model::Body;
use super::substitute::whole_placeholder;
use super::{Document, inputs};

/// The execution timeout of a step that gives none, or none that can be used.
///
/// Source: agent protocol 5.6.
pub const DEFAULT_STEP_TIMEOUT: Duration = Duration::from_secs(3600);

/// The shortest execution timeout that a step can have; one that gives less has [`DEFAULT_STEP_TIMEOUT`].
///
/// Source: agent protocol 5.6.
pub const MIN_STEP_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest execution timeout that a step can have, two days; one that gives more has [`DEFAULT_STEP_TIMEOUT`].
///
/// Source: agent protocol 5.6.
pub const MAX_STEP_TIMEOUT: Duration = Duration::from_secs(172_800);

/// The timeout of a step by its inputs after substitution: a number (its fraction dropped) or the text of a whole one,
/// from [`MIN_STEP_TIMEOUT`] to [`MAX_STEP_TIMEOUT`]; [`DEFAULT_STEP_TIMEOUT`] for anything else.
///
/// Source: agent protocol 5.6.
pub(super) fn of_step(inputs: &Map<String, Value>) -> Duration {
    let seconds = match timeout_input(inputs) {
        Some(Value::Number(number)) => whole_seconds(number),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    seconds.map(Duration::from_secs).filter(|timeout| is_of_step(*timeout)).unwrap_or(DEFAULT_STEP_TIMEOUT)
}

/// Whether a step can have this timeout.
pub(super) fn is_of_step(timeout: Duration) -> bool {
    (MIN_STEP_TIMEOUT..=MAX_STEP_TIMEOUT).contains(&timeout) && timeout.subsec_nanos() == 0
}

impl Document {
    /// How long the document may run, by the service's count for `ExpiresAfter`: the sum over all steps of schema 2.x,
    /// the first property object alone of 1.x. A literal counts as it is, `{{ name }}` as what the caller supplied for
    /// it (not its default), and whatever is no number as 3600 seconds. The bounds that agents keep are not looked at.
    ///
    /// Source: service specification 3.6. That a number above 4,294,967,295 counts as none is our choice.
    #[must_use]
    pub fn execution_timeout(&self, supplied: &BTreeMap<String, Vec<String>>) -> Duration {
        let of_inputs = |inputs: &Value| {
            let seconds = inputs.as_object().and_then(timeout_input).and_then(|timeout| literal(timeout, supplied));
            seconds.map_or(DEFAULT_STEP_TIMEOUT, |seconds| Duration::from_secs(seconds.into()))
        };
        match self.body() {
            Body::MainSteps(steps) => steps.iter().map(|step| of_inputs(&step.inputs)).sum(),
            Body::RuntimeConfig(plugins) => {
                let properties = plugins.first().map_or(&Value::Null, |entry| &entry.properties);
                of_inputs(properties.as_array().map_or(properties, |items| items.first().unwrap_or(&Value::Null)))
            }
        }
    }
}

fn timeout_input(inputs: &Map<String, Value>) -> Option<&Value> {
    inputs::find(inputs, "timeoutSeconds")
}

fn whole_seconds(number: &serde_json::Number) -> Option<u64> {
    number.as_u64().or_else(|| {
        let seconds = number.as_f64().filter(|seconds| (0.0..=f64::from(u32::MAX)).contains(seconds))?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range, as checked above")]
        Some(seconds as u64)
    })
}

fn literal(timeout: &Value, supplied: &BTreeMap<String, Vec<String>>) -> Option<u32> {
    match timeout {
        Value::Number(number) => u32::try_from(whole_seconds(number)?).ok(),
        Value::String(text) => match whole_placeholder(text) {
            Some(placeholder) => supplied.get(placeholder.name)?.first()?.parse().ok(),
            None => text.parse().ok(),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_step_takes_five_seconds_to_two_days_and_else_an_hour() {
        for (timeout, seconds) in [
            (json!(5), 5),
            (json!(172_800), 172_800),
            (json!("60"), 60),
            (json!(7.9), 7),
            (json!(4), 3600),
            (json!(172_801), 3600),
            (json!(-7), 3600),
            (json!(1e300), 3600),
            (json!("abc"), 3600),
            (json!("6.5"), 3600),
            (json!(["60"]), 3600),
            (json!(null), 3600),
        ] {
            let Value::Object(inputs) = json!({"TIMEOUTseconds": timeout}) else { unreachable!() };
            assert_eq!(of_step(&inputs), Duration::from_secs(seconds), "{inputs:?}");
        }
        assert_eq!(of_step(&Map::new()), DEFAULT_STEP_TIMEOUT);
    }

    /// The rows of service specification 3.6, with a delivery timeout of 30 s taken off.
    #[test]
    fn the_services_count_is_the_published_one() {
        let shell = |properties: Value| {
            json!({"schemaVersion": "1.2", "parameters": {"t": {"type": "String", "default": "17"}},
                "runtimeConfig": {"aws:runShellScript": {"properties": properties}}})
        };
        let by_parameter = shell(json!([{"timeoutSeconds": "{{ t }}"}, {"timeoutSeconds": 9}]));
        let step = |name: &str, timeout: Value| {
            let inputs = json!({"timeoutSeconds": timeout});
            json!({"action": "aws:runShellScript", "name": name, "inputs": inputs})
        };
        let steps = |a: Value, b: Value| json!({"schemaVersion": "2.2", "mainSteps": [step("a", a), step("b", b)]});
        for (document, supplied, seconds) in [
            (&by_parameter, Some("2"), 2),
            (&by_parameter, Some("31"), 31),
            (&by_parameter, Some("120"), 120),
            (&by_parameter, Some("soon"), 3600),
            (&by_parameter, Some("99999999999"), 3600),
            (&by_parameter, None, 3600),
            (&shell(json!([])), None, 3600),
            (&shell(json!({"timeoutSeconds": "40"})), None, 40),
            (&steps(json!(5), json!(7)), None, 12),
            (&steps(json!("5"), json!("x")), None, 3605),
            (&steps(json!(null), json!(7)), None, 3607),
        ] {
            let supplied = supplied.map(|text| ("t".to_owned(), vec![text.to_owned()])).into_iter().collect();
            let parsed = Document::parse_lenient(&document.to_string()).unwrap();
            assert_eq!(parsed.execution_timeout(&supplied), Duration::from_secs(seconds), "{document} {supplied:?}");
        }
    }
}
