//! The form: new fields for signatures, fields that waited, number and date.

use lopdf::ObjectId;

use super::super::form::{self, Field};
use super::super::reserve::{Reserved, value};
use super::alteration::Alteration;
use super::node::Node;
use super::part::Part;
use super::step::{Outcome, Step};

/// `SignaturesExist` and `AppendOnly` (ISO 32000-2 table 225).
const SIG_FLAGS: u64 = 3;

/// What a new signature field may say: no action, nothing below it.
const OF_NEW_FIELD: [&[u8]; 16] = [
    b"Type", b"Subtype", b"FT", b"T", b"TU", b"F", b"Ff", b"Rect", b"P", b"V", b"AP", b"AS",
    b"Lock", b"SV", b"DA", b"MK",
];

impl Step<'_, '_> {
    pub(super) fn form(&mut self, before: &Part, after: &Part) -> Outcome {
        let old = before.child(self.old, b"AcroForm");
        let Some(new) = after.child(self.new, b"AcroForm") else {
            let gone = before.node().member(b"AcroForm").is_some();
            return if gone {
                Err(Alteration::Form.somewhere())
            } else {
                Ok(())
            };
        };
        self.claim_holder(old.as_ref(), &new, after.holder, Alteration::Form)?;
        let differing = keys(old.as_ref(), &new).ok_or(Alteration::Form.of(new.holder))?;
        for key in differing {
            match key.as_slice() {
                b"Fields" => {}
                b"SigFlags" if flags_grow(old.as_ref(), &new) => {}
                _ => return Err(Alteration::Form.of(new.holder)),
            }
        }
        self.fields(old.as_ref(), &new)?;
        self.old_fields()
    }

    /// The fields that were there stay first and in their order.
    fn fields(&mut self, old: Option<&Part>, new: &Part) -> Outcome {
        let broken = Alteration::Form.of(new.holder);
        let before = old.and_then(|old| old.child(self.old, b"Fields"));
        let Some(after) = new.child(self.new, b"Fields") else {
            let gone = old.is_some_and(|old| old.node().member(b"Fields").is_some());
            return if gone { Err(broken) } else { Ok(()) };
        };
        self.claim_holder(before.as_ref(), &after, new.holder, Alteration::Form)?;
        let listed = before.as_ref().map_or(Some(Vec::new()), Part::references);
        let (listed, all) = listed.zip(after.references()).ok_or(broken)?;
        let added = all.strip_prefix(listed.as_slice()).ok_or(broken)?;
        added.iter().try_for_each(|id| self.new_field(*id))
    }

    /// A new field must be for a signature and have one.
    fn new_field(&mut self, id: ObjectId) -> Outcome {
        let broken = Alteration::Field.of(id);
        let field = Part::of(self.new, id).ok_or(broken)?;
        let is = |key: &[u8], name: &[u8]| {
            let node = field.node().member(key);
            node.is_some_and(|node| node.is_name(name))
        };
        let whole = self.is_added(id)
            && is(b"FT", b"Sig")
            && is(b"Subtype", b"Widget")
            && field.has_only(&OF_NEW_FIELD);
        let all = form::fields(self.new).map_err(|_| broken)?;
        let mut named = all.iter().filter(|one| one.id == id);
        let name = named.next().map(|one| one.name.clone()).ok_or(broken)?;
        let old = form::fields(self.old).map_err(|_| broken)?;
        let again = all.iter().filter(|one| one.name == name).count() != 1;
        if !whole || again || form::is_taken(&old, &name) {
            return Err(broken);
        }
        self.claim(id);
        self.look(None, &field)?;
        for key in [&b"Lock"[..], b"SV", b"MK"] {
            let node = field.node().member(key);
            self.claim_all(node.map_or_else(Vec::new, |node| node.all_references()));
        }
        self.widgets.insert(id);
        self.signature(&field, name, true)
    }

    /// Fields of the old revision that are written again.
    fn old_fields(&mut self) -> Outcome {
        let fields = form::fields(self.old).map_err(|_| Alteration::Form.somewhere())?;
        for field in &fields {
            let widget = field.widget.filter(|widget| self.is_written(*widget));
            if !self.is_written(field.id) && widget.is_none() {
                continue;
            }
            let empty = self.old.member(field.dictionary, b"V").is_none();
            let reserved = [Reserved::NUMBER, Reserved::DATE].contains(&field.name.as_str());
            if field.is_signature && empty {
                self.waited(field)?;
            } else if reserved && value(self.old, field.dictionary).is_none() {
                self.filled(field)?;
            }
        }
        Ok(())
    }

    /// A field that waited is signed: it gets a value, and its widget a look.
    fn waited(&mut self, field: &Field<'_>) -> Outcome {
        let broken = Alteration::Field.of(field.id);
        let part = self.changed(field.id, &[b"V", b"AP"])?;
        if let Some(widget) = field.widget.filter(|widget| *widget != field.id) {
            self.changed(widget, &[b"AP"])?;
        } else if field.widget.is_none() && part.node().member(b"AP").is_some() {
            return Err(broken);
        }
        self.signature(&part, field.name.clone(), false)
    }

    /// An object of which only these keys may have changed; its look is looked at.
    pub(super) fn changed(
        &mut self,
        id: ObjectId,
        keys: &[&[u8]],
    ) -> Result<Part, super::Unexplained> {
        let broken = Alteration::Field.of(id);
        let before = Part::of(self.old, id).ok_or(broken)?;
        let after = Part::of(self.new, id).ok_or(broken)?;
        let differing = before.differing(&after).ok_or(broken)?;
        if differing.iter().any(|key| !keys.contains(&key.as_slice())) {
            return Err(broken);
        }
        self.claim(id);
        if differing.contains(&b"AP"[..]) {
            self.look(Some(&before), &after)?;
        }
        Ok(after)
    }

    /// The dictionary of drawings of a widget, and all that is new in it.
    fn look(&mut self, before: Option<&Part>, widget: &Part) -> Outcome {
        let broken = Alteration::Annotation.of(widget.holder);
        if widget.node().member(b"AP").is_none() {
            return Ok(());
        }
        let old = before.and_then(|before| before.child(self.old, b"AP"));
        let look = widget.child(self.new, b"AP").ok_or(broken)?;
        self.claim_holder(old.as_ref(), &look, widget.holder, Alteration::Annotation)?;
        if !look.has_only(&[b"N", b"R", b"D"]) {
            return Err(broken);
        }
        self.claim_all(look.node().all_references());
        Ok(())
    }
}

/// The keys under which a dictionary differs from the one before it, if there was one.
pub(super) fn keys(old: Option<&Part>, new: &Part) -> Option<std::collections::BTreeSet<Vec<u8>>> {
    match old {
        Some(old) => old.differing(new),
        None => Node::parse(b"<<>>")?.differing(&new.node()),
    }
}

/// Nothing but the two known flags was added.
fn flags_grow(old: Option<&Part>, new: &Part) -> bool {
    let flags = |part: &Part| part.node().member(b"SigFlags").map(|node| node.unsigned());
    let before = old.and_then(flags).unwrap_or(Some(0));
    let after = flags(new).flatten();
    let both = before.zip(after);
    both.is_some_and(|(before, after)| {
        before | SIG_FLAGS == after | SIG_FLAGS && before & !after == 0
    })
}
