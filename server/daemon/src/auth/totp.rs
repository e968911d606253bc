//! One-time passwords from time (RFC 6238): SHA-1, six digits, thirty seconds, as every
//! authenticator app knows them.

use std::fmt;

use kyso_core::Timestamp;
use subtle::ConstantTimeEq;
use totp_rs::{Algorithm, Builder, Totp};
use zeroize::Zeroizing;

/// Seconds that a code is shown.
pub const STEP_SECONDS: i64 = 30;
/// Bytes of a new secret (RFC 4226 §4 recommends 160 bits).
pub const SECRET_BYTES: usize = 20;

/// A secret, and what checks codes against it.
pub struct Authenticator {
    totp: Totp,
}

impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authenticator(…)")
    }
}

/// The secret is not one, or the machine has no random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no one-time password secret")]
pub struct NoSecret;

impl Authenticator {
    /// The authenticator with this secret.
    ///
    /// # Errors
    /// If the secret is shorter than RFC 4226 allows.
    pub fn new(secret: &[u8]) -> Result<Self, NoSecret> {
        Self::labelled(secret, "", "")
    }

    /// The same, with what an app shows beside the code.
    ///
    /// # Errors
    /// As [`Authenticator::new`].
    pub fn labelled(secret: &[u8], issuer: &str, login: &str) -> Result<Self, NoSecret> {
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(6)
            .with_step_duration(30)
            .with_secret(secret.to_vec())
            .with_account_name(login.replace(':', " "))
            .with_issuer((!issuer.is_empty()).then_some(issuer));
        builder
            .build()
            .map(|totp| Self { totp })
            .map_err(|_| NoSecret)
    }

    /// The time step that this code belongs to: this one, the one before or the one after.
    ///
    /// Each candidate is compared in constant time, and all of them always are.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let current = now.as_seconds().div_euclid(STEP_SECONDS);
        let mut found = None;
        for step in [current - 1, current, current + 1] {
            let time = u64::try_from(step * STEP_SECONDS).unwrap_or_default();
            let right = Zeroizing::new(self.totp.generate(time).to_string());
            if bool::from(right.as_bytes().ct_eq(code.as_bytes())) {
                found = Some(step);
            }
        }
        found
    }

    /// `otpauth://totp/…`, which holds the secret: only ever for its owner.
    ///
    /// # Errors
    /// If there is no label.
    pub fn uri(&self) -> Result<Zeroizing<String>, NoSecret> {
        self.totp.to_url().map(Zeroizing::new).map_err(|_| NoSecret)
    }

    /// The same as a QR code, SVG.
    ///
    /// # Errors
    /// If there is no label, or it is too long for a QR code.
    pub fn qr_svg(&self) -> Result<Zeroizing<String>, NoSecret> {
        let uri = self.uri()?;
        let code = qrcode::QrCode::new(uri.as_bytes()).map_err(|_| NoSecret)?;
        let svg = code
            .render::<qrcode::render::svg::Color<'_>>()
            .min_dimensions(240, 240)
            .build();
        Ok(Zeroizing::new(svg))
    }
}

/// A new secret.
///
/// # Errors
/// If the machine has no random numbers.
pub fn new_secret() -> Result<Zeroizing<[u8; SECRET_BYTES]>, NoSecret> {
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(secret.as_mut_slice()).map_err(|_| NoSecret)?;
    Ok(secret)
}

/// Seconds until the step after `step` begins: "chờ mã mới (N giây)".
pub fn seconds_to_next(step: i64, now: Timestamp) -> u32 {
    let next = (step + 1) * STEP_SECONDS;
    u32::try_from(next - now.as_seconds()).unwrap_or(0).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, cut to six digits.
    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn knows_the_rfc_vectors_one_step_around() {
        let authenticator = Authenticator::new(SECRET).unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
        ] {
            let step = seconds / STEP_SECONDS;
            for (at, expected) in [
                (seconds - 60, None),
                (seconds - 30, Some(step)),
                (seconds, Some(step)),
                (seconds + 30, Some(step)),
                (seconds + 60, None),
            ] {
                let now = Timestamp::from_seconds(at);
                assert_eq!(
                    authenticator.step_of(code, now),
                    expected,
                    "{seconds} at {at}"
                );
            }
        }
    }

    #[test]
    fn other_texts_are_no_codes() {
        let authenticator = Authenticator::new(SECRET).unwrap();
        for text in ["", "28708", "2870820", "28708a", "２８７０８２", "287 082"] {
            assert_eq!(
                authenticator.step_of(text, Timestamp::from_seconds(59)),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn the_uri_names_issuer_and_login() {
        let authenticator = Authenticator::labelled(SECRET, "Kyso", "an@example.vn").unwrap();
        let uri = authenticator.uri().unwrap();
        assert!(uri.starts_with("otpauth://totp/Kyso"), "{}", *uri);
        assert!(
            uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{}",
            *uri
        );
        assert!(authenticator.qr_svg().unwrap().contains("<svg"));
        assert!(Authenticator::new(b"short").is_err());
    }

    #[test]
    fn says_how_long_to_wait() {
        for (step, now, wait) in [(1, 59, 1), (1, 45, 15), (2, 59, 31), (0, 59, 1)] {
            assert_eq!(seconds_to_next(step, Timestamp::from_seconds(now)), wait);
        }
    }
}
