//! One PKCS#11 module, loaded once per process.
//!
//! `C_Initialize` and `C_Finalize` belong to the process (PKCS#11 2.40 §5.4), not to a token or
//! a thread. So every session holds a [`Lease`], and the module is initialised anew only when
//! no lease is out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::Duration;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::slot::Slot;
use kyso_hsm_config::TokenName;

use crate::error::HsmError;
use crate::status::TokenFacts;
use crate::sync::lock;

/// Every module that this process has loaded. None is ever unloaded: a library that started
/// threads of its own does not survive it.
static LOADED: Mutex<Vec<Arc<Module>>> = Mutex::new(Vec::new());

/// Someone with sessions, who gives them back when asked to.
pub(crate) trait Tenant: Send + Sync {
    /// Starts to close every session of the tenant; does not wait for it.
    fn vacate(&self);
}

#[derive(Debug)]
pub(crate) struct Module {
    path: PathBuf,
    pkcs11: Pkcs11,
    life: Mutex<Life>,
    emptied: Condvar,
}

#[derive(Default)]
struct Life {
    initialised: bool,
    closing: bool,
    epoch: u64,
    leases: usize,
    tenants: Vec<Weak<dyn Tenant>>,
}

impl std::fmt::Debug for Life {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Life(epoch {}, {} leases)", self.epoch, self.leases)
    }
}

/// The right to use the module until it is dropped; each session keeps one.
#[derive(Debug)]
pub(crate) struct Lease {
    module: Arc<Module>,
}

impl Drop for Lease {
    fn drop(&mut self) {
        lock(&self.module.life).leases -= 1;
        self.module.emptied.notify_all();
    }
}

impl Lease {
    pub(crate) fn pkcs11(&self) -> &Pkcs11 {
        &self.module.pkcs11
    }
}

impl Module {
    /// The module at this path, loaded now if it was not yet.
    pub(crate) fn load(path: &Path) -> Result<Arc<Self>, HsmError> {
        let mut loaded = lock(&LOADED);
        if let Some(module) = loaded.iter().find(|module| module.path == path) {
            return Ok(Arc::clone(module));
        }
        let pkcs11 = Pkcs11::new(path).map_err(|error| unusable(path, &error))?;
        let (life, emptied) = (Mutex::default(), Condvar::new());
        let module = Arc::new(Self {
            path: path.to_owned(),
            pkcs11,
            life,
            emptied,
        });
        loaded.push(Arc::clone(&module));
        Ok(module)
    }

    /// Has `tenant` asked to vacate before the module is initialised anew.
    pub(crate) fn admit(&self, tenant: Weak<dyn Tenant>) {
        let tenants = &mut lock(&self.life).tenants;
        tenants.retain(|tenant| tenant.strong_count() > 0);
        tenants.push(tenant);
    }

    /// Counts how often the module was initialised.
    pub(crate) fn epoch(&self) -> u64 {
        lock(&self.life).epoch
    }

    /// A lease on the initialised module.
    pub(crate) fn lease(self: &Arc<Self>) -> Result<Lease, HsmError> {
        let mut life = lock(&self.life);
        if life.closing {
            return Err(HsmError::Away);
        }
        self.initialise(&mut life)?;
        life.leases += 1;
        Ok(Lease {
            module: Arc::clone(self),
        })
    }

    fn initialise(&self, life: &mut Life) -> Result<(), HsmError> {
        if life.initialised {
            return Ok(());
        }
        match self
            .pkcs11
            .initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
        {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {
                life.initialised = true;
                life.epoch += 1;
                Ok(())
            }
            Err(error) => Err(unusable(&self.path, &error)),
        }
    }

    /// Finalises and initialises the module, after every tenant has vacated it.
    ///
    /// Does nothing if that has happened since `epoch`: of two tenants who lost the same
    /// connection only one brings it back. If a call hangs in the module for longer than
    /// `patience`, the module stays as it is, because finalising under a call is undefined.
    ///
    /// # Errors
    /// [`HsmError::Hanging`] then; else what the module said.
    pub(crate) fn reinitialise(&self, epoch: u64, patience: Duration) -> Result<(), HsmError> {
        let Some(tenants) = self.start_closing(epoch) else {
            return Ok(());
        };
        tenants
            .iter()
            .filter_map(Weak::upgrade)
            .for_each(|tenant| tenant.vacate());
        let waited = self
            .emptied
            .wait_timeout_while(lock(&self.life), patience, |life| life.leases > 0)
            .unwrap_or_else(PoisonError::into_inner);
        let mut life = waited.0;
        life.closing = false;
        if life.leases > 0 {
            tracing::warn!(leases = life.leases, "calls hang in the PKCS#11 module");
            return Err(HsmError::Hanging);
        }
        self.finalise(&mut life);
        self.initialise(&mut life)
    }

