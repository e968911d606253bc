//! One pass of the attestation over many keys: none of them ends it for the others.

use kyso_core::KeyRef;

use crate::error::HsmError;

/// Keys that are still to be attested. One that cannot be judged now is come back to once, after
/// all others: what was missing, a session mostly, may be there by then.
#[derive(Debug)]
pub(crate) struct Pass {
    /// The last is the next.
    ahead: Vec<KeyRef>,
    later: Vec<KeyRef>,
    coming_back: bool,
}

impl Pass {
    pub(crate) fn over(mut keys: Vec<KeyRef>) -> Self {
        keys.reverse();
        Self {
            ahead: keys,
            later: Vec::new(),
            coming_back: false,
        }
    }

    pub(crate) const fn is_over(&self) -> bool {
        self.ahead.is_empty() && self.later.is_empty()
    }

    /// The next key. It stays that until it is said what came of it, so that an absence of the
    /// token loses none.
    pub(crate) fn next(&mut self) -> Option<&KeyRef> {
        if self.ahead.is_empty() && !self.later.is_empty() {
            self.coming_back = true;
            self.ahead = std::mem::take(&mut self.later);
            self.ahead.reverse();
        }
        self.ahead.last()
    }

    /// The next key was judged.
    pub(crate) fn judged(&mut self) -> Option<KeyRef> {
        self.ahead.pop()
    }

    /// The next key could not be judged. The second time it goes without a result, so that it stays
    /// due for whoever asked.
    pub(crate) fn put_off(&mut self, error: &HsmError) {
        let Some(key) = self.ahead.pop() else { return };
        tracing::warn!(?key, %error, last = self.coming_back, "a key could not be attested now");
        if !self.coming_back {
            self.later.push(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kyso_core::KeyAlgorithm;

    use super::*;

    fn pass(keys: &[u8]) -> Pass {
        let key = |id: &u8| KeyRef {
            cka_id: [*id; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from([]),
        };
        Pass::over(keys.iter().map(key).collect())
    }

    /// Looks at every key; those that find no session, and which were judged, in order.
    fn run(pass: &mut Pass, mut finds_session: impl FnMut(u8) -> bool) -> Vec<u8> {
        let mut judged = Vec::new();
        while let Some(key) = pass.next() {
            let [id, ..] = key.cka_id;
            if finds_session(id) {
                judged.push(pass.judged().unwrap().cka_id[0]);
            } else {
                pass.put_off(&HsmError::Call {
                    function: "C_OpenSession".to_owned(),
                    code: "SessionCount".to_owned(),
                });
            }
        }
        assert!(pass.is_over());
        judged
    }

    #[test]
    fn keys_come_in_the_order_that_was_asked() {
        assert_eq!(run(&mut pass(&[1, 2, 3]), |_| true), [1, 2, 3]);
    }

    #[test]
    fn a_key_without_a_session_ends_no_pass_and_is_come_back_to() {
        let mut looks = Vec::new();
        let judged = run(&mut pass(&[1, 2, 3, 4, 5]), |id| {
            looks.push(id);
            // The sessions are there again once the others are done.
            ![1, 3].contains(&id) || looks.len() > 5
        });
        assert_eq!(judged, [2, 4, 5, 1, 3]);
    }

    #[test]
    fn a_key_that_finds_none_twice_goes_without_a_result() {
        let mut looks = 0;
        let judged = run(&mut pass(&[1, 2, 3]), |id| {
            looks += usize::from(id == 2);
            id != 2
        });
        assert_eq!((judged.as_slice(), looks), ([1, 3].as_slice(), 2));
    }

    #[test]
    fn an_absence_loses_no_key() {
        let mut pass = pass(&[1, 2]);
        assert_eq!(pass.next().unwrap().cka_id, [1; 16]);
        // The token went away meanwhile: nothing is said about the key.
        assert_eq!(run(&mut pass, |_| true), [1, 2]);
    }
}
