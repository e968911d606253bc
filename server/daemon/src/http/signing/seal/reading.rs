//! What the server reads in the PDF: on what ground it may be sealed, and the digest that the seal signs.

use std::borrow::Cow;
use std::sync::Arc;

use actix_web::web;
use kyso_api::problem::ProblemCode;
use kyso_core::ground::{Appendix, Composer, Issue, IssueSigner, SealGround, day};
use kyso_core::id::{AgencyId, AuthorityId, RequestId};
use kyso_core::model::{Credential, CredentialKind, Owner};
use kyso_core::request::DocumentFacts;
use kyso_core::series::Series;
use kyso_core::{Digest, Refusal, SignatureScheme, Timestamp};
use kyso_documents::DocumentDigest;
use kyso_documents::pdf::{Limits, Prepared, Verified};
use kyso_documents::seal::{
    ApprovedSeal, Check, NotReady, Open, Ready, ready_for_appendix, ready_for_copy, ready_for_seal,
};
use kyso_evidence::entry::Format;
use time::OffsetDateTime;
use tokio::sync::OwnedSemaphorePermit;

use super::super::approved::Approved;
use super::super::wanted::{Asked, Given};
use super::super::{Failure, Lack, broken};
use super::composing::{NotComposed, Sketch, composer, copied};
use super::proof::{Proof, certificate};
use super::wanted::{FILE, Kind, Wanted};
use crate::app::App;
use crate::documents;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::refused::Mistake;

/// Room for what the server draws, in bytes.
const DRAWN: usize = 2 << 20;

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
    /// The signature that the server drew and prepared, if it did.
    pub(super) prepared: Option<Prepared>,
}

impl Seen {
    /// What a CMS is built of.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            format: Format::Pades,
            given: Given::Digest(self.digest),
            file: Some(self.file),
        }
    }

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
            prepared: None,
        })
    }
}

/// Reads the file on a thread that may be kept busy; the place goes there, since a caller who goes away does not end
/// the work. What the server draws claims the time at which this call began.
pub(super) async fn read(
    desk: &Desk,
    credential: &Credential,
    wanted: &Arc<Wanted>,
    (place, call): (OwnedSemaphorePermit, RequestId),
) -> Result<Seen, Failure> {
    if credential.kind != CredentialKind::Seal {
        return Err(Problem::field("credential").into());
    }
    let (app, agency) = (desk.shared(), credential.agency);
    let (now, named) = (app.now(), wanted.kind.authority());
    // Copies and appendices show none.
    let approved = match &wanted.kind {
        Kind::Issue { .. } => Approved::of(desk, Owner::Agency(agency)).await,
        Kind::Appendix(..) | Kind::Copy(..) => Ok(None),
    };
    let approved = approved.map_err(Failure::Answered)?;
    let wanted = Arc::clone(wanted);
    let work = web::block(move || {
        let _place = place;
        let reader = Reader {
            app: &app,
            agency,
            now,
            begun: call.begun().unwrap_or(now),
            seal: approved,
        };
        reader.see(&wanted)
    });
    let done = work.await;
    let (mut seen, proof) = done.map_err(|error| Failure::Answered(broken(&error)))??;
    if let (SealGround::Issue(issue), Some(proof)) = (&mut seen.ground, proof) {
        let confirmed = proof.confirmed(desk, (agency, named)).await?;
        issue.signer = confirmed.map_err(|lack| Failure::Lacking(lack, seen.file))?;
    }
    Ok(seen)
}

/// What is read of a file, at most.
pub(super) fn limits() -> Limits {
    documents::limits(FILE + DRAWN)
}

struct Reader<'a> {
    app: &'a App,
    agency: AgencyId,
    now: Timestamp,
    begun: Timestamp,
    seal: Option<Approved>,
}

