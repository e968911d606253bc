//! Files that a system puts before a signer: read and drawn apart, kept, and in the end made whole.

use std::time::Duration;

use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::problem::ProblemCode;
use kyso_core::id::{ApprovalId, PersonId, RequestId};
use kyso_core::model::{Approval, ApprovalDocument, ApprovalDrawing, ApprovalFile, Credential};
use kyso_core::request::DocumentFacts;
use kyso_core::{Digest, SignatureScheme};
use kyso_documents::DocumentDigest;
use kyso_evidence::entry::Format;
use kyso_render::NotDrawn;
use kyso_store::FilePart;

use super::broken;
use super::built::Building;
use super::look::{Look, handwriting};
use super::wanted::{Asked, Given};
use super::{Failure, Mistake};
use crate::apart::NotDone;
use crate::apart::open::completed;
use crate::app::{App, FilesKey, NoPart};
use crate::documents;
use crate::drawing::{Drawn, FILE, Question, ROOM, Sketch, Unshown, drawn_apart};
use crate::http::approving::kept_otherwise;
use crate::http::arrival::{SHORTLY, turn};
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// How long a file waits for its turn to be drawn.
const DRAWING: Duration = Duration::from_mins(1);

/// Files of a request, in base64.
#[derive(Debug)]
pub struct Files {
    /// The files.
    pub files: Vec<String>,
    /// Where the server draws the signature of each; none if they come prepared.
    pub looks: Vec<Look>,
}

/// Whose files they are, and how they would be signed.
#[derive(Debug)]
pub struct Before<'a> {
    /// The request.
    pub approval: ApprovalId,
    /// The signer.
    pub person: PersonId,
    /// Their credential.
    pub credential: &'a Credential,
    /// How the server would sign.
    pub scheme: SignatureScheme,
}

/// Files of one request, the pages of all, and bytes of all their pictures: what one signer reads before one code, and
/// one system may have drawn by one call.
const FILES: usize = 10;
const PAGES: usize = 300;
const PICTURES: usize = 48 << 20;

/// The documents behind these files, with what is said of them; and the key under which they are kept, as the
/// HSM sealed it. The request itself is not submitted yet.
///
/// # Errors
/// [`Problem`], which names the file and says why it is put before nobody.
pub async fn put_before(
    desk: &Desk,
    before: &Before<'_>,
    Files { files, looks }: Files,
    facts: Vec<DocumentFacts>,
) -> Result<(Vec<ApprovalDocument>, Vec<u8>), Problem> {
    if files.len() > FILES {
        return Err(Problem::field("files"));
    }
    let building = Building::new(before.credential, before.scheme).map_err(told)?;
    let (mut sketches, picture) = sketches(desk, before.person, looks).await?;
    let (key, sealed) = desk.app().new_files_key(before.approval).await?;
    let (mut documents, mut left) = (Vec::with_capacity(files.len()), (PAGES, PICTURES));
    for (place, (file, facts)) in files.into_iter().zip(facts).enumerate() {
        let mut file = decoded(&file)?;
        let length = file.len();
        let question = question(desk, before.scheme, &file, sketches.next())?;
        let drawn = draw(desk, place, question).await?;
        left = rest(left, &drawn).ok_or_else(|| unshown(place, &NotDrawn::TooHeavy.into()))?;
        file.extend(drawn.update.iter().flatten());
        let kept = described(before.scheme, (&file, length), &drawn, picture);
        let kept = kept.ok_or_else(|| unshown(place, &little_room()))?;
        let digest = digest(&building, &kept)?;
        keep(desk.app(), (&key, before.approval), place, (&file, drawn)).await?;
        documents.push(ApprovalDocument {
            digest,
            facts,
            file: Some(kept),
        });
    }
    Ok((documents, sealed))
}

/// What is to be drawn into each file, and SHA-256 of the picture that all show.
async fn sketches(
    desk: &Desk,
    person: PersonId,
    looks: Vec<Look>,
) -> Result<(std::vec::IntoIter<Sketch>, Option<[u8; 32]>), Problem> {
    if looks.is_empty() {
        return Ok((Vec::new().into_iter(), None));
    }
    let snapshot = desk.policy().snapshot();
    let person = snapshot.people.by_id.get(&person);
    let person = person.ok_or(ProblemCode::Internal)?;
    let approved = handwriting(desk, person).await?;
    let sketches = looks.into_iter().map(|look| look.sketch(person, &approved));
    let sketches: Vec<Sketch> = sketches.collect();
    Ok((sketches.into_iter(), Some(approved.digest)))
}

