//! What sign and stamp share: documents to digests, and signatures to files. The server builds the
//! signatures; no document leaves this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kyso_api::csc::{Certificates, Document};
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{
    DocumentToSign, NewSignatures, NewSignaturesReply, SignatureFormat, TimeStampStanding,
};
use kyso_client::{Client, ClientError};
use kyso_documents::pdf::Warning;
use kyso_documents::{DocumentDigest, HashAlgorithm};
use serde::Serialize;

use super::pdf;
use super::result::FileResult;
use super::target::{Wish, check_free, name, write_whole};
use crate::args::Hash;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// How often a call is made whose outcome is not known; each time with the same Idempotency-Key.
const ATTEMPTS: u32 = 5;
/// Longest wait between two of them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Documents of one call, at most.
const TOGETHER: usize = 100;

/// Signature algorithms by hash: with RSA (PKCS#1 v1.5) and with ECDSA (CSC 1.0.4.0 §11.9).
const ALGORITHMS: [(HashAlgorithm, &str); 6] = [
    (HashAlgorithm::Sha256, "1.2.840.113549.1.1.11"),
    (HashAlgorithm::Sha384, "1.2.840.113549.1.1.12"),
    (HashAlgorithm::Sha512, "1.2.840.113549.1.1.13"),
    (HashAlgorithm::Sha256, "1.2.840.10045.4.3.2"),
    (HashAlgorithm::Sha384, "1.2.840.10045.4.3.3"),
    (HashAlgorithm::Sha512, "1.2.840.10045.4.3.4"),
];

/// A credential, as a signature needs it.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) hash: HashAlgorithm,
    pub(crate) sign_algorithm: &'static str,
    pub(crate) multisign: usize,
}

/// A document that waits for its signature.
#[derive(Debug)]
pub(crate) struct Waiting {
    file: PathBuf,
    target: PathBuf,
    /// Of the file, or of what the signature in it covers.
    digest: DocumentDigest,
    /// SHA-256 of the file.
    original: DocumentDigest,
    inside: Option<pdf::Waiting>,
}

/// Why one file of several is not going to be signed.
#[derive(Debug, Serialize)]
struct Refused {
    file: String,
    code: String,
    error: String,
}

impl Signer {
    /// Asks the server for the key's algorithms; the hash is the one wanted, or the one
    /// that the key likes best.
    pub(crate) fn find(client: &Client, id: &str, hash: Option<Hash>) -> Result<Self, Failure> {
        let info = client.credential_info_v1(id, Certificates::None)?;
        let wanted = hash.map(HashAlgorithm::from);
        let (hash, sign_algorithm) = choose(&info.key.algo, wanted)
            .ok_or_else(|| Failure::local(Message::NoAlgorithm, info.key.algo.join(", ")))?;
        let multisign = usize::try_from(info.multisign).unwrap_or(usize::MAX);
        Ok(Self {
            hash,
            sign_algorithm,
            multisign: multisign.clamp(1, TOGETHER),
        })
    }

    /// Hashes the documents. Nothing is asked of the server before all of them can be signed and
    /// no signature file is in the way.
    pub(crate) fn prepare(
        &self,
        screen: &Screen,
        wish: &Wish<'_>,
    ) -> Result<Vec<Waiting>, Failure> {
        wish.check()?;
        let mut waiting = Vec::with_capacity(wish.files.len());
        let mut refused = Vec::new();
        for (done, file) in (1..).zip(wish.files) {
            match self.prepare_one(file, wish) {
                Ok(one) => waiting.push(one),
                Err(failure) => refused.push((file, failure)),
            }
            screen.progress(Message::FilesRead, done, wish.files.len());
        }
        refuse(screen, refused)?;
        for one in &waiting {
            one.warn(screen);
        }
        Ok(waiting)
    }

    fn prepare_one(&self, file: &Path, wish: &Wish<'_>) -> Result<Waiting, Failure> {
        let target = wish.target(file);
        check_free(&target, wish.force)?;
        let inside = wish.is_inside(file);
        let inside = inside.then(|| pdf::Waiting::prepare(file, &wish.shape, self.hash));
        let inside = inside.transpose()?;
        let (digest, original) = match &inside {
            Some(inside) => (inside.digest().clone(), inside.original().clone()),
            None => (
                digest_of(self.hash, file)?,
                digest_of(HashAlgorithm::Sha256, file)?,
            ),
        };
        Ok(Waiting {
            file: file.to_owned(),
            target,
            digest,
            original,
            inside,
        })
    }

