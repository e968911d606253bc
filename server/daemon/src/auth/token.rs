//! Access tokens: `at+jwt` (RFC 9068), ES256 and nothing else, short-lived.

use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jsonwebtoken::{Algorithm, Header, Validation};
use kyso_core::Timestamp;
use kyso_core::actor::TokenRef;
use sha2::{Digest as _, Sha256};

use super::claims::Claims;
use super::grant::{Grant, Verified};
use super::keys::KeyRing;
use super::memory::Memory;

/// `typ` of the header (RFC 9068 §2.1): a token of another kind is none.
const TYPE: &str = "at+jwt";
/// A longer one is not ours.
const LONGEST: usize = 4096;

/// Why a token does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has ended.
    #[error("the access token has ended")]
    Expired,
    /// It is not one of ours: malformed, forged, for another audience, under an unknown key.
    #[error("the access token is not valid")]
    Invalid,
    /// There is no key to sign with.
    #[error("there is no key to sign tokens with")]
    NoKey,
}

/// A token that was made: its text, and what it says.
pub struct Issued {
    /// The token.
    pub text: String,
    /// Its `jti`, family and end.
    pub token: TokenRef,
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Issued({:?})", self.token.family)
    }
}

/// Makes and verifies access tokens.
///
/// Verified ones are remembered. Revocation is policy's to say at every call, from the snapshot.
pub struct TokenService {
    issuer: String,
    keys: ArcSwap<KeyRing>,
    validation: Validation,
    memory: Memory,
}

impl fmt::Debug for TokenService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenService({})", self.issuer)
    }
}

