//! OpenSSL as the outside witness.

use std::path::{Path, PathBuf};
use std::process::Command;

use time::Duration;

use crate::pki::{Pki, SIGNED_AT};

/// A folder that OpenSSL reads from and writes to.
pub(crate) struct Witness(tempfile::TempDir);

impl Witness {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Whether it ended well, and what it said.
    pub(crate) fn run(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), said)
    }

    /// Runs what must end well.
    pub(crate) fn must(&self, arguments: &[&str]) {
        let (ended_well, said) = self.run(arguments);
        assert!(ended_well, "openssl {arguments:?}: {said}");
    }

    /// Has the authority that `ts.conf` describes answer `q.tsq`.
    pub(crate) fn stamp(&self, options: &[&str]) {
        let reply = ["ts", "-reply", "-config", "ts.conf", "-section", "here"];
        let query = ["-queryfile", "q.tsq"];
        self.must(&[&reply[..], &query, options].concat());
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }
}

/// `openssl cms -verify -cades`, an hour after signing; a document makes it detached. Answers
/// whether it accepted, what it said, and the content that it took for signed.
pub(crate) fn verify(cms: &[u8], pki: &Pki, document: Option<&[u8]>) -> (bool, String, Vec<u8>) {
    let witness = Witness::new();
    witness.write("a.p7s", cms);
    witness.write("ca.pem", pki.authority_pem.as_bytes());
    let at = (SIGNED_AT + Duration::hours(1)).unix_timestamp();
    let at = at.to_string();
    let mut arguments = vec![
        "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-attime", &at,
    ];
    arguments.extend(["-in", "a.p7s", "-CAfile", "ca.pem", "-out", "out"]);
    if let Some(document) = document {
        witness.write("a", document);
        arguments.extend(["-content", "a"]);
    }
    let (accepted, said) = witness.run(&arguments);
    let content = std::fs::read(witness.path("out")).unwrap_or_default();
    (accepted, said, content)
}

/// A time-stamp authority run by `openssl ts`.
pub(crate) struct Authority {
    witness: Witness,
}

const TS_CONFIGURATION: &str = "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\nsigner_cert = tsa.pem\n\
    certs = tsa.pem\nsigner_key = tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4.1\n\
    digests = sha256, sha384, sha512\naccuracy = secs:1\nordering = yes\ntsa_name = yes\n\
    ess_cert_id_chain = no\ness_cert_id_alg = sha256\n";

impl Authority {
    pub(crate) fn new() -> Self {
        let witness = Witness::new();
        witness.write("ts.conf", TS_CONFIGURATION.as_bytes());
        witness.write("serial", b"01\n");
        witness.must(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "tsa.key",
            "-out",
            "tsa.pem",
            "-days",
            "3650",
            "-subj",
            "/CN=TSA",
            "-addext",
            "extendedKeyUsage=critical,timeStamping",
            "-addext",
            "keyUsage=critical,digitalSignature",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ]);
        Self { witness }
    }

    /// Its certificate in DER.
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.witness.must(&[
            "x509", "-in", "tsa.pem", "-outform", "DER", "-out", "tsa.der",
        ]);
        self.witness.read("tsa.der")
    }

    /// A token over this digest, made with SHA-256.
    pub(crate) fn stamp(&self, digest: &[u8]) -> Vec<u8> {
        let digest = hex::encode(digest);
        self.witness.must(&[
            "ts", "-query", "-digest", &digest, "-sha256", "-cert", "-out", "q.tsq",
        ]);
        self.witness.stamp(&["-token_out", "-out", "token"]);
        self.witness.read("token")
    }

    /// What `openssl ts -verify` says of a token over these bytes.
    pub(crate) fn accepts(&self, token: &[u8], data: &[u8]) -> bool {
        self.witness.write("back", token);
        self.witness.write("data", data);
        self.witness
            .run(&[
                "ts",
                "-verify",
                "-token_in",
                "-in",
                "back",
                "-data",
                "data",
                "-CAfile",
                "tsa.pem",
            ])
            .0
    }
}
