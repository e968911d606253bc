//! The interactive form of a PDF and its signature fields (ISO 32000-2 §12.7).

use std::collections::HashSet;

use lopdf::{Dictionary, Object, ObjectId, decode_text_string};

use super::reader::Pdf;
use super::refusal::Refusal;
use super::text::{Kind, Value, find};
use super::update::{Update, written};

/// How deep fields may stand in fields.
const MAX_DEPTH: usize = 32;

/// More signatures than this nobody reads.
const MAX_SIGNATURES: usize = 256;

/// `SignaturesExist` and `AppendOnly` (ISO 32000-2 table 225).
const SIG_FLAGS: u64 = 3;

/// A terminal field.
#[derive(Clone, Debug)]
pub(crate) struct Field<'p> {
    pub(crate) id: ObjectId,
    /// With the names of the fields above it, joined by full stops (§12.7.4.2).
    pub(crate) name: String,
    pub(crate) dictionary: &'p Dictionary,
    pub(crate) is_signature: bool,
    /// The annotation that shows it.
    pub(crate) widget: Option<ObjectId>,
}

impl<'p> Field<'p> {
    /// The signature in it.
    pub(crate) fn signature(&self, pdf: &'p Pdf<'_>) -> Option<&'p Dictionary> {
        let signed = self
            .is_signature
            .then(|| pdf.dictionary(self.dictionary, b"V"));
        signed.flatten()
    }
}

/// All terminal fields of the form.
pub(crate) fn fields<'p>(pdf: &'p Pdf<'_>) -> Result<Vec<Field<'p>>, Refusal> {
    let (_, catalog) = pdf.catalog()?;
    let mut walk = Walk {
        pdf,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    if let Some(form) = pdf.dictionary(catalog, b"AcroForm") {
        for field in pdf.array(form, b"Fields") {
            walk.field(field, "", None, MAX_DEPTH)?;
        }
    }
    let signed = walk
        .found
        .iter()
        .filter(|field| field.signature(pdf).is_some());
    if signed.count() > MAX_SIGNATURES {
        return Err(Refusal::TooManyObjects);
    }
    Ok(walk.found)
}

impl Pdf<'_> {
    /// A name for a new field that no field has: the stem with the first number that is free.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`] if the form cannot be read.
    pub fn free_name(&self, stem: &str) -> Result<String, Refusal> {
        let fields = fields(self)?;
        // A full stop stands between the names of fields (§12.7.4.2).
        let first = |field: &Field<'_>| field.name.split('.').next().map(str::to_owned);
        let taken: HashSet<String> = fields.iter().filter_map(first).collect();
        let mut names = (1_u32..).map(|number| format!("{stem}{number}"));
        let free = names.find(|name| !taken.contains(name));
        free.ok_or(Refusal::TooManyObjects)
    }
}

/// Whether a field has this name, or stands below it: a full stop stands between the names of fields
/// (§12.7.4.2).
pub(crate) fn is_taken(fields: &[Field<'_>], name: &str) -> bool {
    let of = |field: &Field<'_>| {
        let rest = field.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    fields.iter().any(of)
}

struct Walk<'p, 'a> {
    pdf: &'p Pdf<'a>,
    seen: HashSet<ObjectId>,
    found: Vec<Field<'p>>,
}

impl<'p> Walk<'p, '_> {
    fn field(
        &mut self,
        object: &'p Object,
        above: &str,
        kind: Option<&'p [u8]>,
        depth: usize,
    ) -> Result<(), Refusal> {
        let depth = depth.checked_sub(1).ok_or(Refusal::Malformed)?;
        let id = object.as_reference().map_err(|_| Refusal::Malformed)?;
        // One that is missing counts as null.
        let Ok(dictionary) = self.pdf.document().get_dictionary(id) else {
            return Ok(());
        };
        if !self.seen.insert(id) {
            return Err(Refusal::Malformed);
        }
        let name = self.name(dictionary, above);
        let own = self
            .pdf
            .member(dictionary, b"FT")
            .and_then(|kind| kind.as_name().ok());
        let kind = own.or(kind);
        let below: Vec<_> = self.pdf.array(dictionary, b"Kids").iter().collect();
        let (fields, widgets): (Vec<_>, Vec<_>) =
            below.into_iter().partition(|one| self.is_field(one));
        for field in &fields {
            self.field(field, &name, kind, depth)?;
        }
        if fields.is_empty() {
            let merged = dictionary.has(b"Rect").then_some(id);
            let first = widgets.first().and_then(|one| one.as_reference().ok());
            self.found.push(Field {
                id,
                name,
                dictionary,
                is_signature: kind == Some(b"Sig"),
                widget: merged.or(first),
            });
        }
        Ok(())
    }

    fn name(&self, dictionary: &Dictionary, above: &str) -> String {
        let own = self
            .pdf
            .member(dictionary, b"T")
            .and_then(|name| decode_text_string(name).ok());
        match own {
            None => above.to_owned(),
            Some(own) if above.is_empty() => own,
            Some(own) => format!("{above}.{own}"),
        }
    }

    /// What has a name is a field; what has none is the look of the field above.
    fn is_field(&self, object: &Object) -> bool {
        let dictionary = self
            .pdf
            .resolve(object)
            .and_then(|object| object.as_dict().ok());
        dictionary.is_some_and(|dictionary| dictionary.has(b"T"))
    }
}

/// Enters fields into the form, which is made if there is none, and says that there are
/// signatures.
pub(crate) fn enter(
    pdf: &Pdf<'_>,
    update: &mut Update<'_, '_>,
    new: &[u32],
) -> Result<(), Refusal> {
    let (root, _) = pdf.catalog()?;
    let (text, catalog) = update.open(root)?;
    let entries = catalog.entries(&text).ok_or(Refusal::Malformed)?;
    match find(&entries, &text, b"AcroForm") {
        None => make(update, root, &catalog, new),
        Some(form) => match form.kind {
            Kind::Dictionary => enter_in(update, root, form, new),
            Kind::Reference(number, generation) => {
                let id = (number, generation);
                if pdf.document().get_dictionary(id).is_err() {
                    return make(update, root, &catalog, new);
                }
                let (_, form) = update.open(id)?;
                enter_in(update, id, &form, new)
            }
            _ => Err(Refusal::Malformed),
        },
    }
}

fn make(
    update: &mut Update<'_, '_>,
    root: ObjectId,
    catalog: &Value,
    new: &[u32],
) -> Result<(), Refusal> {
    if new.is_empty() {
        return Err(Refusal::NoField);
    }
    let number = update.reserve();
    let form = format!("<< /Fields [{}] /SigFlags {SIG_FLAGS} >>", written(new));
    update.add(number, form.into_bytes());
    update.set(
        root,
        catalog,
        "AcroForm",
        format!("{number} 0 R").as_bytes(),
    )
}

fn enter_in(
    update: &mut Update<'_, '_>,
    id: ObjectId,
    form: &Value,
    new: &[u32],
) -> Result<(), Refusal> {
    for field in new {
        update.append(id, form, "Fields", *field);
    }
    let (text, _) = update.open(id)?;
    let entries = form.entries(&text).ok_or(Refusal::Malformed)?;
    let flags = find(&entries, &text, b"SigFlags").map_or(Some(0), |flags| flags.unsigned(&text));
    let flags = flags.ok_or(Refusal::Malformed)?;
    if flags & SIG_FLAGS == SIG_FLAGS {
        return Ok(());
    }
    let flags = (flags | SIG_FLAGS).to_string();
    update.set(id, form, "SigFlags", flags.as_bytes())
}
