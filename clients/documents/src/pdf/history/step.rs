//! One revision against the one before it: every object that was written must be asked for by a
//! rule, or it is not explained.

use std::collections::{BTreeSet, HashMap, HashSet};

use lopdf::{Object, ObjectId};

use super::super::form::{self, Field};
use super::super::load;
use super::super::page::rectangle;
use super::super::reader::Pdf;
use super::super::update::OF_ONE_SECTION;
use super::alteration::Alteration;
use super::appended::{Appended, is_used};
use super::node::Node;
use super::part::Part;
use super::{Change, Unexplained};

/// Objects that one update may write again: pages and fields of a signature are a handful.
const MOST_REPLACED: usize = 1000;

pub(super) type Outcome = Result<(), Unexplained>;

/// What is known of a revision while it is judged.
pub(super) struct Step<'s, 'a> {
    pub(super) old: &'s Pdf<'a>,
    pub(super) new: &'s Pdf<'a>,
    /// What the update writes, without its lists and containers.
    written: BTreeSet<ObjectId>,
    claimed: HashSet<ObjectId>,
    /// How often the old revision names what is written again.
    uses: HashMap<ObjectId, usize>,
    /// Widgets of new fields that no page shows so far.
    pub(super) widgets: HashSet<ObjectId>,
    /// Whether a signature was found: one revision has one.
    pub(super) signed: bool,
    pub(super) changes: Vec<Change>,
}

/// Judges what an update did to the revision before it.
pub(super) fn judge(
    old: &Pdf<'_>,
    new: &Pdf<'_>,
    appended: Appended,
) -> Result<Vec<Change>, Unexplained> {
    let mut step = Step {
        old,
        new,
        written: appended.objects,
        claimed: HashSet::new(),
        uses: HashMap::new(),
        widgets: HashSet::new(),
        signed: false,
        changes: Vec::new(),
    };
    step.count()?;
    step.trailer()?;
    step.catalog()?;
    step.rest()?;
    Ok(step.changes)
}

impl Step<'_, '_> {
    /// Counts who names what is written, and refuses a new object whose number the old revision
    /// names already: it would come to life there.
    fn count(&mut self) -> Outcome {
        let mut uses: HashMap<ObjectId, usize> = HashMap::new();
        let mut count = |id: ObjectId| {
            if self.written.contains(&id) {
                let times = uses.entry(id).or_default();
                *times = times.saturating_add(1);
            }
        };
        for object in self.old.document().objects.values() {
            // Lists are trailers as well, and are counted as such.
            let is_list = object
                .as_stream()
                .is_ok_and(|one| one.dict.has_type(b"XRef"));
            if !is_list {
                load::each_reference(object, &mut count);
            }
        }
        for entry in self.old.sections().all().flat_map(|one| &one.trailer) {
            let named = entry.value.references(self.old.file());
            named.into_iter().for_each(&mut count);
        }
        self.uses = uses;
        let (there, added): (Vec<ObjectId>, Vec<ObjectId>) =
            self.written.iter().partition(|id| self.was_there(**id));
        if there.len() > MOST_REPLACED {
            return Err(Alteration::TooMany.somewhere());
        }
        for id in added {
            let same_number = self.old.document().reference_table.get(id.0);
            if id.1 != 0 || is_used(same_number) || self.uses.contains_key(&id) {
                return Err(Alteration::Reused.of(id));
            }
        }
        Ok(())
    }

    pub(super) fn is_written(&self, id: ObjectId) -> bool {
        self.written.contains(&id)
    }

    pub(super) fn claimed_so_far(&self) -> usize {
        self.claimed.len()
    }

    fn was_there(&self, id: ObjectId) -> bool {
        self.old.document().objects.contains_key(&id)
    }

    pub(super) fn is_added(&self, id: ObjectId) -> bool {
        self.is_written(id) && !self.was_there(id)
    }

    pub(super) fn claim(&mut self, id: ObjectId) {
        self.claimed.insert(id);
    }

    /// Claims what is new and referred to from here, at any depth. What was there before is not
    /// claimed: it must be as it was.
    pub(super) fn claim_all(&mut self, mut from: Vec<ObjectId>) {
        while let Some(id) = from.pop() {
            if !self.is_added(id) || !self.claimed.insert(id) {
                continue;
            }
            if let Ok(object) = self.new.document().get_object(id) {
                load::each_reference(object, &mut |id| from.push(id));
            }
        }
    }

    /// Claims the object that holds a part of the structure: the one that held it before, if
    /// nothing else refers to that, or a new one, or the object above it.
    pub(super) fn claim_holder(
        &mut self,
        old: Option<&Part>,
        new: &Part,
        above: ObjectId,
        otherwise: Alteration,
    ) -> Outcome {
        let id = new.holder;
        if id == above || !self.is_written(id) && old.is_some_and(|old| old.holder == id) {
            return Ok(());
        }
        let alone = self.uses.get(&id).copied().unwrap_or(0) <= 1;
        let kept = old.is_some_and(|old| old.holder == id) && alone;
        if self.is_added(id) || kept {
            self.claim(id);
            Ok(())
        } else {
            Err(otherwise.of(id))
        }
    }