    /// What is asked of the server; what lets the key be used comes besides.
    pub(crate) fn request(
        &self,
        credential: &str,
        waiting: &[Waiting],
        describe: impl Fn(&Waiting) -> Document,
    ) -> NewSignatures {
        let documents = waiting.iter().map(|one| one.to_sign(describe(one)));
        NewSignatures {
            credential: credential.to_owned(),
            hash_algorithm: self.hash.oid().to_string(),
            sign_algorithm: self.sign_algorithm.to_owned(),
            sign_algorithm_params: None,
            documents: documents.collect(),
            sad: None,
            otp: None,
            time_stamp: false,
        }
    }

    /// Writes the signature files, telling each; one that fails does not keep the others from
    /// being written.
    pub(crate) fn write(
        screen: &Screen,
        waiting: Vec<Waiting>,
        reply: NewSignaturesReply,
        mut written: impl FnMut(usize),
    ) -> Vec<FileResult> {
        let mut results = Vec::with_capacity(waiting.len());
        let mut stamps = reply.time_stamps.into_iter();
        for (document, signature) in waiting.into_iter().zip(&reply.signatures) {
            results.push(document.write(screen, signature, stamps.next()));
            written(results.len());
        }
        results
    }
}

impl Waiting {
    fn to_sign(&self, document: Document) -> DocumentToSign {
        DocumentToSign {
            format: match self.inside {
                Some(_) => SignatureFormat::Pades,
                None => SignatureFormat::Cades,
            },
            digest: Some(encode_base64(self.digest.as_bytes())),
            attributes: None,
            file_digest: Some(encode_base64(self.original.as_bytes())),
            document,
        }
    }

    fn write(
        &self,
        screen: &Screen,
        signature: &str,
        time_stamp: Option<TimeStampStanding>,
    ) -> FileResult {
        let error = self.finish(signature).err();
        FileResult {
            warnings: self.warnings().iter().map(|one| one.code()).collect(),
            error: error.map(|failure| failure.sentence(screen.language())),
            ..FileResult::of(&self.file, &self.target, time_stamp)
        }
    }

    fn finish(&self, signature: &str) -> Result<(), Failure> {
        let (file, target) = (&self.file, &self.target);
        let cms = decode_base64(signature).map_err(|error| Failure::file(file, error))?;
        let written = match &self.inside {
            None => write_whole(target, &cms, None),
            Some(inside) => write_whole(target, &inside.complete(file, &cms)?, Some(file)),
        };
        written.map_err(|error| Failure::file(target, error))
    }

    pub(crate) fn name(&self) -> String {
        name(&self.file)
    }

    fn warnings(&self) -> &[Warning] {
        self.inside.as_ref().map_or(&[], pdf::Waiting::warnings)
    }

    fn warn(&self, screen: &Screen) {
        for warning in self.warnings() {
            let sentence = pdf::sentence(*warning, screen.language());
            let file = self.file.display().to_string();
            screen.note(Message::PdfWarning, &[&file, sentence, warning.code()]);
        }
    }
}

fn digest_of(hash: HashAlgorithm, file: &Path) -> Result<DocumentDigest, Failure> {
    let document = fs::File::open(file);
    let digest = document.and_then(|document| DocumentDigest::of(hash, document));
    digest.map_err(|error| Failure::file(file, error))
}

/// Has the server sign, and gives one signature for each document.
pub(crate) fn signed(
    client: &Client,
    request: &NewSignatures,
) -> Result<NewSignaturesReply, Failure> {
    let key = uuid::Uuid::now_v7().to_string();
    let reply = until_known(|| client.sign_documents(&key, request))?;
    if reply.signatures.len() == request.documents.len() {
        Ok(reply)
    } else {
        Err(Failure::Local(Message::WrongNumber, vec![]))
    }
}

/// Says why files cannot be signed: of one as any failure is said, of several in a table.
fn refuse(screen: &Screen, mut refused: Vec<(&PathBuf, Failure)>) -> Result<(), Failure> {
    match (refused.pop(), refused.is_empty()) {
        (None, _) => return Ok(()),
        (Some((_, failure)), true) => return Err(failure),
        (Some(last), false) => refused.push(last),
    }
    let row = |(file, failure): &(&PathBuf, Failure)| Refused {
        file: file.display().to_string(),
        code: failure.word().to_owned(),
        error: failure.sentence(screen.language()),
    };
    let rows: Vec<Refused> = refused.iter().map(row).collect();
    screen.table(&rows, &["code", "error"]);
    Err(Failure::Local(Message::NothingSigned, vec![]))
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
) -> Option<(HashAlgorithm, &'static str)> {
    let known = announced
        .iter()
        .filter_map(|oid| ALGORITHMS.iter().find(|row| row.1 == oid));
    known
        .copied()
        .find(|row| wanted.is_none_or(|hash| hash == row.0))
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
        assert_eq!(choose(&ec, None).unwrap().1, ec[0]);
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
}
