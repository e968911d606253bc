//! CSC replies as strict clients read them. `tests/interop/test_schema.py` holds what a running
//! server answers against the consortium's JSON schema.

use kyso_api::Secret;
use kyso_api::csc::{
    Auth, AuthMode, AuthModeV2, AuthorizeReply, CertInfo, CertStatus, CredentialInfoV1,
    CredentialInfoV2, CredentialsListReply, InfoV1, InfoV2, KeyInfo, KeyStatus, LoginReply,
    OtpInfo, PinInfo, Presence, Scal, SignAlgorithms, SignHashReply, SignatureFormats,
};
use kyso_api::oauth::TokenReply;
use serde_json::{Value, json};

fn info() -> InfoV1 {
    InfoV1 {
        specs: "1.0.4.0".into(),
        name: "Kyso".into(),
        logo: "https://localhost:8443/logo.png".into(),
        region: "VN".into(),
        lang: "vi-VN".into(),
        description: "Ký số tập trung".into(),
        auth_type: vec!["basic".into(), "oauth2client".into()],
        oauth2: Some("https://localhost:8443/csc/v1".into()),
        methods: vec!["credentials/list".into(), "signatures/signHash".into()],
    }
}

fn key() -> KeyInfo {
    KeyInfo {
        status: KeyStatus::Enabled,
        algo: vec!["1.2.840.113549.1.1.11".into()],
        len: 2048,
        curve: None,
    }
}

fn cert() -> CertInfo {
    CertInfo {
        status: Some(CertStatus::Valid),
        certificates: Some(vec!["MIIB".into()]),
        issuer_dn: Some("CN=Evaluation CA".into()),
        serial_number: Some("0a1b".into()),
        subject_dn: Some("CN=Nguyễn Văn A".into()),
        valid_from: Some("20260101000000Z".into()),
        valid_to: Some("20310101000000Z".into()),
    }
}

fn credential() -> CredentialInfoV1 {
    CredentialInfoV1 {
        description: None,
        key: key(),
        cert: cert(),
        auth_mode: AuthMode::Explicit,
        scal: Scal::One,
        pin: Some(PinInfo {
            presence: Presence::Absent,
            format: None,
            label: None,
            description: None,
        }),
        otp: Some(OtpInfo {
            presence: Presence::Required,
            kind: Some("offline".into()),
            format: Some("N".into()),
            label: None,
            description: None,
            id: "totp".into(),
            provider: None,
        }),
        multisign: 100,
        lang: Some("vi-VN".into()),
    }
}

fn v1_replies() -> Vec<(&'static str, Value)> {
    let json = Result::unwrap_or_default;
    vec![
        ("output-info", json(serde_json::to_value(info()))),
        (
            "output-auth-login",
            json(serde_json::to_value(LoginReply {
                access_token: Secret::new("t"),
                refresh_token: None,
                expires_in: Some(3600),
            })),
        ),
        (
            "output-oauth2-token",
            json(serde_json::to_value(TokenReply {
                access_token: Secret::new("t"),
                token_type: "Bearer".into(),
                expires_in: 600,
                scope: None,
                refresh_token: None,
            })),
        ),
        (
            "output-credentials-list",
            json(serde_json::to_value(CredentialsListReply {
                credential_ids: vec!["c".into()],
                next_page_token: None,
            })),
        ),
        (
            "output-credentials-info",
            json(serde_json::to_value(credential())),
        ),
        (
            "output-credentials-authorize",
            json(serde_json::to_value(AuthorizeReply {
                sad: Secret::new("s"),
                expires_in: Some(300),
            })),
        ),
        (
            "output-signatures-signhash",
            json(serde_json::to_value(SignHashReply {
                signatures: vec!["AAAA".into()],
            })),
        ),
    ]
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}

#[test]
fn no_reply_holds_a_null() {
    for (name, reply) in v1_replies() {
        assert!(!holds_null(&reply), "{name}: {reply}");
    }
}

#[test]
fn scal_is_a_text_and_presence_too() {
    let reply = serde_json::to_value(credential()).unwrap();
    assert_eq!(reply["SCAL"], json!("1"));
    assert_eq!(reply["OTP"]["presence"], json!("true"));
    assert_eq!(reply["PIN"]["presence"], json!("false"));
    assert_eq!(reply["OTP"]["ID"], json!("totp"));
    assert_eq!(reply["cert"]["validFrom"], json!("20260101000000Z"));
}

#[test]
fn an_absent_scal_means_one() {
    let mut reply = serde_json::to_value(credential()).unwrap();
    reply.as_object_mut().unwrap().remove("SCAL");
    let read: CredentialInfoV1 = serde_json::from_value(reply).unwrap();
    assert_eq!(read, credential());
}

#[test]
fn v2_info_has_every_member_that_a_2_2_client_needs() {
    let reply = InfoV2 {
        base: InfoV1 {
            specs: "2.2.0.0".into(),
            ..info()
        },
        oauth2_issuer: None,
        asynchronous_operation_mode: false,
        validation_info: false,
        supports_rar: false,
        supported_hash_types: vec!["DTBSR".into()],
        sign_algorithms: SignAlgorithms {
            algos: key().algo,
            algo_params: None,
        },
        signature_formats: SignatureFormats {
            formats: vec!["P".into()],
            envelope_properties: vec![vec!["Revision".into()]],
        },
        conformance_levels: vec!["Ades-B-B".into()],
    };
    let json = serde_json::to_value(&reply).unwrap();
    for member in [
        "specs",
        "name",
        "logo",
        "region",
        "lang",
        "description",
        "authType",
        "methods",
        "supportedHashTypes",
        "signAlgorithms",
        "signature_formats",
        "conformance_levels",
    ] {
        assert!(json.get(member).is_some(), "{member}");
    }
    assert!(!holds_null(&json));
    assert_eq!(serde_json::from_value::<InfoV2>(json).unwrap(), reply);
}

#[test]
fn v2_particulars_keep_the_key_objects_even_when_empty() {
    let reply = CredentialInfoV2 {
        credential_id: None,
        description: None,
        signature_qualifier: None,
        key: KeyInfo {
            curve: Some("1.2.840.10045.3.1.7".into()),
            ..key()
        },
        cert: cert(),
        auth: Auth {
            mode: AuthModeV2::Explicit,
            expression: None,
            objects: vec![],
        },
        scal: Scal::Two,
        multisign: 1,
        lang: None,
    };
    let json = serde_json::to_value(&reply).unwrap();
    assert_eq!(json["auth"], json!({ "mode": "explicit", "objects": [] }));
    assert_eq!(
        serde_json::from_value::<CredentialInfoV2>(json).unwrap(),
        reply
    );
}
