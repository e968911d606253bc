//! Passwords: Argon2id (RFC 9106), away from the threads that serve, a few at a time.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use argon2::PasswordHash;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::argon::Argon;
use super::turns::{Turn, Turns};

/// Shortest password, in characters.
pub const SHORTEST: usize = 10;
/// Longest password, in bytes: more would only be work for the hash.
pub const LONGEST: usize = 256;

/// Calls that may wait for each place. At some 20 ms a hash the last waits a third of a second;
/// whoever comes when all places to wait are taken is told to come again.
const WAITING: usize = 16;

/// Why a password was not hashed or compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// As many calls wait already as may, or as may from there; nothing was hashed or compared.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// It is too short or too long to be chosen.
    #[error("a password has from {SHORTEST} characters to {LONGEST} bytes")]
    Length,
    /// The machine failed: no random numbers, no memory, or the server is stopping.
    #[error("the password could not be hashed")]
    Unavailable,
}

/// A password that may be chosen: neither too short nor too long.
///
/// Read before an attempt is counted or a one-time password used up, for a mistake of length.
#[derive(Debug)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// Takes a text as a password.
    ///
    /// # Errors
    /// [`PasswordError::Length`].
    pub fn parse(text: &str) -> Result<Self, PasswordError> {
        if text.chars().count() < SHORTEST || text.len() > LONGEST {
            return Err(PasswordError::Length);
        }
        Ok(Self(SecretString::from(text)))
    }
}

/// Hashes and compares passwords.
///
/// A hash takes 19 MiB and some 20 ms; the places keep a storm of log-ins from taking the machine's
/// memory, and the bounded queue before them keeps it from making everybody wait. No source can take
/// the whole queue.
pub struct Passwords {
    argon: Arc<Argon>,
    queue: Arc<Turns>,
    places: Arc<Semaphore>,
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
        let argon = Argon::default();
        let nobody = argon.hash(hex::encode(noise).as_bytes());
        let places = usize::try_from(places).unwrap_or(1);
        let queue = places.saturating_mul(1 + WAITING);
        Ok(Self {
            queue: Arc::new(Turns::new(queue)),
            places: Arc::new(Semaphore::new(places)),
            nobody: nobody.ok_or(PasswordError::Unavailable)?,
            argon: Arc::new(argon),
        })
    }

    /// A place in the queue for a call from this address, or a refusal at once.
    ///
    /// # Errors
    /// [`PasswordError::Busy`].
    pub fn turn(&self, source: Option<IpAddr>) -> Result<Turn, PasswordError> {
        self.queue.take(source).ok_or(PasswordError::Busy)
    }

    /// Hashes a new password, the last thing that a call has its turn for; the result is in PHC form.
    ///
    /// # Errors
    /// If the machine failed.
    pub async fn hash(
        &self,
        turn: Turn,
        NewPassword(password): NewPassword,
    ) -> Result<SecretString, PasswordError> {
        let hash = move |argon: &Argon| argon.hash(password.expose_secret().as_bytes());
        let hash = self.run(&turn, hash).await?;
        hash.ok_or(PasswordError::Unavailable)
    }

    /// Whether the password is the one of this hash. Without a hash the answer is no, after the
    /// same work.
    ///
    /// # Errors
    /// If the machine failed.
    pub async fn matches(
        &self,
        turn: &Turn,
        password: SecretString,
        hash: Option<SecretString>,
    ) -> Result<bool, PasswordError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let same = self
            .run(turn, move |argon| compare(argon, &password, &hash))
            .await?;
        Ok(same && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        _: &Turn,
        work: impl FnOnce(&Argon) -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| PasswordError::Unavailable)?;
        let argon = Arc::clone(&self.argon);
        // The place goes with the work: a caller who hangs up ends the call, not the hash.
        let work = move || {
            let end = work(&argon);
            drop(place);
            end
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| PasswordError::Unavailable)
    }
}

