//! Errors at the edge of the API: each has exactly one code, and each code one HTTP status. The mapping is here.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::engine::{CancelRefusal, Refusal};

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident = $status:literal $(, retry $retry:literal)?;)+) => {
        /// The code of an error, as it stands in `__type`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode { $($(#[$doc])* $code),+ }

        impl ErrorCode {
            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$code => stringify!($code)),+ }
            }

            /// The code of this name; `None` for one that is not known here.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($code) => Some(Self::$code),)+ _ => None }
            }

            /// The HTTP status that carries it.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$code => $status),+ }
            }

            /// Whether the same call may succeed a moment later.
            #[must_use]
            pub const fn is_retryable(self) -> bool {
                match self { $(Self::$code => false $(|| $retry)?),+ }
            }
        }
    };
}

codes! {
    /// The caller may not do this.
    AccessDeniedException = 400;
    /// An id occurs twice.
    DuplicateInstanceId = 400;
    /// A document of this name exists.
    DocumentAlreadyExists = 400;
    /// The account has as many documents as it may have.
    DocumentLimitExceeded = 400;
    /// The document cannot be shared so.
    DocumentPermissionLimit = 400;
    /// The document has as many versions as it may have.
    DocumentVersionLimitExceeded = 400;
    /// The content is that of the latest version.
    DuplicateDocumentContent = 400;
    /// Another version of the document has this name.
    DuplicateDocumentVersionName = 400;
    /// Something broke in the service.
    InternalServerError = 500, retry true;
    /// An activation's id is of another form.
    InvalidActivationId = 400;
    /// No command has this id.
    InvalidCommandId = 400;
    /// The document is unknown, not usable, or its hash is another.
    InvalidDocument = 400;
    /// The content breaks the rules of documents.
    InvalidDocumentContent = 400;
    /// This cannot be done with the document.
    InvalidDocumentOperation = 400;
    /// The content's schema is not supported.
    InvalidDocumentSchemaVersion = 400;
    /// The document has no such version.
    InvalidDocumentVersion = 400;
    /// A filter has a key that is not known.
    InvalidFilterKey = 400;
    /// An instance is not registered.
    InvalidInstanceId = 400;
    /// A filter of DescribeInstanceInformation has a value that its key cannot have.
    InvalidInstanceInformationFilterValue = 400;
    /// A filter of DescribeInstanceProperties has a value that its key cannot have, or its operator cannot compare.
    InvalidInstancePropertyFilterValue = 400;
    /// The token is not of this listing.
    InvalidNextToken = 400;
    /// The notification's topic is not one.
    InvalidNotificationConfig = 400;
    /// No bucket can have this name.
    InvalidOutputFolder = 400;
    /// The parameters break the document's rules.
    InvalidParameters = 400;
    /// Documents have no permission of this type.
    InvalidPermissionType = 400;
    /// The plugin must be named, or is not of this document.
    InvalidPluginName = 400;
    /// The resource is unknown.
    InvalidResourceId = 400;
    /// Resources of this type have no tags here.
    InvalidResourceType = 400;
    /// The role is missing or not one.
    InvalidRole = 400;
    /// The command has no invocation on this instance.
    InvocationDoesNotExist = 400;
    /// Document, or document and parameters, are too large.
    MaxDocumentSizeExceeded = 400;
    /// The service cannot take the call now.
    ServiceUnavailable = 503, retry true;
    /// Too many tags on one resource.
    TooManyTagsError = 400;
    /// The same resource is being changed by somebody else.
    TooManyUpdates = 400, retry true;
    /// No answer came. Never sent by a service: a client makes it of a call whose answer is lost, so the call may have had
    /// its effect.
    Unanswered = 503, retry true;
    /// The operation is not served.
    UnknownOperationException = 400;
    /// The document is not for the instance's platform.
    UnsupportedPlatformType = 400;
    /// A constraint of the public model is broken.
    ValidationException = 400;
}

/// An error that a caller of the API sees.
#[derive(Debug, Clone)]
pub struct ApiError {
    code: ErrorCode,
    message: String,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl ApiError {
    /// An error with this code and text.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), source: None }
    }

    /// The same with its cause, which callers on the wire do not see.
    #[must_use]
    pub fn caused_by(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The text; may be empty.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Whether the same call may succeed a moment later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.code.is_retryable()
    }

    /// A broken constraint found by the service itself.
    #[must_use]
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::ValidationException, message)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.message)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::HashMismatch => ErrorCode::InvalidDocument,
            Refusal::Parameters { .. } => ErrorCode::InvalidParameters,
            Refusal::DuplicateInstance { .. } => ErrorCode::DuplicateInstanceId,
            Refusal::UnknownInstances { .. } => ErrorCode::InvalidInstanceId,
            Refusal::UnsupportedPlatform { .. } => ErrorCode::UnsupportedPlatformType,
            Refusal::NoRole | Refusal::Role => ErrorCode::InvalidRole,
            Refusal::Notification => ErrorCode::InvalidNotificationConfig,
            Refusal::OutputFolder => ErrorCode::InvalidOutputFolder,
            Refusal::Alarm => ErrorCode::ValidationException,
            Refusal::TooLarge { .. } => ErrorCode::MaxDocumentSizeExceeded,
        };
        Self::new(code, refusal.to_string())
    }
}

