//! Stores: implementations of [`ssm_core::ports::Store`].

mod memory;

pub use memory::MemoryStore;
