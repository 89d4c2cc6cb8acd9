//! Constraints of the public model, and the sentences that tell which are broken.

use std::fmt::Display;
use std::str::FromStr;

use super::ApiError;

/// Collects every broken constraint of a request, then makes one `ValidationException` of them.
///
/// Source for the wording: service-side answers, `N validation errors detected: Value '...' at '...' failed to satisfy
/// constraint: Member must ...`. Values are cut to 256 characters (our choice), so that an answer stays small.
#[derive(Debug, Default)]
pub struct Constraints {
    sentences: Vec<String>,
}

impl Constraints {
    /// Most sentences in one answer; further ones are counted only. Our choice.
    const MOST_SENTENCES: usize = 20;

    /// A rule that a value breaks.
    pub(super) fn broken(&mut self, value: &dyn Display, path: &str, rule: &str) {
        let value: String = value.to_string().chars().take(256).collect();
        self.sentences.push(format!("Value '{value}' at '{path}' failed to satisfy constraint: Member must {rule}"));
    }

    /// A required member is not there.
    pub(super) fn absent(&mut self, path: &str) {
        self.sentences.push(format!("Value at '{path}' failed to satisfy constraint: Member must not be null"));
    }

    /// A list of so many items.
    pub(super) fn count(&mut self, path: &str, count: usize, least: usize, most: usize) {
        let rule = if count < least {
            format!("have length greater than or equal to {least}")
        } else if count > most {
            format!("have length less than or equal to {most}")
        } else {
            return;
        };
        self.sentences.push(format!("Value at '{path}' failed to satisfy constraint: Member must {rule}"));
    }

    /// The member must be there; an empty text counts as absent.
    pub fn required(&mut self, path: &str, value: &str) {
        if value.is_empty() {
            self.sentences.push(format!("Value at '{path}' failed to satisfy constraint: Member must not be null"));
        }
    }

    /// A text of at least `min` and at most `max` characters.
    pub fn length(&mut self, path: &str, value: &str, min: usize, max: usize) {
        let length = value.chars().count();
        if length < min {
            self.broken(&value, path, &format!("have length greater than or equal to {min}"));
        } else if length > max {
            self.broken(&value, path, &format!("have length less than or equal to {max}"));
        }
    }

    /// A list of at most `max` items.
    pub fn items(&mut self, path: &str, count: usize, max: usize) {
        if count > max {
            let rule = format!("have length less than or equal to {max}");
            self.sentences.push(format!("Value at '{path}' failed to satisfy constraint: Member must {rule}"));
        }
    }

    /// A number from `min` to `max`, of a member that may be absent.
    pub fn range(&mut self, path: &str, value: Option<i64>, min: i64, max: i64) {
        match value {
            Some(number) if number < min => {
                self.broken(&number, path, &format!("have value greater than or equal to {min}"));
            }
            Some(number) if number > max => {
                self.broken(&number, path, &format!("have value less than or equal to {max}"));
            }
            _ => {}
        }
    }

    /// A text that must parse; the sentence shows the model's pattern.
    pub fn parsed<T: FromStr>(&mut self, path: &str, value: &str, pattern: &str) -> Option<T> {
        let parsed = value.parse().ok();
        if parsed.is_none() {
            self.broken(&value, path, &format!("satisfy regular expression pattern: {pattern}"));
        }
        parsed
    }

    /// A text that must be one of a closed set.
    pub fn one_of(&mut self, path: &str, value: &str, words: &[&str]) {
        if !words.contains(&value) {
            self.broken(&value, path, &format!("satisfy enum value set: [{}]", words.join(", ")));
        }
    }

    /// # Errors
    /// `ValidationException` when any constraint was broken.
    pub fn finish(self) -> Result<(), ApiError> {
        let count = self.sentences.len();
        if count == 0 {
            return Ok(());
        }
        let noun = if count == 1 { "error" } else { "errors" };
        let told: Vec<String> = self.sentences.into_iter().take(Self::MOST_SENTENCES).collect();
        Err(ApiError::validation(format!("{count} validation {noun} detected: {}", told.join("; "))))
    }
}

/// Patterns of the public model, for sentences.
pub(super) mod pattern {
    pub(crate) const INSTANCE_ID: &str = r"(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_those_of_the_public_service() {
        let mut broken = Constraints::default();
        broken.range("timeoutSeconds", Some(1), 30, 2_592_000);
        assert_eq!(
            broken.finish().unwrap_err().message(),
            "1 validation error detected: Value '1' at 'timeoutSeconds' failed to satisfy constraint: \
             Member must have value greater than or equal to 30"
        );
        let mut broken = Constraints::default();
        broken.required("documentName", "");
        let limit: Option<crate::limit::MaxErrors> = broken.parsed("maxErrors", "-1", crate::limit::MaxErrors::PATTERN);
        assert!(limit.is_none());
        broken.one_of("documentType", "X", &["Command"]);
        broken.items("instanceIds", 51, 50);
        broken.length("comment", &"x".repeat(101), 0, 100);
        let error = broken.finish().unwrap_err();
        assert!(error.message().starts_with("5 validation errors detected: Value at 'documentName'"), "{error}");
        assert!(
            error.message().contains("; Value '-1' at 'maxErrors' failed to satisfy constraint: Member must satisfy")
        );
    }

    #[test]
    fn a_request_without_faults_passes() {
        let mut broken = Constraints::default();
        broken.range("maxResults", None, 1, 50);
        broken.length("comment", "", 0, 100);
        assert!(broken.finish().is_ok());
    }
}
