//! One PKCS#11 session and what it has found: the seat that a thread works from.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::slot::Slot;

use crate::check::Checker;
use crate::error::HsmError;
use crate::module::{Lease, Module};

/// Handles asked for at once: a token with thousands of keys is listed in a few calls.
const PAGE: NonZeroUsize = NonZeroUsize::new(512).unwrap();

/// A session, its cache of handles (which die with it) and the lease that keeps the module up.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) session: Session,
    keys: HashMap<[u8; 16], ObjectHandle>,
    checkers: HashMap<[u8; 16], Checker>,
    /// Keys that were looked at in this session.
    vetted: HashSet<[u8; 16]>,
    // Dropped last: the session must be closed before the module may be finalised.
    _lease: Lease,
}

impl Seat {
    /// A seat that can use keys.
    pub(crate) fn reading(module: &Arc<Module>, slot: Slot) -> Result<Self, HsmError> {
        let lease = module.lease()?;
        let session = lease.pkcs11().open_ro_session(slot)?;
        Ok(Self::new(session, lease))
    }

    /// A seat that can also make and destroy keys.
    pub(crate) fn writing(module: &Arc<Module>, slot: Slot) -> Result<Self, HsmError> {
        let lease = module.lease()?;
        let session = lease.pkcs11().open_rw_session(slot)?;
        Ok(Self::new(session, lease))
    }

    fn new(session: Session, lease: Lease) -> Self {
        Self {
            session,
            keys: HashMap::new(),
            checkers: HashMap::new(),
            vetted: HashSet::new(),
            _lease: lease,
        }
    }

    /// Whether the token answers at all: the session's state, and something it must compute.
    pub(crate) fn probe(&self) -> Result<(), cryptoki::error::Error> {
        let mut byte = [0];
        self.session.get_session_info()?;
        self.session.generate_random_slice(&mut byte)
    }

    /// Finds every private key in one search, so that none has to be searched for one by one.
    /// `step` hears of each call that has ended, since thousands take longer than one may.
    pub(crate) fn enumerate<E: From<HsmError>>(
        &mut self,
        mut step: impl FnMut() -> Result<(), E>,
    ) -> Result<(), E> {
        for handle in self.search(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])? {
            step()?;
            if let Some(id) = self.id_of(handle)? {
                self.keys.insert(id, handle);
            }
        }
        Ok(())
    }

    /// Handles of all objects with these attributes.
    pub(crate) fn search(&self, template: &[Attribute]) -> Result<Vec<ObjectHandle>, HsmError> {
        let found = self.session.iter_objects_with_cache_size(template, PAGE)?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn id_of(&self, handle: ObjectHandle) -> Result<Option<[u8; 16]>, HsmError> {
        let attributes = self.session.get_attributes(handle, &[AttributeType::Id])?;
        Ok(attributes
            .into_iter()
            .find_map(|attribute| match attribute {
                Attribute::Id(id) => id.try_into().ok(),
                _ => None,
            }))
    }

    /// The private key with this id.
    pub(crate) fn private_key(&mut self, id: &[u8; 16]) -> Result<ObjectHandle, HsmError> {
        if let Some(handle) = self.keys.get(id) {
            return Ok(*handle);
        }
        let class = Attribute::Class(ObjectClass::PRIVATE_KEY);
        let found = self.search(&[class, Attribute::Id(id.to_vec())])?;
        let [handle] = *found.as_slice() else {
            return Err(HsmError::NoKey);
        };
        self.keys.insert(*id, handle);
        Ok(handle)
    }

    /// Forgets a handle that the token no longer knows.
    pub(crate) fn forget(&mut self, id: &[u8; 16]) {
        self.keys.remove(id);
        self.checkers.remove(id);
        self.vetted.remove(id);
    }

    /// Whether this session has looked at the key since it found it.
    pub(crate) fn has_vetted(&self, id: &[u8; 16]) -> bool {
        self.vetted.contains(id)
    }

    /// Nothing was wrong with the key that this session found.
    pub(crate) fn vetted(&mut self, id: [u8; 16]) {
        self.vetted.insert(id);
    }

    /// What checks this key's signatures; a new one if the handle is new to this session.
    pub(crate) fn checker(&mut self, id: [u8; 16], spki: &Arc<[u8]>) -> &mut Checker {
        let checker = self
            .checkers
            .entry(id)
            .or_insert_with(|| Checker::new(spki));
        if !checker.is_for(spki) {
            *checker = Checker::new(spki);
        }
        checker
    }
}
