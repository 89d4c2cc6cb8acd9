//! Preconditions: whether a step of schema 2.2 is for this run.

use serde::{Deserialize, Serialize};

use super::error::excerpt;
use super::model::Precondition;
use super::reference::refers_to_store;
use super::substitute::{Substitution, SubstitutionError, placeholders};
use super::{Platform, SchemaVersion};
use crate::ids::StepName;

/// What a step's precondition came to. The reasons are complete sentences for the operator; they quote the document,
/// never a parameter's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PreconditionOutcome {
    /// There is none, or it holds.
    Satisfied,
    /// It does not hold; the step is skipped.
    NotSatisfied(String),
    /// It is of a form that is not known, or the schema version has no preconditions; the step fails.
    Unrecognised(String),
}

enum Verdict {
    Holds,
    Fails,
    Unrecognised,
}

/// Evaluates a step's precondition. Of several operators each must hold; one that does not outweighs one that is not
/// known.
///
/// Source: agent protocol 5.3; the text of an unsatisfied one is that of the stock agent, the others are our own.
pub(super) fn evaluate(
    precondition: Option<&Precondition>,
    step: &StepName,
    schema: SchemaVersion,
    platform: Platform,
    substitution: &mut Substitution<'_>,
) -> Result<PreconditionOutcome, SubstitutionError> {
    let Some(precondition) = precondition.filter(|operators| !operators.is_empty()) else {
        return Ok(PreconditionOutcome::Satisfied);
    };
    if !schema.has_preconditions() {
        let reason =
            format!("Preconditions need schema version 2.2, and this document has {schema}. Step name: {step}");
        return Ok(PreconditionOutcome::Unrecognised(reason));
    }
    let (mut failed, mut unrecognised) = (Vec::new(), Vec::new());
    for (operator, arguments) in precondition {
        match compare(operator, arguments, platform, substitution)? {
            Verdict::Holds => {}
            Verdict::Fails => failed.push(quote(operator, arguments)),
            Verdict::Unrecognised => unrecognised.push(quote(operator, arguments)),
        }
    }
    Ok(if !failed.is_empty() {
        let failed = failed.join(", ");
        let reason = format!("Step execution skipped due to unsatisfied preconditions: '{failed}'. Step name: {step}");
        PreconditionOutcome::NotSatisfied(reason)
    } else if !unrecognised.is_empty() {
        let unrecognised = unrecognised.join(", ");
        PreconditionOutcome::Unrecognised(format!("Preconditions not understood: '{unrecognised}'. Step name: {step}"))
    } else {
        PreconditionOutcome::Satisfied
    })
}

fn compare(
    operator: &str,
    arguments: &[String],
    platform: Platform,
    substitution: &mut Substitution<'_>,
) -> Result<Verdict, SubstitutionError> {
    let [left, right] = arguments else { return Ok(Verdict::Unrecognised) };
    if operator != "StringEquals" || left == right || refers_to_store(left) || refers_to_store(right) {
        return Ok(Verdict::Unrecognised);
    }
    let has_parameter = |text: &str, substitution: &Substitution<'_>| {
        placeholders(text).any(|placeholder| substitution.lookup(placeholder.name).is_some())
    };
    let platform_side = match (left.as_str(), right.as_str()) {
        (PLATFORM, other) | (other, PLATFORM) => Some(other),
        _ => None,
    };
    let holds = match platform_side {
        Some(other) if has_parameter(other, substitution) => return Ok(Verdict::Unrecognised),
        Some(other) => other.parse() == Ok(platform),
        None if has_parameter(left, substitution) || has_parameter(right, substitution) => {
            let (left, right) = (substitution.text(left)?, substitution.text(right)?);
            // A value can bring in a reference, which would be compared as text.
            if refers_to_store(&left) || refers_to_store(&right) {
                return Ok(Verdict::Unrecognised);
            }
            left == right
        }
        None => return Ok(Verdict::Unrecognised),
    };
    Ok(if holds { Verdict::Holds } else { Verdict::Fails })
}

/// The argument that stands for the platform of the machine.
const PLATFORM: &str = "platformType";

