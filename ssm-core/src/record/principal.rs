//! Who sent a command, and who calls.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{InstanceId, OperatorName};

/// A caller's identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Principal {
    /// A person or a program that sends commands.
    Operator(OperatorName),
    /// The agent of a managed instance: it reaches its own mailbox and information only.
    Node(InstanceId),
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator(name) => write!(f, "operator {name}"),
            Self::Node(instance) => write!(f, "node {instance}"),
        }
    }
}
