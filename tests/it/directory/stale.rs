//! How old what a server reads in memory may be: a look at most, and no signature relies on it.

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use kyso_core::id::CredentialId;
use kyso_core::model::{CredentialState, Owner};
use kyso_core::request::Activation;
use kyso_core::sign::{SignError, Signer};
use kyso_core::*;
use kyso_evidence::Event;
use kyso_store::{JournalHandle, Store};

use super::clerk::Desk;
use super::town::Town;
use crate::store::world::{Kind, TestClock, World, believing, on_both};

/// Keys that sign whatever they are asked, and how often they were.
#[derive(Debug, Clone, Default)]
struct Keys(Arc<AtomicUsize>);

impl KeyCustody for Keys {
    type Place = ();

    fn admit(&self, _class: LaneClass, _key: &KeyRef) -> Result<(), Busy> {
        Ok(())
    }

    fn sign(&self, _place: (), job: SignJob) -> impl Future<Output = Vec<DigestOutcome>> + Send {
        self.0.fetch_add(1, Ordering::SeqCst);
        let signed = DigestOutcome::Signed(vec![1; 70]);
        ready(vec![signed; job.digests().len()])
    }
}

/// A second server, as far as policy goes: what it read lies in a memory of its own.
struct Other {
    signer: Signer<JournalHandle, Keys, TestClock>,
    keys: Keys,
    /// Where the database takes two servers; SQLite has one, so there only the memory is another.
    _store: Option<Store>,
}

impl Other {
    async fn beside(town: &Town<'_>) -> Self {
        let world = &*town.world;
        let store = (world.kind == Kind::Postgres).then(|| world.second_server());
        let journal = store
            .as_ref()
            .map_or_else(|| world.journal(), Store::journal);
        let policy = Policy::new(world.clock.clone(), believing());
        let keys = Keys::default();
        let signer = Signer::new(journal, keys.clone(), Arc::new(policy));
        signer.refresh().await.unwrap();
        Self {
            signer,
            keys,
            _store: store,
        }
    }

    fn reads(&self, id: CredentialId) -> CredentialState {
        self.signer.policy().snapshot().credentials[&id].state
    }

    async fn stamp(&self, desk: &Desk) -> Result<(), SignError> {
        let call = desk.call(Activation::Session);
        self.signer.sign(desk.system(), call).await.map(|_| ())
    }

    fn asked(&self) -> usize {
        self.keys.0.load(Ordering::SeqCst)
    }
}

/// Whatever else was read before it, the next signature is refused, and its key is not asked.
async fn a_signature_never_relies_on_what_is_stale(world: &mut World) {
    let (mut town, ends) = (Town::found(world).await, [lock, revoke]);
    for (number, end) in (1..).zip(ends) {
        let desk = Desk::new(&mut town).await;
        desk.open(&mut town).await;
        let other = Other::beside(&town).await;
        other.stamp(&desk).await.unwrap();
        town.by_manager(end(desk.seal)).await.unwrap();
        // No time passes by itself in a memory: without a look it stays as it is.
        town.world.clock.advance(60);
        assert_eq!(other.reads(desk.seal), CredentialState::Active);
        let refused = other.stamp(&desk).await;
        let disabled = matches!(
            refused,
            Err(SignError::Refused(Refusal::CredentialDisabled))
        );
        assert!(disabled, "{refused:?}");
        assert_eq!(other.asked(), 1);
        assert_eq!(town.world.entries(Event::SignatureRefused).len(), number);
        assert_ne!(other.reads(desk.seal), CredentialState::Active, "it looked");
    }
}

fn lock(id: CredentialId) -> Change {
    Change::LockCredential(id, "nghi lộ".to_owned())
}

fn revoke(id: CredentialId) -> Change {
    Change::RevokeCredential(id, "mất".to_owned())
}

/// What changed right after one look is read at the next, a second later by the world's clock.
async fn a_read_is_a_second_old_at_most(world: &mut World) {
    let mut town = Town::found(world).await;
    let id = town.active(Owner::Agency(town.agency)).await;
    let other = Other::beside(&town).await;
    let clock = town.world.clock.clone();
    let pass = |span: Duration| {
        clock.advance(i64::try_from(span.as_secs()).unwrap());
        ready(())
    };
    other.signer.follow(pass).await.unwrap();
    let changed = clock.now();
    town.by_manager(lock(id)).await.unwrap();
    assert_eq!(other.reads(id), CredentialState::Active);
    other.signer.follow(pass).await.unwrap();
    assert_eq!(other.reads(id), CredentialState::Locked);
    assert_eq!(clock.now().since(changed), Duration::from_secs(1));
}

on_both! {
    a_signature_never_relies_on_what_is_stale,
    a_read_is_a_second_old_at_most,
}
