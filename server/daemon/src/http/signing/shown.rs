//! Files that a system puts before a signer: read and drawn apart, kept, and in the end made whole.

use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::problem::ProblemCode;
use kyso_core::id::{ApprovalId, RequestId};
use kyso_core::model::{Approval, ApprovalDocument, ApprovalFile, Credential};
use kyso_core::request::DocumentFacts;
use kyso_core::{Digest, SignatureScheme};
use kyso_evidence::entry::Format;
use kyso_store::FilePart;

use super::broken;
use super::built::Building;
use super::wanted::{Asked, Given};
use super::{Failure, Mistake};
use crate::apart::NotDone;
use crate::app::{App, FilesKey};
use crate::documents;
use crate::drawing::{Drawn, FILE, Question, Unshown, drawn_apart, sha256};
use crate::http::arrival::{SHORTLY, turn};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Whose files they are, and how they would be signed.
#[derive(Debug)]
pub struct Before<'a> {
    /// The request.
    pub approval: ApprovalId,
    /// The signer's credential.
    pub credential: &'a Credential,
    /// How the server would sign.
    pub scheme: SignatureScheme,
}

/// The documents behind these files, in base64, with what is said of them; and the key under which they are kept, as the
/// HSM sealed it. The request itself is not submitted yet.
///
/// # Errors
/// [`Problem`], which names the file and says why it is put before nobody.
pub async fn put_before(
    desk: &Desk,
    before: &Before<'_>,
    files: &[String],
    facts: Vec<DocumentFacts>,
) -> Result<(Vec<ApprovalDocument>, Vec<u8>), Problem> {
    let building = Building::new(before.credential, before.scheme).map_err(told)?;
    let (key, sealed) = desk.app().new_files_key(before.approval).await?;
    let mut documents = Vec::with_capacity(files.len());
    for (place, (file, facts)) in files.iter().zip(facts).enumerate() {
        let file = decoded(file)?;
        let drawn = draw(desk, before.scheme, place, &file).await?;
        let (digest, drawn) = digested(&building, before.scheme, drawn)?;
        let kept = keep(desk.app(), (&key, before.approval), place, (&file, &drawn));
        let kept = kept.await?;
        documents.push(ApprovalDocument {
            digest,
            facts,
            file: Some(kept),
        });
    }
    Ok((documents, sealed))
}

fn told(failure: Failure) -> Problem {
    match failure {
        Failure::Mistaken(Mistake(_, problem)) | Failure::Answered(problem) => problem,
        Failure::Lacking(lack, _) => lack.into(),
    }
}

fn decoded(file: &str) -> Result<Vec<u8>, Problem> {
    let file = decode_base64(file).ok().filter(|file| file.len() <= FILE);
    file.ok_or_else(|| Problem::field("files"))
}

async fn draw(
    desk: &Desk,
    scheme: SignatureScheme,
    place: usize,
    file: &[u8],
) -> Result<Drawn, Problem> {
    let question = Question {
        file: file.to_vec(),
        hash: scheme.hash(),
        anchors: desk.app().anchors(),
        now: documents::moment(desk.now()).map_err(|error| broken(&error))?,
    };
    match drawn_apart(question, turn(desk).await?).await {
        Ok(drawn) => drawn.map_err(|why| unshown(place, &why)),
        Err(NotDone::NoProcess) => Err(Problem::from(ProblemCode::Unavailable).after(SHORTLY)),
        Err(NotDone::Failed | NotDone::TooLong) => Err(unshown(place, &too_much())),
    }
}

fn too_much() -> Unshown {
    Unshown {
        code: "too_costly".to_owned(),
        vietnamese: "Tệp cần quá nhiều bộ nhớ hoặc thời gian để hiển thị.".to_owned(),
        english: "Showing the file takes too much memory or time.".to_owned(),
    }
}

fn unshown(place: usize, why: &Unshown) -> Problem {
    let Unshown {
        code,
        vietnamese,
        english,
    } = why;
    Problem::field("files").saying(
        format!("files[{place}]: {code}: {vietnamese}"),
        format!("files[{place}]: {code}: {english}"),
    )
}

/// The digest of the attributes over the file: what the key signs.
fn digested(
    building: &Building,
    scheme: SignatureScheme,
    drawn: Drawn,
) -> Result<(Digest, (Digest, Drawn)), Problem> {
    let range = Digest::new(scheme.hash(), &drawn.range).map_err(|error| broken(&error))?;
    let built = building.build(&[asked(range, drawn.before)], RequestId::random());
    let built = built.map_err(told)?;
    let first = built.first().ok_or(ProblemCode::Internal)?;
    Ok((first.digest, (range, drawn)))
}

/// A PDF's attributes claim no time, so whenever they are built they are the same.
const fn asked(range: Digest, before: [u8; 32]) -> Asked {
    Asked {
        format: Format::Pades,
        given: Given::Digest(range),
        file: Some(before),
    }
}

async fn keep(
    app: &App,
    (key, approval): (&FilesKey, ApprovalId),
    document: usize,
    (file, (range, drawn)): (&[u8], &(Digest, Drawn)),
) -> Result<ApprovalFile, Problem> {
    let parts = std::iter::once(file).chain(drawn.pages.iter().map(Vec::as_slice));
    for (page, bytes) in parts.enumerate() {
        let part = FilePart {
            approval,
            document,
            page,
        };
        let sealed = key.seal(part, bytes).ok_or(ProblemCode::Internal)?;
        app.journal().keep_part(part, sealed).await?;
    }
    Ok(ApprovalFile {
        sha256: sha256(file),
        before: drawn.before,
        range: *range,
        field: drawn.field.clone(),
        pages: drawn.pages.iter().map(|page| sha256(page)).collect(),
    })
}

/// The finished CMS of each document, for the place in its file that waits for it.
///
/// # Errors
/// `internal` if the credential is not there any more.
pub fn made_whole(
    desk: &Desk,
    approval: &Approval,
    signatures: Vec<Vec<u8>>,
) -> Result<Vec<String>, Problem> {
    let snapshot = desk.policy().snapshot();
    let credential = snapshot.credentials.get(&approval.credential);
    let (credential, scheme) = credential
        .zip(approval.scheme)
        .ok_or(ProblemCode::Internal)?;
    let building = Building::new(credential, scheme).map_err(told)?;
    let files = approval.files();
    let files: Vec<Asked> = files
        .map(|(_, file)| asked(file.range, file.before))
        .collect();
    let built = building.build(&files, RequestId::random()).map_err(told)?;
    let pairs = built.into_iter().zip(signatures);
    let whole = pairs.map(|(one, signature)| {
        let cms = building.finish(one, &signature);
        Ok(encode_base64(&cms.map_err(|error| broken(&error))?))
    });
    whole.collect()
}
