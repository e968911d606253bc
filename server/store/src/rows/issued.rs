//! Issuer and serial number of a certificate, as entries tell them.

use kyso_core::model::Issued;
use kyso_evidence::entry::{MAX_ISSUER_BYTES, MAX_SERIAL_BYTES};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// Reads them from DER: once for a credential that is loaded, since a signature has no time for it.
///
/// What no entry can hold is left out rather than cut: half a name could be another's, and the hash
/// names the certificate anyway. So is the issuer of a certificate that issued itself: that is its
/// owner's name, which must not stand in an entry.
pub(super) fn issued(der: &[u8]) -> Issued {
    let Ok(certificate) = Certificate::from_der(der) else {
        return Issued::default();
    };
    let body = certificate.tbs_certificate;
    let issuer = (body.issuer != body.subject).then(|| body.issuer.to_string());
    let within = |name: &String| (1..=MAX_ISSUER_BYTES).contains(&name.len());
    Issued {
        issuer: issuer.filter(within),
        serial: serial(body.serial_number.as_bytes()),
    }
}

/// DER puts a zero byte before a number whose first bit is set; the number itself has none.
fn serial(bytes: &[u8]) -> Option<String> {
    let number = match bytes {
        [0, number @ ..] if !number.is_empty() => number,
        number => number,
    };
    (1..=MAX_SERIAL_BYTES)
        .contains(&number.len())
        .then(|| hex::encode(number))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, SerialNumber};

    use super::*;

    fn params(organization: &str, serial: &[u8]) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.serial_number = Some(SerialNumber::from_slice(serial));
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, "VN");
        name.push(DnType::OrganizationName, organization);
        params.distinguished_name = name;
        params
    }

    /// Of a certificate that an authority of this name issued under this number.
    fn of(organization: &str, number: &[u8]) -> Issued {
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::new(params(organization, &[1]), &key);
        let leaf = params("Nguyễn Văn A", number).signed_by(&key, &issuer);
        issued(leaf.unwrap().der())
    }

    #[test]
    fn issuers_are_rfc_4514_and_serials_lowercase_without_leading_zero() {
        let found = of("Ban Cơ yếu, \"G2\"", &[0x9a, 0x01]);
        let issuer = r#"O=Ban Cơ yếu\, \"G2\",C=VN"#;
        assert_eq!(found.issuer.as_deref(), Some(issuer));
        assert_eq!(found.serial.as_deref(), Some("9a01"));
        for (number, text) in [
            ([0x7f].as_slice(), "7f"),
            (&[0], "00"),
            (&[0x01, 0x00], "0100"),
            (&[0xff; 20], &"ff".repeat(20)),
        ] {
            assert_eq!(of("x", number).serial.as_deref(), Some(text));
        }
    }

    #[test]
    fn what_no_entry_can_hold_is_left_out() {
        let longest = MAX_ISSUER_BYTES - "O=,C=VN".len();
        assert!(of(&"x".repeat(longest), &[1]).issuer.is_some());
        let longer = of(&"x".repeat(longest + 1), &[1]);
        assert_eq!(
            (longer.issuer, longer.serial.as_deref()),
            (None, Some("01"))
        );
        assert_eq!(issued(b"no certificate"), Issued::default());
    }

    #[test]
    fn a_certificate_that_issued_itself_names_nobody() {
        let own = params("Nguyễn Văn A", &[7]).self_signed(&KeyPair::generate().unwrap());
        let found = issued(own.unwrap().der());
        assert_eq!((found.issuer, found.serial.as_deref()), (None, Some("07")));
    }
}
