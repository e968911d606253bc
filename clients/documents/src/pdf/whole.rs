//! A PDF that looks the same to whoever shows it, as far as can be told: what a signer is shown may come from one reader,
//! and what they sign be read with another.
//!
//! Readers differ where a file is damaged, where an update frees or shadows objects, where a page's content depends on
//! layers, forms or scripts, and where something has no look of its own. What is not decided by the file alone is refused,
//! and the rest is written anew, in one section, so that nobody has to repair or to guess.

use std::collections::{HashMap, HashSet};
use std::io::{self, Read as _};

use flate2::read::ZlibDecoder;
use lopdf::xref::XrefType;
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::page::{MAX_DEPTH, pages};
use super::reader::Pdf;
use super::refusal::{Refusal, Warning, reasons};

/// Annotations that have nothing to show themselves.
const UNSEEN: [&[u8]; 2] = [b"Link", b"Popup"];
/// Flags of an annotation that is shown to some and not to others: invisible, hidden, no view, toggled (ISO 32000-2 table
/// 167).
const SOMETIMES: i64 = 1 | 1 << 1 | 1 << 5 | 1 << 8;
/// Forms within forms: more than any office writes, and less than readers stop at.
const NESTED: usize = 12;

reasons! {
    /// Why what a file shows depends on who shows it.
    Ambiguous {
        Tables "tables" "The file's tables of objects are not read alike by all readers." "Bảng đối tượng của tệp không được mọi phần mềm đọc giống nhau.";
        Pages "pages" "The file's list of pages is not read alike by all readers." "Danh mục trang của tệp không được mọi phần mềm đọc giống nhau.";
        Layers "layers" "The file has layers that can be switched on and off." "Tệp có các lớp nội dung có thể bật tắt.";
        Form "form" "The file has a form that readers draw themselves." "Tệp có biểu mẫu do phần mềm tự vẽ.";
        Script "script" "The file has scripts or actions that can change what it shows." "Tệp có mã lệnh hoặc thao tác có thể thay đổi nội dung hiển thị.";
        Annotation "annotation" "A field or note in the file has no look of its own, or is shown only at times." "Tệp có ô hoặc ghi chú không có hình hiển thị, hoặc chỉ hiển thị trong một số trường hợp.";
        Content "content" "A part of a page cannot be read." "Có phần nội dung trang không đọc được.";
        Nested "nested" "The drawings in the file lie too deep in one another." "Các hình vẽ trong tệp lồng nhau quá nhiều lớp.";
    }
}

/// Why a file is not written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWhole {
    /// It cannot be read as it is written.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// It can, in more than one way.
    #[error("{0}")]
    Ambiguous(Ambiguous),
}

impl From<Ambiguous> for NotWhole {
    fn from(why: Ambiguous) -> Self {
        Self::Ambiguous(why)
    }
}

impl NotWhole {
    /// A code for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::Ambiguous(why) => why.code(),
        }
    }

    /// The reason in English.
    pub const fn english(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.english(),
            Self::Ambiguous(why) => why.english(),
        }
    }

    /// The reason in Vietnamese.
    pub const fn vietnamese(self) -> &'static str {
        match self {
            Self::Refused(refusal) => refusal.vietnamese(),
            Self::Ambiguous(why) => why.vietnamese(),
        }
    }
}

/// A file written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// One section, one table, the objects that are in force.
    pub file: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
}

impl Pdf<'_> {
    /// The same document as one section, if it looks the same to whoever shows it.
    ///
    /// # Errors
    ///
    /// [`NotWhole`].
    pub fn whole(&self) -> Result<Whole, NotWhole> {
        self.check_tables()?;
        self.check_catalog()?;
        let document = Document::load_mem(self.file()).map_err(|_| Refusal::Malformed)?;
        let pages = pages(self)?;
        self.check_nodes()?;
        if document
            .objects
            .values()
            .any(|one| is_active(one, MAX_DEPTH))
        {
            return Err(Ambiguous::Script.into());
        }
        let looks = Looks {
            document: &document,
            most: self.unpacked(),
        };
        for page in &pages {
            looks.check_page(page.id)?;
        }
        looks.check_forms()?;
        Ok(Whole {
            pages: pages.len(),
            file: written(document)?,
        })
    }

    fn check_tables(&self) -> Result<(), Ambiguous> {
        let unlike = |one| matches!(one, &Warning::Hybrid | &Warning::Shrunk);
        if self.warnings().iter().any(unlike) {
            return Err(Ambiguous::Tables);
        }
        Ok(())
    }

    fn check_catalog(&self) -> Result<(), NotWhole> {
        let (_, catalog) = self.catalog()?;
        if self.member(catalog, b"OCProperties").is_some() {
            return Err(Ambiguous::Layers.into());
        }
        let form = self.dictionary(catalog, b"AcroForm");
        let asked = form.and_then(|form| self.member(form, b"NeedAppearances"));
        let drawn = asked.is_some_and(|asked| !matches!(asked.as_bool(), Ok(false)));
        if drawn || self.warnings().contains(&Warning::Xfa) {
            return Err(Ambiguous::Form.into());
        }
        Ok(())
    }

    /// Readers tell a page from a list of pages by its type, or by its kids.
    fn check_nodes(&self) -> Result<(), NotWhole> {
        let (_, catalog) = self.catalog()?;
        let root = catalog.get(b"Pages").and_then(Object::as_reference);
        let mut open = vec![root.map_err(|_| Refusal::Malformed)?];
        while let Some(id) = open.pop() {
            let node = self.dictionary_of(id)?;
            let kids = self.member(node, b"Kids");
            let typed: &[u8] = if kids.is_some() { b"Pages" } else { b"Page" };
            let listed = kids.is_none_or(|kids| kids.as_array().is_ok_and(|kids| !kids.is_empty()));
            if !node.has_type(typed) || !listed {
                return Err(Ambiguous::Pages.into());
            }
            let below = self.array(node, b"Kids").iter().map(Object::as_reference);
            let below: Result<Vec<ObjectId>, _> = below.collect();
            open.extend(below.map_err(|_| Ambiguous::Pages)?);
        }
        Ok(())
    }
}

