//! Access tokens: `at+jwt` (RFC 9068), ES256 and nothing else, short-lived.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use jsonwebtoken::{Algorithm, Header, Validation};
use kyso_core::actor::{Proof, Subject, TokenRef};
use kyso_core::id::{ClientId, ClientKeyId, TokenFamilyId};
use kyso_core::{Actor, Timestamp};
use sha2::{Digest as _, Sha256};

use super::claims::Claims;
use super::keys::KeyRing;
use super::memory::Memory;
use crate::config::Network;
use crate::http::frame::Call;

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

/// Who a token is for.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// Who acts.
    pub subject: Subject,
    /// The system it was given to, if a person's was.
    pub client: Option<ClientId>,
    /// How they proved who they are.
    pub proof: Proof,
    /// The log-in it descends from.
    pub family: TokenFamilyId,
    /// When a one-time password was proved, if one was.
    pub otp_at: Option<Timestamp>,
    /// SHA-256 of the client certificate it is bound to (RFC 8705 §3).
    pub certificate: Option<[u8; 32]>,
    /// The key that a system proved itself by; the token ends with it.
    pub key: Option<ClientKeyId>,
    /// The entry that set the password a person logged in with; the token ends with that password.
    pub password: Option<i64>,
    /// The network it may be used from, if it is bound to one: a browser's cookie is.
    pub network: Option<Network>,
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

/// A token that was verified.
#[derive(Debug, Clone, Copy)]
pub struct Verified {
    pub(super) grant: Grant,
    pub(super) token: TokenRef,
}

impl Verified {
    /// The certificate whose holder alone may use it, if it is bound to one.
    pub const fn certificate(&self) -> Option<[u8; 32]> {
        self.grant.certificate
    }

    /// Whether it may be used from here.
    pub fn is_at(&self, source: Option<IpAddr>) -> bool {
        self.grant
            .network
            .is_none_or(|network| source.is_some_and(|source| network.contains(source)))
    }

    /// Whether it was made for a person's browser. A program's is no cookie: whoever runs the program
    /// holds it, and a page shows what other systems asked for too.
    pub const fn is_of_a_page(&self) -> bool {
        let Grant {
            subject,
            client,
            network,
            ..
        } = &self.grant;
        matches!(subject, Subject::Person(_)) && client.is_none() && network.is_some()
    }

    /// Who makes this call with it.
    pub fn actor(&self, call: Call) -> Actor {
        let Grant {
            subject,
            client,
            proof,
            ..
        } = self.grant;
        let mut actor =
            Actor::trust_verified(subject, client, proof, Some(self.token), call.source)
                .in_call(call.request);
        if let Some(at) = self.grant.otp_at {
            actor = actor.with_otp_at(at);
        }
        if let Some(set_by) = self.grant.password {
            actor = actor.with_password(set_by);
        }
        match self.grant.key {
            Some(key) => actor.with_client_key(key),
            None => actor,
        }
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
    use kyso_core::id::{PersonId, RequestId};

    use super::super::keys::{TokenKey, make};
    use super::*;

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
        }
    }

    #[test]
    fn only_what_was_made_for_a_browser_is_of_a_page() {
        let of_a_page = Grant {
            client: None,
            network: "203.0.113.0/24".parse().ok(),
            ..grant()
        };
        let system = Subject::Client(ClientId::random());
        for (grant, of_a_page) in [
            (of_a_page, true),
            (
                Grant {
                    network: None,
                    ..of_a_page
                },
                false,
            ),
            (
                Grant {
                    client: Some(ClientId::random()),
                    ..of_a_page
                },
                false,
            ),
            (
                Grant {
                    subject: system,
                    ..of_a_page
                },
                false,
            ),
        ] {
            let service = TokenService::new(ISSUER, ring(1));
            let text = service.issue(grant, NOW, 600).unwrap().text;
            let verified = service.verify(&text, NOW).unwrap();
            assert_eq!(verified.is_of_a_page(), of_a_page, "{grant:?}");
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
