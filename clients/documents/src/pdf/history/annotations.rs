//! Pages: nothing may change but that the widgets of new signatures are put upon them.

use super::super::page::{Page, pages, rectangle};
use super::alteration::Alteration;
use super::node::Node;
use super::part::Part;
use super::step::{Outcome, Step};

/// How much of a page a later signature may cover: a seal and a block of text cover far less, and
/// what covers more may hide what was signed.
const MOST_COVERED: f64 = 0.25;

impl Step<'_, '_> {
    pub(super) fn pages(&mut self) -> Outcome {
        let all = pages(self.old).map_err(|_| Alteration::Page.somewhere())?;
        for (index, page) in all.iter().enumerate() {
            self.page(page, index)?;
        }
        Ok(())
    }

    fn page(&mut self, page: &Page, index: usize) -> Outcome {
        let dictionary = self.old.document().get_dictionary(page.id);
        let elsewhere = dictionary
            .ok()
            .and_then(|page| page.get(b"Annots").ok()?.as_reference().ok());
        if !self.is_written(page.id) && !elsewhere.is_some_and(|id| self.is_written(id)) {
            return Ok(());
        }
        let broken = Alteration::Page.of(page.id);
        let before = Part::of(self.old, page.id).ok_or(broken)?;
        let after = Part::of(self.new, page.id).ok_or(broken)?;
        let mut differing = before.differing(&after).ok_or(broken)?.into_iter();
        if differing.any(|key| key != b"Annots") {
            return Err(broken);
        }
        self.claim(page.id);
        self.annotations(page, index, &before, &after)
    }

    /// Those that were there stay first and in their order.
    fn annotations(&mut self, page: &Page, index: usize, before: &Part, after: &Part) -> Outcome {
        let broken = Alteration::Annotation.of(page.id);
        let old = before.child(self.old, b"Annots");
        let Some(new) = after.child(self.new, b"Annots") else {
            let gone = before.node().member(b"Annots").is_some();
            return if gone { Err(broken) } else { Ok(()) };
        };
        self.claim_holder(old.as_ref(), &new, page.id, Alteration::Annotation)?;
        let there = old
            .as_ref()
            .map_or(Some(Vec::new()), |old| old.node().elements());
        let (there, all) = there.zip(new.node().elements()).ok_or(broken)?;
        let (kept, added) = all.split_at_checked(there.len()).ok_or(broken)?;
        if !there.iter().zip(kept).all(|(old, new)| old.same(new)) {
            return Err(broken);
        }
        added
            .iter()
            .try_for_each(|node| self.widget(page, index, node))
    }

    /// The widget of a new signature, on one page.
    fn widget(&mut self, page: &Page, index: usize, node: &Node<'_>) -> Outcome {
        let broken = Alteration::Annotation.of(page.id);
        let id = node.reference().ok_or(broken)?;
        if !self.widgets.remove(&id) {
            return Err(Alteration::Annotation.of(id));
        }
        let widget = self.new.dictionary_of(id).map_err(|_| broken)?;
        let shown = rectangle(self.new, widget, b"Rect").ok_or(broken)?;
        let place = page.place(index.saturating_add(1), shown);
        let (width, height) = page.size();
        let covered = place.width * place.height;
        if covered <= width * height * MOST_COVERED {
            Ok(())
        } else {
            Err(Alteration::Overlay.of(id))
        }
    }
}