/// Whether there is a script, or an action that does not wait for a hand, somewhere in it.
fn is_active(object: &Object, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else {
        return true;
    };
    match object {
        Object::Array(elements) => elements.iter().any(|one| is_active(one, depth)),
        Object::Dictionary(dictionary) => acts(dictionary, depth),
        Object::Stream(stream) => acts(&stream.dict, depth),
        _ => false,
    }
}

fn acts(dictionary: &Dictionary, depth: usize) -> bool {
    let keys: [&[u8]; 3] = [b"JS", b"JavaScript", b"AA"];
    keys.iter().any(|key| dictionary.has(key))
        || is_named(dictionary, b"S", b"JavaScript")
        || dictionary.iter().any(|(_, one)| is_active(one, depth))
}

/// What pages show.
struct Looks<'d> {
    document: &'d Document,
    /// What one stream may be unpacked to, in bytes.
    most: usize,
}

impl<'d> Looks<'d> {
    fn resolve(&self, object: &'d Object) -> Option<&'d Object> {
        let found = self.document.dereference(object).ok()?.1;
        (!found.is_null()).then_some(found)
    }

    fn member(&self, dictionary: &'d Dictionary, key: &[u8]) -> Option<&'d Object> {
        self.resolve(dictionary.get(key).ok()?)
    }

    fn check_page(&self, page: ObjectId) -> Result<(), Ambiguous> {
        let page = self.document.get_dictionary(page);
        let page = page.map_err(|_| Ambiguous::Pages)?;
        for content in self.each(page, b"Contents") {
            let stream = content.and_then(|content| content.as_stream().ok());
            self.check_content(stream.ok_or(Ambiguous::Content)?)?;
        }
        for annotation in self.each(page, b"Annots") {
            let annotation = annotation.and_then(|one| one.as_dict().ok());
            self.check_annotation(annotation.ok_or(Ambiguous::Annotation)?)?;
        }
        Ok(())
    }

    /// What stands under a key, one or a list of them; none of those that are not there.
    fn each(&self, dictionary: &'d Dictionary, key: &[u8]) -> Vec<Option<&'d Object>> {
        match self.member(dictionary, key) {
            None => Vec::new(),
            Some(Object::Array(elements)) => elements.iter().map(|one| self.resolve(one)).collect(),
            one => vec![one],
        }
    }

    fn check_content(&self, stream: &Stream) -> Result<(), Ambiguous> {
        let filters = stream.filters().unwrap_or_default();
        let read = match filters.as_slice() {
            [] => !stream.dict.has(b"Filter"),
            // lopdf takes what there is of one that breaks off, and others show nothing of it.
            [b"FlateDecode"] => self.inflates(&stream.content),
            _ => stream.decompressed_content_with_limit(self.most).is_ok(),
        };
        read.then_some(()).ok_or(Ambiguous::Content)
    }

    fn inflates(&self, content: &[u8]) -> bool {
        let most = u64::try_from(self.most).unwrap_or(u64::MAX);
        let mut unpacked = ZlibDecoder::new(content).take(most);
        io::copy(&mut unpacked, &mut io::sink()).is_ok_and(|length| length < most)
    }

    fn check_annotation(&self, annotation: &'d Dictionary) -> Result<(), Ambiguous> {
        let unseen = UNSEEN
            .iter()
            .any(|name| is_named(annotation, b"Subtype", name));
        if unseen || self.is_empty(annotation) {
            return Ok(());
        }
        let flags = self.member(annotation, b"F");
        let flags = flags.and_then(|flags| flags.as_i64().ok()).unwrap_or(0);
        let always = flags & SOMETIMES == 0 && !annotation.has(b"OC");
        let shown = always && self.look(annotation).is_some();
        shown.then_some(()).ok_or(Ambiguous::Annotation)
    }

    /// A signature that is not shown has a field of no size.
    fn is_empty(&self, annotation: &'d Dictionary) -> bool {
        let corners = self.member(annotation, b"Rect").map(Object::as_array);
        let corners = corners.and_then(Result::ok).into_iter().flatten();
        let corners: Option<Vec<f32>> = corners.map(|one| one.as_float().ok()).collect();
        matches!(corners.as_deref(), Some([left, bottom, right, top])
            if (right - left).abs() == 0.0 || (top - bottom).abs() == 0.0)
    }

    /// Its normal look: one, or that of the state which is chosen.
    fn look(&self, annotation: &'d Dictionary) -> Option<&'d Stream> {
        let looks = self.member(annotation, b"AP")?.as_dict().ok()?;
        match self.member(looks, b"N")? {
            Object::Dictionary(states) => {
                let chosen = annotation.get(b"AS").and_then(Object::as_name).ok()?;
                self.member(states, chosen)?.as_stream().ok()
            }
            normal => normal.as_stream().ok(),
        }
    }

    /// Each form can be read, has a place, and lies not too deep in others.
    fn check_forms(&self) -> Result<(), Ambiguous> {
        for object in self.document.objects.values() {
            let Ok(stream) = object.as_stream() else {
                continue;
            };
            match stream.dict.get(b"Subtype").and_then(Object::as_name) {
                Ok(b"Form") if !stream.dict.has(b"BBox") => return Err(Ambiguous::Content),
                Ok(b"Form") => self.check_content(stream)?,
                Ok(b"Image") if !stream.dict.has(b"Width") || !stream.dict.has(b"Height") => {
                    return Err(Ambiguous::Content);
                }
                Ok(b"PS") => return Err(Ambiguous::Content),
                _ => {}
            }
        }
        self.check_depth()
    }

    /// A form that draws itself never ends, and one that lies deep in others is left out by some readers.
    fn check_depth(&self) -> Result<(), Ambiguous> {
        let forms = self.document.objects.iter();
        let forms = forms.filter(|(_, one)| is_form(one)).map(|(id, _)| *id);
        let mut heights = HashMap::new();
        for form in forms {
            self.height(form, 0, &mut heights)?;
        }
        Ok(())
    }

    /// How many forms lie in one another from this one on; each is looked at once.
    fn height(
        &self,
        form: ObjectId,
        above: usize,
        heights: &mut HashMap<ObjectId, usize>,
    ) -> Result<usize, Ambiguous> {
        let known = heights.get(&form).copied();
        if above + known.unwrap_or(1) > NESTED {
            return Err(Ambiguous::Nested);
        }
        if let Some(known) = known {
            return Ok(known);
        }
        let mut height = 1;
        for below in self.drawn_by(form) {
            height = height.max(1 + self.height(below, above + 1, heights)?);
        }
        heights.insert(form, height);
        Ok(height)
    }

    /// The forms that a form may draw.
    fn drawn_by(&self, form: ObjectId) -> Vec<ObjectId> {
        let stream = self.document.get_object(form).and_then(Object::as_stream);
        let resources = stream
            .ok()
            .and_then(|stream| self.member(&stream.dict, b"Resources"));
        let resources = resources.and_then(|resources| resources.as_dict().ok());
        let objects = resources.and_then(|resources| self.member(resources, b"XObject"));
        let objects = objects.and_then(|objects| objects.as_dict().ok());
        let named = objects.into_iter().flat_map(Dictionary::iter);
        let named = named.filter_map(|(_, one)| one.as_reference().ok());
        let is_form = |id: &ObjectId| self.document.get_object(*id).is_ok_and(is_form);
        named.filter(is_form).collect()
    }
}

fn is_form(object: &Object) -> bool {
    let stream = object.as_stream();
    stream.is_ok_and(|stream| is_named(&stream.dict, b"Subtype", b"Form"))
}

fn is_named(dictionary: &Dictionary, key: &[u8], name: &[u8]) -> bool {
    let found = dictionary.get(key).and_then(Object::as_name);
    found.is_ok_and(|found| found == name)
}

fn written(mut document: Document) -> Result<Vec<u8>, NotWhole> {
    let numbers: HashSet<u32> = document.objects.keys().map(|id| id.0).collect();
    if document.xref_recovery.is_some() || numbers.len() != document.objects.len() {
        return Err(Ambiguous::Tables.into());
    }
    let root = document.trailer.get(b"Root").cloned();
    let mut trailer = Dictionary::new();
    trailer.set("Root", root.map_err(|_| Refusal::Malformed)?);
    document.trailer = trailer;
    document.reference_table.cross_reference_type = XrefType::CrossReferenceTable;
    let mut file = Vec::new();
    document
        .save_to(&mut file)
        .map_err(|_| Refusal::Malformed)?;
    Ok(file)
}
