//! The document security store: certificates, revocation lists and answers that a file keeps for
//! those who verify it (ISO 32000-2 §12.8.4.3, EN 319 142-1 §5.4.2).

use lopdf::{Dictionary, Object, Stream};

use super::reader::Pdf;
use super::text::Cursor;

/// Streams of one kind that are looked at, and what all of them together may be unpacked to.
const MAX_STREAMS: usize = 64;
const MAX_BYTES: usize = 16 << 20;

/// What a file keeps for verification, each as it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SecurityStore {
    pub(crate) certificates: Vec<Vec<u8>>,
    pub(crate) lists: Vec<Vec<u8>>,
    pub(crate) responses: Vec<Vec<u8>>,
}

impl Pdf<'_> {
    /// The store of this file; empty if there is none. What cannot be read in it is left out: it is
    /// help, and a signature must not become worse for it.
    pub(crate) fn security_store(&self) -> SecurityStore {
        let catalog = self.catalog().ok().map(|(_, catalog)| catalog);
        let Some(store) = catalog.and_then(|catalog| self.dictionary(catalog, b"DSS")) else {
            return SecurityStore::default();
        };
        let mut left = MAX_BYTES;
        SecurityStore {
            certificates: self.streams(store, b"Certs", &mut left),
            lists: self.streams(store, b"CRLs", &mut left),
            responses: self.streams(store, b"OCSPs", &mut left),
        }
    }

    fn streams(&self, store: &Dictionary, key: &[u8], left: &mut usize) -> Vec<Vec<u8>> {
        let all = self.array(store, key).iter().take(MAX_STREAMS);
        all.filter_map(|one| {
            let content = self.content_of(one, *left)?;
            *left = left.checked_sub(content.len())?;
            Some(content)
        })
        .collect()
    }

    /// The content of a stream, which is not kept in memory when a file is read.
    fn content_of(&self, object: &Object, most: usize) -> Option<Vec<u8>> {
        let id = object.as_reference().ok()?;
        let offset = match self.document().reference_table.get(id.0)? {
            lopdf::xref::XrefEntry::Normal { offset, .. } => usize::try_from(*offset).ok()?,
            _ => return None,
        };
        let mut cursor = Cursor::new(self.file(), offset);
        (cursor.object_header()? == id).then_some(())?;
        cursor.value()?;
        cursor.keyword(b"stream")?;
        // The keyword ends with one end of line (ISO 32000-2 §7.3.8.1).
        cursor.take(b"\r");
        cursor.take(b"\n").then_some(())?;
        let dictionary = &self.document().get_object(id).ok()?.as_stream().ok()?.dict;
        let length = self.member(dictionary, b"Length")?.as_i64().ok()?;
        let start = cursor.place();
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        let content = self.file().get(start..end)?.to_vec();
        let stream = Stream::new(dictionary.clone(), content);
        if dictionary.has(b"Filter") {
            stream.decompressed_content_with_limit(most).ok()
        } else {
            Some(stream.content).filter(|content| content.len() <= most)
        }
    }
}
