//! `credentials/info`: what a credential is, in the shapes of both versions.

use kyso_api::csc::{
    Auth, AuthMode, AuthModeV2, AuthObject, CredentialInfoV1, CredentialInfoV2, Detail, KeyInfo,
    KeyStatus, OtpInfo, PinInfo, Presence, Scal,
};
use kyso_core::Timestamp;
use kyso_core::model::{Credential, CredentialState};

use super::algorithm;
use crate::http::certificate::cert_info;

/// `id` of the one-time password in `authData`, and `OTP.ID` of version 1.
pub const OTP: &str = "OTP";
const OTP_LABEL: &str = "Mã xác thực";

/// Whether the credential signs at `now`, as far as its row says.
pub fn is_usable(credential: &Credential, now: Timestamp) -> bool {
    let valid = |certificate: &std::sync::Arc<kyso_core::model::Certificate>| {
        (certificate.not_before..=certificate.not_after).contains(&now)
    };
    credential.state == CredentialState::Active
        && credential.certificate.as_ref().is_some_and(valid)
}

fn key_info(credential: &Credential, now: Timestamp) -> KeyInfo {
    let algorithm = credential.key.algorithm;
    let usable = is_usable(credential, now);
    KeyInfo {
        status: if usable {
            KeyStatus::Enabled
        } else {
            KeyStatus::Disabled
        },
        algo: algorithm::announced(algorithm)
            .into_iter()
            .map(str::to_owned)
            .collect(),
        len: algorithm.bits(),
        curve: algorithm.curve_oid().map(str::to_owned),
    }
}

fn cert(credential: &Credential, detail: &Detail, now: Timestamp) -> kyso_api::csc::CertInfo {
    let stored = credential.certificate.as_deref();
    cert_info(
        stored,
        credential.state,
        detail.certificates,
        detail.cert_info,
        now,
    )
}

/// Who says that a credential's owner wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// The caller, with a one-time password of the owner's.
    Factor,
    /// The owner, on a page of ours that shows exactly the hashes.
    Signer,
    /// A stamping session that was opened for the caller.
    Session,
}

impl Consent {
    /// CSC's `SCAL`: what the owner was not shown by us they cannot be said to have authorized.
    const fn scal(self) -> Scal {
        match self {
            Self::Signer => Scal::Two,
            Self::Factor | Self::Session => Scal::One,
        }
    }
}

/// The body in version 1. Where it takes no factor of the caller, version 1 calls it implicit.
pub fn info_v1(
    credential: &Credential,
    consent: Consent,
    detail: &Detail,
    multisign: u32,
    now: Timestamp,
) -> CredentialInfoV1 {
    let explicit = consent == Consent::Factor;
    let factors = explicit && detail.auth_info;
    CredentialInfoV1 {
        description: None,
        key: key_info(credential, now),
        cert: cert(credential, detail, now),
        auth_mode: if explicit {
            AuthMode::Explicit
        } else {
            AuthMode::Implicit
        },
        scal: consent.scal(),
        pin: factors.then(pin),
        otp: factors.then(otp),
        multisign,
        lang: Some(super::info::LANGUAGE.to_owned()),
    }
}

/// The body in version 2; `named` puts the credential's id in, as `credentials/list` wants.
pub fn info_v2(
    credential: &Credential,
    consent: Consent,
    detail: &Detail,
    multisign: u32,
    now: Timestamp,
    named: bool,
) -> CredentialInfoV2 {
    CredentialInfoV2 {
        credential_id: named.then(|| credential.id.to_string()),
        description: None,
        signature_qualifier: None,
        key: key_info(credential, now),
        cert: cert(credential, detail, now),
        auth: Auth {
            mode: AuthModeV2::Explicit,
            expression: None,
            objects: match consent {
                Consent::Factor => vec![otp_object()],
                Consent::Signer | Consent::Session => Vec::new(),
            },
        },
        scal: consent.scal(),
        multisign,
        lang: Some(super::info::LANGUAGE.to_owned()),
    }
}

fn pin() -> PinInfo {
    PinInfo {
        presence: Presence::Absent,
        format: None,
        label: None,
        description: None,
    }
}

fn otp() -> OtpInfo {
    OtpInfo {
        presence: Presence::Required,
        kind: Some("offline".to_owned()),
        format: Some("N".to_owned()),
        label: Some(OTP_LABEL.to_owned()),
        description: None,
        id: OTP.to_owned(),
        provider: None,
    }
}

