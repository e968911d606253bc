//! `credentials/list`: which credentials a caller may use, and never anybody else's.

use std::sync::Arc;

use kyso_core::actor::{Actor, Subject};
use kyso_core::id::{CredentialId, PersonId};
use kyso_core::model::{Credential, Owner};
use kyso_core::{Snapshot, Timestamp};

use super::credential::is_usable;

/// Most ids in one page.
const PAGE: usize = 1000;

/// Why the list cannot be given; the sentence is CSC's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadList {
    /// The token is a person's, so the person is known already.
    #[error("userID parameter MUST be null")]
    UserIdImplied,
    /// `pageToken` is none of ours.
    #[error("Invalid parameter pageToken")]
    PageToken,
}

/// Which person's credentials are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's that the caller may use.
    All,
    /// This person's.
    Person(PersonId),
    /// A person whom the server does not know: the answer is an empty list, as for one without keys.
    Nobody,
}

/// Reads `userID`: a login name or an id, and only from a system.
///
/// # Errors
/// [`BadList::UserIdImplied`] if a person's token comes with it.
pub fn whose(snapshot: &Snapshot, actor: &Actor, user: Option<&str>) -> Result<Whose, BadList> {
    match (actor.subject(), user) {
        (_, None) => Ok(Whose::All),
        (Subject::Person(_), Some(_)) => Err(BadList::UserIdImplied),
        (_, Some(user)) => {
            let by_login = snapshot.people.by_login.get(user).copied();
            let person = by_login.or_else(|| user.parse().ok());
            Ok(person.map_or(Whose::Nobody, Whose::Person))
        }
    }
}

/// The credentials that the caller may use, in the order of their ids.
pub fn usable_by(
    snapshot: &Snapshot,
    actor: &Actor,
    whose: Whose,
    only_valid: bool,
    now: Timestamp,
) -> Vec<Arc<Credential>> {
    let mut found: Vec<Arc<Credential>> = snapshot
        .credentials
        .values()
        .filter(|credential| may_use(snapshot, actor, credential, now))
        .filter(|credential| match whose {
            Whose::All => true,
            Whose::Person(person) => credential.owner == Owner::Person(person),
            Whose::Nobody => false,
        })
        .filter(|credential| !only_valid || is_usable(credential, now))
        .cloned()
        .collect();
    found.sort_unstable_by_key(|credential| credential.id);
    found
}

fn may_use(snapshot: &Snapshot, actor: &Actor, credential: &Credential, now: Timestamp) -> bool {
    let granted = |client| snapshot.grant_for(client, credential, now).is_some();
    match actor.subject() {
        Subject::Client(client) => granted(client),
        Subject::Person(person) => {
            Snapshot::owns(person, credential) && actor.client().is_none_or(granted)
        }
        Subject::System => false,
    }
}

/// One page: its credentials, and the token of the next.
pub type Page = (Vec<Arc<Credential>>, Option<String>);

