//! What earlier signatures of a file forbid (ISO 32000-2 §12.8.2).

use lopdf::Dictionary;

use super::form::Field;
use super::reader::Pdf;
use super::refusal::Refusal;
use super::request::Lock;

/// Whether earlier signatures would stay valid with this field signed.
///
/// # Errors
///
/// [`Refusal::Certified`], [`Refusal::CertifiedVisible`] or [`Refusal::Locked`].
pub(crate) fn check(
    pdf: &Pdf<'_>,
    fields: &[Field<'_>],
    name: &str,
    new_and_visible: bool,
) -> Result<(), Refusal> {
    match permission(pdf, fields)? {
        Some(1) => return Err(Refusal::Certified),
        Some(_) if new_and_visible => return Err(Refusal::CertifiedVisible),
        _ => {}
    }
    for field in fields {
        let Some(signature) = field.signature(pdf) else {
            continue;
        };
        for lock in dictionaries(pdf, field.dictionary, signature) {
            check_lock(pdf, lock, name)?;
        }
    }
    Ok(())
}

/// The lock of a field that is signed, and those that its signature states.
fn dictionaries<'p>(
    pdf: &'p Pdf<'_>,
    field: &'p Dictionary,
    signature: &'p Dictionary,
) -> impl Iterator<Item = &'p Dictionary> {
    let own = pdf.dictionary(field, b"Lock");
    own.into_iter()
        .chain(transforms(pdf, signature, b"FieldMDP"))
}

/// All that a signature locks.
pub(crate) fn locks(pdf: &Pdf<'_>, field: &Dictionary, signature: &Dictionary) -> Vec<Lock> {
    let all = dictionaries(pdf, field, signature);
    all.map(|lock| Lock::read(pdf, lock)).collect()
}

/// Whether a signature states by its transform that it locks this field.
pub(crate) fn states_lock(pdf: &Pdf<'_>, signature: &Dictionary, field: &str) -> bool {
    transforms(pdf, signature, b"FieldMDP").any(|lock| Lock::read(pdf, lock).covers(field))
}

/// What a signature permits if it certifies, by its transforms or by the number in a lock.
pub(crate) fn permission_of(
    pdf: &Pdf<'_>,
    field: &Dictionary,
    signature: &Dictionary,
) -> Option<i64> {
    let certified = transforms(pdf, signature, b"DocMDP");
    let certified = certified.map(|parameters| number(pdf, parameters).unwrap_or(2));
    let locked = dictionaries(pdf, field, signature).filter_map(|lock| number(pdf, lock));
    certified.chain(locked).min()
}

/// The strictest permission of a certification; without a number it is 2 (table 257).
fn permission(pdf: &Pdf<'_>, fields: &[Field<'_>]) -> Result<Option<i64>, Refusal> {
    let (_, catalog) = pdf.catalog()?;
    let certifying = pdf
        .dictionary(catalog, b"Perms")
        .and_then(|permissions| pdf.dictionary(permissions, b"DocMDP"));
    let signatures = fields.iter().filter_map(|field| field.signature(pdf));
    let permissions = certifying
        .into_iter()
        .chain(signatures)
        .flat_map(|signature| {
            let transforms = transforms(pdf, signature, b"DocMDP");
            transforms.map(|parameters| number(pdf, parameters).unwrap_or(2))
        });
    Ok(permissions.min())
}

fn number(pdf: &Pdf<'_>, parameters: &Dictionary) -> Option<i64> {
    pdf.member(parameters, b"P")?.as_i64().ok()
}

/// The parameters of a signature's transforms by this method.
fn transforms<'p>(
    pdf: &'p Pdf<'_>,
    signature: &'p Dictionary,
    method: &'p [u8],
) -> impl Iterator<Item = &'p Dictionary> {
    let references = pdf.array(signature, b"Reference").iter();
    let references = references.filter_map(|one| pdf.resolve(one)?.as_dict().ok());
    references.filter_map(move |reference| {
        let named = pdf.member(reference, b"TransformMethod")?.as_name().ok()?;
        (named == method).then_some(())?;
        pdf.dictionary(reference, b"TransformParams")
    })
}

fn check_lock(pdf: &Pdf<'_>, lock: &Dictionary, name: &str) -> Result<(), Refusal> {
    if number(pdf, lock) == Some(1) {
        return Err(Refusal::Certified);
    }
    if Lock::read(pdf, lock).covers(name) {
        Err(Refusal::Locked)
    } else {
        Ok(())
    }
}
