//! Documents: what a command runs. Parse, check, plan and run them as pure logic.
//!
//! Read in this order:
//! - [`guide`]: how documents are written, for their authors;
//! - [`Document`] (parsing, hash, platforms), [`Format`], [`SchemaVersion`], [`Platform`]; [`DocumentError`] with the
//!   [`Pointer`] and [`Position`] of the value at fault, and [`DocumentWarning`];
//! - [`ParameterDefinition`], [`Parameters`], and the checks of both sides with their [`ParameterError`];
//! - [`StoreReference`], [`StoreValues`]: what a run needs of the parameter store;
//! - [`Plan`]: a document with its values put in, as a flat list of [`PlannedStep`]s;
//! - [`DocumentRun`]: the machine that runs a plan, and the documents inside its steps ([`LoadDocument`]); it reports
//!   [`StepResult`]s, with output bounded as in [`CapturedStream`];
//! - [`predefined`]: the documents that come with the service.
//!
//! No plugin is known here, and none is run: the agent does that at the machine's request.

mod catalog;
mod check;
mod environment;
mod error;
pub mod guide;
pub(crate) mod inputs;
mod keys;
mod lint;
mod model;
mod output;
mod parameter;
mod parse;
mod pattern;
mod plan;
mod platform;
mod precondition;
pub mod predefined;
mod reference;
mod result;
mod run;
mod schema;
mod substitute;
mod timeout;
mod tree;

pub use check::ParameterError;
pub use error::{DocumentError, DocumentErrorKind};
pub use lint::{DocumentWarning, WarningKind};
pub use model::Document;
pub use output::{COMBINED_LIMIT_BYTES, CapturedStream, STREAM_LIMIT_BYTES};
pub use parameter::{Interpolation, ParameterDefinition, ParameterType, Parameters};
pub use plan::{OnFailure, OnSuccess, Plan, PlanError, PlannedStep, ReferenceProblem};
pub use platform::{InvalidPlatform, Platform};
pub use precondition::PreconditionOutcome;
pub use reference::{InvalidStoreReference, StoreReference, StoreValue, StoreValues};
pub use result::{PluginOutcome, StepResult, StepStatus, StopReason};
pub use run::{
    DocumentLocation, DocumentRun, LoadDocument, LoadedPlan, PluginSupport, RunAction, RunEvent, RunReport, StartStep,
    StepSerial,
};
pub use schema::{InvalidSchemaVersion, SchemaVersion};
pub use substitute::SubstitutionError;
pub use timeout::{DEFAULT_STEP_TIMEOUT, MAX_STEP_TIMEOUT, MIN_STEP_TIMEOUT};
pub use tree::{Format, Pointer, Position};
