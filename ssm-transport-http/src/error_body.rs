//! The body of a failed call.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use ssm_core::api::{ApiError, ErrorCode};

/// The body of a failed call: `{"__type": code, "message": text}`.
///
/// Written with the members that clients of that code look for, read as the AWS CLI reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorBody {
    /// The code.
    pub code: WireCode,
    /// The text; may be empty.
    pub message: String,
}

/// The code of an error as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WireCode {
    /// One that this library uses.
    Known(ErrorCode),
    /// Any other, kept as it came, but no longer than [`ErrorBody::MAX_CODE_CHARS`]. Without any code this is the HTTP status
    /// in digits.
    Other(String),
}

impl WireCode {
    /// The code as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Known(code) => code.as_str(),
            Self::Other(code) => code,
        }
    }

    fn of(text: &str) -> Self {
        match CODES.iter().find(|(code, _)| code.as_str() == text) {
            Some((code, _)) => Self::Known(*code),
            None => Self::Other(text.chars().take(ErrorBody::MAX_CODE_CHARS).collect()),
        }
    }
}

impl ErrorBody {
    /// Most characters that are kept of a code that is not known. Our choice.
    pub const MAX_CODE_CHARS: usize = 128;
    /// Most characters that are kept of a text that was read. Our choice.
    pub const MAX_MESSAGE_CHARS: usize = 8192;

    /// What a caller on the wire sees of an error: never its cause.
    ///
    /// [`ErrorCode::Unanswered`] is a client's own word and stands on no wire. A service that got it from further behind says
    /// `ServiceUnavailable`, which callers try again in the same way.
    #[must_use]
    pub fn of(error: &ApiError) -> Self {
        let code = match error.code() {
            ErrorCode::Unanswered => ErrorCode::ServiceUnavailable,
            code => code,
        };
        Self { code: WireCode::Known(code), message: error.message().to_owned() }
    }

    /// The HTTP status that carries it; 400 for a code that is not known.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match &self.code {
            WireCode::Known(code) => code.http_status(),
            WireCode::Other(_) => 400,
        }
    }

    /// Reads the body of an answer of this HTTP status. Nothing is refused: an answer that is no JSON object (a proxy's, for
    /// example) is an error whose code is the status and whose text is the body.
    ///
    /// The rules are botocore's. The code is in `__type`: what stands before the first `:`, and of that what stands behind the last
    /// `#`. The text is in `message`, or else in `Message`.
    #[must_use]
    pub fn read(http_status: u16, body: &[u8]) -> Self {
        let (code, message) = match serde_json::from_slice::<Map<String, Value>>(body) {
            Ok(members) => {
                let text = |name: &str| members.get(name).and_then(Value::as_str);
                let code = text("__type").map(bare_code).unwrap_or_default().to_owned();
                (code, text("message").or_else(|| text("Message")).unwrap_or_default().to_owned())
            }
            // A character takes at most four bytes, so no more than these can be needed.
            Err(_) => {
                let most = body.len().min(Self::MAX_MESSAGE_CHARS * 4);
                (String::new(), String::from_utf8_lossy(&body[..most]).into_owned())
            }
        };
        let code = if code.is_empty() { WireCode::Other(http_status.to_string()) } else { WireCode::of(&code) };
        Self { code, message: message.chars().take(Self::MAX_MESSAGE_CHARS).collect() }
    }
}

fn bare_code(text: &str) -> &str {
    let text = text.split_once(':').map_or(text, |(before, _)| before);
    text.rsplit_once('#').map_or(text, |(_, behind)| behind)
}

impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = match &self.code {
            WireCode::Known(code) => CODES.iter().find(|(known, _)| known == code).map(|(_, members)| *members),
            WireCode::Other(_) => None,
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("__type", self.code.as_str())?;
        map.serialize_entry("message", &self.message)?;
        if members.unwrap_or(Members::Both) == Members::Both {
            map.serialize_entry("Message", &self.message)?;
        }
        map.end()
    }
}

/// Under which names a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Members {
    /// `message` alone: the model has no member for the shape, or has no such shape.
    Lower,
    /// `message` and `Message`: the model says `Message`, and there are clients that read the other.
    Both,
}