    /// Nothing but what speaks of one section, and the second identifier, may change.
    fn trailer(&self) -> Outcome {
        let old = self.old.sections();
        let mut before: HashMap<&[u8], Node<'_>> = HashMap::new();
        // Linearised files say some of it in their first section only.
        for entry in old.all().flat_map(|section| &section.trailer) {
            let node = Node::new(self.old.file(), entry.value.clone());
            before.entry(entry.name.as_slice()).or_insert(node);
        }
        let mut root = false;
        for entry in &self.new.sections().last.trailer {
            let name = entry.name.as_slice();
            let node = Node::new(self.new.file(), entry.value.clone());
            let same = match before.get(name) {
                Some(before) if name == b"ID" => before.same_first(&node),
                _ if OF_ONE_SECTION.contains(&name) && name != b"ID" => true,
                Some(before) => before.same(&node),
                None => false,
            };
            same.then_some(()).ok_or(Alteration::Trailer.somewhere())?;
            root |= name == b"Root";
        }
        root.then_some(()).ok_or(Alteration::Trailer.somewhere())
    }

    fn catalog(&mut self) -> Outcome {
        let broken = Alteration::Catalog.somewhere();
        let (id, _) = self.old.catalog().map_err(|_| broken)?;
        let before = Part::of(self.old, id).ok_or(broken)?;
        let after = Part::of(self.new, id).ok_or(broken)?;
        self.claim(id);
        for key in before.differing(&after).ok_or(broken)? {
            let plain = || {
                let node = after.node();
                node.member(&key)
                    .is_some_and(|node| node.all_references().is_empty())
            };
            match key.as_slice() {
                b"AcroForm" | b"DSS" => {}
                // Only for another stream: what it says stands nowhere on a page.
                b"Metadata" if after.node().member(&key).is_some() => {}
                b"Extensions" | b"Version" if plain() => {}
                _ => return Err(Alteration::Catalog.of(id)),
            }
        }
        self.form(&before, &after)?;
        self.pages()?;
        self.validation_data(&before, &after)?;
        self.metadata(&before, &after)?;
        self.information();
        Ok(())
    }

    /// The catalog's description of the document, which programs write anew when they change it.
    fn metadata(&mut self, before: &Part, after: &Part) -> Outcome {
        let named = |part: &Part| part.node().member(b"Metadata")?.reference();
        let (old, new) = (named(before), named(after));
        let Some(id) = new.filter(|id| self.is_written(*id) || old != new) else {
            return Ok(());
        };
        let broken = Alteration::Catalog.of(id);
        let object = self.new.document().get_object(id).map_err(|_| broken)?;
        let stream = object.as_stream().map_err(|_| broken)?;
        let kind = stream.dict.get(b"Subtype").and_then(Object::as_name);
        let is_description =
            stream.dict.has_type(b"Metadata") && kind.is_ok_and(|kind| kind == b"XML");
        let alone = self.uses.get(&id) == Some(&1) && old == Some(id);
        if !is_description || !(alone || self.is_added(id)) {
            return Err(broken);
        }
        self.described(id);
        Ok(())
    }

    fn described(&mut self, id: ObjectId) {
        self.claim(id);
        if !self.changes.contains(&Change::Information) {
            self.changes.push(Change::Information);
        }
    }

    /// The dictionary that says who made the document and when it was changed: only that may.
    fn information(&mut self) {
        let info = |pdf: &Pdf<'_>| {
            pdf.document()
                .trailer
                .get(b"Info")
                .and_then(Object::as_reference)
        };
        let Ok(id) = info(self.new) else {
            return;
        };
        if !self.is_written(id) {
            return;
        }
        let parts = Part::of(self.old, id).zip(Part::of(self.new, id));
        let differing = parts.and_then(|(before, after)| before.differing(&after));
        let known = |key: &Vec<u8>| matches!(key.as_slice(), b"ModDate" | b"Producer");
        let alone = self
            .uses
            .get(&id)
            .is_some_and(|uses| self.is_trailer_only(id, *uses));
        if alone && differing.is_some_and(|keys| keys.iter().all(known)) {
            self.described(id);
        }
    }

    /// Whether all uses of an object are by trailers.
    fn is_trailer_only(&self, id: ObjectId, uses: usize) -> bool {
        let entries = self.old.sections().all().flat_map(|one| &one.trailer);
        let named = entries.flat_map(|entry| entry.value.references(self.old.file()));
        named.filter(|named| *named == id).count() == uses
    }

    /// What no rule asked for must be as it was.
    fn rest(&self) -> Outcome {
        // A reader may find it by its field alone, and its size was looked at on no page.
        if let Some(id) = self.widgets.iter().find(|id| self.has_area(**id)) {
            return Err(Alteration::Annotation.of(*id));
        }
        let rest = self.written.iter().filter(|id| !self.claimed.contains(id));
        for id in rest {
            if !self.was_there(*id) {
                return Err(Alteration::Unreached.of(*id));
            }
            let parts = Part::of(self.old, *id).zip(Part::of(self.new, *id));
            let same = parts.is_some_and(|(before, after)| before.node().same(&after.node()));
            if !same {
                return Err(self.role(*id).of(*id));
            }
        }
        Ok(())
    }

    fn has_area(&self, widget: ObjectId) -> bool {
        let Ok(widget) = self.new.dictionary_of(widget) else {
            return true;
        };
        rectangle(self.new, widget, b"Rect")
            .is_some_and(|[left, bottom, right, top]| right > left && top > bottom)
    }

    /// What an object was for, as far as a reader can be told.
    fn role(&self, id: ObjectId) -> Alteration {
        let fields = form::fields(self.old).unwrap_or_default();
        let of_field = |field: &Field<'_>| field.id == id || field.widget == Some(id);
        let kind = self.old.document().get_dictionary(id);
        let is = |name: &[u8]| kind.as_ref().is_ok_and(|one| one.has_type(name));
        if fields.iter().any(of_field) {
            Alteration::Field
        } else if is(b"Page") || is(b"Pages") {
            Alteration::Page
        } else if is(b"Annot") {
            Alteration::Annotation
        } else {
            Alteration::Replaced
        }
    }
}