/// As the stock agent quotes a precondition: `"StringEquals": [platformType, Windows]`.
fn quote(operator: &str, arguments: &[String]) -> String {
    let arguments = arguments.iter().take(4).map(|argument| excerpt(argument)).collect::<Vec<_>>().join(", ");
    format!("\"{}\": [{arguments}]", excerpt(operator))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Document, Parameters};
    use super::PreconditionOutcome::{NotSatisfied, Satisfied, Unrecognised};
    use super::*;

    fn outcome(schema: &str, precondition: &Value) -> PreconditionOutcome {
        let text = json!({
            "schemaVersion": schema,
            "parameters": {"mode": {"type": "String", "default": "fast"}, "list": {"type": "StringList"},
                "stored": {"type": "String", "default": "{{ssm:a}}"}, "none": {"type": "String"},
                "variable": {"type": "String", "default": "v", "interpolationType": "ENV_VAR"}},
            "mainSteps": [{"action": "acme:x", "name": "x", "inputs": {}, "precondition": precondition}],
        });
        let document = Document::parse_lenient(&text.to_string()).unwrap();
        let parameters = Parameters::from_iter([("list".to_owned(), json!(["secret"]))]);
        document.plan(&parameters, Platform::Linux).unwrap().steps()[0].precondition.clone()
    }

    #[test]
    fn each_form_of_precondition_has_its_outcome() {
        let (yes, no, what) = ("satisfied", "not satisfied", "unrecognised");
        for (precondition, wanted) in [
            (json!({}), yes),
            (json!({"StringEquals": ["platformType", "Linux"]}), yes),
            (json!({"StringEquals": ["linux", "platformType"]}), yes),
            (json!({"StringEquals": ["platformType", "Windows"]}), no),
            (json!({"StringEquals": ["platformType", "BeOS"]}), no),
            (json!({"StringEquals": ["platformType", "{{ mode }}"]}), what),
            (json!({"StringEquals": ["platformType", "platformType"]}), what),
            (json!({"StringEquals": ["{{ mode }}", "fast"]}), yes),
            (json!({"StringEquals": ["{{mode}}er", "faster"]}), yes),
            (json!({"StringEquals": ["{{ mode }}", "Fast"]}), no),
            (json!({"StringEquals": ["{{ list }}", "[\"secret\"]"]}), yes),
            (json!({"StringEquals": ["{{ list }}", "{{ mode }}"]}), no),
            (json!({"StringEquals": ["fast", "quick"]}), what),
            (json!({"StringEquals": ["{{ unknown }}", "quick"]}), what),
            (json!({"StringEquals": ["{{ mode }}", "{{ ssm:a }}"]}), what),
            (json!({"StringEquals": ["{{ mode }}", "{{ssm-secure:a}}"]}), what),
            (json!({"StringEquals": ["{{ stored }}", "x"]}), what),
            (json!({"StringEquals": ["{{ stored }}", "{{ mode }}"]}), what),
            (json!({"StringEquals": ["{{ variable }}", "v"]}), yes),
            (json!({"StringEquals": ["{{ none }}", "null"]}), yes),
            (json!({"StringEquals": ["{{ mode }}", "{{ mode }}"]}), what),
            (json!({"StringEquals": ["platformType", "MACOS"]}), no),
            (json!({"StringEquals": ["platformType", "{{ nobody }}"]}), no),
            (json!({"StringEquals": ["PlatformType", "Linux"]}), what),
            (json!({"stringequals": ["platformType", "Linux"]}), what),
            (json!({"StringEquals": []}), what),
            (json!({"StringEquals": ["{{ mode }}"]}), what),
            (json!({"StringEquals": ["{{ mode }}", "fast", "x"]}), what),
            (json!({"StringLike": ["platformType", "Linux"]}), what),
            (json!({"StringLike": ["a", "b"], "StringEquals": ["platformType", "Windows"]}), no),
            (json!({"StringEquals": ["platformType", "Linux"], "StringLike": ["a", "b"]}), what),
        ] {
            let outcome = match outcome("2.2", &precondition) {
                Satisfied => yes,
                NotSatisfied(_) => no,
                Unrecognised(_) => what,
            };
            assert_eq!(outcome, wanted, "{precondition}");
        }
    }

    /// Capture 17.
    #[test]
    fn an_unsatisfied_one_is_told_as_the_stock_agent_does() {
        let wanted = "Step execution skipped due to unsatisfied preconditions: \
                      '\"StringEquals\": [platformType, Windows]'. Step name: x";
        let told = outcome("2.2", &json!({"StringEquals": ["platformType", "Windows"]}));
        assert_eq!(told, NotSatisfied(wanted.to_owned()));
    }

    #[test]
    fn before_schema_2_2_any_precondition_fails_the_step() {
        for schema in ["2.0", "2.0.3"] {
            let outcome = outcome(schema, &json!({"StringEquals": ["platformType", "Linux"]}));
            assert!(matches!(outcome, Unrecognised(_)), "{outcome:?}");
        }
    }
}