/// Cuts a page out of the list; a page token is the id of the last credential before it.
///
/// # Errors
/// [`BadList::PageToken`].
pub fn page(
    mut list: Vec<Arc<Credential>>,
    most: Option<u32>,
    token: Option<&str>,
) -> Result<Page, BadList> {
    if let Some(token) = token {
        let after: CredentialId = token.parse().map_err(|_| BadList::PageToken)?;
        list.retain(|credential| credential.id > after);
    }
    let most = most
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(PAGE)
        .min(PAGE);
    let more = list.len() > most;
    list.truncate(most);
    let next = list
        .last()
        .filter(|_| more)
        .map(|credential| credential.id.to_string());
    Ok((list, next))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::time::Duration;

    use kyso_core::actor::Proof;
    use kyso_core::id::{AgencyId, ClientGrantId, ClientId};
    use kyso_core::model::{ClientGrant, CredentialKind, CredentialState, GrantTarget};
    use kyso_core::snapshot::Clients;
    use kyso_core::{KeyAlgorithm, KeyRef};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(0);

    fn credential(owner: PersonId) -> Arc<Credential> {
        let key = KeyRef {
            cka_id: [0; 16],
            algorithm: KeyAlgorithm::P256,
            spki: Arc::from([]),
        };
        Arc::new(Credential {
            id: CredentialId::random(),
            owner: Owner::Person(owner),
            agency: AgencyId::random(),
            kind: CredentialKind::Personal,
            key: Arc::new(key),
            certificate: None,
            state: CredentialState::Active,
            multisign: 1,
            sad_lifetime: Duration::from_mins(5),
            extensible: false,
            by_digest: false,
        })
    }

    struct World {
        snapshot: Snapshot,
        mine: Arc<Credential>,
        theirs: Arc<Credential>,
        me: PersonId,
        client: ClientId,
    }

    /// Two people with a credential each; a client that was granted the first.
    fn world() -> World {
        let (me, client) = (PersonId::random(), ClientId::random());
        let (mine, theirs) = (credential(me), credential(PersonId::random()));
        let grant = ClientGrant {
            id: ClientGrantId::random(),
            client,
            target: GrantTarget::Credential(mine.id),
            explicit: true,
            raw_hash: false,
        };
        let credentials = [&mine, &theirs].map(|c| (c.id, Arc::clone(c)));
        let snapshot = Snapshot {
            credentials: Arc::new(HashMap::from(credentials)),
            clients: Arc::new(Clients {
                grants: HashMap::from([(client, vec![grant])]),
                ..Clients::default()
            }),
            ..Snapshot::default()
        };
        World {
            snapshot,
            mine,
            theirs,
            me,
            client,
        }
    }

    fn actor(subject: Subject, client: Option<ClientId>) -> Actor {
        Actor::trust_verified(subject, client, Proof::Password, None, None)
    }

    fn ids(world: &World, actor: &Actor, whose: Whose) -> Vec<CredentialId> {
        let list = usable_by(&world.snapshot, actor, whose, false, NOW);
        list.iter().map(|credential| credential.id).collect()
    }

    #[test]
    fn nobody_sees_anothers_list() {
        let world = world();
        let me = actor(Subject::Person(world.me), None);
        assert_eq!(ids(&world, &me, Whose::All), [world.mine.id]);
        let through_client = actor(Subject::Person(world.me), Some(world.client));
        assert_eq!(ids(&world, &through_client, Whose::All), [world.mine.id]);
        let through_stranger = actor(Subject::Person(world.me), Some(ClientId::random()));
        assert!(ids(&world, &through_stranger, Whose::All).is_empty());
        let client = actor(Subject::Client(world.client), None);
        assert_eq!(ids(&world, &client, Whose::All), [world.mine.id]);
        let Owner::Person(other) = world.theirs.owner else {
            unreachable!()
        };
        assert!(ids(&world, &client, Whose::Person(other)).is_empty());
        assert!(ids(&world, &client, Whose::Nobody).is_empty());
    }

    #[test]
    fn only_valid_leaves_out_what_has_no_certificate() {
        let world = world();
        let me = actor(Subject::Person(world.me), None);
        assert!(usable_by(&world.snapshot, &me, Whose::All, true, NOW).is_empty());
    }

    #[test]
    fn user_id_is_for_systems_only() {
        let world = world();
        let me = actor(Subject::Person(world.me), None);
        assert_eq!(
            whose(&world.snapshot, &me, Some("x")),
            Err(BadList::UserIdImplied)
        );
        let client = actor(Subject::Client(world.client), None);
        assert_eq!(
            whose(&world.snapshot, &client, Some("x")),
            Ok(Whose::Nobody)
        );
        let id = world.me.to_string();
        assert_eq!(
            whose(&world.snapshot, &client, Some(&id)),
            Ok(Whose::Person(world.me))
        );
    }

    #[test]
    fn pages_meet_without_gap_or_repeat() {
        let mut list: Vec<_> = (0..5).map(|_| credential(PersonId::random())).collect();
        list.sort_unstable_by_key(|credential| credential.id);
        let (first, token) = page(list.clone(), Some(2), None).unwrap();
        let (second, token) = page(list.clone(), Some(2), token.as_deref()).unwrap();
        let (third, end) = page(list.clone(), Some(2), token.as_deref()).unwrap();
        let all: Vec<_> = first
            .iter()
            .chain(&second)
            .chain(&third)
            .map(|c| c.id)
            .collect();
        assert_eq!(all, list.iter().map(|c| c.id).collect::<Vec<_>>());
        assert_eq!(end, None);
        assert_eq!(page(list, None, Some("1")).unwrap_err(), BadList::PageToken);
    }
}
