//! Operations on documents.

use super::shapes::{DOCUMENT_ARN, DOCUMENT_NAME, DOCUMENT_VERSION};
use super::{Member, Operation, Shape};

const FORMAT: Shape = Shape::Words(&["YAML", "JSON", "TEXT"]);

pub(super) const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateDocument",
        input: &[
            Member::required("Content", Shape::text(1, usize::MAX)),
            Member::required("Name", DOCUMENT_NAME),
            Member::optional("DocumentType", Shape::Words(&["Command"])),
            Member::optional("DocumentFormat", FORMAT),
        ],
    },
    Operation {
        name: "GetDocument",
        input: &[
            Member::required("Name", DOCUMENT_ARN),
            Member::optional("DocumentVersion", DOCUMENT_VERSION),
            Member::optional("DocumentFormat", FORMAT),
        ],
    },
];