impl Reader<'_> {
    fn see(&self, wanted: &Wanted) -> Result<(Seen, Option<Proof>), Failure> {
        let picture = self.seal.as_ref().map(Approved::picture).transpose()?;
        let seal = self.seal.as_ref().zip(picture.as_ref());
        let seal = seal.map(|(seal, picture)| seal.shown_with(picture));
        let limits = limits();
        let prepared = wanted
            .compose
            .then(|| self.prepared(wanted, seal, &limits))
            .transpose()?;
        let file = match &prepared {
            Some(prepared) => Cow::Owned([&wanted.file, prepared.unsigned()].concat()),
            None => Cow::Borrowed(wanted.file.as_slice()),
        };
        let check = Check {
            anchors: &self.app.anchors(),
            at: moment(self.now)?,
            hash: documents::hash(wanted.scheme.hash()),
            limits: &limits,
            seal,
        };
        let (seen, proof) = self.look(wanted, &file, &check)?;
        Ok((Seen { prepared, ..seen }, proof))
    }

    /// The file as the server draws and prepares it.
    fn prepared(
        &self,
        wanted: &Wanted,
        seal: Option<ApprovedSeal<'_>>,
        limits: &Limits,
    ) -> Result<Prepared, Failure> {
        let snapshot = self.app.signer.policy().snapshot();
        let agency = snapshot.agencies.get(&self.agency);
        let sketch = Sketch {
            kind: &wanted.kind,
            symbol: wanted.facts.symbol.as_deref(),
            agency: agency.map_or("", |agency| agency.name.as_str()),
            seal: seal.map(|seal| (seal.picture, seal.width)),
            time: moment(self.begun)?,
            hash: documents::hash(wanted.scheme.hash()),
        };
        let prepared = sketch.prepare(&wanted.file, limits);
        prepared.map_err(|why| match why {
            NotComposed::Refused(why) => not_ready(why, &wanted.file),
            NotComposed::Lacking(lack) => Failure::Lacking(lack, documents::sha256(&wanted.file)),
        })
    }

    fn look(
        &self,
        wanted: &Wanted,
        file: &[u8],
        check: &Check<'_>,
    ) -> Result<(Seen, Option<Proof>), Failure> {
        let lacking = |why| not_ready(why, &wanted.file);
        let (composer, facts) = (composer(wanted.compose), wanted.facts.clone());
        let (open, ground, facts, proof) = match &wanted.kind {
            Kind::Appendix(number, series) => {
                let open = ready_for_appendix(file, check).map_err(lacking)?;
                let year = day(self.now).ok_or_else(|| Problem::from(ProblemCode::Internal))?;
                let ground = SealGround::Appendix(Appendix {
                    number: *number,
                    series: series.clone(),
                    year: year.year(),
                    composer,
                });
                (open, ground, facts, None)
            }
            Kind::Copy(kind, source) => {
                let ready = ready_for_copy(file, check, copied(*kind), source).map_err(lacking)?;
                let ground = SealGround::Copy(*kind, source.clone(), composer);
                (ready.open().clone(), ground, facts, None)
            }
            Kind::Issue { authority, series } => {
                let counts = |one: &Verified| self.signer(one, *authority).is_some();
                let ready = ready_for_seal(file, check, counts).map_err(lacking)?;
                let facts = numbered(facts, &ready)?;
                let symbol = || facts.symbol.as_deref().and_then(Series::new);
                let series = series.clone().or_else(symbol);
                let (ground, proof) = self.issue(&ready, *authority, (series, composer))?;
                (ready.open().clone(), ground, facts, Some(proof))
            }
        };
        Ok((Seen::new(wanted.scheme, &open, ground, facts)?, proof))
    }

    fn issue(
        &self,
        ready: &Ready,
        authority: Option<AuthorityId>,
        (series, composer): (Option<Series>, Composer),
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
            picture: self
                .seal
                .as_ref()
                .filter(|_| ready.shows_seal())
                .map(|seal| seal.digest),
            composer,
        });
        Ok((ground, proof.ok_or(Refusal::AuthorityInvalid)?))
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
    Failure::Lacking(lack, documents::sha256(file))
}

fn moment(time: Timestamp) -> Result<OffsetDateTime, Failure> {
    documents::moment(time).map_err(|error| Failure::Answered(broken(&error)))
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

/// The bytes of a SHA-256 digest.
fn sha256(digest: &DocumentDigest) -> [u8; 32] {
    digest.as_bytes().try_into().unwrap_or_default()
}
