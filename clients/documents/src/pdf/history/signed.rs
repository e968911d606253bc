//! A further signature: it must be over the whole file as it was when it was made.

use super::super::text::is_space;
use super::Change;
use super::alteration::Alteration;
use super::part::Part;
use super::step::{Outcome, Step};

/// What a signature may say (ISO 32000-2 table 255).
const KEYS: [&[u8]; 18] = [
    b"Type",
    b"Filter",
    b"SubFilter",
    b"Contents",
    b"Cert",
    b"ByteRange",
    b"Reference",
    b"Changes",
    b"Name",
    b"M",
    b"Location",
    b"Reason",
    b"ContactInfo",
    b"R",
    b"V",
    b"Prop_Build",
    b"Prop_AuthTime",
    b"Prop_AuthType",
];

impl Step<'_, '_> {
    /// The value of a signature field that had none.
    pub(super) fn signature(&mut self, field: &Part, name: String, is_new: bool) -> Outcome {
        let broken = Alteration::Signature.of(field.holder);
        let id = field.node().member(b"V").and_then(|node| node.reference());
        let id = id.filter(|id| self.is_added(*id)).ok_or(broken)?;
        let value = Part::of(self.new, id).ok_or(broken)?;
        let dictionary = self.new.dictionary_of(id).map_err(|_| broken)?;
        let rest = self.new.signed_end(dictionary);
        let rest = rest.and_then(|end| self.new.file().get(end..));
        let whole =
            rest.is_some_and(|rest| rest.len() <= 2 && rest.iter().all(|one| is_space(*one)));
        if self.signed || !whole || !value.has_only(&KEYS) {
            return Err(broken);
        }
        self.signed = true;
        self.claim(id);
        self.claim_all(value.node().all_references());
        let visible = self.new.shown(&name).map_err(|_| broken)?.is_some();
        if dictionary.has_type(b"DocTimeStamp") {
            (!visible).then_some(()).ok_or(broken)?;
            self.changes.push(Change::Stamped { field: name });
        } else {
            self.changes.push(Change::Signed {
                field: name,
                new_and_visible: is_new && visible,
            });
        }
        Ok(())
    }
}
