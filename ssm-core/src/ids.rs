//! Identifiers: newtypes that only parsing (or typed parts) can make, so that deeper code never checks again.
//!
//! All are cheap to clone. Their text form is what stands on the wire and in the store.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::time::Timestamp;

/// A text that is not an identifier of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{excerpt:?} is not a {kind}: {rule}")]
pub struct InvalidId {
    kind: &'static str,
    rule: &'static str,
    excerpt: String,
}

impl InvalidId {
    fn new(kind: &'static str, rule: &'static str, text: &str) -> Self {
        // A peer chose this text, so the error keeps a bounded part of it.
        Self { kind, rule, excerpt: text.chars().take(64).collect() }
    }

    /// The kind of identifier that was wanted, for example `instance id`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

macro_rules! impl_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $rule:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let valid: fn(&str) -> bool = $valid;
                if valid(text) { Ok(Self(text.into())) } else { Err(InvalidId::new($kind, $rule, text)) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl_text!($name);
    };
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// The identifier with this value; the caller minted it through an id source.
            #[must_use]
            pub const fn new(value: Uuid) -> Self {
                Self(value)
            }

            /// The value.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse_uuid(text)
                    .map(Self)
                    .ok_or_else(|| InvalidId::new($kind, "36 characters of lower-case hexadecimal and hyphens", text))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl_text!($name);
    };
}

/// Accepts the one canonical spelling only, so that equal ids have equal texts.
fn parse_uuid(text: &str) -> Option<Uuid> {
    let canonical =
        text.len() == 36 && text.bytes().all(|b| b == b'-' || b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if canonical { Uuid::try_parse(text).ok() } else { None }
}

fn word(text: &str, lengths: &[usize]) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn name_like(text: &str, min: usize, extra: &str) -> bool {
    (min..=128).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
}

uuid_id! {
    /// One SendCommand and all that follows from it. A lower-case UUID of 36 characters.
    ///
    /// Source: API reference, `Command` `CommandId`.
    CommandId, "command id"
}

uuid_id! {
    /// One reply of an agent, the same over its retries, so that a service can tell a repetition.
    ///
    /// Source: agent protocol, `SendReply` `ReplyId`.
    ReplyId, "reply id"
}

uuid_id! {
    /// One call of the API, answered in `x-amzn-RequestId` and kept in audit records.
    RequestId, "request id"
}

uuid_id! {
    /// Names a dispatcher: one control plane of those over a store. Random, made when the control plane is.
    DispatcherId, "dispatcher id"
}

uuid_id! {
    /// Names an agent's journal: random, made with the journal, told in each poll. A message that was first handed out
    /// under one journal id is never handed out under another. Our extension of the protocol.
    JournalId, "journal id"
}

mod document;

pub use document::{DocumentOwner, DocumentReference, VersionName};

text_id! {
    /// A managed instance: `i-` with 8 or 17 word characters, or `mi-` with 17. It never holds a dot, since message ids
    /// are cut at dots.
    ///
    /// Source: API reference, `InstanceId` pattern.
    InstanceId, "instance id", "i- and 8 or 17 word characters, or mi- and 17", |text| {
        text.strip_prefix("mi-").is_some_and(|rest| word(rest, &[17]))
            || text.strip_prefix("i-").is_some_and(|rest| word(rest, &[8, 17]))
    }
}

text_id! {
    /// The account that owns documents, instances and commands. 12 digits.
    AccountId, "account id", "12 digits", |text| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

text_id! {
    /// A document's name: 3 to 128 of letters, digits, `_`, `-` and `.`.
    ///
    /// Source: API reference, `DocumentName` pattern.
    DocumentName, "document name", "3 to 128 of letters, digits, _, - and .", |text| name_like(text, 3, "_-.")
}

impl DocumentName {
    /// Whether the name is reserved for documents that come with the service: it begins with `aws`, `amazon` or `amzn`,
    /// in any case. (`AWSEC2`, `AWSConfigRemediation` and `AWSSupport` are covered by the first.)
    ///
    /// Source: API reference, `CreateDocument` `Name`; that the comparison ignores case is our choice.
    #[must_use]
    pub fn is_reserved(&self) -> bool {
        let name = self.as_str().to_ascii_lowercase();
        ["aws", "amazon", "amzn"].iter().any(|prefix| name.starts_with(prefix))
    }
}

text_id! {
    /// The code that runs a step, for example `aws:runShellScript`. 1 to 128 of letters, digits, `_`, `-`, `.`, `:`, `/`.
    ///
    /// Source for the form of the public ones: user guide, plugin reference; the bounds are our choice.
    PluginName, "plugin name", "1 to 128 of letters, digits, _, -, ., : and /", |text| name_like(text, 1, "_-.:/")
}

text_id! {
    /// One step of a document: `mainSteps[].name` in schema 2.x, the plugin's name in 1.2. Replies are keyed by it.
    /// 1 to 128 characters, none of them a control character. Never a safe file name by itself.
    ///
    /// The bounds are our choice.
    StepName, "step name", "1 to 128 characters without control characters", |text| {
        !text.is_empty() && text.chars().count() <= 128 && !text.chars().any(char::is_control)
    }
}

text_id! {
    /// The name of an operator, as it stands in a configuration or an access policy. 1 to 64 of letters, digits and `+=,.@_-`.
    ///
    /// Source: the form of IAM user names.
    OperatorName, "operator name", "1 to 64 of letters, digits and +=,.@_-", |text| {
        text.len() <= 64 && name_like(text, 1, "+=,.@_-")
    }
}

/// Names one message of the delivery service: `aws.ssm.<uuid>.<instance id>`.
///
/// For a command the UUID is the command's id; a cancel message has a UUID of its own (agents name state files by it).
/// Source: agent protocol 1.3.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MessageId {
    uuid: Uuid,
    instance: InstanceId,
}

impl MessageId {
    /// The id of the message with this UUID for this instance.
    #[must_use]
    pub fn new(uuid: Uuid, instance: InstanceId) -> Self {
        Self { uuid, instance }
    }

    /// The message that carries a command to an instance.
    #[must_use]
    pub fn of_command(command: CommandId, instance: InstanceId) -> Self {
        Self::new(command.uuid(), instance)
    }

    /// The UUID part.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// The instance that the message is for.
    #[must_use]
    pub fn instance(&self) -> &InstanceId {
        &self.instance
    }
}

impl FromStr for MessageId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let parse = || {
            let (uuid, instance) = text.strip_prefix("aws.ssm.")?.split_once('.')?;
            Some(Self { uuid: parse_uuid(uuid)?, instance: instance.parse().ok()? })
        };
        parse().ok_or_else(|| InvalidId::new("message id", "aws.ssm., a UUID, a dot and an instance id", text))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "aws.ssm.{}.{}", self.uuid.as_hyphenated(), self.instance)
    }
}

