//! Ports: the traits that others implement. The docs of each are its contract.

mod plugin;

pub use plugin::{
    InvalidInputs, OutputSink, OutputStream, Plugin, StepContext, StepInputs, StopSignal, Stopper, stop_signal,
};
