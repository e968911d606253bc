//! Passwords: Argon2id (RFC 9106), away from the threads that serve, a few at a time.

use std::fmt;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub const SHORTEST: usize = 10;
/// Longest password, in bytes: more would only be work for the hash.
pub const LONGEST: usize = 256;

/// Why a password was not hashed or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is too short or too long to be chosen.
    #[error("a password has from {SHORTEST} characters to {LONGEST} bytes")]
    Length,
    /// The machine failed: no random numbers, no memory, or the server is stopping.
    #[error("the password could not be hashed")]
    Unavailable,
}

/// Hashes and compares passwords.
///
/// A hash takes 19 MiB and some 20 ms; the semaphore keeps a storm of log-ins from taking the
/// machine's memory.
pub struct Passwords {
    places: Semaphore,
    /// Compared with when nobody has the name that was given, so that the answer takes as long.
    nobody: SecretString,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords({} free)", self.places.available_permits())
    }
}

impl Passwords {
    /// At most `places` hashes at once.
    ///
    /// # Errors
    /// If the machine has no random numbers.
    pub fn new(places: u32) -> Result<Self, PasswordError> {
        let mut noise = [0; 32];
        getrandom::fill(&mut noise).map_err(|_| PasswordError::Unavailable)?;
        let nobody = hash(&SecretString::from(hex::encode(noise)))?;
        let places = usize::try_from(places).unwrap_or(1);
        Ok(Self {
            places: Semaphore::new(places),
            nobody,
        })
    }

    /// Hashes a new password; the result is in PHC form.
    ///
    /// # Errors
    /// If it is too short or too long, or the machine failed.
    pub async fn hash(&self, password: SecretString) -> Result<SecretString, PasswordError> {
        let text = password.expose_secret();
        if text.chars().count() < SHORTEST || text.len() > LONGEST {
            return Err(PasswordError::Length);
        }
        self.run(move || hash(&password)).await?
    }

    /// Whether the password is the one of this hash. Without a hash the answer is no, after the
    /// same work.
    ///
    /// # Errors
    /// If the machine failed.
    pub async fn matches(
        &self,
        password: SecretString,
        hash: Option<SecretString>,
    ) -> Result<bool, PasswordError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let same = self.run(move || compare(&password, &hash)).await?;
        Ok(same && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self
            .places
            .acquire()
            .await
            .map_err(|_| PasswordError::Unavailable)?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| PasswordError::Unavailable)
    }
}

fn hash(password: &SecretString) -> Result<SecretString, PasswordError> {
    let hash: Result<PasswordHash, _> =
        Argon2::default().hash_password(password.expose_secret().as_bytes());
    hash.map(|hash| SecretString::from(hash.to_string()))
        .map_err(|_| PasswordError::Unavailable)
}

fn compare(password: &SecretString, hash: &SecretString) -> bool {
    let text = password.expose_secret();
    // A hash that cannot be read matches nothing; a password that is too long was never set.
    let Ok(hash) = PasswordHash::new(hash.expose_secret()) else {
        return false;
    };
    let fits = text.len() <= LONGEST;
    let bytes = if fits { text.as_bytes() } else { &[] };
    Argon2::default().verify_password(bytes, &hash).is_ok() && fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn only_the_password_matches_its_hash() {
        let passwords = Passwords::new(2).unwrap();
        let hash = passwords.hash(secret("mật khẩu dài")).await.unwrap();
        assert!(hash.expose_secret().starts_with("$argon2id$"));
        for (password, same) in [("mật khẩu dài", true), ("mật khẩu dàj", false), ("", false)]
        {
            let matches = passwords
                .matches(secret(password), Some(hash.clone()))
                .await;
            assert_eq!(matches, Ok(same), "{password}");
        }
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new(1).unwrap();
        assert_eq!(passwords.matches(secret("anything"), None).await, Ok(false));
        let broken = Some(secret("not a hash"));
        assert_eq!(
            passwords.matches(secret("anything"), broken).await,
            Ok(false)
        );
    }

    #[tokio::test]
    async fn length_is_held() {
        let passwords = Passwords::new(1).unwrap();
        for bad in ["ngắn", &"x".repeat(LONGEST + 1)] {
            let error = passwords.hash(secret(bad)).await.unwrap_err();
            assert_eq!(error, PasswordError::Length);
        }
    }
}
