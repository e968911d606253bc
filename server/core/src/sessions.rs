//! Open stamping sessions, found by the client and seal that a stamp names.

use std::collections::HashMap;

use crate::id::{ClientId, CredentialId, StampingSessionId};
use crate::model::StampingSession;

/// Stamping sessions that are neither closed nor over.
///
/// A stamp looks at those of its client and seal only, however many others are open: they are
/// indexed when they are loaded, so that no signature walks through them all.
#[derive(Debug, Default, Clone)]
pub struct Sessions {
    by_id: HashMap<StampingSessionId, StampingSession>,
    by_use: HashMap<(ClientId, CredentialId), Vec<StampingSessionId>>,
}

impl Sessions {
    /// The session with this id.
    pub fn find(&self, id: StampingSessionId) -> Option<&StampingSession> {
        self.by_id.get(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &StampingSession> {
        self.by_id.values()
    }

    /// Those of one client for one seal.
    pub fn of(
        &self,
        client: ClientId,
        seal: CredentialId,
    ) -> impl Iterator<Item = &StampingSession> {
        let ids = self.by_use.get(&(client, seal)).into_iter().flatten();
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// Adds a session, in place of one with the same id.
    pub fn insert(&mut self, session: StampingSession) {
        self.remove(session.id);
        let used = (session.client, session.credential);
        self.by_use.entry(used).or_default().push(session.id);
        self.by_id.insert(session.id, session);
    }

    /// Takes a session out.
    pub fn remove(&mut self, id: StampingSessionId) -> Option<StampingSession> {
        let session = self.by_id.remove(&id)?;
        let used = (session.client, session.credential);
        if let Some(ids) = self.by_use.get_mut(&used) {
            ids.retain(|other| *other != id);
            if ids.is_empty() {
                self.by_use.remove(&used);
            }
        }
        Some(session)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

impl FromIterator<StampingSession> for Sessions {
    fn from_iter<I: IntoIterator<Item = StampingSession>>(sessions: I) -> Self {
        let mut all = Self::default();
        sessions.into_iter().for_each(|session| all.insert(session));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::id::PersonId;

    fn session(client: ClientId, credential: CredentialId) -> StampingSession {
        StampingSession {
            id: StampingSessionId::random(),
            client,
            credential,
            opened_by: PersonId::random(),
            opened_at: Timestamp::from_seconds(0),
            expires_at: Timestamp::from_seconds(1),
            limit: 1,
            purposes: Vec::new(),
            closed_at: None,
            made_by: None,
        }
    }

    fn found(all: &Sessions, client: ClientId, seal: CredentialId) -> Vec<StampingSessionId> {
        let mut ids: Vec<_> = all.of(client, seal).map(|session| session.id).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn only_those_of_client_and_seal_are_found_while_they_are_there() {
        let clients = [ClientId::random(), ClientId::random()];
        let seals = [CredentialId::random(), CredentialId::random()];
        let pairs = clients
            .iter()
            .flat_map(|client| seals.map(|seal| (*client, seal)));
        let twice: Vec<_> = pairs.clone().chain(pairs.clone()).collect();
        let sessions = twice.iter().map(|(client, seal)| session(*client, *seal));
        let mut sessions: Vec<_> = sessions.collect();
        let mut all: Sessions = sessions.iter().cloned().collect();
        let moved = &mut sessions[0];
        moved.client = clients[1]; // written anew for another client
        all.insert(moved.clone());
        let gone = sessions.pop().unwrap();
        assert_eq!(all.remove(gone.id), Some(gone.clone()));
        assert_eq!(all.remove(gone.id), None);
        for (client, seal) in pairs {
            let ours = |one: &&StampingSession| one.client == client && one.credential == seal;
            let mut ids: Vec<_> = sessions.iter().filter(ours).map(|one| one.id).collect();
            ids.sort_unstable();
            assert_eq!(found(&all, client, seal), ids);
        }
        assert_eq!((all.len(), all.iter().count()), (7, 7));
        assert!(found(&all, ClientId::random(), seals[0]).is_empty());
    }
}