fn compare(argon: &Argon, password: &SecretString, hash: &SecretString) -> bool {
    let text = password.expose_secret();
    // A hash that cannot be read matches nothing; a password that is too long was never set.
    let Ok(hash) = PasswordHash::new(hash.expose_secret()) else {
        return false;
    };
    let fits = text.len() <= LONGEST;
    let bytes = if fits { text.as_bytes() } else { &[] };
    argon.matches(bytes, &hash) && fits
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;

    fn secret(text: &str) -> SecretString {
        SecretString::from(text)
    }

    #[tokio::test]
    async fn only_the_password_matches_its_hash() {
        let passwords = Passwords::new(2).unwrap();
        let chosen = NewPassword::parse("mật khẩu dài").unwrap();
        let turn = passwords.turn(None).unwrap();
        let hash = passwords.hash(turn, chosen).await.unwrap();
        let turn = passwords.turn(None).unwrap();
        assert!(hash.expose_secret().starts_with("$argon2id$"));
        for (password, same) in [("mật khẩu dài", true), ("mật khẩu dàj", false), ("", false)]
        {
            let matches = passwords
                .matches(&turn, secret(password), Some(hash.clone()))
                .await;
            assert_eq!(matches, Ok(same), "{password}");
        }
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        let passwords = Passwords::new(1).unwrap();
        let turn = passwords.turn(None).unwrap();
        assert_eq!(
            passwords.matches(&turn, secret("anything"), None).await,
            Ok(false)
        );
        let broken = Some(secret("not a hash"));
        assert_eq!(
            passwords.matches(&turn, secret("anything"), broken).await,
            Ok(false)
        );
    }

    #[test]
    fn length_is_held() {
        for (text, fits) in [
            ("ngắn", false),
            ("mười ký tự", true),
            (&"x".repeat(LONGEST), true),
            (&"x".repeat(LONGEST + 1), false),
        ] {
            assert_eq!(NewPassword::parse(text).is_ok(), fits, "{text}");
        }
    }

    #[test]
    fn so_many_wait_and_no_more() {
        let passwords = Passwords::new(2).unwrap();
        let source = |last: u32| Some(IpAddr::from(last.to_be_bytes()));
        let places = u32::try_from(2 * (1 + WAITING)).unwrap();
        let mut turns: Vec<_> = (0..places)
            .map(|last| passwords.turn(source(last)).unwrap())
            .collect();
        let late = || passwords.turn(source(places));
        assert_eq!(late().unwrap_err(), PasswordError::Busy);
        turns.pop();
        turns.push(late().unwrap());
        assert_eq!(passwords.turn(None).unwrap_err(), PasswordError::Busy);
    }

    #[tokio::test]
    async fn so_many_are_hashed_at_once_and_no_more() {
        let passwords = Passwords::new(2).unwrap();
        let turns: Vec<_> = (0..8).map(|_| passwords.turn(None).unwrap()).collect();
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Each waits for another, so that as many as may do run at the same time.
        let pair = Arc::new(Barrier::new(2));
        let works = turns.iter().map(|turn| {
            let (running, most, pair) = (running.clone(), most.clone(), pair.clone());
            passwords.run(turn, move |_| {
                most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                pair.wait();
                running.fetch_sub(1, SeqCst);
            })
        });
        for end in futures_util::future::join_all(works).await {
            end.unwrap();
        }
        assert_eq!(most.load(SeqCst), 2);
    }

    #[tokio::test]
    async fn whoever_hangs_up_keeps_the_place_until_the_hash_is_done() {
        let passwords = Arc::new(Passwords::new(1).unwrap());
        let (begins, begun) = tokio::sync::oneshot::channel();
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let theirs = Arc::clone(&passwords);
        let caller = tokio::spawn(async move {
            let turn = theirs.turn(None).unwrap();
            let work = move |_: &Argon| (begins.send(()), finished.recv());
            theirs.run(&turn, work).await.map(|_| ())
        });
        begun.await.unwrap();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        assert_eq!(passwords.places.available_permits(), 0);
        finish.send(()).unwrap();
        let again = passwords.places.acquire().await;
        again.unwrap().forget();
    }
}