impl From<CancelRefusal> for ApiError {
    fn from(refusal: CancelRefusal) -> Self {
        let code = match refusal {
            CancelRefusal::NotATarget(_) => ErrorCode::InvalidInstanceId,
        };
        Self::new(code, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_its_public_name_and_status() {
        use ErrorCode as E;
        let same_call_may_succeed = [E::InternalServerError, E::ServiceUnavailable, E::TooManyUpdates, E::Unanswered];
        for (code, name, status) in [
            (E::AccessDeniedException, "AccessDeniedException", 400),
            (E::DuplicateInstanceId, "DuplicateInstanceId", 400),
            (E::DocumentAlreadyExists, "DocumentAlreadyExists", 400),
            (E::DocumentLimitExceeded, "DocumentLimitExceeded", 400),
            (E::DocumentPermissionLimit, "DocumentPermissionLimit", 400),
            (E::DocumentVersionLimitExceeded, "DocumentVersionLimitExceeded", 400),
            (E::DuplicateDocumentContent, "DuplicateDocumentContent", 400),
            (E::DuplicateDocumentVersionName, "DuplicateDocumentVersionName", 400),
            (E::InvalidDocumentOperation, "InvalidDocumentOperation", 400),
            (E::InvalidPermissionType, "InvalidPermissionType", 400),
            (E::InternalServerError, "InternalServerError", 500),
            (E::InvalidActivationId, "InvalidActivationId", 400),
            (E::InvalidCommandId, "InvalidCommandId", 400),
            (E::InvalidDocument, "InvalidDocument", 400),
            (E::InvalidDocumentContent, "InvalidDocumentContent", 400),
            (E::InvalidDocumentSchemaVersion, "InvalidDocumentSchemaVersion", 400),
            (E::InvalidDocumentVersion, "InvalidDocumentVersion", 400),
            (E::InvalidFilterKey, "InvalidFilterKey", 400),
            (E::InvalidInstanceId, "InvalidInstanceId", 400),
            (E::InvalidInstanceInformationFilterValue, "InvalidInstanceInformationFilterValue", 400),
            (E::InvalidInstancePropertyFilterValue, "InvalidInstancePropertyFilterValue", 400),
            (E::InvalidNextToken, "InvalidNextToken", 400),
            (E::InvalidNotificationConfig, "InvalidNotificationConfig", 400),
            (E::InvalidOutputFolder, "InvalidOutputFolder", 400),
            (E::InvalidParameters, "InvalidParameters", 400),
            (E::InvalidPluginName, "InvalidPluginName", 400),
            (E::InvalidResourceId, "InvalidResourceId", 400),
            (E::InvalidResourceType, "InvalidResourceType", 400),
            (E::InvalidRole, "InvalidRole", 400),
            (E::InvocationDoesNotExist, "InvocationDoesNotExist", 400),
            (E::MaxDocumentSizeExceeded, "MaxDocumentSizeExceeded", 400),
            (E::ServiceUnavailable, "ServiceUnavailable", 503),
            (E::TooManyTagsError, "TooManyTagsError", 400),
            (E::TooManyUpdates, "TooManyUpdates", 400),
            (E::Unanswered, "Unanswered", 503),
            (E::UnknownOperationException, "UnknownOperationException", 400),
            (E::UnsupportedPlatformType, "UnsupportedPlatformType", 400),
            (E::ValidationException, "ValidationException", 400),
        ] {
            assert_eq!((code.as_str(), code.http_status()), (name, status));
            assert_eq!(code.is_retryable(), same_call_may_succeed.contains(&code), "{name}");
        }
    }

    #[test]
    fn each_refusal_of_the_engine_has_one_code() {
        let instance = || "i-01234567".parse().unwrap();
        let document = || "abc".parse().unwrap();
        let unknown = crate::document::ParameterError::NotSupported;
        for (refusal, code) in [
            (Refusal::HashMismatch, ErrorCode::InvalidDocument),
            (Refusal::Parameters { document: document(), error: unknown }, ErrorCode::InvalidParameters),
            (
                Refusal::UnknownInstances { instances: vec![instance()], account: "123456789012".parse().unwrap() },
                ErrorCode::InvalidInstanceId,
            ),
            (
                Refusal::UnsupportedPlatform { document: document(), instance: instance() },
                ErrorCode::UnsupportedPlatformType,
            ),
            (Refusal::DuplicateInstance { instance: instance() }, ErrorCode::DuplicateInstanceId),
            (Refusal::NoRole, ErrorCode::InvalidRole),
            (Refusal::Role, ErrorCode::InvalidRole),
            (Refusal::Notification, ErrorCode::InvalidNotificationConfig),
            (Refusal::OutputFolder, ErrorCode::InvalidOutputFolder),
            (Refusal::Alarm, ErrorCode::ValidationException),
            (Refusal::TooLarge { bytes: 100_001 }, ErrorCode::MaxDocumentSizeExceeded),
        ] {
            let text = refusal.to_string();
            let error = ApiError::from(refusal);
            assert_eq!((error.code(), error.message()), (code, text.as_str()));
        }
        let error = ApiError::from(CancelRefusal::NotATarget(instance()));
        assert_eq!(error.code(), ErrorCode::InvalidInstanceId);
    }

    #[test]
    fn a_cause_is_kept_beside_the_text_and_not_in_it() {
        let error = ApiError::new(ErrorCode::InternalServerError, "").caused_by(std::io::Error::other("disk is full"));
        assert_eq!(error.to_string(), "InternalServerError: ");
        assert!(error.is_retryable());
        assert_eq!(error.source().unwrap().to_string(), "disk is full");
    }
}
