//! Validation data (ISO 32000-2 §12.8.4.3): certificates, revocation lists and answers, which no
//! page shows.

use lopdf::{Object, ObjectId};

use super::Change;
use super::alteration::Alteration;
use super::fields::keys;
use super::part::Part;
use super::step::{Outcome, Step};

const BROKEN: Alteration = Alteration::ValidationData;

/// The lists of the whole file, and those of one signature.
const LISTS: [&[u8]; 3] = [b"Certs", b"CRLs", b"OCSPs"];
const LISTS_OF_ONE: [&[u8]; 3] = [b"Cert", b"CRL", b"OCSP"];

impl Step<'_, '_> {
    pub(super) fn validation_data(&mut self, before: &Part, after: &Part) -> Outcome {
        let old = before.child(self.old, b"DSS");
        let Some(new) = after.child(self.new, b"DSS") else {
            let named = before.node().member(b"DSS").or(after.node().member(b"DSS"));
            return if named.is_some() {
                Err(BROKEN.somewhere())
            } else {
                Ok(())
            };
        };
        let claimed = self.claimed_so_far();
        self.store(old.as_ref(), &new, after.holder)?;
        let inline = old.as_ref().is_none_or(|old| !old.node().same(&new.node()));
        if inline || self.claimed_so_far() > claimed {
            self.changes.push(Change::ValidationData);
        }
        Ok(())
    }

    fn store(&mut self, old: Option<&Part>, new: &Part, above: ObjectId) -> Outcome {
        let broken = BROKEN.of(new.holder);
        self.claim_holder(old, new, above, BROKEN)?;
        let known = new.has_only(&[b"Type", b"VRI", b"Certs", b"CRLs", b"OCSPs"]);
        let kept = keys(old, new).ok_or(broken)?.into_iter();
        let mut kept = kept.filter(|key| new.node().member(key).is_none());
        if !known || kept.next().is_some() {
            return Err(broken);
        }
        for key in LISTS {
            self.streams(old, new, key)?;
        }
        self.by_signature(old, new)
    }

    /// A list of streams, each new or as it was.
    fn streams(&mut self, old: Option<&Part>, new: &Part, key: &[u8]) -> Outcome {
        if new.node().member(key).is_none() {
            return Ok(());
        }
        let broken = BROKEN.of(new.holder);
        let before = old.and_then(|old| old.child(self.old, key));
        let after = new.child(self.new, key).ok_or(broken)?;
        self.claim_holder(before.as_ref(), &after, new.holder, BROKEN)?;
        let all = after.references().ok_or(broken)?;
        all.iter().try_for_each(|id| self.one_stream(*id))
    }

    fn one_stream(&mut self, id: ObjectId) -> Outcome {
        // A stream that is loaded has lost its content, not its kind.
        let object = self.new.document().get_object(id);
        let is_stream = object.is_ok_and(|object| matches!(object, Object::Stream(_)));
        let unchanged = !self.is_written(id) || self.is_added(id);
        if !is_stream || !unchanged {
            return Err(BROKEN.of(id));
        }
        self.claim_all(vec![id]);
        Ok(())
    }

    /// What belongs to one signature each, by the digest of its CMS. What was there stays.
    fn by_signature(&mut self, old: Option<&Part>, new: &Part) -> Outcome {
        let Some(after) = new.child(self.new, b"VRI") else {
            let named = new.node().member(b"VRI");
            return if named.is_some() {
                Err(BROKEN.of(new.holder))
            } else {
                Ok(())
            };
        };
        let broken = BROKEN.of(after.holder);
        let before = old.and_then(|old| old.child(self.old, b"VRI"));
        self.claim_holder(before.as_ref(), &after, new.holder, BROKEN)?;
        for key in keys(before.as_ref(), &after).ok_or(broken)? {
            let was_there = before
                .as_ref()
                .is_some_and(|one| one.node().member(&key).is_some());
            let digest = key.len() == 40 && key.iter().all(u8::is_ascii_hexdigit);
            if key == b"Type" {
                continue;
            }
            let one = after.child(self.new, &key).filter(|_| digest && !was_there);
            self.of_one(&one.ok_or(broken)?, after.holder)?;
        }
        Ok(())
    }

    fn of_one(&mut self, one: &Part, above: ObjectId) -> Outcome {
        self.claim_holder(None, one, above, BROKEN)?;
        if !one.has_only(&[b"Type", b"Cert", b"CRL", b"OCSP", b"TU", b"TS"]) {
            return Err(BROKEN.of(one.holder));
        }
        for key in LISTS_OF_ONE {
            self.streams(None, one, key)?;
        }
        let stamp = one.node().member(b"TS").and_then(|node| node.reference());
        stamp.map_or(Ok(()), |id| self.one_stream(id))
    }
}
