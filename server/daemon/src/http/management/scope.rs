//! What a person may see now: managers, clerks and officers within the agencies of their roles, as
//! long as those agencies are there; everybody what is their own.

use kyso_core::change::PowerChange;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::{Credential, CredentialKind, Owner, Role};
use kyso_core::policy::agency_of_power;
use kyso_core::{Snapshot, Timestamp};

/// Roles that look after people, credentials and systems.
const OVERSEERS: [Role; 2] = [Role::SecurityOfficer, Role::SubscriberManager];

/// Whether the person looks after this agency.
pub fn oversees(snapshot: &Snapshot, person: PersonId, agency: AgencyId, now: Timestamp) -> bool {
    OVERSEERS
        .into_iter()
        .any(|role| snapshot.holds_at(person, role, Some(agency), now))
}

/// Whether the person manages the subscribers of this agency.
pub fn manages(snapshot: &Snapshot, person: PersonId, agency: AgencyId, now: Timestamp) -> bool {
    snapshot.holds_at(person, Role::SubscriberManager, Some(agency), now)
}

/// Whether the person looks after all of the province.
pub fn oversees_all(snapshot: &Snapshot, person: PersonId, now: Timestamp) -> bool {
    OVERSEERS
        .into_iter()
        .any(|role| snapshot.holds_at(person, role, None, now))
}

/// Whether the person looks after what this change of power is about; of several at once, after each.
pub fn oversees_change(
    snapshot: &Snapshot,
    person: PersonId,
    change: &PowerChange,
    now: Timestamp,
) -> bool {
    if let PowerChange::Several(parts) = change {
        let mut parts = parts.iter();
        return parts.all(|part| oversees_change(snapshot, person, part, now));
    }
    match agency_of_power(snapshot, change) {
        Ok(Some(agency)) => oversees(snapshot, person, agency, now),
        // What concerns no agency, or what is not there any more.
        Ok(None) | Err(_) => oversees_all(snapshot, person, now),
    }
}

/// Whether the person looks after anything at all.
pub fn is_overseer(snapshot: &Snapshot, person: PersonId, now: Timestamp) -> bool {
    OVERSEERS
        .into_iter()
        .any(|role| snapshot.holds_anywhere_at(person, role, now))
}

/// Whether the person is a records clerk of this agency.
pub fn is_clerk(snapshot: &Snapshot, person: PersonId, agency: AgencyId, now: Timestamp) -> bool {
    snapshot.holds_at(person, Role::RecordsClerk, Some(agency), now)
}

/// Whether the person may see the credential: its owner, who looks after it, and the clerk of a seal.
pub fn sees(
    snapshot: &Snapshot,
    person: PersonId,
    credential: &Credential,
    now: Timestamp,
) -> bool {
    credential.owner == Owner::Person(person)
        || oversees(snapshot, person, credential.agency, now)
        || (credential.kind == CredentialKind::Seal
            && is_clerk(snapshot, person, credential.agency, now))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use kyso_core::id::RoleGrantId;
    use kyso_core::model::{Agency, Dated, RoleGrant};
    use kyso_core::snapshot::People;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn agency(parent: Option<AgencyId>) -> Agency {
        Agency {
            id: AgencyId::random(),
            parent: Dated::new(parent),
            name: Dated::new(String::new()),
            kind: String::new(),
            level: String::new(),
            valid_from: Timestamp::from_micros(0),
            valid_until: None,
            codes: Vec::new(),
        }
    }

    #[test]
    fn a_role_reaches_down_the_tree_and_not_across() {
        let province = agency(None);
        let (health, justice) = (agency(Some(province.id)), agency(Some(province.id)));
        let (manager, clerk) = (PersonId::random(), PersonId::random());
        let grant = |person, role, at: &Agency| RoleGrant {
            id: RoleGrantId::random(),
            person,
            role,
            agency: Some(at.id),
        };
        let roles = vec![
            grant(manager, Role::SubscriberManager, &province),
            grant(clerk, Role::RecordsClerk, &health),
        ];
        let agencies = [&province, &health, &justice].map(|a| (a.id, a.clone()));
        let snapshot = Snapshot {
            agencies: Arc::new(HashMap::from(agencies)),
            people: Arc::new(People {
                roles,
                ..People::default()
            }),
            ..Snapshot::default()
        };
        assert!(oversees(&snapshot, manager, justice.id, NOW));
        assert!(!oversees(&snapshot, clerk, health.id, NOW));
        assert!(is_clerk(&snapshot, clerk, health.id, NOW));
        assert!(!is_clerk(&snapshot, clerk, justice.id, NOW));
        assert!(is_overseer(&snapshot, manager, NOW) && !is_overseer(&snapshot, clerk, NOW));
    }
}
