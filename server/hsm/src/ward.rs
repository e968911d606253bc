//! Which keys may be used: those that were attested, and not since barred.
//!
//! And what for: keys of the server's own are known here and set apart, so each serves its purpose alone. Keys of people and
//! seals are not told from one another here, since the token knows no owners: whose a key is, and whether it is a seal,
//! stands in its credential's row, under that row's seal, and the purpose comes from there.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use kyso_core::{KeyPurpose, KeyRef};

use crate::finding::{Attestation, Finding};

type Id = [u8; 16];

/// What is known of the keys of one token.
///
/// A lane may bar a key while the clerk attests it: the clerk must not undo that without looking
/// again, nor before whoever locks the key's credential was told.
#[derive(Default)]
pub(crate) struct Ward(RwLock<Keys>);

#[derive(Default)]
struct Keys {
    /// The public half of each key that may be used.
    attested: HashMap<Id, Arc<[u8]>>,
    bars: HashMap<Id, Bar>,
    /// Keys that serve one purpose of the server's and no other.
    set_apart: HashMap<Id, KeyPurpose>,
    /// Keys that were barred since somebody was told last.
    untold: Vec<Attestation>,
    /// Bars so far.
    count: u64,
}

/// That a key was barred.
struct Bar {
    /// Which of all bars it is.
    number: u64,
    /// Whether somebody was told of it.
    told: bool,
    /// What was found.
    findings: Vec<Finding>,
}

/// That the clerk looks at a key now: what it finds says nothing about a bar that comes later.
pub(crate) struct Look {
    /// The bar that was there when the look began.
    after: Option<u64>,
}

impl Ward {
    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to look at a key.
    pub(crate) fn look(&self, id: &Id) -> Look {
        let keys = self.read();
        let after = keys.bars.get(id).map(|bar| bar.number);
        Look { after }
    }

    /// From now on this key may be used, since nothing was wrong with it.
    ///
    /// # Errors
    /// What it was barred for while it was looked at, or before if nobody was told yet.
    pub(crate) fn trust(&self, key: &KeyRef, look: &Look) -> Result<(), Vec<Finding>> {
        let mut keys = self.write();
        if let Some(bar) = keys.bars.get(&key.cka_id)
            && !(bar.told && Some(bar.number) == look.after)
        {
            return Err(bar.findings.clone());
        }
        keys.bars.remove(&key.cka_id);
        keys.attested.insert(key.cka_id, Arc::clone(&key.spki));
        Ok(())
    }

    /// From now on this key may not be used.
    pub(crate) fn distrust(&self, id: &Id) {
        self.write().attested.remove(id);
    }

    /// A key at work was found to be bad: it may not be used, and whoever asks is told.
    pub(crate) fn bar(&self, key: &KeyRef, findings: Vec<Finding>) {
        let mut keys = self.write();
        keys.attested.remove(&key.cka_id);
        keys.count += 1;
        let bar = Bar {
            number: keys.count,
            told: false,
            findings: findings.clone(),
        };
        keys.bars.insert(key.cka_id, bar);
        if keys.untold.iter().all(|told| told.key != *key) {
            let key = key.clone();
            keys.untold.push(Attestation { key, findings });
        }
    }

    /// The keys that were barred since this was asked last.
    pub(crate) fn tell(&self) -> Vec<Attestation> {
        if self.read().untold.is_empty() {
            return Vec::new();
        }
        let mut keys = self.write();
        keys.bars.values_mut().for_each(|bar| bar.told = true);
        std::mem::take(&mut keys.untold)
    }

    /// How many keys may be used, and how many are barred.
    pub(crate) fn count(&self) -> (usize, usize) {
        let keys = self.read();
        (keys.attested.len(), keys.bars.len())
    }

    /// From now on this key serves nothing but this purpose.
    pub(crate) fn set_apart(&self, key: &KeyRef, purpose: KeyPurpose) {
        self.write().set_apart.insert(key.cka_id, purpose);
    }

