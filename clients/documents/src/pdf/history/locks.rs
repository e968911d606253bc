//! What a signature forbids of what comes after it (ISO 32000-2 §12.8.2).

use std::collections::HashMap;

use super::super::form;
use super::super::guard;
use super::super::reader::Pdf;
use super::super::refusal::Refusal;
use super::super::request::Lock;
use super::Change;
use super::alteration::Alteration;

/// The locks of one signature, and its permission if it certifies.
pub(super) struct Locks {
    fields: Vec<Lock>,
    permission: Option<i64>,
}

/// The locks of all signatures, by the names of their fields.
pub(super) fn of_all(pdf: &Pdf<'_>) -> Result<HashMap<String, Locks>, Refusal> {
    let mut all = HashMap::new();
    for field in form::fields(pdf)? {
        let Some(signature) = field.signature(pdf) else {
            continue;
        };
        let locks = Locks {
            fields: guard::locks(pdf, field.dictionary, signature),
            permission: guard::permission_of(pdf, field.dictionary, signature),
        };
        all.insert(field.name.clone(), locks);
    }
    Ok(all)
}

impl Locks {
    pub(super) fn covers(&self, field: &str) -> bool {
        self.fields.iter().any(|lock| lock.covers(field))
    }

    pub(super) fn allow(&self, changes: &[Change]) -> Result<(), Alteration> {
        changes.iter().try_for_each(|change| self.allow_one(change))
    }

    /// Time stamps and validation data keep a signature alive; nothing forbids them.
    fn allow_one(&self, change: &Change) -> Result<(), Alteration> {
        let (field, new_and_visible) = match change {
            Change::Signed {
                field,
                new_and_visible,
            } => (field, *new_and_visible),
            Change::Filled { field, .. } => (field, false),
            Change::Stamped { .. } | Change::ValidationData | Change::Information => return Ok(()),
        };
        if self.permission == Some(1) || self.permission.is_some() && new_and_visible {
            return Err(Alteration::Certified);
        }
        if self.covers(field) {
            return Err(Alteration::Locked);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certification_allows_what_its_number_says() {
        let field = || "A".to_owned();
        let shown = |new_and_visible| Change::Signed {
            field: field(),
            new_and_visible,
        };
        let filled = Change::Filled {
            field: field(),
            text: String::new(),
        };
        let kept = [
            Change::Stamped { field: field() },
            Change::ValidationData,
            Change::Information,
        ];
        for (permission, change, expected) in [
            (None, shown(true), Ok(())),
            (Some(1), shown(false), Err(Alteration::Certified)),
            (Some(1), filled.clone(), Err(Alteration::Certified)),
            (Some(2), shown(true), Err(Alteration::Certified)),
            (Some(2), shown(false), Ok(())),
            (Some(2), filled.clone(), Ok(())),
            (Some(3), shown(true), Err(Alteration::Certified)),
        ] {
            let locks = Locks {
                fields: Vec::new(),
                permission,
            };
            assert_eq!(locks.allow(&kept), Ok(()));
            assert_eq!(locks.allow(&[change]), expected, "{permission:?}");
        }
        let locked = Locks {
            fields: vec![Lock::Include(vec![field()])],
            permission: None,
        };
        for change in [shown(false), filled] {
            assert_eq!(locked.allow(&[change]), Err(Alteration::Locked));
        }
        assert_eq!(locked.allow(&kept), Ok(()));
    }
}
