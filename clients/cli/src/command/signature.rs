//! What sign and stamp share: documents to digests, and signatures to files.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kyso_api::csc::Certificates;
use kyso_api::encoding::decode_base64;
use kyso_client::{Client, ClientError};
use kyso_documents::{DocumentDigest, HashAlgorithm, Prepared, Scheme, prepare};
use serde::Serialize;

use crate::args::Hash;
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;
use crate::screen::Screen;

/// How often a call is made whose outcome is not known; each time with the same Idempotency-Key.
const ATTEMPTS: u32 = 5;
/// Longest wait between two of them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Signature algorithms by hash: with RSA (PKCS#1 v1.5) and with ECDSA (CSC 1.0.4.0 §11.9).
const ALGORITHMS: [(HashAlgorithm, &str, Scheme); 6] = [
    (
        HashAlgorithm::Sha256,
        "1.2.840.113549.1.1.11",
        Scheme::RsaPkcs1,
    ),
    (
        HashAlgorithm::Sha384,
        "1.2.840.113549.1.1.12",
        Scheme::RsaPkcs1,
    ),
    (
        HashAlgorithm::Sha512,
        "1.2.840.113549.1.1.13",
        Scheme::RsaPkcs1,
    ),
    (HashAlgorithm::Sha256, "1.2.840.10045.4.3.2", Scheme::Ecdsa),
    (HashAlgorithm::Sha384, "1.2.840.10045.4.3.3", Scheme::Ecdsa),
    (HashAlgorithm::Sha512, "1.2.840.10045.4.3.4", Scheme::Ecdsa),
];

/// A credential, as a signature file needs it.
#[derive(Debug)]
pub(crate) struct Signer {
    certificates: Vec<Vec<u8>>,
    scheme: Scheme,
    pub(crate) hash: HashAlgorithm,
    pub(crate) sign_algorithm: &'static str,
    pub(crate) multisign: usize,
}

/// A document that waits for its signature.
#[derive(Debug)]
pub(crate) struct Waiting {
    file: PathBuf,
    target: PathBuf,
    prepared: Prepared,
}

/// What became of one file.
#[derive(Debug, Serialize)]
pub(crate) struct FileResult {
    file: String,
    signature: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Signer {
    /// Asks the server for certificates and algorithms; the hash is the one wanted, or the one
    /// that the key likes best.
    pub(crate) fn find(client: &Client, id: &str, hash: Option<Hash>) -> Result<Self, Failure> {
        let info = client.credential_info_v1(id, Certificates::Chain)?;
        let wanted = hash.map(HashAlgorithm::from);
        let (hash, sign_algorithm, scheme) = choose(&info.key.algo, wanted)
            .ok_or_else(|| Failure::local(Message::NoAlgorithm, info.key.algo.join(", ")))?;
        let certificates = info.cert.certificates.unwrap_or_default();
        let certificates: Vec<Vec<u8>> = certificates
            .iter()
            .map(|text| decode_base64(text))
            .collect::<Result<_, _>>()
            .map_err(|error| Failure::local(Message::NoCertificate, error))?;
        let multisign = usize::try_from(info.multisign).unwrap_or(usize::MAX).max(1);
        Ok(Self {
            certificates,
            scheme,
            hash,
            sign_algorithm,
            multisign,
        })
    }

    /// Hashes the documents. Nothing is asked of the server before all of them can be read and
    /// no signature file is in the way.
    pub(crate) fn prepare(
        &self,
        screen: &Screen,
        files: &[PathBuf],
        force: bool,
    ) -> Result<Vec<Waiting>, Failure> {
        let mut waiting = Vec::with_capacity(files.len());
        for file in files {
            waiting.push(self.prepare_one(file, force)?);
            screen.progress(Message::FilesRead, waiting.len(), files.len());
        }
        Ok(waiting)
    }

    fn prepare_one(&self, file: &Path, force: bool) -> Result<Waiting, Failure> {
        let target = signature_file(file);
        if !force && target.exists() {
            return Err(Failure::local(Message::SignatureExists, target.display()));
        }
        let failed = |error: std::io::Error| Failure::file(file, error);
        let document = fs::File::open(file).map_err(failed)?;
        let digest = DocumentDigest::of(self.hash, document).map_err(failed)?;
        let leaf = self.certificates.first();
        let leaf = leaf.ok_or_else(|| Failure::local(Message::NoCertificate, "-"))?;
        let prepared = prepare(&digest, leaf, environment::now())
            .map_err(|error| Failure::local(Message::NoCertificate, error))?;
        Ok(Waiting {
            file: file.to_owned(),
            target,
            prepared,
        })
    }

    /// Writes the signature files, telling each; one that fails does not keep the others from
    /// being written.
    pub(crate) fn write(
        &self,
        waiting: Vec<Waiting>,
        signatures: &[String],
        mut written: impl FnMut(usize),
    ) -> Vec<FileResult> {
        let mut results = Vec::with_capacity(waiting.len());
        for (document, signature) in waiting.into_iter().zip(signatures) {
            results.push(self.write_one(document, signature));
            written(results.len());
        }
        results
    }

    fn write_one(&self, document: Waiting, signature: &str) -> FileResult {
        let (file, target) = (document.file, document.target);
        let written = decode_base64(signature)
            .map_err(|error| error.to_string())
            .and_then(|signature| {
                let file = document
                    .prepared
                    .complete(&signature, self.scheme, &self.certificates);
                file.map_err(|error| error.to_string())
            })
            .and_then(|bytes| write_whole(&target, &bytes).map_err(|error| error.to_string()));
        FileResult {
            file: file.display().to_string(),
            signature: target.display().to_string(),
            error: written.err(),
        }
    }
}

impl Waiting {
    /// The digest that the key signs.
    pub(crate) fn digest(&self) -> Vec<u8> {
        self.prepared.digest()
    }

