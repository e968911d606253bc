//! What a PDF may cost before it is refused.

/// Limits on what is read. A file that is mostly pages and pictures is read in memory of less than
/// its own size; objects that are neither take several times their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The file's size in bytes.
    pub bytes: usize,
    /// Object numbers, and objects packed into streams.
    pub objects: u32,
    /// Cross-reference sections: about one for every revision.
    pub sections: usize,
    /// What all object streams together may be unpacked to, in bytes, as long as the list of objects
    /// is small beside them.
    pub unpacked: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 100 << 20,
            objects: 1_000_000,
            sections: 1000,
            unpacked: 64 << 20,
        }
    }
}