    fn start_closing(&self, epoch: u64) -> Option<Vec<Weak<dyn Tenant>>> {
        let mut life = lock(&self.life);
        if life.epoch != epoch || life.closing {
            return None;
        }
        life.closing = true;
        Some(life.tenants.clone())
    }

    fn finalise(&self, life: &mut Life) {
        if life.initialised {
            if let Err(error) = self.pkcs11.clone().finalize() {
                tracing::warn!(%error, "C_Finalize failed");
            }
            life.initialised = false;
        }
    }
}

fn unusable(path: &Path, error: &Error) -> HsmError {
    HsmError::Module {
        path: path.display().to_string(),
        reason: error.to_string(),
    }
}

/// A token that was found: its slot now, and the serial number that names it for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) slot: Slot,
    pub(crate) serial: String,
    pub(crate) label: String,
    pub(crate) facts: TokenFacts,
}

/// Name and version of the library; empty if it does not say.
fn library(pkcs11: &Pkcs11) -> String {
    pkcs11.get_library_info().map_or_else(
        |_| String::new(),
        |info| {
            let name = info.library_description().trim_end().to_owned();
            format!("{name} {}", info.library_version())
        },
    )
}

/// The one initialised token with this name.
pub(crate) fn find_token(pkcs11: &Pkcs11, name: &TokenName) -> Result<Found, HsmError> {
    if let TokenName::Slot(number) = name {
        return in_slot(pkcs11, *number);
    }
    let mut found = tokens(pkcs11)?
        .into_iter()
        .filter(|token| is_named(token, name));
    match (found.next(), found.next()) {
        (Some(token), None) => Ok(token),
        (None, _) => Err(HsmError::NoToken(format!("{name:?}"))),
        (Some(_), Some(_)) => Err(HsmError::AmbiguousToken(format!("{name:?}"))),
    }
}

/// The token in this slot, of which nothing else can be read.
fn in_slot(pkcs11: &Pkcs11, number: u64) -> Result<Found, HsmError> {
    let slots = pkcs11.get_slots_with_token()?;
    let slot = slots.into_iter().find(|slot| slot.id() == number);
    let name = format!("slot {number}");
    let slot = slot.ok_or_else(|| HsmError::NoToken(name.clone()))?;
    Ok(Found {
        slot,
        serial: name,
        label: String::new(),
        facts: TokenFacts {
            library: library(pkcs11),
            ..TokenFacts::default()
        },
    })
}

/// Every initialised token of the module.
pub(crate) fn tokens(pkcs11: &Pkcs11) -> Result<Vec<Found>, HsmError> {
    let (mut tokens, library) = (Vec::new(), library(pkcs11));
    for slot in pkcs11.get_slots_with_token()? {
        // A broken reader in one slot says nothing about the token in another.
        let Ok(info) = pkcs11.get_token_info(slot) else {
            continue;
        };
        if info.token_initialized() {
            tokens.push(Found {
                slot,
                serial: info.serial_number().trim_end().to_owned(),
                label: info.label().trim_end().to_owned(),
                facts: TokenFacts {
                    label: info.label().trim_end().to_owned(),
                    model: info.model().trim_end().to_owned(),
                    manufacturer: info.manufacturer_id().trim_end().to_owned(),
                    firmware: info.firmware_version().to_string(),
                    library: library.clone(),
                },
            });
        }
    }
    Ok(tokens)
}

fn is_named(token: &Found, name: &TokenName) -> bool {
    match name {
        TokenName::Label(label) => token.label == *label,
        TokenName::Serial(serial) => token.serial == *serial,
        TokenName::Slot(number) => token.slot.id() == *number,
    }
}
