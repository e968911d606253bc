//! The program itself: exit codes, streams, and files signed and verified from end to end with a
//! small server that holds a P-256 key.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_documents::{DocumentDigest, HashAlgorithm, Scheme, prepare};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use serde_json::{Value, json};
use time::OffsetDateTime;

/// A home directory with a server's address.
struct Desk {
    directory: tempfile::TempDir,
    server: String,
}

impl Desk {
    fn new(server: &str) -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
            server: server.to_owned(),
        }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let file = self.directory.path().join(name);
        std::fs::write(&file, content).unwrap();
        file
    }

    fn kyso(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kyso"))
            .env_clear()
            .env("HOME", self.directory.path())
            .env("LANG", "en_GB.UTF-8")
            .current_dir(self.directory.path())
            .args(["--server", &self.server])
            .args(arguments)
            .output()
            .unwrap()
    }

    fn log_in(&self) {
        self.file("password", "canary-password\n");
        let output = self.kyso(&["login", "lanh-dao", "--password-file", "password"]);
        assert_eq!(code(&output), 0, "{output:?}");
    }
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// A key with its certificate, and the authority that issued it.
struct Key {
    pair: EcdsaKeyPair,
    chain: Vec<Vec<u8>>,
    authority_pem: String,
}

impl Key {
    fn new() -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(vec![]).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = ca.self_signed(&ca_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let mut leaf = CertificateParams::new(vec![]).unwrap();
        leaf.distinguished_name
            .push(rcgen::DnType::CommonName, "Nguyễn Văn A");
        leaf.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        let leaf = leaf.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
        let pkcs8 = key.serialize_der();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8).unwrap();
        let chain = vec![leaf.der().to_vec(), authority.der().to_vec()];
        Self {
            pair,
            chain,
            authority_pem: authority.pem(),
        }
    }

    /// The signature file of a document, from its digest.
    fn sign(&self, document: &Value) -> String {
        let digest = decode_base64(document["digest"].as_str().unwrap()).unwrap();
        let digest = DocumentDigest::new(HashAlgorithm::Sha256, digest).unwrap();
        let prepared = prepare(&digest, &self.chain[0], OffsetDateTime::now_utc()).unwrap();
        let value = self
            .pair
            .sign(&SystemRandom::new(), prepared.signed_attributes());
        let cms = prepared.complete(value.unwrap().as_ref(), Scheme::Ecdsa, &self.chain);
        encode_base64(&cms.unwrap())
    }

    /// What the server answers.
    fn answer(&self, path: &str, body: &Value) -> (u16, Value) {
        match path {
            "/api/v1/sessions" => (
                201,
                json!({
                "access_token": "t0k", "token_type": "Bearer", "expires_in": 600,
                "person": { "id": "p", "login": "lanh-dao", "name": "Nguyễn Văn A", "roles": [] } }),
            ),
            "/csc/v1/credentials/info" => (
                200,
                json!({
                "key": { "status": "enabled", "algo": ["1.2.840.10045.4.3.2"], "len": 256 },
                "cert": { "certificates": self.chain.iter().map(|one| encode_base64(one)).collect::<Vec<_>>() }, "authMode": "explicit",
                "SCAL": "1", "multisign": 3 }),
            ),
            "/api/v1/signatures" if body["otp"] == "123456" => {
                let documents = body["documents"].as_array().unwrap().iter();
                let signatures: Vec<String> = documents.map(|one| self.sign(one)).collect();
                (200, json!({ "signatures": signatures, "request_id": "r" }))
            }
            "/api/v1/signatures" => (
                400,
                json!({ "type": "about:blank", "title": "x", "status": 400, "code": "otp_invalid" }),
            ),
            _ => (404, json!({ "error": "invalid_request" })),
        }
    }

    /// Serves until the test ends; gives the address.
    fn serve(self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (path, body) = request(&stream);
                let (status, answer) = self.answer(&path, &body);
                let text = answer.to_string();
                let length = text.len();
                let head =
                    format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}");
                write!(stream, "{head}\r\n\r\n{text}").unwrap();
            }
        });
        address
    }
}

fn request(stream: &TcpStream) -> (String, Value) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path = first.split(' ').nth(1).unwrap().to_owned();
    (path, serde_json::from_slice(&body).unwrap_or_default())
}