/// Pages and bytes that are left for further files.
fn rest((pages, bytes): (usize, usize), drawn: &Drawn) -> Option<(usize, usize)> {
    let heavy: usize = drawn.pages.iter().map(Vec::len).sum();
    let pages = pages.checked_sub(drawn.pages.len())?;
    Some((pages, bytes.checked_sub(heavy)?))
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

fn question(
    desk: &Desk,
    scheme: SignatureScheme,
    file: &[u8],
    sketch: Option<Sketch>,
) -> Result<Question, Problem> {
    Ok(Question {
        file: file.to_vec(),
        hash: scheme.hash(),
        anchors: desk.app().anchors(),
        now: documents::moment(desk.now()).map_err(|error| broken(&error))?,
        sketch,
    })
}

async fn draw(desk: &Desk, place: usize, question: Question) -> Result<Drawn, Problem> {
    let place_there = turn(&desk.app().draw_places, DRAWING).await?;
    match drawn_apart(question, place_there).await {
        Ok(drawn) => drawn.map_err(|why| unshown(place, &why)),
        Err(NotDone::NoProcess) => Err(Problem::from(ProblemCode::Unavailable).after(SHORTLY)),
        Err(NotDone::Failed) => Err(unshown(place, &failed())),
        Err(NotDone::TooLong) => Err(unshown(place, &too_slow())),
    }
}

fn too_slow() -> Unshown {
    Unshown::of(
        "too_slow",
        "Tệp cần quá nhiều thời gian để hiển thị.",
        "Showing the file takes too much time.",
    )
}

fn failed() -> Unshown {
    Unshown::of(
        "failed",
        "Không hiển thị được tệp: cần quá nhiều bộ nhớ, hoặc chương trình gặp lỗi với tệp.",
        "The file cannot be shown: it takes too much memory, or the program fails on it.",
    )
}

fn little_room() -> Unshown {
    Unshown::of(
        "little_room",
        "Tệp dành chỗ cho chữ ký quá nhỏ, hoặc chỗ đó đã có nội dung.",
        "The file leaves too little room for the signature, or none that is empty.",
    )
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

/// What is kept of a file that came with this length. What is signed is hashed here, of the bytes that came and of what
/// was drawn into them: the process that drew says only where.
fn described(
    scheme: SignatureScheme,
    (file, length): (&[u8], usize),
    drawn: &Drawn,
    picture: Option<[u8; 32]>,
) -> Option<ApprovalFile> {
    let signed = drawn.open.signed(file, ROOM)?;
    // Whoever sent the file has the rest of it, so nothing else than what follows may hold the signature.
    let whole = drawn.update.is_none() || drawn.open.before == length;
    (whole && drawn.update.is_some() == picture.is_some()).then_some(())?;
    let range = DocumentDigest::of_parts(documents::hash(scheme.hash()), &signed);
    Some(ApprovalFile {
        sha256: documents::sha256(file),
        before: documents::sha256(file.get(..drawn.open.before)?),
        range: Digest::new(scheme.hash(), range.as_bytes()).ok()?,
        field: drawn.open.field.clone(),
        pages: drawn
            .pages
            .iter()
            .map(|page| documents::sha256(page))
            .collect(),
        drawn: picture.map(|picture| ApprovalDrawing {
            length,
            room: drawn.open.room.clone(),
            picture,
        }),
    })
}

/// The digest of the attributes over the file: what the key signs.
fn digest(building: &Building, file: &ApprovalFile) -> Result<Digest, Problem> {
    let built = building.build(&[asked(file)], RequestId::random());
    let built = built.map_err(told)?;
    Ok(built.first().ok_or(ProblemCode::Internal)?.digest)
}

/// A PDF's attributes claim no time, so whenever they are built they are the same.
const fn asked(file: &ApprovalFile) -> Asked {
    Asked {
        format: Format::Pades,
        given: Given::Digest(file.range),
        file: Some(file.before),
    }
}

async fn keep(
    app: &App,
    (key, approval): (&FilesKey, ApprovalId),
    document: usize,
    (file, drawn): (&[u8], Drawn),
) -> Result<(), Problem> {
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
    Ok(())
}

/// What is to be appended to each file in which the server drew, with the finished CMS in it; none where it did not, or the
/// file was erased.
///
/// # Errors
/// If a file is not what was kept, or the database or the token is away.
pub async fn updates(
    desk: &Desk,
    approval: &Approval,
    signatures: &[Vec<u8>],
) -> Result<Vec<Option<String>>, Problem> {
    let mut updates = Vec::with_capacity(signatures.len());
    for ((place, file), cms) in approval.files().zip(signatures) {
        let update = match &file.drawn {
            Some(drawn) => update(desk, (approval, place), drawn, cms).await?,
            None => None,
        };
        updates.push(update);
    }
    Ok(updates)
}

async fn update(
    desk: &Desk,
    (approval, place): (&Approval, usize),
    drawn: &ApprovalDrawing,
    cms: &[u8],
) -> Result<Option<String>, Problem> {
    match desk.app().part_of(approval, (place, 0)).await {
        Ok(file) => {
            let update =
                completed(&file, drawn.length, &drawn.room, cms).ok_or(ProblemCode::Internal)?;
            Ok(Some(encode_base64(&update)))
        }
        Err(NoPart::Gone) => Ok(None),
        Err(why) => Err(kept_otherwise(approval, why)),
    }
}

/// The finished CMS of each document, for the place in its file that waits for it.
///
/// # Errors
/// `internal` if the credential is not there any more.
pub fn made_whole(
    desk: &Desk,
    approval: &Approval,
    signatures: Vec<Vec<u8>>,
) -> Result<Vec<Vec<u8>>, Problem> {
    let snapshot = desk.policy().snapshot();
    let credential = snapshot.credentials.get(&approval.credential);
    let (credential, scheme) = credential
        .zip(approval.scheme)
        .ok_or(ProblemCode::Internal)?;
    let building = Building::new(credential, scheme).map_err(told)?;
    let files: Vec<Asked> = approval.files().map(|(_, file)| asked(file)).collect();
    let built = building.build(&files, RequestId::random()).map_err(told)?;
    // A version that builds other attributes must not hand out a CMS that does not hold.
    let digests = built.iter().map(|one| one.digest);
    if signatures.len() != built.len() || !digests.eq(approval.digests()) {
        return Err(ProblemCode::Internal.into());
    }
    let pairs = built.into_iter().zip(signatures);
    let whole = pairs.map(|(one, signature)| {
        let cms = building.finish(one, &signature);
        cms.map_err(|error| broken(&error))
    });
    whole.collect()
}
