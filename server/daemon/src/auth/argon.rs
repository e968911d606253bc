//! Argon2id (RFC 9106) in memory that is kept from one hash to the next.
//!
//! Each hash needs 19 MiB. Given back to the allocator they would stay with whichever thread hashed last, so
//! that a server held as many times 19 MiB as it has threads. Here there are as many as hash at once.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, Salt};
use argon2::{Algorithm, Argon2, Block, Params, PasswordHash, Version};
use secrecy::SecretString;

/// Bytes of salt, random for each hash (RFC 9106 §3.1).
const SALT: usize = 16;

/// Hashes and compares, one call for each block of memory at a time.
#[derive(Default)]
pub(super) struct Argon {
    memory: Mutex<Vec<Vec<Block>>>,
}

impl fmt::Debug for Argon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Argon(…)") // what is in the memory comes from passwords
    }
}

impl Argon {
    /// The hash of a password under a new salt, in PHC form; `None` without random numbers.
    pub(super) fn hash(&self, password: &[u8]) -> Option<SecretString> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt).ok()?;
        let argon = Argon2::default();
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon.params()).ok()?,
            salt: Some(Salt::new(&salt).ok()?),
            hash: Some(self.output(&argon, password, &salt, Params::DEFAULT_OUTPUT_LEN)?),
        };
        Some(SecretString::from(hash.to_string()))
    }

    /// Whether the password is the one of this hash; compared in constant time.
    pub(super) fn matches(&self, password: &[u8], hash: &PasswordHash) -> bool {
        let found = || {
            let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
            let version = Version::try_from(hash.version?).ok()?;
            let argon = Argon2::new(algorithm, version, Params::try_from(hash).ok()?);
            let length = hash.hash.as_ref()?.len();
            self.output(&argon, password, hash.salt.as_ref()?, length)
        };
        hash.hash.is_some() && found() == hash.hash
    }

    fn output(
        &self,
        argon: &Argon2<'_>,
        password: &[u8],
        salt: &[u8],
        length: usize,
    ) -> Option<Output> {
        let mut bytes = [0; Output::MAX_LENGTH];
        let bytes = bytes.get_mut(..length)?;
        self.lend(argon.params().block_count(), |blocks| {
            argon.hash_password_into_with_memory(password, salt, bytes, blocks)
        })
        .ok()?;
        Output::new(bytes).ok()
    }

    /// Lends memory, and wipes it before the next may have it.
    fn lend<T>(&self, count: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let kept = self.kept().pop();
        let mut blocks = kept.unwrap_or_default();
        blocks.resize(count, Block::default());
        let end = work(&mut blocks);
        blocks.fill(Block::default());
        self.kept().push(blocks);
        end
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};
    use secrecy::ExposeSecret as _;

    use super::*;

    /// The library's own way to hash and to compare is the judge of ours.
    #[test]
    fn the_library_agrees() {
        let argon = Argon::default();
        let ours = argon.hash(b"ba tieng cuoi").unwrap();
        let ours = PasswordHash::new(ours.expose_secret()).unwrap();
        let verifier = Argon2::default();
        assert!(verifier.verify_password(b"ba tieng cuoi", &ours).is_ok());
        assert!(verifier.verify_password(b"ba tieng cuok", &ours).is_err());
        let theirs: PasswordHash = verifier.hash_password(b"ba tieng cuoi").unwrap();
        assert!(argon.matches(b"ba tieng cuoi", &theirs));
        assert!(!argon.matches(b"ba tieng cuok", &theirs));
        assert_eq!(ours.params, theirs.params);
    }

    #[test]
    fn a_hash_without_salt_or_output_matches_nothing() {
        let argon = Argon::default();
        for text in [
            "$argon2id$v=19$m=19456,t=2,p=1",
            "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0",
            "$scrypt$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA",
        ] {
            let hash = PasswordHash::new(text).unwrap();
            assert!(!argon.matches(b"", &hash), "{text}");
        }
    }

    #[test]
    fn the_same_memory_serves_again_and_is_wiped() {
        let argon = Argon::default();
        argon.hash(b"mot").unwrap();
        argon.hash(b"hai").unwrap();
        let kept = argon.kept();
        assert_eq!(kept.len(), 1);
        let empty = Block::default();
        let clean = |block: &Block| block.as_ref() == empty.as_ref();
        assert!(kept[0].iter().all(clean));
    }
}