impl TokenService {
    /// Tokens of this issuer, which is their audience too.
    pub fn new(issuer: &str, keys: KeyRing) -> Self {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[issuer]);
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // The end is held against our own clock.
        validation.validate_exp = false;
        Self {
            issuer: issuer.to_owned(),
            keys: ArcSwap::from_pointee(keys),
            validation,
            memory: Memory::default(),
        }
    }

    /// Puts a newer ring in force.
    pub fn install(&self, keys: KeyRing) {
        self.keys.store(Arc::new(keys));
    }

    /// The ring in force.
    pub fn keys(&self) -> Arc<KeyRing> {
        self.keys.load_full()
    }

    /// Makes a token that ends `seconds` from now.
    ///
    /// # Errors
    /// [`TokenError::NoKey`].
    pub fn issue(&self, grant: Grant, now: Timestamp, seconds: u32) -> Result<Issued, TokenError> {
        let mut jti = [0; 16];
        getrandom::fill(&mut jti).map_err(|_| TokenError::NoKey)?;
        let expires_at = Timestamp::from_seconds(now.as_seconds() + i64::from(seconds));
        let token = TokenRef {
            jti,
            family: grant.family,
            expires_at,
        };
        let claims = Claims::new(&self.issuer, grant, &token, now).ok_or(TokenError::NoKey)?;
        let keys = self.keys.load();
        let (version, key) = keys.current(now).ok_or(TokenError::NoKey)?;
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(version.to_string());
        let text =
            jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(|_| TokenError::NoKey)?;
        Ok(Issued { text, token })
    }

    /// Verifies a token; by memory if it was seen before.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] or [`TokenError::Expired`].
    pub fn verify(&self, text: &str, now: Timestamp) -> Result<Verified, TokenError> {
        if text.len() > LONGEST {
            return Err(TokenError::Invalid);
        }
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let known = self.memory.recall(&hash);
        let verified = known.map_or_else(|| self.check(text), Ok)?;
        if verified.token.expires_at <= now {
            return Err(TokenError::Expired);
        }
        if known.is_none() {
            self.memory.remember(hash, verified, now);
        }
        Ok(verified)
    }

    fn check(&self, text: &str) -> Result<Verified, TokenError> {
        let header = jsonwebtoken::decode_header(text).map_err(|_| TokenError::Invalid)?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(TokenError::Invalid);
        }
        let keys = self.keys.load();
        let kid = header.kid.ok_or(TokenError::Invalid)?;
        let key = keys.named(&kid).ok_or(TokenError::Invalid)?;
        let data = jsonwebtoken::decode::<Claims>(text, &key.decoding, &self.validation)
            .map_err(|_| TokenError::Invalid)?;
        data.claims.read().ok_or(TokenError::Invalid)
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use kyso_api::problem::Language;
    use kyso_core::actor::{Proof, Subject};
    use kyso_core::id::{ClientId, ClientKeyId, PersonId, RequestId, TokenFamilyId};

    use super::super::grant::Scope;
    use super::super::keys::{TokenKey, make};
    use super::*;
    use crate::http::frame::Call;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
    const ISSUER: &str = "https://sign.example.vn";

    fn ring(version: i64) -> KeyRing {
        KeyRing::new([(version, TokenKey::read(&make(NOW).unwrap()).unwrap())])
    }

    fn grant() -> Grant {
        Grant {
            subject: Subject::Person(PersonId::random()),
            client: Some(ClientId::random()),
            proof: Proof::PasswordAndTotp,
            family: TokenFamilyId::random(),
            otp_at: Some(NOW),
            certificate: Some([7; 32]),
            key: Some(ClientKeyId::random()),
            password: Some(7),
            network: None,
            scope: Scope::Service,
        }
    }

    #[test]
    fn a_token_says_again_who_it_is_for() {
        let service = TokenService::new(ISSUER, ring(1));
        let grant = grant();
        let issued = service.issue(grant, NOW, 600).unwrap();
        let call = Call {
            request: RequestId::random(),
            source: None,
            language: Language::default(),
        };
        for _ in 0..2 {
            let verified = service.verify(&issued.text, NOW).unwrap();
            let actor = verified.actor(call);
            assert_eq!(actor.subject(), grant.subject);
            assert_eq!(actor.client(), grant.client);
            assert_eq!(actor.request(), call.request);
            assert_eq!(actor.proof(), Proof::PasswordAndTotp);
            assert_eq!(actor.otp_at(), Some(NOW));
            assert_eq!(actor.client_key(), grant.key);
            assert_eq!(actor.token(), Some(issued.token));
            assert_eq!(verified.certificate(), Some([7; 32]));
            assert!(verified.is_for("/csc/v1/info") && !verified.is_for("/api/v1/me"));
        }
    }

    #[test]
    fn it_ends_also_when_remembered() {
        let service = TokenService::new(ISSUER, ring(1));
        let text = service.issue(grant(), NOW, 600).unwrap().text;
        assert!(
            service
                .verify(&text, Timestamp::from_seconds(1_800_000_599))
                .is_ok()
        );
        let end = Timestamp::from_seconds(1_800_000_600);
        assert_eq!(service.verify(&text, end).unwrap_err(), TokenError::Expired);
    }

    #[test]
    fn tokens_of_others_are_refused() {
        let service = TokenService::new(ISSUER, ring(1));
        let other_key = TokenService::new(ISSUER, ring(1))
            .issue(grant(), NOW, 600)
            .unwrap();
        let other_kid = TokenService::new(ISSUER, ring(2))
            .issue(grant(), NOW, 600)
            .unwrap();
        for text in [&other_key.text, &other_kid.text] {
            assert_eq!(service.verify(text, NOW).unwrap_err(), TokenError::Invalid);
        }
    }

    #[test]
    fn tokens_of_another_issuer_under_our_key_are_refused() {
        let bytes = make(NOW).unwrap();
        let ring = || KeyRing::new([(1, TokenKey::read(&bytes).unwrap())]);
        let ours = TokenService::new(ISSUER, ring());
        let theirs = TokenService::new("https://other.example.vn", ring());
        let text = theirs.issue(grant(), NOW, 600).unwrap().text;
        assert_eq!(ours.verify(&text, NOW).unwrap_err(), TokenError::Invalid);
    }

    #[test]
    fn every_changed_byte_breaks_a_token() {
        let service = TokenService::new(ISSUER, ring(1));
        let text = service.issue(grant(), NOW, 600).unwrap().text;
        for place in (0..text.len()).step_by(7) {
            let mut bytes = text.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(
                service.verify(&changed, NOW).unwrap_err(),
                TokenError::Invalid,
                "{place}"
            );
        }
    }

    #[test]
    fn other_algorithms_and_types_are_refused() {
        let service = TokenService::new(ISSUER, ring(1));
        let text = service.issue(grant(), NOW, 600).unwrap().text;
        let (_, rest) = text.split_once('.').unwrap();
        for header in [
            r#"{"alg":"none","typ":"at+jwt","kid":"1"}"#,
            r#"{"alg":"HS256","typ":"at+jwt","kid":"1"}"#,
            r#"{"alg":"ES256","typ":"JWT","kid":"1"}"#,
            r#"{"alg":"ES256","typ":"at+jwt"}"#,
        ] {
            let forged = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header));
            assert_eq!(
                service.verify(&forged, NOW).unwrap_err(),
                TokenError::Invalid,
                "{header}"
            );
        }
        let long = "a".repeat(LONGEST + 1);
        assert_eq!(service.verify(&long, NOW).unwrap_err(), TokenError::Invalid);
    }
}
