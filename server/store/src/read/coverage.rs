//! How far the roll-out has come: positions that must have a certificate, have one, used it.

use std::collections::{BTreeMap, HashSet};

use kyso_core::Snapshot;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::{CredentialState, Owner};

use crate::blocks::used_credentials;
use crate::connection::Db;
use crate::error::StoreError;
use crate::seal::Sealer;

/// One agency's figures; an agency without required positions has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Positions that must have a certificate.
    pub required: u32,
    /// Of these, with one that can be used now.
    pub certified: u32,
    /// Those whose holder has signed at least once, be it with a credential that has ended since.
    pub used: u32,
}

/// The figures by agency, over people in service at `now`.
///
/// # Errors
/// If the database fails.
pub fn coverage(
    db: &mut Db,
    sealer: &Sealer,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<BTreeMap<AgencyId, Coverage>, StoreError> {
    let used = used_credentials(db, sealer)?;
    let (mut certified, mut signed) = (HashSet::new(), HashSet::new());
    for credential in snapshot.credentials.values() {
        let Owner::Person(person) = credential.owner else {
            continue;
        };
        let valid = credential
            .certificate
            .as_ref()
            .is_some_and(|c| now <= c.not_after);
        if valid && credential.state == CredentialState::Active {
            certified.insert(person);
        }
        // Whichever they signed with: a certificate that was renewed makes nobody a beginner again.
        if used.contains(&credential.id) {
            signed.insert(person);
        }
    }
    Ok(count(snapshot, now, &certified, &signed))
}

fn count(
    snapshot: &Snapshot,
    now: Timestamp,
    certified: &HashSet<PersonId>,
    signed: &HashSet<PersonId>,
) -> BTreeMap<AgencyId, Coverage> {
    let mut by_agency: BTreeMap<AgencyId, Coverage> = BTreeMap::new();
    for person in snapshot.people.by_id.values() {
        let serving = person.ended_at.is_none_or(|end| now < end);
        if person.position_required && serving {
            let figures = by_agency.entry(person.agency).or_default();
            figures.required += 1;
            figures.certified += u32::from(certified.contains(&person.id));
            figures.used += u32::from(signed.contains(&person.id));
        }
    }
    by_agency
}
