//! A request against the table.

use serde::Serialize;
use serde_json::Value;

use super::{Member, Operation, Shape, Treatment};
use crate::api::ApiError;
use crate::api::constraints::Constraints;

impl Operation {
    /// Finds every broken constraint of a request of this operation, then what is refused.
    ///
    /// # Errors
    /// `ValidationException`, with a sentence for each broken constraint.
    pub fn check(&self, request: &impl Serialize) -> Result<(), ApiError> {
        // Requests are structs of texts, numbers, lists and maps from texts, which always serialize.
        let request = serde_json::to_value(request).unwrap_or_default();
        let mut broken = Constraints::default();
        members(self.input, &request, "", &mut broken);
        broken.finish()?;
        match self.input.iter().find_map(|member| refused(member, &request)) {
            Some(text) => Err(ApiError::validation(text)),
            None => Ok(()),
        }
    }
}

fn refused(member: &Member, request: &Value) -> Option<&'static str> {
    match member.treatment {
        Treatment::Refused(text) => request.get(member.name).filter(|value| !is_absent(value)).map(|_| text),
        _ => None,
    }
}

/// Absent, or the value that an absent member of a Rust type has.
fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn members(all: &[Member], value: &Value, path: &str, broken: &mut Constraints) {
    for member in all {
        let path = join(path, member.name);
        match value.get(member.name) {
            None | Some(Value::Null) if member.required => broken.absent(&path),
            None | Some(Value::Null) => {}
            // A required text of a Rust type that was not given is empty, unless empty is a value of it.
            Some(Value::String(text)) if text.is_empty() && member.required && !may_be_empty(&member.shape) => {
                broken.absent(&path);
            }
            Some(value) => shape(&member.shape, value, &path, broken),
        }
    }
}

fn may_be_empty(shape: &Shape) -> bool {
    matches!(shape, Shape::Text { least: 0, pattern: Some(pattern), .. } if pattern.fits(""))
}

/// Paths are in lower camel case. Source: service-side answers.
fn join(path: &str, name: &str) -> String {
    let mut letters = name.chars();
    let name: String = letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect();
    if path.is_empty() { name } else { format!("{path}.{name}") }
}

fn shape(shape: &Shape, value: &Value, path: &str, broken: &mut Constraints) {
    match (shape, value) {
        (Shape::Structure(inner), value) => members(inner, value, path, broken),
        (Shape::List { least, most, of }, Value::Array(items)) => {
            broken.count(path, items.len(), *least, *most);
            elements(of, items.get(..*most).unwrap_or(items), path, broken);
        }
        (Shape::Map { of }, Value::Object(entries)) => {
            for (key, value) in entries {
                self::shape(of, value, &format!("{path}.{key}"), broken);
            }
        }
        (shape, value) => {
            for rule in rules(shape, value) {
                broken.broken(&text_of(value), path, &rule);
            }
        }
    }
}

/// Elements that are no structures are told of in one sentence for each list.
fn elements(of: &Shape, items: &[Value], path: &str, broken: &mut Constraints) {
    if matches!(of, Shape::Structure(_) | Shape::List { .. } | Shape::Map { .. }) {
        for (index, item) in items.iter().enumerate() {
            shape(of, item, &format!("{path}.{}.member", index + 1), broken);
        }
    } else if let Some(rules) = items.iter().map(|item| rules(of, item)).find(|rules| !rules.is_empty()) {
        let listed: Vec<String> = items.iter().map(text_of).collect();
        let inner: Vec<String> = rules.iter().map(|rule| format!("Member must {rule}")).collect();
        broken.broken(
            &format!("[{}]", listed.join(", ")),
            path,
            &format!("satisfy constraint: [{}]", inner.join(", ")),
        );
    }
}