impl_text!(MessageId);

/// Which version of a document is meant: a number from 1, `$LATEST`, or `$DEFAULT`.
///
/// Source: API reference, `DocumentVersion` pattern `([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DocumentVersion {
    /// The version that the owner made the default.
    #[default]
    Default,
    /// The highest existing version.
    Latest,
    /// This one.
    Number(NonZeroU32),
}

impl FromStr for DocumentVersion {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text {
            "$DEFAULT" => Ok(Self::Default),
            "$LATEST" => Ok(Self::Latest),
            // `u32::from_str` would take a sign and leading zeros.
            _ if text.starts_with(|c: char| ('1'..='9').contains(&c)) => text
                .parse()
                .map(Self::Number)
                .map_err(|_| InvalidId::new("document version", "$LATEST, $DEFAULT or a number", text)),
            _ => Err(InvalidId::new("document version", "$LATEST, $DEFAULT or a number", text)),
        }
    }
}

impl fmt::Display for DocumentVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("$DEFAULT"),
            Self::Latest => f.write_str("$LATEST"),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl TryFrom<String> for DocumentVersion {
    type Error = InvalidId;
    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<DocumentVersion> for String {
    fn from(version: DocumentVersion) -> String {
        version.to_string()
    }
}

/// The internal number of a command: rows are keyed and ordered by it, and it never leaves the service.
///
/// Behind a sign that is always 0, so that databases order it rightly, 42 bits are the requested time in milliseconds (until the
/// year 2109), and the lower 21 bits are random: numbers are ordered by time without asking anybody for the next one. The store refuses a number that exists; the caller draws another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandNumber(u64);

impl CommandNumber {
    const RANDOM_BITS: u32 = 21;

    /// The number of a command requested at this time, with the lowest 21 bits of `random`.
    #[must_use]
    pub fn new(requested_at: Timestamp, random: u64) -> Self {
        let millis = u64::try_from(requested_at.as_millis()).unwrap_or(0).min((1 << 42) - 1);
        Self((millis << Self::RANDOM_BITS) | (random & ((1 << Self::RANDOM_BITS) - 1)))
    }

    /// The least number of a command requested at this time: those requested earlier have lower ones.
    #[must_use]
    pub fn first_at(requested_at: Timestamp) -> Self {
        Self::new(requested_at, 0)
    }

    /// The number with this value, as a store kept it.
    #[must_use]
    pub const fn from_value(value: u64) -> Self {
        Self(value)
    }

    /// The value, for a store's key.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<T: FromStr + fmt::Display>(good: &[&str], bad: &[&str]) {
        for text in good {
            let Ok(id) = text.parse::<T>() else { panic!("{text:?} was refused") };
            assert_eq!(id.to_string(), *text);
        }
        for text in bad {
            assert!(text.parse::<T>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn each_id_takes_its_form_and_no_other() {
        check::<InstanceId>(
            &["i-01234567", "i-0123456789abcdef0", "mi-0123456789abcdef0"],
            &["", "i-", "i-0123456", "i-01234567.", "mi-01234567", "m-0123456789abcdef0", "i-0123456789abcdef\u{e9}"],
        );
        check::<CommandId>(
            &["5c47e084-87ea-4467-8d32-d07c87ea60ae"],
            &[
                "",
                "5C47E084-87ea-4467-8d32-d07c87ea60ae",
                "5c47e08487ea44678d32d07c87ea60ae",
                "{5c47e084-87ea-4467-8d32-d07c87ea6}",
            ],
        );
        check::<MessageId>(
            &["aws.ssm.5c47e084-87ea-4467-8d32-d07c87ea60ae.mi-0123456789abcdef0"],
            &["aws.ssm.5c47e084-87ea-4467-8d32-d07c87ea60ae", "aws.ssm.x.mi-0123456789abcdef0", ""],
        );
        check::<AccountId>(&["123456789012"], &["12345678901", "1234567890123", "12345678901a"]);
        check::<DocumentName>(&["abc", "AWS-RunShellScript", "a.b_c"], &["ab", "a b c", "a/b/c", &"a".repeat(129)]);
        check::<DocumentVersion>(
            &["1", "1000", "$LATEST", "$DEFAULT"],
            &["0", "01", "+1", "-1", "", "latest", "4294967296"],
        );
        check::<StepName>(&["a", "aws:runShellScript", "two words", "\u{e9}"], &["", "a\nb", &"a".repeat(129)]);
        check::<PluginName>(&["aws:runShellScript", "acme:Hello/2"], &["", "a b", "a\u{e9}"]);
        check::<OperatorName>(&["root", "a.b@c"], &["", "a b", &"a".repeat(65)]);
    }

    #[test]
    fn names_of_the_service_are_reserved_in_any_case() {
        for name in ["AWS-RunShellScript", "aws-x", "AWSEC2-x", "Amazon-x", "amzn.x"] {
            assert!(name.parse::<DocumentName>().unwrap().is_reserved(), "{name}");
        }
        assert!(!"my-aws".parse::<DocumentName>().unwrap().is_reserved());
    }

    #[test]
    fn an_error_keeps_only_a_part_of_what_a_peer_sent() {
        let error = "x".repeat(1_000_000).parse::<InstanceId>().unwrap_err();
        assert!(error.to_string().len() < 200);
    }

    proptest! {
        #[test]
        fn no_text_makes_a_parser_panic(text in "\\PC{0,60}") {
            let _ = text.parse::<InstanceId>();
            let _ = text.parse::<MessageId>();
            let _ = text.parse::<DocumentVersion>();
            let _ = text.parse::<CommandId>();
        }

        #[test]
        fn later_commands_have_higher_numbers(at in 0i64..4_000_000_000_000, later in 1i64..1_000_000, a: u64, b: u64) {
            let first = CommandNumber::new(Timestamp::from_millis(at), a);
            prop_assert!(first < CommandNumber::new(Timestamp::from_millis(at + later), b));
        }
    }
}
