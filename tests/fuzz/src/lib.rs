//! What targets have in common.

use kyso_documents::pdf::Limits;

/// What is read of a PDF: enough for every structure, and little enough for thousands of files a second.
pub const LIMITS: Limits = Limits {
    bytes: 1 << 20,
    objects: 10_000,
    sections: 100,
    unpacked: 1 << 20,
};