/// What a value without parts must do and does not.
fn rules(shape: &Shape, value: &Value) -> Vec<String> {
    let mut rules = Vec::new();
    match (shape, value) {
        (Shape::Text { least, most, pattern }, Value::String(text)) => {
            let length = text.chars().count();
            if length < *least {
                rules.push(format!("have length greater than or equal to {least}"));
            } else if length > *most {
                rules.push(format!("have length less than or equal to {most}"));
            }
            // What is too long is not looked at, so that a check costs no more than its bound.
            if let Some(pattern) = pattern.filter(|pattern| length <= *most && !pattern.fits(text)) {
                rules.push(format!("satisfy regular expression pattern: {}", pattern.text));
            }
        }
        (Shape::Words(words), Value::String(word)) if !words.contains(&word.as_str()) => {
            rules.push(format!("satisfy enum value set: [{}]", words.join(", ")));
        }
        (Shape::Integer { least, most }, Value::Number(number)) => match number.as_i64() {
            Some(number) if number < *least => rules.push(format!("have value greater than or equal to {least}")),
            Some(number) if number <= *most => {}
            _ => rules.push(format!("have value less than or equal to {most}")),
        },
        _ => {}
    }
    rules
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Pattern, shapes};
    use super::*;

    const OPERATION: Operation = Operation {
        name: "Example",
        input: &[
            Member::required("Name", shapes::DOCUMENT_NAME),
            Member::optional("InstanceIds", shapes::INSTANCE_IDS),
            Member::optional("Targets", shapes::TARGETS),
            Member::optional("MaxResults", shapes::PAGE_OF_50),
            Member::optional("MaxErrors", Shape::text_like(1, 7, &Pattern::MAX_ERRORS)),
            Member::optional("Kind", Shape::Words(&["A", "B"])),
            Member::optional("Tags", shapes::TAGS),
            Member::optional("Force", Shape::Flag).refused("Force is for other documents."),
        ],
    };

    fn told(request: &Value) -> String {
        OPERATION.check(request).map_or_else(|error| error.message().to_owned(), |()| String::new())
    }

    #[test]
    fn every_rule_has_the_sentence_of_the_public_service() {
        let one = |rest: &str| format!("1 validation error detected: {rest}");
        for (request, wanted) in [
            (json!({"Name": "abc"}), String::new()),
            (json!({"Name": "abc", "InstanceIds": null, "MaxResults": null, "Tags": []}), String::new()),
            (json!({}), one("Value at 'name' failed to satisfy constraint: Member must not be null")),
            (json!({"Name": ""}), one("Value at 'name' failed to satisfy constraint: Member must not be null")),
            (
                json!({"Name": "abc", "MaxResults": 51}),
                one("Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"),
            ),
            (
                json!({"Name": "abc", "MaxErrors": "-1"}),
                one("Value '-1' at 'maxErrors' failed to satisfy constraint: Member must satisfy regular expression pattern: \
                     ^([1-9][0-9]*|[0]|[1-9][0-9]%|[0-9]%|100%)$"),
            ),
            (
                json!({"Name": "abc", "Kind": "C"}),
                one("Value 'C' at 'kind' failed to satisfy constraint: Member must satisfy enum value set: [A, B]"),
            ),
            (
                json!({"Name": "abc", "InstanceIds": ["mi-0123456789abcdef0", "web"]}),
                one("Value '[mi-0123456789abcdef0, web]' at 'instanceIds' failed to satisfy constraint: Member must satisfy \
                     constraint: [Member must satisfy regular expression pattern: (^i-(\\w{8}|\\w{17})$)|(^mi-\\w{17}$)]"),
            ),
            (
                json!({"Name": "abc", "Targets": [{"Key": "tag:a", "Values": []}, {"Key": "", "Values": ["b"]}]}),
                one("Value '' at 'targets.2.member.key' failed to satisfy constraint: Member must have length greater than \
                     or equal to 1"),
            ),
            (
                json!({"Name": "abc", "Tags": [{"Key": "a", "Value": ""}, {"Value": "b"}]}),
                one("Value at 'tags.2.member.key' failed to satisfy constraint: Member must not be null"),
            ),
            (json!({"Name": "abc", "Force": true}), "Force is for other documents.".to_owned()),
            (
                json!({"MaxResults": 0, "Force": true}),
                "2 validation errors detected: Value at 'name' failed to satisfy constraint: Member must not be null; \
                 Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"
                    .to_owned(),
            ),
        ] {
            assert_eq!(told(&request), wanted, "{request}");
        }
        let many: Vec<_> = (0..51).map(|index| format!("mi-{index:017x}")).collect();
        assert_eq!(
            told(&json!({"Name": "abc", "InstanceIds": many})),
            one(
                "Value at 'instanceIds' failed to satisfy constraint: Member must have length less than or equal to 50"
            )
        );
    }
}
