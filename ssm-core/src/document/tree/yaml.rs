//! YAML: reading and printing.

#[cfg(feature = "yaml")]
mod compose;
#[cfg(feature = "yaml")]
mod locate;
mod print;
mod scalar;

#[cfg(feature = "yaml")]
pub(super) use compose::read;
#[cfg(feature = "yaml")]
pub(super) use locate::locate;
pub(super) use print::print;

/// Without the feature no text in YAML is read.
#[cfg(not(feature = "yaml"))]
pub(super) fn read(_text: &str) -> Result<super::Tree, super::ReadFault> {
    let reason = super::ReadFaultReason::Refused("YAML is not supported.".to_owned());
    Err(super::ReadFault { reason, position: super::Position { line: 1, column: 1 } })
}

#[cfg(not(feature = "yaml"))]
pub(super) fn locate(_text: &str, _ways: &mut super::ways::Ways) -> Option<()> {
    None
}
