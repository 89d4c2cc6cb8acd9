//! The control plane of Run Command: it validates, queues, throttles, delivers, cancels and reports commands, over any store.
//!
//! [`ControlPlane`] drives the pure engine of `ssm-core`; [`store`] has the stores; [`ServiceClock`] and [`RandomIds`] are the
//! real time and ids. Nothing here knows a wire: transports serve the control plane through the ports that it implements.
//!
//! ```
//! use std::sync::Arc;
//!
//! use ssm_service::ControlPlane;
//! use ssm_service::store::MemoryStore;
//!
//! let plane = ControlPlane::builder().with_store(Arc::new(MemoryStore::new())).build();
//! // An application runs `plane.run(stop)` in a task of its own, and hands clones of `plane` to its transports.
//! # let _ = plane;
//! ```
#![forbid(unsafe_code)]

mod clock;
mod control_plane;
pub mod store;

pub use clock::{RandomIds, ServiceClock};
pub use control_plane::{ControlPlane, ControlPlaneBuilder, NoStore, Settings, WithStore};
