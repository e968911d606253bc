//! An authority of the test's own, and whom it certifies.

use std::path::PathBuf;
use std::process::Command;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    CrlDistributionPoint, CustomExtension, DnType, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_RSA_SHA256, RevokedCertParams, RsaKeySize, SerialNumber,
};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

/// An authority, with `openssl` in a folder of its own.
pub(super) struct House {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// Somebody's certificate in that folder, by its serial number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holder(pub(super) u8);

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = OffsetDateTime::now_utc() - Duration::days(30);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(3000);
    params
}

impl House {
    /// One of this name; every one has other keys.
    pub(super) fn new() -> Self {
        Self::with(KeyPair::generate().unwrap())
    }

    /// The same with RSA, as authorities of the first generation have it.
    pub(super) fn of_rsa() -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048);
        Self::with(key.unwrap())
    }

    fn with(key: KeyPair) -> Self {
        let mut authority = params("Cơ quan chứng thực");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(authority, key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let house = Self { folder, issuer };
        house.write("ca.pem", house.issuer.as_ref().pem().as_bytes());
        house.write("ca.key", house.issuer.key().serialize_pem().as_bytes());
        house
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn root(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// Its certificate in DER.
    pub(super) fn certificate(&self) -> Vec<u8> {
        self.issuer.as_ref().der().to_vec()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn openssl(&self, arguments: &str) {
        let mut openssl = Command::new("openssl");
        let openssl = openssl.args(arguments.split_ascii_whitespace());
        let output = openssl.current_dir(self.folder.path()).output().unwrap();
        assert!(output.status.success(), "openssl {arguments}: {output:?}");
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Certifies somebody; what is to be asked about them there is written into the certificate.
    pub(super) fn certify(&self, serial: u8, responder: &str, list: &str) -> Holder {
        let mut params = params("Người Được Kiểm Tra");
        params.serial_number = Some(SerialNumber::from(vec![serial]));
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        if !responder.is_empty() {
            params.custom_extensions.push(access(responder));
        }
        if !list.is_empty() {
            params.crl_distribution_points = vec![CrlDistributionPoint {
                uris: vec![list.to_owned()],
            }];
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        self.write(&format!("{serial}.pem"), certificate.pem().as_bytes());
        self.write(&format!("{serial}.key"), key.serialize_pem().as_bytes());
        Holder(serial)
    }

    /// A signature of theirs over the file.
    pub(super) fn sign(&self, Holder(serial): Holder, file: &[u8]) -> Vec<u8> {
        self.write("file", file);
        self.openssl(&format!(
            "cms -sign -binary -cades -md sha256 -signer {serial}.pem -inkey {serial}.key -in file \
             -outform DER -out signature"
        ));
        self.read("signature")
    }

    /// The request of OpenSSL about somebody.
    pub(super) fn request(&self, Holder(serial): Holder) -> Vec<u8> {
        self.openssl(&format!(
            "ocsp -issuer ca.pem -cert {serial}.pem -no_nonce -reqout request"
        ));
        self.read("request")
    }

    /// What `openssl ocsp` answers to that request where somebody is valid (`V`), revoked (`R`) or not there, signed by
    /// this authority or another one.
    pub(super) fn response(
        &self,
        request: &[u8],
        letter: &str,
        Holder(serial): Holder,
        by: &Self,
    ) -> Vec<u8> {
        let revoked = if letter == "R" { "260101000000Z" } else { "" };
        let line = format!("{letter}\t390101000000Z\t{revoked}\t{serial:02X}\tunknown\t/CN=x\n");
        self.write(
            "index",
            if letter.is_empty() {
                b""
            } else {
                line.as_bytes()
            },
        );
        self.write("query", request);
        let [signer, key] = ["ca.pem", "ca.key"].map(|name| by.path(name).display().to_string());
        self.openssl(&format!(
            "ocsp -index index -CA ca.pem -rsigner {signer} -rkey {key} -reqin query -respout response"
        ));
        self.read("response")
    }

    /// A list that is the newest until so many hours from now.
    pub(super) fn list(&self, revoked: Option<Holder>, hours: i64) -> Vec<u8> {
        let now = OffsetDateTime::now_utc();
        let entry = |Holder(serial): Holder| RevokedCertParams {
            serial_number: SerialNumber::from(vec![serial]),
            revocation_time: now - Duration::days(3),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: now - Duration::days(2),
            next_update: now + Duration::hours(hours),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: revoked.into_iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().der().to_vec()
    }
}

/// `AuthorityInfoAccessSyntax` with one responder (RFC 5280 §4.2.2.1).
fn access(url: &str) -> CustomExtension {
    let tlv = |tag: u8, content: &[u8]| {
        let length = u8::try_from(content.len()).unwrap();
        assert!(length < 0x80, "a short URL");
        [&[tag, length], content].concat()
    };
    let method = [6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1];
    let one = [&method[..], &tlv(0x86, url.as_bytes())].concat();
    let all = tlv(0x30, &tlv(0x30, &one));
    CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 1, 1], all)
}
