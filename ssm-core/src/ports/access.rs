//! Who calls, and whether they may.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;

use super::{CallerContext, Principal};
use crate::ids::{AccountId, DocumentReference, InstanceId};
use crate::record::Target;

/// Knows credentials: a transport asks it for the secret that a request must have been signed with.
///
/// # Contract
/// - Deny by default: what is unknown, expired or revoked is [`UnknownCredential`], without telling which.
/// - Checking the signature is the transport's part, in constant time.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync {
    /// What belongs to an access key, with the session token that came along.
    async fn credential<'a>(
        &self,
        access_key: &'a str,
        session_token: Option<&'a str>,
    ) -> Result<Credential, UnknownCredential>;
}

/// An access key's secret and whose it is.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The account.
    pub account: AccountId,
    /// The caller.
    pub principal: Principal,
    /// The signing secret.
    pub secret: Secret,
}

/// The access key is not known, or not valid any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the security token included in the request is invalid")]
pub struct UnknownCredential;

/// A text that is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Keeps this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Fixed credentials, by access key.
#[derive(Debug, Clone, Default)]
pub struct MemoryCredentials(BTreeMap<String, Credential>);

impl MemoryCredentials {
    /// These, and no others.
    #[must_use]
    pub fn new(credentials: impl IntoIterator<Item = (String, Credential)>) -> Self {
        Self(credentials.into_iter().collect())
    }
}

#[async_trait]
impl Authenticator for MemoryCredentials {
    async fn credential<'a>(
        &self,
        access_key: &'a str,
        session_token: Option<&'a str>,
    ) -> Result<Credential, UnknownCredential> {
        match (self.0.get(access_key), session_token) {
            (Some(credential), None) => Ok(credential.clone()),
            _ => Err(UnknownCredential),
        }
    }
}

/// Decides whether a caller may do something.
///
/// # Contract
/// - Asked once for a whole action before anything is read or written for it. For a command with targets it is asked again for
///   each instance that they mean, with the sender's context; a denied one gets an invocation that ends AccessDenied.
/// - Decides by the caller and the action alone, without a side effect.
/// - That a node reaches only its own mailbox is not asked here: the control plane never lets it reach another.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait Authorizer: fmt::Debug + Send + Sync {
    /// Lets the action pass, or denies it.
    async fn authorize(&self, context: &CallerContext, action: &Action) -> Result<(), Denied>;
}

/// What a caller wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Action {
    /// The operation's name, for example `SendCommand`.
    pub operation: &'static str,
    /// The document that it is about, in the form of [`DocumentReference::as_seen_by`] the caller's account: a plain name is
    /// never a document of another account.
    pub document: Option<DocumentReference>,
    /// The instances that it names; for a cancel none means all of the command.
    pub instances: Vec<InstanceId>,
    /// The expressions by which it selects instances. Each instance that they turn out to mean is asked about by itself later.
    pub targets: Vec<Target>,
}

impl Action {
    /// An action about nothing in particular.
    #[must_use]
    pub fn new(operation: &'static str) -> Self {
        Self { operation, document: None, instances: Vec::new(), targets: Vec::new() }
    }

    /// The same about this document.
    #[must_use]
    pub fn on_document(mut self, document: impl Into<DocumentReference>) -> Self {
        self.document = Some(document.into());
        self
    }

    /// The same about what these expressions select.
    #[must_use]
    pub fn on_targets(mut self, targets: Vec<Target>) -> Self {
        self.targets = targets;
        self
    }

    /// The same about these instances.
    #[must_use]
    pub fn on_instances(mut self, instances: Vec<InstanceId>) -> Self {
        self.instances = instances;
        self
    }
}

/// The action is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Denied(pub String);

/// Lets everything pass: for tests, and for programs whose only caller is themselves.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllowAll;

#[async_trait]
impl Authorizer for AllowAll {
    async fn authorize(&self, _context: &CallerContext, _action: &Action) -> Result<(), Denied> {
        Ok(())
    }
}
