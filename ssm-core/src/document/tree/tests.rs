//! Tests of reading, printing and finding places.

mod given;
mod mark;
mod places;
#[cfg(feature = "yaml")]
mod print;
mod refused;
mod round;
#[cfg(feature = "yaml")]
mod scalars;
#[cfg(feature = "yaml")]
mod structure;