    /// Whether a key may be used for this: one that is set apart for its purpose only, and for that no other.
    pub(crate) fn serves(&self, key: &KeyRef, purpose: KeyPurpose) -> bool {
        use KeyPurpose as P;
        let alone = matches!(purpose, P::Certificate | P::Checkpoint | P::Export);
        match self.read().set_apart.get(&key.cka_id) {
            Some(own) => *own == purpose,
            None => !alone,
        }
    }

    /// Whether this very key, with this public half, was attested.
    pub(crate) fn trusts(&self, key: &KeyRef) -> bool {
        let keys = self.read();
        let attested = keys.attested.get(&key.cka_id);
        attested.is_some_and(|spki| *spki == key.spki)
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::KeyAlgorithm;

    use super::*;

    fn key(id: u8) -> KeyRef {
        KeyRef {
            cka_id: [id; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from([id]),
        }
    }

    /// Looks at a key, and finds nothing wrong.
    fn attest(ward: &Ward, key: &KeyRef) -> bool {
        let look = ward.look(&key.cka_id);
        ward.trust(key, &look).is_ok()
    }

    fn bar(ward: &Ward, key: &KeyRef) {
        ward.bar(key, vec![Finding::BadSignature]);
    }

    fn told(ward: &Ward) -> Vec<KeyRef> {
        ward.tell().into_iter().map(|told| told.key).collect()
    }

    #[test]
    fn only_the_very_key_that_was_attested_may_be_used() {
        let (ward, one) = (Ward::default(), key(1));
        assert!(!ward.trusts(&one));
        assert!(attest(&ward, &one) && ward.trusts(&one));
        let swapped = KeyRef {
            spki: Arc::from([2]),
            ..one.clone()
        };
        assert!(!ward.trusts(&swapped));
        ward.distrust(&one.cka_id);
        assert!(!ward.trusts(&one));
    }

    #[test]
    fn a_key_that_is_set_apart_serves_its_purpose_and_no_other_key_does() {
        use KeyPurpose as P;
        let (ward, person) = (Ward::default(), key(0));
        let own = [P::Certificate, P::Checkpoint, P::Export];
        for (number, purpose) in (1..).zip(own) {
            ward.set_apart(&key(number), purpose);
            let others = [P::CertificateRequest, P::Seal, P::Sign];
            for other in own.into_iter().chain(others) {
                let serves = ward.serves(&key(number), other);
                assert_eq!(serves, other == purpose, "{purpose:?} for {other:?}");
            }
            assert!(!ward.serves(&person, purpose), "{purpose:?}");
        }
        assert!(ward.serves(&person, P::Sign) && ward.serves(&person, P::Seal));
    }

    #[test]
    fn a_key_that_is_barred_while_it_is_attested_stays_barred() {
        let (ward, one) = (Ward::default(), key(1));
        let look = ward.look(&one.cka_id);
        bar(&ward, &one);
        assert_eq!(ward.trust(&one, &look), Err(vec![Finding::BadSignature]));
        assert!(!ward.trusts(&one));
        // Also if it was barred before, and told of in between.
        let look = ward.look(&one.cka_id);
        bar(&ward, &one);
        assert_eq!(told(&ward), std::slice::from_ref(&one));
        assert!(ward.trust(&one, &look).is_err() && !ward.trusts(&one));
    }

    #[test]
    fn a_barred_key_is_trusted_again_only_after_somebody_was_told() {
        let (ward, one, other) = (Ward::default(), key(1), key(2));
        assert!(attest(&ward, &one) && attest(&ward, &other));
        bar(&ward, &one);
        bar(&ward, &one);
        assert!(!attest(&ward, &one), "it was attested before it was told");
        assert!(ward.trusts(&other));
        assert_eq!(told(&ward), std::slice::from_ref(&one));
        assert_eq!(told(&ward), []);
        assert!(attest(&ward, &one) && ward.trusts(&one));
    }
}
