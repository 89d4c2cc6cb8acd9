//! Why a document cannot be planned.

use crate::document::Document;
use crate::document::error::excerpt;
use crate::document::reference::StoreReference;
use crate::document::substitute::{Fault, SubstitutionError};
use crate::ids::StepName;

/// Why a document cannot be planned with these parameters. Parameters are named by their first 64 characters; no value
/// is in it but what stands in `{{ssm:...}}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// With the values put in it is too large.
    #[error(transparent)]
    Substitution(#[from] SubstitutionError),
    /// The value of a reference to the parameter store is not there. Running the reference itself would be worse.
    #[error("step {step} refers to {{{{ssm:{reference}}}}} in the parameter store, and its value was not looked up")]
    StoreReference {
        /// The step.
        step: StepName,
        /// What it refers to.
        reference: StoreReference,
    },
    /// A list of the parameter store is referred to inside a text, or where no list can be.
    #[error(
        "step {step} refers to {{{{ssm:{reference}}}}}, which is a list: it can only be an element of a list, by itself"
    )]
    ListInText {
        /// The step.
        step: StepName,
        /// What it refers to.
        reference: StoreReference,
    },
    /// A reference to the parameter store is too long.
    #[error("step {step} refers to the parameter store with more than {} characters", StoreReference::MAX_CHARS)]
    LongReference {
        /// The step.
        step: StepName,
    },
    /// It refers to more than [`StoreReference::MAX_COUNT`] values of the parameter store.
    #[error("a document refers to at most {} values of the parameter store", StoreReference::MAX_COUNT)]
    TooManyReferences,
    /// A parameter's value refers to the parameter store, and the reference cannot be resolved.
    #[error("parameter \"{parameter}\" refers to {reason}")]
    ParameterReference {
        /// The parameter.
        parameter: String,
        /// Why not.
        reason: ReferenceProblem,
    },
    /// A value that scripts get as a variable holds a NUL character.
    #[error("parameter \"{parameter}\" cannot be an environment variable: its value holds a NUL character")]
    VariableWithNul {
        /// The parameter.
        parameter: String,
    },
    /// A value that scripts get as a variable makes it longer than 128 KiB.
    #[error("parameter \"{parameter}\" cannot be an environment variable: its value is too long")]
    VariableTooLong {
        /// The parameter.
        parameter: String,
    },
    /// Two parameters would be one variable on Windows, where case does not count.
    #[error("parameter \"{parameter}\" cannot be an environment variable: another one has this name in another case")]
    SameVariable {
        /// The later one.
        parameter: String,
    },
    /// It has more than [`Document::MAX_STEPS`] steps.
    #[error("a document has at most {} steps", Document::MAX_STEPS)]
    TooManySteps,
}

/// Why a reference to the parameter store in a parameter's value cannot be resolved. Its text goes on behind "refers to".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReferenceProblem {
    /// Its value is not there.
    #[error("{{{{ssm:{0}}}}} in the parameter store, and its value was not looked up")]
    Missing(StoreReference),
    /// It is of a list, and stands inside a text or where no list can be.
    #[error("{{{{ssm:{0}}}}}, which is a list: it can only be an element of a list, by itself")]
    ListInText(StoreReference),
    /// It is too long.
    #[error("the parameter store with more than {} characters", StoreReference::MAX_CHARS)]
    TooLong,
}

impl PlanError {
    /// What went wrong with the value of this parameter.
    pub(super) fn of_parameter(fault: Fault, parameter: &str) -> Self {
        let reason = match fault {
            Fault::Size(error) => return Self::Substitution(error),
            Fault::TooManyReferences => return Self::TooManyReferences,
            Fault::Missing(reference) => ReferenceProblem::Missing(reference),
            Fault::ListInText(reference) => ReferenceProblem::ListInText(reference),
            Fault::LongReference => ReferenceProblem::TooLong,
        };
        Self::ParameterReference { parameter: excerpt(parameter), reason }
    }

    /// What went wrong with the inputs of this step.
    pub(in crate::document) fn of(fault: Fault, step: &StepName) -> Self {
        let step = step.clone();
        match fault {
            Fault::Size(error) => Self::Substitution(error),
            Fault::Missing(reference) => Self::StoreReference { step, reference },
            Fault::ListInText(reference) => Self::ListInText { step, reference },
            Fault::LongReference => Self::LongReference { step },
            Fault::TooManyReferences => Self::TooManyReferences,
        }
    }
}
