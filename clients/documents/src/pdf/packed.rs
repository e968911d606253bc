//! Object streams as they were unpacked: whoever asks for many objects of one must not pay for the
//! whole each time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The streams that were asked for, by number, as long as there is room.
#[derive(Debug, Default)]
pub(super) struct Packed {
    kept: Mutex<BTreeMap<u32, Arc<Vec<u8>>>>,
}

impl Packed {
    /// The content of a stream; `most` bytes are kept of all together.
    pub(super) fn content(
        &self,
        number: u32,
        most: usize,
        unpack: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Option<Arc<Vec<u8>>> {
        // What is kept is whole even if somebody failed while it was locked.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(content) = kept.get(&number) {
            return Some(Arc::clone(content));
        }
        let content = Arc::new(unpack()?);
        let sizes = kept.values().map(|one| one.len());
        let all = sizes.fold(content.len(), usize::saturating_add);
        if all <= most {
            kept.insert(number, Arc::clone(&content));
        }
        Some(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_unpacked_once() {
        let packed = Packed::default();
        let mut times = 0;
        let mut ask = |number, size| {
            let content = packed.content(number, 10, || {
                times += 1;
                Some(vec![0; size])
            });
            assert_eq!(content.unwrap().len(), size);
            times
        };
        assert_eq!((ask(1, 6), ask(1, 6)), (1, 1));
        assert_eq!((ask(2, 5), ask(2, 5)), (2, 3), "there is no room for it");
        assert_eq!((ask(3, 4), ask(3, 4)), (4, 4));
        assert_eq!(packed.content(4, 10, || None), None);
    }
}
