//! Loading and rotating the keys that tokens are signed with.

use std::time::Duration;

use kyso_core::instant::Clock;
use kyso_core::{SystemClock, Timestamp};
use kyso_hsm::Token;
use kyso_store::{Database, SealedKey, Store};

use super::keys::{KeyRing, PURPOSE, TokenKey, aad, make};
use crate::config::Tokens;

/// Opens every key, and makes a further one, with its entry, if the newest is too old.
///
/// # Errors
/// If token or database fail.
pub async fn load(token: &Token, store: &Store, tokens: &Tokens) -> anyhow::Result<KeyRing> {
    let database = store.database();
    let ring = read(token, database).await?;
    let age = Duration::from_secs(u64::from(tokens.key_days) * 24 * 3600);
    if ring
        .newest()
        .is_some_and(|(_, key)| is_fresh(key.made_at, SystemClock.now(), age))
    {
        return Ok(ring);
    }
    let version = ring.newest().map_or(1, |(version, _)| version + 1);
    let sealed = token.seal(&aad(version), &make(SystemClock.now())?).await?;
    let key = SealedKey {
        version,
        blob: sealed,
    };
    let stored = store.journal().store_sealed_key(PURPOSE, key).await;
    let ring = read(token, database).await?;
    // Another server may have stored this version first; its key is as good.
    match ring.newest() {
        Some((current, _)) if current >= version => Ok(ring),
        _ => {
            stored?;
            anyhow::bail!("the new token-signing key is not there")
        }
    }
}

fn is_fresh(made_at: Timestamp, now: Timestamp, age: Duration) -> bool {
    now.since(made_at) < age
}

async fn read(token: &Token, database: &Database) -> anyhow::Result<KeyRing> {
    let mut keys = Vec::new();
    for sealed in database.sealed_keys(PURPOSE)?.into_iter().take(KEPT) {
        let bytes = token.unseal(&aad(sealed.version), &sealed.blob).await?;
        keys.push((sealed.version, TokenKey::read(&bytes)?));
    }
    Ok(KeyRing::new(keys))
}

/// Keys that are kept: the newest signs, the one before verifies until its tokens have ended.
const KEPT: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_grows_old() {
        let at = Timestamp::from_seconds;
        let age = Duration::from_secs(10);
        assert!(is_fresh(at(100), at(109), age));
        assert!(!is_fresh(at(100), at(110), age));
        assert!(
            is_fresh(at(100), at(50), age),
            "a clock that went back is no reason"
        );
    }
}
