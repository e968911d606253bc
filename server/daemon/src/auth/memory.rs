//! Tokens that were verified lately, so that a signature is checked once a token and not once a call.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use kyso_core::Timestamp;

use super::grant::Verified;

/// Verified tokens that are remembered, in each of [`SHARDS`] parts.
const REMEMBERED: usize = 1024;
/// Parts of the memory, so that threads seldom wait for one another.
const SHARDS: usize = 16;

type Shard = Mutex<HashMap<[u8; 32], Verified>>;

/// Verified tokens by the SHA-256 of their text.
#[derive(Default)]
pub(super) struct Memory([Shard; SHARDS]);

impl Memory {
    fn shard(&self, hash: &[u8; 32]) -> Option<&Shard> {
        let [first, ..] = hash;
        self.0.get(usize::from(*first) % SHARDS)
    }

    pub(super) fn recall(&self, hash: &[u8; 32]) -> Option<Verified> {
        let shard = self
            .shard(hash)?
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        shard.get(hash).copied()
    }

    pub(super) fn remember(&self, hash: [u8; 32], verified: Verified, now: Timestamp) {
        let Some(shard) = self.shard(&hash) else {
            return;
        };
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= REMEMBERED && !shard.contains_key(&hash) {
            shard.retain(|_, verified| verified.token.expires_at > now);
            if shard.len() >= REMEMBERED {
                shard.clear();
            }
        }
        shard.entry(hash).or_insert(verified);
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::actor::{Proof, Subject, TokenRef};
    use kyso_core::id::TokenFamilyId;

    use super::super::grant::{Grant, Scope};
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    #[test]
    fn the_memory_is_bounded() {
        let (memory, family) = (Memory::default(), TokenFamilyId::random());
        let verified = Verified {
            grant: Grant {
                subject: Subject::System,
                client: None,
                proof: Proof::None,
                family,
                otp_at: None,
                certificate: None,
                key: None,
                password: None,
                network: None,
                scope: Scope::Whole,
            },
            token: TokenRef {
                jti: [0; 16],
                family,
                expires_at: Timestamp::from_seconds(1_800_000_600),
            },
        };
        for n in 0_u32..5_000 {
            let mut hash = [0; 32];
            hash[1..5].copy_from_slice(&n.to_be_bytes());
            memory.remember(hash, verified, NOW);
        }
        assert!(memory.0[0].lock().unwrap().len() <= REMEMBERED);
    }
}
