//! What an access token says (RFC 9068 §2.2), in the words of its JSON.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kyso_core::Timestamp;
use kyso_core::actor::{Proof, Subject, TokenRef};
use kyso_core::id::{ClientId, ClientKeyId, PersonId, TokenFamilyId};
use serde::{Deserialize, Serialize};

use super::grant::{Grant, Scope, Verified};
use crate::config::Network;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    iss: String,
    sub: String,
    aud: String,
    iat: i64,
    exp: i64,
    jti: String,
    /// Family: all tokens of one log-in.
    fam: TokenFamilyId,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    /// The key by which the system proved itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key: Option<ClientKeyId>,
    /// The entry that set the password by which the person logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<i64>,
    /// Whether `sub` is a person; a system otherwise.
    person: bool,
    /// How the caller proved who they are.
    proof: String,
    /// When a one-time password was proved, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    otp_at: Option<i64>,
    /// The network it may be used from; one address alone is also a network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    net: Option<Network>,
    /// What it is good for (RFC 9068 §2.2.3), where that is not everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
}

/// RFC 8705 §3.1.
#[derive(Debug, Serialize, Deserialize)]
struct Confirmation {
    #[serde(rename = "x5t#S256")]
    thumbprint: String,
}

impl Claims {
    /// What a token says; `None` for the server itself, which needs none.
    pub(super) fn new(
        issuer: &str,
        grant: Grant,
        token: &TokenRef,
        now: Timestamp,
    ) -> Option<Self> {
        let (sub, person) = match grant.subject {
            Subject::Client(id) => (id.to_string(), false),
            Subject::Person(id) => (id.to_string(), true),
            Subject::System => return None,
        };
        let thumbprint = grant.certificate.map(|hash| URL_SAFE_NO_PAD.encode(hash));
        Some(Self {
            iss: issuer.to_owned(),
            sub,
            aud: issuer.to_owned(),
            iat: now.as_seconds(),
            exp: token.expires_at.as_seconds(),
            jti: hex::encode(token.jti),
            fam: grant.family,
            client_id: grant.client,
            client_key: grant.key,
            password: grant.password,
            person,
            proof: grant.proof.name().to_owned(),
            otp_at: grant.otp_at.map(Timestamp::as_seconds),
            net: grant.network,
            scope: grant.scope.word().map(str::to_owned),
            cnf: thumbprint.map(|thumbprint| Confirmation { thumbprint }),
        })
    }

    /// Who it is for; `None` if it is not as we write it.
    pub(super) fn read(&self) -> Option<Verified> {
        let subject = if self.person {
            // The same holds for a person and their password.
            self.password?;
            Subject::Person(self.sub.parse::<PersonId>().ok()?)
        } else {
            // A system's token names the key that it was got with, or it could not end with it.
            self.client_key?;
            Subject::Client(self.sub.parse::<ClientId>().ok()?)
        };
        let mut jti = [0; 16];
        hex::decode_to_slice(&self.jti, &mut jti).ok()?;
        let certificate = match &self.cnf {
            Some(cnf) => Some(
                URL_SAFE_NO_PAD
                    .decode(&cnf.thumbprint)
                    .ok()?
                    .try_into()
                    .ok()?,
            ),
            None => None,
        };
        let expires_at = Timestamp::from_seconds(self.exp);
        let (proof, scope) = (proof(&self.proof)?, Scope::of_word(self.scope.as_deref())?);
        let (client, family) = (self.client_id, self.fam);
        Some(Verified {
            grant: Grant {
                subject,
                client,
                proof,
                family,
                otp_at: self.otp_at.map(Timestamp::from_seconds),
                certificate,
                key: self.client_key,
                password: self.password,
                network: self.net,
                scope,
            },
            token: TokenRef {
                jti,
                family,
                expires_at,
            },
        })
    }
}

fn proof(name: &str) -> Option<Proof> {
    [
        Proof::ClientSecret,
        Proof::MutualTls,
        Proof::Password,
        Proof::PasswordAndTotp,
        Proof::PrivateKeyJwt,
    ]
    .into_iter()
    .find(|proof| proof.name() == name)
}
