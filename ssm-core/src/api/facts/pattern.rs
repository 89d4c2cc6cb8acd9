//! Patterns of the public model.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;

use crate::ids::{CommandId, DocumentName, InstanceId, VersionName};
use crate::limit::{MaxConcurrency, MaxErrors};

/// A pattern: its text as it stands in the model, for sentences, and what it comes to. A text fits when all of it does.
#[derive(Clone, Copy)]
pub struct Pattern {
    /// As in the model.
    pub text: &'static str,
    fits: fn(&str) -> bool,
}

impl Pattern {
    /// Whether the text is of the pattern.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        (self.fits)(text)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

fn parses<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

/// A pattern that a regular expression decides. The public service's `\w` knows ASCII only, so it is written out in `$rule`.
macro_rules! by_rule {
    ($text:expr, $rule:literal) => {
        Pattern {
            text: $text,
            fits: |text| {
                static RULE: LazyLock<Regex> =
                    LazyLock::new(|| Regex::new(concat!("^(?:", $rule, r")\z")).expect("a regular expression"));
                RULE.is_match(text)
            },
        }
    };
}

impl Pattern {
    pub(super) const INSTANCE_ID: Self =
        Self { text: r"(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)", fits: parses::<InstanceId> };
    pub(super) const COMMAND_ID: Self =
        Self { text: "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", fits: parses::<CommandId> };
    pub(super) const DOCUMENT_NAME: Self = Self { text: r"^[a-zA-Z0-9_\-.]{3,128}$", fits: parses::<DocumentName> };
    pub(super) const DOCUMENT_ARN: Self = by_rule!(r"^[a-zA-Z0-9_\-.:/]{3,128}$", r"[a-zA-Z0-9_\-.:/]{3,128}");
    // A number that no version can have is of the pattern: the operation tells that there is no such version.
    pub(super) const DOCUMENT_VERSION: Self =
        by_rule!(r"([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)", r"[$]LATEST|[$]DEFAULT|[1-9][0-9]*");
    pub(super) const VERSION_NUMBER: Self = by_rule!(r"(^[1-9][0-9]*$)", r"[1-9][0-9]*");
    pub(super) const VERSION_NAME: Self = Self { text: r"^[a-zA-Z0-9_\-.]{1,128}$", fits: parses::<VersionName> };
    pub(super) const SHARED_VERSIONS: Self = by_rule!(r"([$]LATEST|[$]DEFAULT|[$]ALL)", r"[$]LATEST|[$]DEFAULT|[$]ALL");
    pub(super) const DISPLAY_NAME: Self = by_rule!(r"^[\w\.\-\:\/ ]*$", r"[a-zA-Z0-9_.\-:/ ]*");
    pub(super) const TARGET_TYPE: Self = by_rule!(r"^\/[\w\.\-\:\/]*$", r"/[a-zA-Z0-9_.\-:/]*");
    pub(super) const GRANTEE: Self = by_rule!(r"(?i)all|[0-9]{12}", r"(?i:all)|[0-9]{12}");
    pub(super) const MAX_CONCURRENCY: Self = Self { text: MaxConcurrency::PATTERN, fits: parses::<MaxConcurrency> };
    pub(super) const MAX_ERRORS: Self = Self { text: MaxErrors::PATTERN, fits: parses::<MaxErrors> };
    pub(super) const TARGET_KEY: Self = by_rule!(
        r"^[\p{L}\p{Z}\p{N}_.:/=\-@]*$|resource-groups:ResourceTypeFilters|resource-groups:Name",
        r"[\p{L}\p{Z}\p{N}_.:/=\-@]*|resource-groups:ResourceTypeFilters|resource-groups:Name"
    );
    pub(super) const LOG_GROUP: Self = by_rule!(r"[\.\-_/#A-Za-z0-9]+", r"[.\-_/#A-Za-z0-9]+");
    /// Not blank, and of one line.
    pub(super) const ALARM: Self = Self {
        text: r"^(?!\s*$).+",
        fits: |text| !text.trim().is_empty() && !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']),
    };
    pub(super) const ONE_LINE: Self = Self {
        text: "^.{1,100000}$",
        fits: |text| !text.is_empty() && !text.contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']),
    };
    pub(super) const TAG: Self = by_rule!(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_when_all_of_it_is_of_the_pattern() {
        for (pattern, text, fits) in [
            (&Pattern::INSTANCE_ID, "mi-0123456789abcdef0", true),
            (&Pattern::INSTANCE_ID, "web-1", false),
            (&Pattern::COMMAND_ID, "5c47e084-87ea-4467-8d32-d07c87ea60ae", true),
            (&Pattern::DOCUMENT_NAME, "a:b", false),
            (&Pattern::DOCUMENT_ARN, "arn:aws:ssm:us-east-1::document/AWS-RunShellScript", true),
            (&Pattern::DOCUMENT_ARN, "abc\n", false),
            (&Pattern::DOCUMENT_VERSION, "$LATEST", true),
            (&Pattern::DOCUMENT_VERSION, "0", false),
            (&Pattern::DOCUMENT_VERSION, "99999999999999999999", true),
            (&Pattern::VERSION_NUMBER, "$LATEST", false),
            (&Pattern::VERSION_NAME, "v1.0", true),
            (&Pattern::VERSION_NAME, "v 1", false),
            (&Pattern::SHARED_VERSIONS, "$ALL", true),
            (&Pattern::SHARED_VERSIONS, "1", false),
            (&Pattern::DISPLAY_NAME, "Deploy: all/nothing", true),
            (&Pattern::DISPLAY_NAME, "Größe", false),
            (&Pattern::TARGET_TYPE, "/AWS::EC2::Instance", true),
            (&Pattern::TARGET_TYPE, "AWS::EC2::Instance", false),
            (&Pattern::GRANTEE, "aLL", true),
            (&Pattern::GRANTEE, "1234567890123", false),
            (&Pattern::MAX_CONCURRENCY, "101%", false),
            (&Pattern::MAX_ERRORS, "0", true),
            (&Pattern::TARGET_KEY, "tag:Größe", true),
            (&Pattern::TARGET_KEY, "tag:a+b", false),
            (&Pattern::LOG_GROUP, "/aws/ssm/a.b-c_#1", true),
            (&Pattern::LOG_GROUP, "a b", false),
            (&Pattern::LOG_GROUP, "", false),
            (&Pattern::ALARM, " errors ", true),
            (&Pattern::ALARM, " ", false),
            (&Pattern::ALARM, "a\nb", false),
            (&Pattern::ONE_LINE, "any Text", true),
            (&Pattern::ONE_LINE, "two\nlines", false),
            (&Pattern::TAG, "a+b", true),
            (&Pattern::TAG, "a#b", false),
        ] {
            assert_eq!(pattern.fits(text), fits, "{text:?} and {pattern:?}");
        }
    }
}
