//! Conformance suites of this crate's own ports: for tests of implementations, never for production.

pub mod journal;