fn otp_object() -> AuthObject {
    AuthObject {
        kind: "Password".to_owned(),
        id: OTP.to_owned(),
        format: Some("N".to_owned()),
        generator: Some("totp".to_owned()),
        label: Some(OTP_LABEL.to_owned()),
        description: None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use kyso_api::csc::Certificates;
    use kyso_core::id::{AgencyId, CredentialId, PersonId};
    use kyso_core::model::{Certificate, CredentialKind, Issued, Owner};
    use kyso_core::{KeyAlgorithm, KeyRef};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(50);

    fn credential(kind: CredentialKind, algorithm: KeyAlgorithm) -> Credential {
        let certificate = Certificate {
            chain: vec![crate::http::certificate::tests::leaf()],
            sha256: [0; 32],
            issued: Issued::default(),
            not_before: Timestamp::from_seconds(0),
            not_after: Timestamp::from_seconds(100),
        };
        Credential {
            id: CredentialId::random(),
            owner: Owner::Person(PersonId::random()),
            agency: AgencyId::random(),
            kind,
            key: Arc::new(KeyRef {
                cka_id: [0; 16],
                algorithm,
                spki: Arc::from([]),
            }),
            certificate: Some(Arc::new(certificate)),
            state: CredentialState::Active,
            multisign: 50,
            sad_lifetime: Duration::from_mins(5),
            extensible: false,
            by_digest: false,
        }
    }

    fn detail(auth_info: bool) -> Detail {
        Detail {
            certificates: Certificates::Single,
            cert_info: true,
            auth_info,
            lang: None,
        }
    }

    fn has_null(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Null => true,
            serde_json::Value::Array(items) => items.iter().any(has_null),
            serde_json::Value::Object(members) => members.values().any(has_null),
            _ => false,
        }
    }

    #[test]
    fn trap_scal_is_a_text_and_nothing_is_null() {
        let credential = credential(CredentialKind::Personal, KeyAlgorithm::P256);
        let v1 = serde_json::to_value(info_v1(
            &credential,
            Consent::Factor,
            &detail(true),
            50,
            NOW,
        ))
        .unwrap();
        let v2 = serde_json::to_value(info_v2(
            &credential,
            Consent::Factor,
            &detail(true),
            50,
            NOW,
            true,
        ))
        .unwrap();
        for body in [&v1, &v2] {
            assert_eq!(body["SCAL"], "1");
            assert_eq!(body["multisign"], 50);
            assert!(!has_null(body), "{body}");
            assert_eq!(body["key"]["curve"], "1.2.840.10045.3.1.7");
            assert_eq!(body["cert"]["serialNumber"], "9A01");
            assert_eq!(body["cert"]["validTo"], "19700101000140Z");
        }
        assert_eq!(v1["PIN"]["presence"], "false");
        assert_eq!(v1["OTP"]["presence"], "true");
        assert_eq!(v2["auth"]["objects"][0]["generator"], "totp");
        assert_eq!(v2["credentialID"], credential.id.to_string());
    }

    #[test]
    fn factors_are_shown_when_asked_for() {
        let credential = credential(CredentialKind::Personal, KeyAlgorithm::Rsa3072);
        let body = serde_json::to_value(info_v1(
            &credential,
            Consent::Factor,
            &detail(false),
            1,
            NOW,
        ))
        .unwrap();
        assert!(body.get("PIN").is_none() && body.get("OTP").is_none());
        assert!(body["key"].get("curve").is_none());
    }

    #[test]
    fn a_seal_takes_no_factor_and_still_has_its_list() {
        let seal = credential(CredentialKind::Seal, KeyAlgorithm::Rsa3072);
        let v1 =
            serde_json::to_value(info_v1(&seal, Consent::Session, &detail(true), 1, NOW)).unwrap();
        let v2 = serde_json::to_value(info_v2(
            &seal,
            Consent::Session,
            &detail(true),
            1,
            NOW,
            false,
        ))
        .unwrap();
        assert_eq!(v1["authMode"], "implicit");
        assert!(v1.get("OTP").is_none());
        assert_eq!(v2["auth"]["objects"], serde_json::json!([]));
        assert!(v2.get("credentialID").is_none());
    }

    #[test]
    fn who_is_asked_by_us_gives_no_factor_away() {
        let own = credential(CredentialKind::Personal, KeyAlgorithm::P256);
        let v1 = info_v1(&own, Consent::Signer, &detail(true), 1, NOW);
        let v2 = info_v2(&own, Consent::Signer, &detail(true), 1, NOW, false);
        let (v1, v2) = (
            serde_json::to_value(v1).unwrap(),
            serde_json::to_value(v2).unwrap(),
        );
        assert_eq!((&v1["SCAL"], &v2["SCAL"]), (&"2".into(), &"2".into()));
        assert_eq!(v1["authMode"], "implicit");
        assert!(v1.get("PIN").is_none() && v1.get("OTP").is_none());
        assert_eq!(
            v2["auth"],
            serde_json::json!({"mode": "explicit", "objects": []})
        );
    }

    #[test]
    fn a_key_is_enabled_only_while_it_signs() {
        let mut credential = credential(CredentialKind::Personal, KeyAlgorithm::Rsa2048);
        assert!(is_usable(&credential, NOW));
        assert!(!is_usable(&credential, Timestamp::from_seconds(101)));
        credential.state = CredentialState::Locked;
        assert!(!is_usable(&credential, NOW));
        assert_eq!(key_info(&credential, NOW).status, KeyStatus::Disabled);
        credential.certificate = None;
        credential.state = CredentialState::Active;
        assert!(!is_usable(&credential, NOW));
    }
}