/// What the public model says of each code. [`ErrorCode::Unanswered`] is missing, since it stands on no wire.
///
/// `AccessDeniedException` and `ValidationException` come before any operation and are in no operation's list, so that clients
/// differ in what they look for: they have both. So has a code that is not in this table.
const CODES: &[(ErrorCode, Members)] = &[
    (ErrorCode::AccessDeniedException, Members::Both),
    (ErrorCode::DocumentAlreadyExists, Members::Both),
    (ErrorCode::DocumentLimitExceeded, Members::Both),
    (ErrorCode::DocumentPermissionLimit, Members::Both),
    (ErrorCode::DocumentVersionLimitExceeded, Members::Both),
    (ErrorCode::DuplicateDocumentContent, Members::Both),
    (ErrorCode::DuplicateDocumentVersionName, Members::Both),
    (ErrorCode::DuplicateInstanceId, Members::Lower),
    (ErrorCode::InternalServerError, Members::Both),
    (ErrorCode::InvalidActivationId, Members::Both),
    (ErrorCode::InvalidCommandId, Members::Lower),
    (ErrorCode::InvalidDocument, Members::Both),
    (ErrorCode::InvalidDocumentContent, Members::Both),
    (ErrorCode::InvalidDocumentOperation, Members::Both),
    (ErrorCode::InvalidDocumentSchemaVersion, Members::Both),
    (ErrorCode::InvalidDocumentVersion, Members::Both),
    (ErrorCode::InvalidFilterKey, Members::Lower),
    (ErrorCode::InvalidInstanceId, Members::Both),
    (ErrorCode::InvalidInstanceInformationFilterValue, Members::Lower),
    (ErrorCode::InvalidInstancePropertyFilterValue, Members::Lower),
    (ErrorCode::InvalidNextToken, Members::Both),
    (ErrorCode::InvalidNotificationConfig, Members::Both),
    (ErrorCode::InvalidOutputFolder, Members::Lower),
    (ErrorCode::InvalidParameters, Members::Both),
    (ErrorCode::InvalidPermissionType, Members::Both),
    (ErrorCode::InvalidPluginName, Members::Lower),
    (ErrorCode::InvalidResourceId, Members::Lower),
    (ErrorCode::InvalidResourceType, Members::Lower),
    (ErrorCode::InvalidRole, Members::Both),
    (ErrorCode::InvocationDoesNotExist, Members::Lower),
    (ErrorCode::MaxDocumentSizeExceeded, Members::Both),
    (ErrorCode::ServiceUnavailable, Members::Lower),
    (ErrorCode::TooManyTagsError, Members::Lower),
    (ErrorCode::TooManyUpdates, Members::Both),
    (ErrorCode::UnknownOperationException, Members::Lower),
    (ErrorCode::UnsupportedPlatformType, Members::Both),
    (ErrorCode::ValidationException, Members::Both),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(code: ErrorCode, message: &str) -> ErrorBody {
        ErrorBody { code: WireCode::Known(code), message: message.to_owned() }
    }

    fn other(code: &str, message: &str) -> ErrorBody {
        ErrorBody { code: WireCode::Other(code.to_owned()), message: message.to_owned() }
    }

    fn written(body: &ErrorBody) -> String {
        serde_json::to_string(body).unwrap()
    }

    #[test]
    fn a_code_has_the_members_that_the_public_model_gives_it() {
        for (code, text) in [
            (ErrorCode::InvalidCommandId, r#"{"__type":"InvalidCommandId","message":"no"}"#),
            (ErrorCode::InvalidDocument, r#"{"__type":"InvalidDocument","message":"no","Message":"no"}"#),
            (ErrorCode::ServiceUnavailable, r#"{"__type":"ServiceUnavailable","message":"no"}"#),
        ] {
            assert_eq!(written(&ErrorBody::of(&ApiError::new(code, "no"))), text);
        }
        assert_eq!(written(&other("Later", "no")), r#"{"__type":"Later","message":"no","Message":"no"}"#);
    }

    #[test]
    fn every_code_of_the_core_is_in_the_table_but_the_one_of_clients() {
        let source = include_str!("../../ssm-core/src/api/error.rs");
        let table = source.split_once("codes! {\n").unwrap().1.split_once("\n}").unwrap().0;
        let mut names: Vec<&str> = table.lines().filter_map(|line| Some(line.split_once(" = ")?.0.trim())).collect();
        names.retain(|name| *name != ErrorCode::Unanswered.as_str());
        names.sort_unstable();
        let listed: Vec<&str> = CODES.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(listed, names);
    }

    #[test]
    fn every_code_reads_as_it_was_written() {
        for (code, _) in CODES {
            let body = ErrorBody::of(&ApiError::new(*code, "a text"));
            assert_eq!(ErrorBody::read(body.http_status(), written(&body).as_bytes()), body);
            assert_eq!(body.http_status(), code.http_status());
        }
    }

    #[test]
    fn a_lost_answer_further_behind_is_an_unavailable_service() {
        let body = ErrorBody::of(&ApiError::new(ErrorCode::Unanswered, "gone"));
        assert_eq!((body.code.as_str(), body.http_status()), ("ServiceUnavailable", 503));
        let read = ErrorBody::read(503, br#"{"__type":"Unanswered"}"#);
        assert_eq!(read, other("Unanswered", ""), "no peer can say it");
    }

    #[test]
    fn the_cause_of_an_error_is_not_told() {
        let error = ApiError::new(ErrorCode::InternalServerError, "sorry").caused_by(std::io::Error::other("secret"));
        assert!(!written(&ErrorBody::of(&error)).contains("secret"));
    }

    #[test]
    fn errors_are_read_by_the_rules_of_botocore() {
        for (body, wanted) in [
            (r#"{"__type":"InvalidDocument","message":"a"}"#, known(ErrorCode::InvalidDocument, "a")),
            (r#"{"__type":"com.amazon.ssm#InvalidDocument","Message":"a"}"#, known(ErrorCode::InvalidDocument, "a")),
            (r#"{"__type":"x#InvalidDocument:http://y/#Z"}"#, known(ErrorCode::InvalidDocument, "")),
            (r#"{"__type":"a#b#Throttled","message":"a","Message":"b"}"#, other("Throttled", "a")),
            (r#"{"__type":"InternalServerException","message":""}"#, other("InternalServerException", "")),
            (r#"{"message":null,"Message":"b"}"#, other("418", "b")),
            (r#"{"__type":"","message":1}"#, other("418", "")),
            (r#"{"__type":":x"}"#, other("418", "")),
            ("{}", other("418", "")),
            ("", other("418", "")),
            ("[]", other("418", "[]")),
            ("<html>", other("418", "<html>")),
        ] {
            assert_eq!(ErrorBody::read(418, body.as_bytes()), wanted, "{body}");
        }
    }

    #[test]
    fn what_a_peer_says_too_much_is_cut() {
        let (code, message) = ("C".repeat(1000), "é".repeat(100_000));
        let read = ErrorBody::read(400, format!(r#"{{"__type":"{code}","message":"{message}"}}"#).as_bytes());
        assert_eq!(read.code.as_str().chars().count(), ErrorBody::MAX_CODE_CHARS);
        assert_eq!(read.message.chars().count(), ErrorBody::MAX_MESSAGE_CHARS);
        let read = ErrorBody::read(502, message.as_bytes());
        assert_eq!(read.message.chars().count(), ErrorBody::MAX_MESSAGE_CHARS);
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(
            status: u16,
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            text in "\\PC{0,80}",
        ) {
            let _ = ErrorBody::read(status, &bytes);
            let quoted = serde_json::to_string(&text).unwrap();
            let read = ErrorBody::read(status, format!(r#"{{"__type":{quoted},"message":{quoted}}}"#).as_bytes());
            prop_assert_eq!(&read.message, &text);
            prop_assert!(!read.code.as_str().is_empty());
            prop_assert!(!read.code.as_str().contains([':', '#']));
        }

        #[test]
        fn what_is_written_reads_as_the_same(which in 0..CODES.len(), text in "\\PC{0,80}") {
            let body = ErrorBody::of(&ApiError::new(CODES[which].0, text));
            prop_assert_eq!(ErrorBody::read(body.http_status(), written(&body).as_bytes()), body);
        }
    }
}
