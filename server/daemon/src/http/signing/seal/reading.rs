//! What the server reads in the PDF: on what ground it may be sealed, and the digest that the seal signs.

use actix_web::web;
use kyso_api::problem::ProblemCode;
use kyso_core::ground::{Appendix, CopyKind, Issue, IssueSigner, SealGround, day};
use kyso_core::id::{AgencyId, AuthorityId};
use kyso_core::model::{Credential, CredentialKind, Owner};
use kyso_core::request::DocumentFacts;
use kyso_core::series::Series;
use kyso_core::{Digest, Refusal, SignatureScheme, Timestamp};
use kyso_documents::DocumentDigest;
use kyso_documents::appearance::{CopyKind as Copied, Picture};
use kyso_documents::pdf::{Limits, Verified};
use kyso_documents::seal::{
    ApprovedSeal, Check, NotReady, Open, Ready, ready_for_appendix, ready_for_copy, ready_for_seal,
};
use sha2::{Digest as _, Sha256};
use tokio::sync::OwnedSemaphorePermit;

use super::super::{Failure, Lack, broken};
use super::proof::{Proof, certificate};
use super::wanted::{FILE, Kind, Wanted};
use crate::app::App;
use crate::documents;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::management::stored;
use crate::http::refused::Mistake;

/// A document that may be sealed.
#[derive(Debug)]
pub(super) struct Seen {
    /// What the seal signs.
    pub(super) digest: Digest,
    /// SHA-256 of the file before it was prepared.
    pub(super) file: [u8; 32],
    /// The field of the seal.
    pub(super) field: String,
    pub(super) ground: SealGround,
    /// What is said of it, with what the file says.
    pub(super) facts: DocumentFacts,
}

impl Seen {
    fn new(
        scheme: SignatureScheme,
        open: &Open,
        ground: SealGround,
        facts: DocumentFacts,
    ) -> Result<Self, Failure> {
        let digest = Digest::new(scheme.hash(), open.digest().as_bytes());
        Ok(Self {
            digest: digest.map_err(|error| Failure::Answered(broken(&error)))?,
            file: sha256(open.file()),
            field: open.field().to_owned(),
            facts: with_purpose(facts, &ground)?,
            ground,
        })
    }
}

/// Reads the file on a thread that may be kept busy; the place goes there, since a caller who goes away does not end
/// the work.
pub(super) async fn read(
    desk: &Desk,
    credential: &Credential,
    wanted: Wanted,
    place: OwnedSemaphorePermit,
) -> Result<Seen, Failure> {
    if credential.kind != CredentialKind::Seal {
        return Err(Problem::field("credential").into());
    }
    let (app, agency) = (desk.shared(), credential.agency);
    let (now, named) = (app.now(), wanted.kind.authority());
    let approved = approved(desk, &wanted.kind, agency).await?;
    let work = web::block(move || {
        let _place = place;
        let reader = Reader {
            app: &app,
            agency,
            now,
            seal: approved,
        };
        reader.see(wanted)
    });
    let done = work.await;
    let (mut seen, proof) = done.map_err(|error| Failure::Answered(broken(&error)))??;
    if let (SealGround::Issue(issue), Some(proof)) = (&mut seen.ground, proof) {
        let confirmed = proof.confirmed(desk, (agency, named)).await?;
        issue.signer = confirmed.map_err(|lack| Failure::Lacking(lack, seen.file))?;
    }
    Ok(seen)
}

/// The picture of the agency's seal, where two people approved one; copies and appendices show none.
async fn approved(desk: &Desk, kind: &Kind, agency: AgencyId) -> Result<Option<Approved>, Failure> {
    let snapshot = desk.policy().snapshot();
    let picture = snapshot.people.pictures.get(&Owner::Agency(agency));
    let Some(picture) = picture.filter(|_| matches!(kind, Kind::Issue { .. })) else {
        return Ok(None);
    };
    let png = stored::picture(desk.app(), picture.digest).await;
    Ok(Some(Approved {
        digest: picture.digest,
        width: picture.width,
        png: png.map_err(Failure::Answered)?,
    }))
}

/// A picture that two people approved.
struct Approved {
    digest: [u8; 32],
    /// In tenths of a millimetre.
    width: u16,
    png: Vec<u8>,
}

struct Reader<'a> {
    app: &'a App,
    agency: AgencyId,
    now: Timestamp,
    seal: Option<Approved>,
}

