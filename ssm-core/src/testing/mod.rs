//! Conformance suites of the ports, and fakes: for tests of implementations, never for production.

pub mod store;
