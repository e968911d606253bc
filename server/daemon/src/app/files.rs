//! Files behind requests for approval, and the pictures of their pages: encrypted at rest under a key for each request,
//! which the HSM sealed. Whoever has the database has neither.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use kyso_core::id::ApprovalId;
use kyso_core::journal::JournalError;
use kyso_core::model::Approval;
use kyso_hsm::HsmError;
use kyso_store::FilePart;
use zeroize::Zeroizing;

use super::App;
use crate::documents::sha256;

/// Why a part of a request's files cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NoPart {
    /// There is none, or it was erased.
    #[error("the file is not there, or not any more")]
    Gone,
    /// It is not what was kept.
    #[error("the file is not what was kept")]
    Changed,
    /// The key's seal cannot be opened now.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The database fails.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// The key of one request's files.
pub struct FilesKey(RandomizedNonceKey);

impl fmt::Debug for FilesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilesKey(…)")
    }
}

impl FilesKey {
    fn new(bytes: &[u8]) -> Option<Self> {
        RandomizedNonceKey::new(&AES_256_GCM, bytes).ok().map(Self)
    }

    /// Nonce ‖ ciphertext ‖ tag (NIST SP 800-38D), bound to its place; `None` if the system has no randomness.
    pub fn seal(&self, part: FilePart, plain: &[u8]) -> Option<Vec<u8>> {
        let mut bytes = plain.to_vec();
        let nonce = self.0.seal_in_place_append_tag(place(part), &mut bytes);
        let nonce = nonce.ok()?;
        Some([nonce.as_ref().as_slice(), &bytes].concat())
    }

    /// What was sealed in this place, and only there.
    pub fn open(&self, part: FilePart, mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let (nonce, bytes) = sealed.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.0.open_in_place(nonce, place(part), bytes).ok()?;
        Some(opened.to_vec())
    }
}

/// How long an opened key is kept: a signer reads page after page, and each would ask the HSM.
const KEPT: Duration = Duration::from_mins(2);
/// Keys kept at most.
const MOST: usize = 64;

/// Keys of files that were opened not long ago.
#[derive(Debug, Default)]
pub struct FilesKeys(Mutex<HashMap<ApprovalId, (Instant, Arc<FilesKey>)>>);

impl FilesKeys {
    fn known(&self, approval: ApprovalId) -> Option<Arc<FilesKey>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, (since, _)| since.elapsed() < KEPT);
        kept.get(&approval).map(|(_, key)| Arc::clone(key))
    }

    fn keep(&self, approval: ApprovalId, key: &Arc<FilesKey>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.insert(approval, (Instant::now(), Arc::clone(key)));
        }
    }
}

fn place(part: FilePart) -> Aad<Vec<u8>> {
    let number = |one: usize| u64::try_from(one).unwrap_or(u64::MAX).to_be_bytes();
    let parts = [
        b"kyso/approval-file/v1".as_slice(),
        part.approval.as_bytes(),
        &number(part.document),
        &number(part.page),
    ];
    Aad::from(parts.concat())
}

/// What the key's seal is bound to.
fn key_name(approval: ApprovalId) -> Vec<u8> {
    [b"kyso/approval-key/v1".as_slice(), approval.as_bytes()].concat()
}

impl App {
    /// A new key for this request's files, and the key as the HSM seals it.
    ///
    /// # Errors
    /// If the token is away, or the system has no randomness.
    pub async fn new_files_key(
        &self,
        approval: ApprovalId,
    ) -> Result<(FilesKey, Vec<u8>), HsmError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *bytes).map_err(|_| HsmError::Random)?;
        let sealed = self.token.seal(&key_name(approval), &*bytes).await?;
        let key = FilesKey::new(&*bytes).ok_or(HsmError::Random)?;
        Ok((key, sealed))
    }

    /// The file itself (`page` 0) or the picture of a page, if it is the very one that the request's sealed row names.
    ///
    /// # Errors
    /// [`NoPart`].
    pub async fn part_of(
        &self,
        approval: &Approval,
        (document, page): (usize, usize),
    ) -> Result<Vec<u8>, NoPart> {
        let digest = digest(approval, document, page).ok_or(NoPart::Gone)?;
        let part = FilePart {
            approval: approval.id,
            document,
            page,
        };
        let sealed = self.journal().part(part).await?.ok_or(NoPart::Gone)?;
        let key = self.key_of(approval).await?;
        let bytes = key.open(part, sealed).ok_or(NoPart::Changed)?;
        if sha256(&bytes) == digest {
            Ok(bytes)
        } else {
            Err(NoPart::Changed)
        }
    }
}

impl App {
    async fn key_of(&self, approval: &Approval) -> Result<Arc<FilesKey>, NoPart> {
        if let Some(known) = self.files_keys.known(approval.id) {
            return Ok(known);
        }
        let sealed = approval.files_key.as_ref().ok_or(NoPart::Gone)?;
        let key = self.token.unseal(&key_name(approval.id), sealed).await?;
        let key = Arc::new(FilesKey::new(&key).ok_or(NoPart::Changed)?);
        self.files_keys.keep(approval.id, &key);
        Ok(key)
    }
}

fn digest(approval: &Approval, document: usize, page: usize) -> Option<[u8; 32]> {
    let file = approval.documents.get(document)?.file.as_ref()?;
    match page.checked_sub(1) {
        None => Some(file.sha256),
        Some(place) => file.pages.get(place).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_in_its_own_place_only_and_unchanged() {
        let key = FilesKey::new(&[7; 32]).unwrap();
        let part = FilePart {
            approval: ApprovalId::random(),
            document: 1,
            page: 2,
        };
        let sealed = key.seal(part, b"trang").unwrap();
        assert_ne!(sealed, key.seal(part, b"trang").unwrap(), "never alike");
        assert_eq!(key.open(part, sealed.clone()).unwrap(), b"trang");
        for elsewhere in [
            FilePart {
                document: 2,
                ..part
            },
            FilePart { page: 1, ..part },
            FilePart {
                approval: ApprovalId::random(),
                ..part
            },
        ] {
            assert_eq!(key.open(elsewhere, sealed.clone()), None);
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(part, changed), None, "{at}");
            assert_eq!(key.open(part, sealed[..at].to_vec()), None, "{at}");
        }
        let other = FilesKey::new(&[8; 32]).unwrap();
        assert_eq!(other.open(part, sealed), None);
    }
}
