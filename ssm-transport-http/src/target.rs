//! Which operation a request is for.

use std::fmt;
use std::str::FromStr;

/// The value of `X-Amz-Target`: a service and one of its operations, `AmazonSSM.SendCommand`.
///
/// That the operation has the form of a name does not mean that it is served: who dispatches it decides that, and answers
/// `UnknownOperationException` otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Which service.
    pub service: Service,
    /// Which of its operations.
    pub operation: OperationName,
}

/// A service, by the prefix of its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// `AmazonSSM`: what operators call, and what agents ask besides messages. Source: public model.
    Ssm,
    /// `EC2WindowsMessageDeliveryService`: messages to and from agents, on all platforms in spite of its name. Source: agent
    /// protocol 1.1.
    MessageDelivery,
}

/// The name of an operation: an upper-case letter, then letters and digits, at most [`OperationName::MAX_CHARS`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OperationName(String);

/// A text that is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTarget {
    /// No known service before the dot.
    #[error("the target names no service that is known")]
    Service,
    /// No name behind the dot.
    #[error("the target names no operation")]
    Operation,
}

impl Service {
    const ALL: [Self; 2] = [Self::Ssm, Self::MessageDelivery];

    /// What stands before the dot.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Ssm => "AmazonSSM",
            Self::MessageDelivery => "EC2WindowsMessageDeliveryService",
        }
    }

    /// The name of the service in a signature's scope.
    #[must_use]
    pub const fn signing_name(self) -> &'static str {
        match self {
            Self::Ssm => "ssm",
            Self::MessageDelivery => "ec2messages",
        }
    }
}

impl OperationName {
    /// Most characters. The longest name of the public model has 43; the bound is our choice.
    pub const MAX_CHARS: usize = 64;

    /// The name as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OperationName {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let named = text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.len() <= Self::MAX_CHARS
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if named { Ok(Self(text.to_owned())) } else { Err(InvalidTarget::Operation) }
    }
}

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let (prefix, operation) = text.split_once('.').ok_or(InvalidTarget::Service)?;
        let service = Service::ALL.into_iter().find(|service| service.prefix() == prefix);
        Ok(Self { service: service.ok_or(InvalidTarget::Service)?, operation: operation.parse()? })
    }
}

impl fmt::Display for OperationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service.prefix(), self.operation)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ssm_core::api::{NodeRequest, OperatorRequest};

    use super::*;

    #[test]
    fn every_operation_of_the_ports_has_a_target() {
        let messages = ["GetMessages", "AcknowledgeMessage", "SendReply", "FailMessage", "DeleteMessage"];
        let ssm = OperatorRequest::OPERATIONS.iter().chain(NodeRequest::OPERATIONS);
        let targets = ssm.map(|operation| (Service::Ssm, *operation));
        for (service, operation) in targets.chain(messages.map(|operation| (Service::MessageDelivery, operation))) {
            let text = format!("{}.{operation}", service.prefix());
            let target: Target = text.parse().unwrap();
            assert_eq!((target.service, target.operation.as_str()), (service, operation));
            assert_eq!(target.to_string(), text);
        }
    }

    #[test]
    fn what_is_not_a_target_is_refused() {
        use InvalidTarget::{Operation, Service};
        let long = format!("AmazonSSM.{}", "A".repeat(OperationName::MAX_CHARS + 1));
        for (text, error) in [
            ("", Service),
            ("SendCommand", Service),
            ("AmazonSSM", Service),
            (".SendCommand", Service),
            ("amazonssm.SendCommand", Service),
            (" AmazonSSM.SendCommand", Service),
            ("AmazonSSM.", Operation),
            ("AmazonSSM.sendCommand", Operation),
            ("AmazonSSM.Send.Command", Operation),
            ("AmazonSSM.SendCommand ", Operation),
            ("AmazonSSM.Sénd", Operation),
            (&long, Operation),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,80}|(AmazonSSM|EC2WindowsMessageDeliveryService)\\PC{0,80}") {
            if let Ok(target) = text.parse::<Target>() {
                prop_assert_eq!(target.to_string(), text);
            }
        }

        #[test]
        fn a_printed_target_reads_as_the_same(name in "[A-Z][A-Za-z0-9]{0,63}", messages: bool) {
            let service = if messages { Service::MessageDelivery } else { Service::Ssm };
            let target = Target { service, operation: name.parse().unwrap() };
            prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target));
        }
    }
}
