//! Locks on fields: those that earlier signatures hold, and the one that a new signature sets
//! (ISO 32000-2 tables 236, 237 and 259).

use lopdf::{Dictionary, ObjectId, decode_text_string};

use super::reader::Pdf;
use super::refusal::Refusal;
use super::request::Lock;
use super::signature::string;

impl Lock {
    /// Reads a lock dictionary, or the parameters of a `FieldMDP` transform.
    pub(crate) fn read(pdf: &Pdf<'_>, dictionary: &Dictionary) -> Self {
        let action = pdf
            .member(dictionary, b"Action")
            .and_then(|action| action.as_name().ok());
        let names = || {
            let names = pdf.array(dictionary, b"Fields").iter();
            let names = names.filter_map(|one| decode_text_string(pdf.resolve(one)?).ok());
            names.collect()
        };
        match action {
            Some(b"Include") => Self::Include(names()),
            Some(b"Exclude") => Self::Exclude(names()),
            // What is not understood locks everything.
            _ => Self::All,
        }
    }

    /// Whether it covers the field with this name.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|listed| stands_for(listed, name));
        match self {
            Self::All => true,
            Self::Include(names) => listed(names),
            Self::Exclude(names) => !listed(names),
        }
    }

    /// The keys that a lock dictionary and the parameters of a transform share.
    pub(crate) fn text(&self) -> String {
        let (action, names) = match self {
            Self::All => return "/Action /All".to_owned(),
            Self::Include(names) => ("Include", names),
            Self::Exclude(names) => ("Exclude", names),
        };
        let names: Vec<String> = names.iter().map(|name| string(name)).collect();
        format!("/Action /{action} /Fields [{}]", names.join(" "))
    }

    /// What the signature says of it: the transform that validators follow.
    pub(crate) fn reference(&self, root: ObjectId) -> String {
        format!(
            " /Reference [<< /Type /SigRef /TransformMethod /FieldMDP /Data {} {} R \
             /TransformParams << /Type /TransformParams /V /1.2 {} >> >>]",
            root.0,
            root.1,
            self.text()
        )
    }
}

/// A name stands for the fields below it too.
fn stands_for(listed: &str, name: &str) -> bool {
    name.strip_prefix(listed)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The lock that a waiting field asks for. One that asks for more than a lock is refused: what its
/// seed value demands of the signature is not met here (table 238).
pub(crate) fn of_field(pdf: &Pdf<'_>, field: &Dictionary) -> Result<Option<Lock>, Refusal> {
    let seed = pdf
        .dictionary(field, b"SV")
        .and_then(|seed| pdf.member(seed, b"Ff"));
    if seed.is_some_and(|flags| flags.as_i64().ok() != Some(0)) {
        return Err(Refusal::Constrained);
    }
    let lock = pdf.dictionary(field, b"Lock");
    Ok(lock.map(|lock| Lock::read(pdf, lock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_covers_itself_and_what_is_below_it() {
        let names = || vec!["Nhom".to_owned(), "So.A".to_owned()];
        for (name, listed) in [
            ("Nhom", true),
            ("Nhom.Chu ky", true),
            ("Nhom2", false),
            ("Nho", false),
            ("So", false),
            ("So.A.B", true),
        ] {
            assert_eq!(Lock::Include(names()).covers(name), listed, "{name}");
            assert_eq!(Lock::Exclude(names()).covers(name), !listed, "{name}");
            assert!(Lock::All.covers(name));
        }
    }
}
