//! Who calls, and which call it is.

use crate::ids::{AccountId, RequestId};
use crate::record::Principal;

/// Stands beside every call of a port. Stored keys begin with its account, so that accounts never see each other.
///
/// Only what has checked the caller makes one: a transport's server after authentication, or a program that embeds the service
/// and trusts itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerContext {
    /// The account on whose behalf.
    pub account: AccountId,
    /// Who.
    pub principal: Principal,
    /// Which call; told in answers and audit records.
    pub request: RequestId,
    /// The same over a client's retries of one call, when it says so.
    pub idempotency_token: Option<String>,
}

impl CallerContext {
    /// A call without an idempotency token.
    #[must_use]
    pub fn new(account: AccountId, principal: Principal, request: RequestId) -> Self {
        Self { account, principal, request, idempotency_token: None }
    }
}
