//! Opening what serving and bootstrapping both need: token, database, journal.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use kyso_core::policy::Terms;
use kyso_core::{Policy, Signer, SystemClock};
use kyso_hsm::Token;
use kyso_hsm_config::{PinSource, Profile};
use kyso_store::{Database, Location, SealedKey, Store, StoreConfig};
use secrecy::{SecretBox, SecretString};
use zeroize::Zeroizing;

use super::KysoSigner;
use crate::config::{Config, credentials_directory};
use crate::metrics::{Metrics, TokenMetrics};
use crate::tree::{self, LogSigner};

/// What the key that seals rows is stored as, and what its seal is bound to.
const ROW_SEAL: &str = "row-seal";

/// What is open.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) token: Token,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) store: Store,
    pub(crate) signer: Arc<KysoSigner>,
    pub(crate) log: LogSigner,
}

impl Opened {
    /// Closes journal and token, where one may wait for their threads.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        Ok(tokio::task::spawn_blocking(move || self.store.shutdown()).await??)
    }
}

/// Whether the log is begun, and with it the key that seals rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begin {
    /// On a new database.
    Anew,
    /// On one that was bootstrapped; a missing key is an error.
    Again,
}

impl Begin {
    /// Looks at the database before anything is written to it: what was begun for evaluation never
    /// becomes production, since its certificates have no legal value.
    fn check(self, config: &Config, database: &Database) -> anyhow::Result<()> {
        let (begun, wanted) = (database.environment()?, config.environment.name());
        match (self, begun.as_deref()) {
            (Self::Anew, None) => Ok(()),
            (Self::Anew, Some(_)) => {
                anyhow::bail!("the log is not empty: bootstrap begins one and changes none")
            }
            (Self::Again, Some(begun)) if begun == wanted => Ok(()),
            (Self::Again, Some(begun)) => anyhow::bail!(
                "the database was begun for {begun} and the configuration says {wanted}: refused"
            ),
            (Self::Again, None) => {
                anyhow::bail!("the database is empty: run `kysod bootstrap` first")
            }
        }
    }
}

/// The profile, its PIN file's path counted from its own folder.
pub(crate) fn profile(path: &Path) -> anyhow::Result<Profile> {
    let named = || format!("hsm.profile {}", path.display());
    let text = std::fs::read_to_string(path).with_context(named)?;
    let mut profile = Profile::parse(&text).with_context(named)?;
    if let (PinSource::File(file), Some(folder)) = (&mut profile.pin, path.parent()) {
        *file = folder.join(&*file);
    }
    Ok(profile)
}

/// The PIN that the profile names.
pub(crate) fn pin(profile: &Profile) -> anyhow::Result<SecretString> {
    let pin = profile.pin.load(credentials_directory().as_deref());
    pin.context("pin in hsm.profile")
}

/// Where the store is, as the configuration says.
pub(crate) fn store_config(config: &Config) -> anyhow::Result<StoreConfig> {
    let location = match (&config.database.sqlite, &config.database.postgres) {
        (Some(path), _) => Location::Sqlite(path.clone()),
        (None, Some(url)) => Location::Postgres(url.load().context("database.postgres")?),
        (None, None) => anyhow::bail!("no database is configured"),
    };
    let (head, log) = (config.audit.head_file.clone(), config.audit.log_id.clone());
    let mut store = StoreConfig::new(location, head, log);
    store.readers = usize::try_from(config.database.readers)?;
    store.adopt_head = config.audit.adopt_head;
    Ok(store)
}

/// Opens token, database and journal, and puts the policy's snapshot in force.
pub(crate) async fn open(config: &Config, begin: Begin) -> anyhow::Result<Opened> {
    let metrics = Arc::new(Metrics::new()?);
    let token = open_token(config, &metrics)?;
    let mut database = Database::connect(store_config(config)?)?;
    database.check_schema()?;
    begin.check(config, &database)?;
    let root = row_seal(&token, &database, begin).await?;
    let log = tree::open(config, &token, &mut database).await?;
    let store = database.start(&root, Arc::new(SystemClock))?;
    let policy = Arc::new(Policy::new(SystemClock, terms(config)));
    let signer = Arc::new(Signer::new(store.journal(), token.clone(), policy));
    signer.refresh().await?;
    Ok(Opened {
        token,
        metrics,
        store,
        signer,
        log,
    })
}

fn open_token(config: &Config, metrics: &Arc<Metrics>) -> anyhow::Result<Token> {
    let profile = profile(&config.hsm.profile)?;
    let observer = Arc::new(TokenMetrics(Arc::clone(metrics)));
    let token = Token::open_observed(&profile, pin(&profile)?, observer)?;
    let status = token.status();
    if status.is_software {
        tracing::warn!(
            serial = status.serial,
            "THE KEYS ARE IN A SOFTWARE TOKEN, NOT IN AN HSM: signatures have no legal value / \
             KHÓA NẰM TRONG PHẦN MỀM, KHÔNG PHẢI HSM: chữ ký không có giá trị pháp lý"
        );
    }
    Ok(token)
}

fn terms(config: &Config) -> Terms {
    Terms {
        session_limit: config.limits.session_signatures,
        session_span: config.limits.session_span(),
        batch_limit: config.limits.batch,
        approval_span: config.limits.approval_span(),
        asserted_seals: config.seals.asserted,
    }
}

/// The key that seals rows: 32 random bytes, sealed by the token.
async fn row_seal(
    token: &Token,
    database: &Database,
    begin: Begin,
) -> anyhow::Result<SecretBox<[u8; 32]>> {
    let sealed = database.sealed_keys(ROW_SEAL)?;
    let blob = match (sealed.into_iter().next(), begin) {
        (Some(key), _) => key.blob,
        (None, Begin::Anew) => make_row_seal(token, database).await?,
        (None, Begin::Again) => {
            anyhow::bail!("the database has lost the key that seals its rows: restore it")
        }
    };
    let opened = token
        .unseal(ROW_SEAL.as_bytes(), &blob)
        .await
        .context("this token cannot open the key that seals the database's rows")?;
    let root = <[u8; 32]>::try_from(opened.as_slice()).context("the sealing key has 32 bytes")?;
    Ok(SecretBox::new(Box::new(root)))
}

async fn make_row_seal(token: &Token, database: &Database) -> anyhow::Result<Vec<u8>> {
    token.ensure_sealing_key().await?;
    let mut root = Zeroizing::new([0; 32]);
    getrandom::fill(root.as_mut_slice())?;
    let blob = token.seal(ROW_SEAL.as_bytes(), root.as_slice()).await?;
    database.store_sealed_key(
        ROW_SEAL,
        &SealedKey {
            version: 1,
            blob: blob.clone(),
        },
    )?;
    Ok(blob)
}
