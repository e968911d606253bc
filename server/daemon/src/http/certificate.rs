//! What the API shows of a certificate; never on the way of a signature.

use kyso_api::csc::{CertInfo, CertStatus, Certificates};
use kyso_api::encoding::{encode_base64, generalized_time};
use kyso_core::Timestamp;
use kyso_core::model::{Certificate as Stored, CredentialState};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// Names and number of a leaf certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Issuer as RFC 4514 text.
    pub issuer: String,
    /// Subject as RFC 4514 text.
    pub subject: String,
    /// Serial number, upper-case hexadecimal, without leading zero bytes.
    pub serial: String,
}

impl Names {
    /// Reads a DER certificate; `None` if it is not one.
    pub fn read(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let body = certificate.tbs_certificate;
        Some(Self {
            issuer: body.issuer.to_string(),
            subject: body.subject.to_string(),
            serial: serial_hex(body.serial_number.as_bytes()),
        })
    }
}

/// DER puts a zero byte before a number whose first bit is set; the number itself has none.
fn serial_hex(bytes: &[u8]) -> String {
    let start = bytes
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(bytes.len());
    hex::encode_upper(bytes.split_at(start).1)
}

/// `cert` of `credentials/info`.
pub fn cert_info(
    stored: Option<&Stored>,
    state: CredentialState,
    wanted: Certificates,
    names: bool,
    now: Timestamp,
) -> CertInfo {
    let Some(stored) = stored else {
        return CertInfo::default();
    };
    let mut info = CertInfo {
        status: Some(status(stored, state, now)),
        certificates: certificates(stored, wanted),
        ..CertInfo::default()
    };
    if names {
        name(&mut info, stored);
    }
    info
}

fn certificates(stored: &Stored, wanted: Certificates) -> Option<Vec<String>> {
    let count = match wanted {
        Certificates::None => return None,
        Certificates::Single => 1,
        Certificates::Chain => stored.chain.len(),
    };
    Some(
        stored
            .chain
            .iter()
            .take(count)
            .map(|der| encode_base64(der))
            .collect(),
    )
}

fn name(info: &mut CertInfo, stored: &Stored) {
    let names = stored.chain.first().and_then(|leaf| Names::read(leaf));
    if let Some(names) = names {
        info.issuer_dn = Some(names.issuer);
        info.subject_dn = Some(names.subject);
        info.serial_number = Some(names.serial);
    }
    info.valid_from = generalized_time(stored.not_before.as_seconds());
    info.valid_to = generalized_time(stored.not_after.as_seconds());
}

/// Locking a credential here is no state of its certificate, so a locked one is still `valid`.
fn status(stored: &Stored, state: CredentialState, now: Timestamp) -> CertStatus {
    match state {
        CredentialState::Revoked => CertStatus::Revoked,
        CredentialState::Expired => CertStatus::Expired,
        _ if now > stored.not_after => CertStatus::Expired,
        _ => CertStatus::Valid,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use kyso_core::model::Issued;

    use super::*;

    /// A certificate as the Government CA's profile has it: two OU and an e-mail address.
    pub(crate) fn leaf() -> Vec<u8> {
        use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SerialNumber};
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(&[0x00, 0x9A, 0x01]));
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, "VN");
        name.push(DnType::OrganizationName, "UBND tỉnh, \"Hà Tĩnh\"");
        name.push(DnType::CommonName, "Nguyễn Văn A");
        params.distinguished_name = name;
        params
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn names_are_rfc_4514_and_serials_hexadecimal() {
        let names = Names::read(&leaf()).unwrap();
        assert_eq!(
            names.subject,
            r#"CN=Nguyễn Văn A,O=UBND tỉnh\, \"Hà Tĩnh\",C=VN"#
        );
        assert_eq!(names.issuer, names.subject);
        assert_eq!(names.serial, "9A01");
        assert_eq!(Names::read(b"no certificate"), None);
    }

    fn stored() -> Stored {
        Stored {
            chain: vec![leaf(), leaf()],
            sha256: [0; 32],
            issued: Issued::default(),
            not_before: Timestamp::from_seconds(0),
            not_after: Timestamp::from_seconds(100),
        }
    }

    #[test]
    fn as_many_certificates_as_asked_for() {
        let stored = stored();
        for (wanted, count) in [
            (Certificates::None, None),
            (Certificates::Single, Some(1)),
            (Certificates::Chain, Some(2)),
        ] {
            assert_eq!(certificates(&stored, wanted).map(|list| list.len()), count);
        }
    }

    #[test]
    fn a_locked_credential_keeps_a_valid_certificate() {
        let stored = stored();
        let at = Timestamp::from_seconds;
        assert_eq!(
            status(&stored, CredentialState::Locked, at(50)),
            CertStatus::Valid
        );
        assert_eq!(
            status(&stored, CredentialState::Active, at(101)),
            CertStatus::Expired
        );
        assert_eq!(
            status(&stored, CredentialState::Revoked, at(50)),
            CertStatus::Revoked
        );
    }

    #[test]
    fn names_and_dates_only_when_asked_for() {
        let stored = stored();
        let ask = |names| {
            let now = Timestamp::from_seconds(50);
            cert_info(
                Some(&stored),
                CredentialState::Active,
                Certificates::None,
                names,
                now,
            )
        };
        assert_eq!(ask(false).subject_dn, None);
        assert_eq!(ask(true).valid_from.as_deref(), Some("19700101000000Z"));
        assert_eq!(ask(true).serial_number.as_deref(), Some("9A01"));
    }
}
