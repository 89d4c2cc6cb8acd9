//! Shapes that several operations share.

use super::{Member, Pattern, Shape};

pub(super) const INSTANCE_ID: Shape = Shape::like(&Pattern::INSTANCE_ID);
pub(super) const COMMAND_ID: Shape = Shape::text_like(36, 36, &Pattern::COMMAND_ID);
pub(super) const DOCUMENT_NAME: Shape = Shape::like(&Pattern::DOCUMENT_NAME);
pub(super) const DOCUMENT_ARN: Shape = Shape::like(&Pattern::DOCUMENT_ARN);
pub(super) const DOCUMENT_VERSION: Shape = Shape::like(&Pattern::DOCUMENT_VERSION);
/// Up to 50 ids of instances.
pub(super) const INSTANCE_IDS: Shape = Shape::list(0, 50, &INSTANCE_ID);
/// Pages of most listings.
pub(super) const PAGE_OF_50: Shape = Shape::Integer { least: 1, most: 50 };

/// Source: API reference, `Target`.
pub(super) const TARGETS: Shape = Shape::list(
    0,
    5,
    &Shape::Structure(&[
        Member::optional("Key", Shape::text_like(1, 163, &Pattern::TARGET_KEY)),
        Member::optional("Values", Shape::list(0, 50, &Shape::TEXT)),
    ]),
);

/// Source: API reference, `Tag`.
pub(super) const TAGS: Shape = Shape::list(
    0,
    1000,
    &Shape::Structure(&[
        Member::required("Key", Shape::text_like(1, 128, &Pattern::TAG)),
        Member::required("Value", Shape::text_like(0, 256, &Pattern::TAG)),
    ]),
);
