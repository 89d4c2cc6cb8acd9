//! Decisions compared with what they must write and cause.
