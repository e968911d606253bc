//! What needs the seals and only reads: refresh tokens and enrolment codes, by their hash.

use kyso_core::id::PersonId;

use crate::error::StoreError;
use crate::journal::JournalHandle;
use crate::read::{RefreshRecord, enrolment_person, refresh_record};

impl JournalHandle {
    /// Finds a refresh token by SHA-256 of its value.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn refresh_token(&self, hash: [u8; 32]) -> Result<Option<RefreshRecord>, StoreError> {
        let sealer = std::sync::Arc::clone(&self.sealer);
        self.pool
            .read(move |db| refresh_record(db, &sealer, &hash))
            .await
    }

    /// Whom an enrolment code lets enrol now, by SHA-256 of the code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn enrolment(&self, code: [u8; 32]) -> Result<Option<PersonId>, StoreError> {
        let (sealer, now) = (std::sync::Arc::clone(&self.sealer), self.clock.now());
        self.pool
            .read(move |db| enrolment_person(db, &sealer, &code, now))
            .await
    }
}
