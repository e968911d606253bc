//! What the server makes of what was read in the PDF: on what ground it may be sealed, and the digest that the seal signs.

use kyso_api::problem::ProblemCode;
use kyso_core::ground::{Appendix, Composer, Issue, IssueSigner, SealGround, day};
use kyso_core::id::{AgencyId, RequestId};
use kyso_core::model::{Credential, CredentialKind, Owner};
use kyso_core::request::{DocumentFacts, Idempotency};
use kyso_core::series::Series;
use kyso_core::{Digest, Refusal, Timestamp};
use kyso_documents::numbering::Number;
use kyso_documents::seal::Obstacle;
use kyso_evidence::entry::Format;

use super::super::approved::Approved;
use super::super::wanted::{Asked, Given};
use super::super::{Failure, Lack, broken};
use super::asked::question;
use super::came::{Came, Whole};
use super::passing::Over;
use super::proof::Proof;
use super::source::Source;
use super::wanted::{Kind, Wanted};
use crate::apart::NotDone;
use crate::apart::open::Open;
use crate::http::arrival::busy;
use crate::http::desk::Desk;
use crate::http::error::Problem;
use crate::http::refused::Mistake;
use crate::sealing::{self, Lacking, Signer};

pub(super) const FAILED: Lack = Lack(
    "failed",
    "Không đọc được tệp: cần quá nhiều bộ nhớ, hoặc chương trình gặp lỗi với tệp.",
    "The file cannot be read: it takes too much memory, or the program fails on it.",
);
const TOO_SLOW: Lack = Lack(
    "too_slow",
    "Tệp cần quá nhiều thời gian để đọc.",
    "Reading the file takes too much time.",
);

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
    /// The key of the call, bound to all that was sent.
    pub(super) key: Idempotency,
    /// The file with the signature that the server drew and prepared, if it did.
    pub(super) whole: Option<Whole>,
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
}

/// Has the file read apart; its place goes there, since a caller who goes away does not end the work. What the server
/// draws claims the time at which this call began.
pub(super) async fn read(
    desk: &Desk,
    credential: &Credential,
    wanted: &Wanted,
    (source, call): (Source, RequestId),
) -> Result<Seen, Failure> {
    if credential.kind != CredentialKind::Seal {
        return Err(Problem::field("credential").into());
    }
    // Copies and appendices show none.
    let approved = match &wanted.kind {
        Kind::Issue { .. } => Approved::of(desk, Owner::Agency(credential.agency)).await,
        Kind::Appendix(..) | Kind::Copy(..) => Ok(None),
    };
    let approved = approved.map_err(Failure::Answered)?;
    let picture = approved.as_ref().map(|approved| approved.digest);
    let agency = credential.agency;
    let question = question(desk, wanted, (agency, approved), call)?;
    let (came, seen) = source.read(question, &desk.app().file_places).await?;
    let reading = Reading {
        desk,
        agency,
        wanted,
        picture,
        came,
    };
    let seen = seen.map_err(|why| reading.unread(why))?;
    reading.judge(seen).await
}

/// One file, and what is asked for it.
struct Reading<'a> {
    desk: &'a Desk,
    agency: AgencyId,
    wanted: &'a Wanted,
    /// SHA-256 of the approved picture.
    picture: Option<[u8; 32]>,
    came: Came,
}

