//! Values of the parameter store.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::document::{StoreReference, StoreValues};

/// Looks up what documents refer to with `{{ssm:name}}`.
///
/// # Contract
/// - All or error: an answer has a value for each reference that was asked, and no others. Where several cannot be had,
///   the error tells of any one of them. To ask for nothing is to get nothing, without any error.
/// - Asked are at most [`StoreReference::MAX_COUNT`] at once, perhaps one of them twice. An implementation whose store
///   takes fewer asks it several times.
/// - A reference without a version means the latest. Nothing is promised about caching: a later call may give another
///   value, and two references to one parameter in one call may give two.
/// - A secret (`SecureString`) is never decrypted: it is [`ParameterSourceError::SecureString`].
/// - A list comes in its elements, split at each comma and otherwise as it is.
/// - Values are neither logged nor shown: not in an error, and not by `Debug`.
/// - Dropping the future gives up the call; there is nothing to undo.
///
/// `ssm_core::testing::parameters::suite` checks the parts that can be checked from outside.
///
/// ```
/// # use ssm_core::document::{Document, Parameters, Plan, Platform};
/// # use ssm_core::ports::ParameterSource;
/// async fn plan(
///     document: &Document,
///     parameters: &Parameters,
///     source: &dyn ParameterSource,
/// ) -> Result<Plan, Box<dyn std::error::Error>> {
///     let references: Vec<_> = document.store_references(parameters)?.into_iter().collect();
///     let values = source.get(&references).await?;
///     Ok(document.plan_with(parameters, Platform::Linux, &values)?)
/// }
/// ```
///
/// Source: agent protocol 3.4 and 5.2.
#[cfg_attr(feature = "testing", mockall::automock)]
#[async_trait]
pub trait ParameterSource: Debug + Send + Sync {
    /// The values of all of these references.
    async fn get(&self, references: &[StoreReference]) -> Result<StoreValues, ParameterSourceError>;
}

/// Why values of the parameter store were not had. Phrases for the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParameterSourceError {
    /// The store has no such parameter, or not this version of it.
    #[error("the parameter store has no parameter {0}")]
    NotFound(StoreReference),
    /// It is a secret, which `{{ssm:...}}` cannot refer to.
    #[error("the parameter {0} is a SecureString, which documents cannot refer to with {{{{ssm:...}}}}")]
    SecureString(StoreReference),
    /// The store does not let this caller have it.
    #[error("reading the parameter {0} is not allowed")]
    AccessDenied(StoreReference),
    /// The store cannot be asked now, or there is none.
    #[error("the parameter store cannot be asked: {reason}")]
    Unavailable {
        /// Why, without secrets.
        reason: String,
    },
}

impl ParameterSourceError {
    /// Whether the same question may have an answer later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

/// No parameter store: whoever refers to one is told so.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoParameters;

#[async_trait]
impl ParameterSource for NoParameters {
    async fn get(&self, references: &[StoreReference]) -> Result<StoreValues, ParameterSourceError> {
        match references {
            [] => Ok(StoreValues::new()),
            _ => Err(ParameterSourceError::Unavailable { reason: "none is set up".to_owned() }),
        }
    }
}