impl Reader<'_> {
    fn see(&self, wanted: Wanted) -> Result<(Seen, Option<Proof>), Failure> {
        let anchors = self.anchors();
        let limits = Limits {
            bytes: FILE,
            objects: 200_000,
            unpacked: 64 << 20,
            ..Limits::default()
        };
        let at = documents::moment(self.now);
        let check = Check {
            anchors: &anchors,
            at: at.map_err(|error| Failure::Answered(broken(&error)))?,
            hash: documents::hash(wanted.scheme.hash()),
            limits: &limits,
            seal: None,
        };
        let lacking = |why| not_ready(why, &wanted.file);
        match wanted.kind {
            Kind::Appendix(number, series) => {
                let open = ready_for_appendix(&wanted.file, &check).map_err(lacking)?;
                let year = day(self.now).ok_or_else(|| Problem::from(ProblemCode::Internal))?;
                let ground = SealGround::Appendix(Appendix {
                    number,
                    series,
                    year: year.year(),
                });
                Ok((Seen::new(wanted.scheme, &open, ground, wanted.facts)?, None))
            }
            Kind::Copy(kind, source) => {
                let ready = ready_for_copy(&wanted.file, &check, copied(kind), &source);
                let ready = ready.map_err(lacking)?;
                let ground = SealGround::Copy(kind, source);
                Ok((
                    Seen::new(wanted.scheme, ready.open(), ground, wanted.facts)?,
                    None,
                ))
            }
            Kind::Issue { authority, series } => {
                let counts = |one: &Verified| self.signer(one, authority).is_some();
                let picture = self.picture()?;
                let check = Check {
                    seal: self.approved(picture.as_ref()),
                    ..check
                };
                let ready = ready_for_seal(&wanted.file, &check, counts).map_err(lacking)?;
                let facts = numbered(wanted.facts, &ready)?;
                let symbol = || facts.symbol.as_deref().and_then(Series::new);
                let ground = self.issue(&ready, authority, series.or_else(symbol));
                let (ground, proof) = ground?;
                Ok((
                    Seen::new(wanted.scheme, ready.open(), ground, facts)?,
                    Some(proof),
                ))
            }
        }
    }

    fn issue(
        &self,
        ready: &Ready,
        authority: Option<AuthorityId>,
        series: Option<Series>,
    ) -> Result<(SealGround, Proof), Mistake> {
        let signer = self.signer(ready.person(), authority);
        // Policy may have moved on between the two looks.
        let signer = signer.ok_or(Refusal::AuthorityInvalid)?;
        let proof = Proof::of(ready.person(), signer.credential);
        let ground = SealGround::Issue(Issue {
            signer,
            number: ready.number().number(),
            series: series.ok_or_else(|| Problem::field("series"))?,
            date: ready.date(),
            revision: sha256(ready.revision()),
            picture: ready.shows_seal().then(|| self.digest()).flatten(),
        });
        Ok((ground, proof.ok_or(Refusal::AuthorityInvalid)?))
    }

    /// What the seal may show, if it was approved.
    fn picture(&self) -> Result<Option<Picture>, Failure> {
        let read = self.seal.as_ref().map(|seal| Picture::read(&seal.png));
        read.transpose()
            .map_err(|error| Failure::Answered(broken(&error)))
    }

    fn approved<'p>(&self, picture: Option<&'p Picture>) -> Option<ApprovedSeal<'p>> {
        let width = self.seal.as_ref().map(|seal| f64::from(seal.width) / 10.0);
        let both = picture.zip(width);
        both.map(|(picture, width)| ApprovedSeal { picture, width })
    }

    fn digest(&self) -> Option<[u8; 32]> {
        self.seal.as_ref().map(|seal| seal.digest)
    }

    /// Whose certificates explain what later signatures show.
    fn anchors(&self) -> Vec<Vec<u8>> {
        let given = self.app.config.certificates.anchors.iter().cloned();
        let own = self.app.evaluation.iter();
        given
            .chain(own.map(|one| one.certificate.clone()))
            .collect()
    }

    /// The person behind an intact signature, if they were authorised when they say they signed; the log is asked
    /// afterwards.
    fn signer(&self, one: &Verified, authority: Option<AuthorityId>) -> Option<IssueSigner> {
        let certificate = certificate(one)?;
        let at = Timestamp::from_seconds(one.embedded.claimed()?.unix_timestamp());
        let policy = self.app.signer.policy();
        policy.issue_signer(self.agency, certificate, at, authority)
    }
}

/// What is missing, and SHA-256 of the file as it came.
fn not_ready(why: NotReady, file: &[u8]) -> Failure {
    let lack = Lack(why.code(), why.vietnamese(), why.english());
    Failure::Lacking(lack, Sha256::digest(file).into())
}

/// Number and symbol as the file has them; where the system says them too, they must be these.
fn numbered(mut facts: DocumentFacts, ready: &Ready) -> Result<DocumentFacts, Mistake> {
    let number = ready.number();
    agree(
        &mut facts.number,
        &format!("{:02}", number.number()),
        same_number,
    )?;
    if let Some(symbol) = number.symbol() {
        agree(&mut facts.symbol, symbol, |told, read| told == read)?;
    }
    Ok(facts)
}

/// `5` and `05` are one number.
fn same_number(told: &str, read: &str) -> bool {
    told.parse::<u32>().ok() == read.parse().ok()
}

fn with_purpose(mut facts: DocumentFacts, ground: &SealGround) -> Result<DocumentFacts, Mistake> {
    agree(&mut facts.purpose, ground.purpose(), |told, read| {
        told == read
    })?;
    Ok(facts)
}

fn agree(
    told: &mut Option<String>,
    read: &str,
    same: impl Fn(&str, &str) -> bool,
) -> Result<(), Mistake> {
    if told.as_deref().is_some_and(|told| !same(told, read)) {
        let problem = Problem::field("document");
        return Err(Mistake(Refusal::DocumentsMismatch, problem));
    }
    *told = Some(read.to_owned());
    Ok(())
}

const fn copied(kind: CopyKind) -> Copied {
    match kind {
        CopyKind::Extract => Copied::Extract,
        CopyKind::Full => Copied::Whole,
        CopyKind::Further => Copied::Transcript,
    }
}

/// The bytes of a SHA-256 digest.
fn sha256(digest: &DocumentDigest) -> [u8; 32] {
    digest.as_bytes().try_into().unwrap_or_default()
}
