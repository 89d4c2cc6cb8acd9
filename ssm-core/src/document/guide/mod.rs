//! A guide to documents, for those who write them and those who run them.
//!
//! - [`documents`]: write a document. The two schemas, steps, preconditions, timeouts, formats, names, limits.
//! - [`parameters`]: types and rules, what is checked where, references, and how to keep a value from becoming a
//!   script.
//! - [`endings`]: how a document ends. Exit codes, flow between steps, skipped steps, stops, statuses, output.
//!
//! Every example here is compiled and run as a test. They use what anybody can use: [`Document`], its checks, its
//! [`Plan`] and [`DocumentRun`]. None needs an agent, a service or a file.
//!
//! Two words come up often. *Stock agents* are the public ones; what is said of them was read in their behaviour (agent
//! protocol) or seen on the wire. *The service* is whatever takes commands from operators (service specification).
//! Where neither source says what should happen, the text says "our choice".
//!
//! [`Document`]: super::Document
//! [`Plan`]: super::Plan
//! [`DocumentRun`]: super::DocumentRun

pub mod documents;
pub mod endings;
pub mod parameters;
