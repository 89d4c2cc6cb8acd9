//! The wire of Run Command: AWS JSON 1.1 over HTTP.
//!
//! # What is here
//! The envelope, as values; nothing in it touches a socket. [`Target`] says which operation a request is for,
//! [`ErrorBody`] is the body of a failed call, written and read, and the constants are the names and values of headers.
//! They are enough to put the ports of `ssm-core` behind any HTTP server of one's own.
//!
//! # What is not here yet
//! - The server: one `POST /` for [`OperatorApi`], [`NodeApi`] and [`MessageDelivery`], with polls that wait, bounded
//!   bodies and a health check.
//! - The client: the same three ports over a connection pool, for agents and for operators.
//! - Signature Version 4, made and checked. Until it is here no wire of this workspace knows who calls.
//! - TLS, and the bytes beyond inline output (object stores, HTTP fetches).
//!
//! Only this crate will know headers and signatures; the ports on both sides of it do not.
//!
//! ```
//! use ssm_core::api::{ApiError, ErrorCode};
//! use ssm_transport_http::{ErrorBody, Service, Target};
//!
//! let target: Target = "AmazonSSM.SendCommand".parse()?;
//! assert_eq!((target.service, target.operation.as_str()), (Service::Ssm, "SendCommand"));
//!
//! let error = ErrorBody::of(&ApiError::new(ErrorCode::InvalidDocument, "no such document"));
//! let text = r#"{"__type":"InvalidDocument","message":"no such document","Message":"no such document"}"#;
//! assert_eq!(serde_json::to_string(&error)?, text);
//! assert_eq!(ErrorBody::read(error.http_status(), text.as_bytes()), error);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`OperatorApi`]: ssm_core::ports::OperatorApi
//! [`NodeApi`]: ssm_core::ports::NodeApi
//! [`MessageDelivery`]: ssm_core::ports::MessageDelivery
#![forbid(unsafe_code)]

mod error_body;
mod header;
mod target;

pub use error_body::{ErrorBody, WireCode};
pub use header::{CONTENT_TYPE, ERROR_TYPE_HEADER, REQUEST_ID_HEADER, TARGET_HEADER, is_json_1_1};
pub use target::{InvalidTarget, OperationName, Service, Target};