impl Reading<'_> {
    fn unread(&self, why: NotDone) -> Failure {
        match why {
            NotDone::NoProcess => Failure::Answered(busy()),
            NotDone::Failed => self.lacking(FAILED),
            NotDone::TooLong => self.lacking(TOO_SLOW),
        }
    }

    fn lacking(&self, what: impl Into<Lack>) -> Failure {
        Failure::Lacking(what.into(), self.came.sha256())
    }

    async fn judge(&self, seen: sealing::Seen) -> Result<Seen, Failure> {
        let (open, ground, facts) = match &self.wanted.kind {
            Kind::Appendix(number, series) => {
                let year = day(self.desk.now());
                let year = year.ok_or_else(|| Problem::from(ProblemCode::Internal))?;
                let ground = SealGround::Appendix(Appendix {
                    number: *number,
                    series: series.clone(),
                    year: year.year(),
                    composer: self.composer(),
                });
                (seen.end, ground, self.wanted.facts.clone())
            }
            Kind::Copy(kind, source) => {
                let ground = SealGround::Copy(*kind, source.clone(), self.composer());
                (seen.end, ground, self.wanted.facts.clone())
            }
            Kind::Issue { series, .. } => {
                let (open, ground, facts) = self.issue(&seen, series.as_ref()).await?;
                (Ok(open), ground, facts)
            }
        };
        let open = open.map_err(|why| self.lacking(why))?;
        self.seen(open, seen.update.as_deref(), (ground, facts))
    }

    const fn composer(&self) -> Composer {
        if self.wanted.compose {
            Composer::Server
        } else {
            Composer::Client
        }
    }

    async fn issue(
        &self,
        seen: &sealing::Seen,
        series: Option<&Series>,
    ) -> Result<(Open, SealGround, DocumentFacts), Failure> {
        let (signer, one, over) = self.signer(seen)?;
        let document = one.document.as_ref().map_err(|why| self.lacking(*why))?;
        let number = Number::new(document.number, document.symbol.as_deref());
        let number = number.map_err(|_| self.lacking(FAILED))?;
        let revision = over.revision();
        let revision = revision.ok_or_else(|| Problem::from(ProblemCode::Internal))?;
        let facts = numbered(self.wanted.facts.clone(), &number)?;
        let symbol = || facts.symbol.as_deref().and_then(Series::new);
        let series = series.cloned().or_else(symbol);
        let proof = Proof {
            credential: signer.credential,
            certificate: one.certificate,
            value: one.value,
            over,
        };
        let named = self.wanted.kind.authority();
        let series = series.ok_or_else(|| Problem::field("series"))?;
        let confirmed = proof.confirmed(self.desk, (self.agency, named)).await?;
        let ground = SealGround::Issue(Issue {
            signer: confirmed.map_err(|lack| self.lacking(lack))?,
            number: number.number(),
            series,
            date: document.date,
            revision,
            picture: self.picture.filter(|_| document.shows_seal),
            composer: self.composer(),
        });
        Ok((document.open.clone(), ground, facts))
    }

    /// The first intact signature of somebody who was authorised when they say they signed, or is now: what they approved
    /// was prepared before. When they signed the log is asked afterwards. With what it is over.
    fn signer<'s>(
        &self,
        seen: &'s sealing::Seen,
    ) -> Result<(IssueSigner, &'s Signer, Over), Failure> {
        let (policy, named) = (self.desk.policy(), self.wanted.kind.authority());
        let mut able = seen.signers.iter().filter_map(|one| {
            let times = [Timestamp::from_seconds(one.claimed), self.desk.now()];
            let signer = |at| policy.issue_signer(self.agency, one.certificate, at, named);
            Some((times.into_iter().find_map(signer)?, one))
        });
        let (signer, one) = able.next().ok_or_else(|| {
            let nobody = Lacking::Missing(Obstacle::PersonUnknown);
            self.lacking(seen.end.as_ref().err().copied().unwrap_or(nobody))
        })?;
        let over = self.came.over(&one.over);
        Ok((signer, one, over.map_err(|lack| self.lacking(lack))?))
    }

    /// What is signed, of what came and of what was drawn; the process says only where.
    fn seen(
        &self,
        open: Open,
        update: Option<&[u8]>,
        (ground, facts): (SealGround, DocumentFacts),
    ) -> Result<Seen, Failure> {
        let hash = self.wanted.scheme.hash();
        let signed = self.came.signed(&open, update, hash);
        let signed = signed.map_err(|lack| self.lacking(lack))?;
        let digest = Digest::new(hash, signed.digest.as_bytes());
        Ok(Seen {
            digest: digest.map_err(|error| Failure::Answered(broken(&error)))?,
            file: signed.before,
            field: open.field,
            facts: with_purpose(facts, &ground)?,
            ground,
            key: self.came.bound(&self.wanted.key),
            whole: signed.whole,
        })
    }
}

impl From<Lacking> for Lack {
    fn from(why: Lacking) -> Self {
        let (code, vietnamese, english) = why.words();
        Self(code, vietnamese, english)
    }
}

/// Number and symbol as the file has them; where the system says them too, they must be these.
fn numbered(mut facts: DocumentFacts, number: &Number) -> Result<DocumentFacts, Mistake> {
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