fn signed_desk() -> Desk {
    let key = Key::new();
    let authority = key.authority_pem.clone();
    let desk = Desk::new(&key.serve());
    desk.file("ca.pem", &authority);
    desk.file("otp", "123456\n");
    desk.file("a.txt", "Công văn");
    desk.file("b.txt", "Quyết định");
    desk.log_in();
    desk
}

#[test]
fn one_password_signs_several_files_and_each_verifies() {
    let desk = signed_desk();
    let arguments = [
        "sign",
        "a.txt",
        "b.txt",
        "--credential",
        "c",
        "--otp-file",
        "otp",
        "--json",
    ];
    let output = desk.kyso(&arguments);
    assert_eq!(code(&output), 0, "{output:?}");
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.as_array().unwrap().len(), 2);
    for file in ["a.txt", "b.txt"] {
        let output = desk.kyso(&["verify", file, "--ca", "ca.pem", "--json"]);
        assert_eq!(code(&output), 0, "{output:?}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["valid"], true);
    }
    let crossed = desk.kyso(&["verify", "a.txt", "b.txt.p7s", "--ca", "ca.pem"]);
    assert_eq!(code(&crossed), 1);
    assert!(String::from_utf8_lossy(&crossed.stdout).contains("over something else"));
}

#[test]
fn openssl_accepts_the_signature_file() {
    let desk = signed_desk();
    let output = desk.kyso(&["sign", "a.txt", "--credential", "c", "--otp-file", "otp"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let arguments = "cms -verify -cades -binary -inform DER -in a.txt.p7s -content a.txt \
                     -CAfile ca.pem -purpose any -out /dev/null";
    let verified = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(desk.directory.path())
        .output()
        .unwrap();
    assert!(verified.status.success(), "{verified:?}");
}

#[test]
fn nothing_is_signed_when_something_is_wrong() {
    let desk = signed_desk();
    desk.file("wrong", "654321");
    desk.file("taken.txt", "x");
    desk.file("taken.txt.p7s", "old");
    for (line, exit) in [
        ("a.txt absent.txt --otp-file otp", 1),
        ("a.txt --otp-file wrong", 1),
        ("a.txt taken.txt --otp-file otp", 1),
        ("a b c d --otp-file otp", 2),
        ("a.txt --hash sha512 --otp-file otp", 1),
    ] {
        let line = format!("sign --credential c {line}");
        let output = desk.kyso(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(code(&output), exit, "{line} {output:?}");
    }
    assert!(!desk.directory.path().join("a.txt.p7s").exists());
}

#[test]
fn exit_codes_tell_what_kind_of_failure_it_was() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let desk = Desk::new(&format!("http://127.0.0.1:{port}"));
    desk.file("password", "canary-password");
    assert_eq!(code(&desk.kyso(&["whoami"])), 3);
    let away = desk.kyso(&["--json", "login", "a", "--password-file", "password"]);
    assert_eq!(code(&away), 4);
    let error: Value = serde_json::from_slice(&away.stderr).unwrap();
    assert_eq!(error["error"], "unreachable");
    assert_eq!(code(&desk.kyso(&["no-such-command"])), 2);
    assert_eq!(
        code(&Desk::new("http://ca.example.vn").kyso(&["whoami"])),
        2
    );
}

#[test]
fn the_password_is_nowhere_afterwards() {
    let desk = signed_desk();
    let mut seen = 0;
    let mut left = vec![
        desk.directory.path().join(".config"),
        desk.directory.path().join(".local"),
    ];
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            seen += 1;
            assert!(!holds(&path, "canary"), "{}", path.display());
        }
    }
    assert_eq!(seen, 2, "profile and session");
}

fn holds(file: &Path, text: &str) -> bool {
    std::fs::read_to_string(file).unwrap().contains(text)
}

#[test]
fn help_is_in_the_language_asked_for() {
    let desk = Desk::new("http://localhost");
    let vietnamese = desk.kyso(&["--language", "vi", "--help"]);
    assert!(String::from_utf8_lossy(&vietnamese.stdout).contains("Đăng nhập"));
    let english = desk.kyso(&["--help"]);
    assert!(String::from_utf8_lossy(&english.stdout).contains("Sign out"));
}