    /// The file's name without its directories: what an approver may see.
    pub(crate) fn name(&self) -> String {
        self.file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }
}

/// `FILE.p7s` beside the file.
pub(crate) fn signature_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".p7s");
    PathBuf::from(name)
}

/// Shows what became of each file.
pub(crate) fn report(screen: &Screen, results: &[FileResult]) -> Result<(), Failure> {
    screen.table(results, &["file", "signature", "error"]);
    let failed = results.iter().any(|result| result.error.is_some());
    if failed {
        Err(Failure::Partial)
    } else {
        Ok(())
    }
}

/// Makes a call that carries an Idempotency-Key until its outcome is known: the server gives the
/// same signatures again, and never signs twice.
pub(crate) fn until_known<T>(call: impl Fn() -> Result<T, ClientError>) -> Result<T, ClientError> {
    for _ in 1..ATTEMPTS {
        match call() {
            Err(error) if may_be_repeated(&error) => wait(&error),
            known => return known,
        }
    }
    call()
}

/// No answer, or one that says to come back for it.
const fn may_be_repeated(error: &ClientError) -> bool {
    matches!(
        error,
        ClientError::Unreachable(_)
            | ClientError::Refused {
                status: 409 | 503,
                retry_after: Some(_),
                ..
            }
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the server says how long to wait, not for what"
)]
fn wait(error: &ClientError) {
    std::thread::sleep(
        error
            .retry_after()
            .unwrap_or(Duration::from_secs(1))
            .min(LONGEST_WAIT),
    );
}

fn choose(
    announced: &[String],
    wanted: Option<HashAlgorithm>,
) -> Option<(HashAlgorithm, &'static str, Scheme)> {
    let known = announced
        .iter()
        .filter_map(|oid| ALGORITHMS.iter().find(|row| row.1 == oid));
    known
        .copied()
        .find(|row| wanted.is_none_or(|hash| hash == row.0))
}

/// Writes through a new file, so that a signature file is never half there.
fn write_whole(target: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}", uuid::Uuid::now_v7().simple()));
    let new = PathBuf::from(name);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&new)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written
        .and_then(|()| fs::rename(&new, target))
        .inspect_err(|_| {
            // What cannot be removed either is named by the error already.
            let _ = fs::remove_file(&new);
        })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn refused(status: u16, retry_after: Option<u64>) -> ClientError {
        ClientError::Refused {
            status,
            code: "c".into(),
            message: "m".into(),
            request_id: None,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn the_key_s_first_algorithm_is_taken_unless_a_hash_is_wanted() {
        let rsa = [
            "1.2.840.113549.1.1.11",
            "1.2.840.113549.1.1.13",
            "1.2.840.113549.1.1.10",
        ];
        let rsa = rsa.map(str::to_owned);
        assert_eq!(choose(&rsa, None).unwrap().0, HashAlgorithm::Sha256);
        assert_eq!(choose(&rsa, Some(HashAlgorithm::Sha512)).unwrap().1, rsa[1]);
        assert!(choose(&rsa, Some(HashAlgorithm::Sha384)).is_none());
        let ec = ["1.2.840.10045.4.3.3".to_owned()];
        assert_eq!(choose(&ec, None).unwrap().2, Scheme::Ecdsa);
    }

    #[test]
    fn only_unknown_outcomes_are_asked_again() {
        let calls = Cell::new(0);
        let outcome = until_known(|| {
            calls.set(calls.get() + 1);
            if calls.get() < 3 {
                Err(refused(409, Some(0)))
            } else {
                Ok(7)
            }
        });
        assert_eq!((outcome.unwrap(), calls.get()), (7, 3));
        for last in [
            refused(409, None),
            refused(400, Some(0)),
            refused(429, Some(0)),
        ] {
            assert!(!may_be_repeated(&last), "{last}");
        }
    }

    #[test]
    fn the_signature_lies_beside_its_document() {
        assert_eq!(
            signature_file(Path::new("a/b.pdf")),
            Path::new("a/b.pdf.p7s")
        );
    }

    #[test]
    fn a_file_is_written_whole_and_nothing_is_left_over() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a.p7s");
        write_whole(&target, b"one").unwrap();
        write_whole(&target, b"two").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        assert!(write_whole(&directory.path().join("absent/a.p7s"), b"x").is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
