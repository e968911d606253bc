//! What a body asks for, read to its end before anything is looked up.

use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use kyso_api::csc::Document;
use kyso_api::encoding::decode_base64;
use kyso_api::management::{SealKind, SealRequest};
use kyso_core::ground::CopyKind;
use kyso_core::id::{AuthorityId, CredentialId};
use kyso_core::request::{DocumentFacts, Idempotency};
use kyso_core::series::Series;
use kyso_core::{Refusal, SignatureScheme};

use super::super::wanted::with_usual_salt;
use super::layout::Layout;
use crate::http::body::{Received, parse};
use crate::http::error::Problem;
use crate::http::refused::Mistake;
use crate::http::{idempotency, text};
use crate::sealing::FILE;

/// What an Idempotency-Key is bound to.
const ROUTE: &str = "seals";
/// Letters of a series, at most.
const LONGEST_SERIES: usize = 60;
/// Bytes of what a copy is said to be of, at most.
const LONGEST_SOURCE: usize = 1024;

/// A call in the core's types.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) credential: CredentialId,
    pub(super) scheme: SignatureScheme,
    /// Whether the server draws what the signature shows.
    pub(super) compose: bool,
    pub(super) facts: DocumentFacts,
    pub(super) kind: Kind,
    pub(super) key: Idempotency,
    pub(super) time_stamp: bool,
}

/// What is to be sealed.
#[derive(Debug)]
pub(super) enum Kind {
    /// The number and the series of the document that it belongs to.
    Appendix(u32, Series),
    Copy(CopyKind, String),
    Issue {
        authority: Option<AuthorityId>,
        series: Option<Series>,
    },
}

impl Kind {
    /// The record that the system names.
    pub(super) const fn authority(&self) -> Option<AuthorityId> {
        match self {
            Self::Appendix(..) | Self::Copy(..) => None,
            Self::Issue { authority, .. } => *authority,
        }
    }
}

impl Wanted {
    /// What a call asks for, and its file as this reads it.
    pub(super) fn read<F>(
        headers: &HeaderMap,
        body: &Received,
        file: impl FnOnce(&SealRequest) -> Result<F, Problem>,
    ) -> Result<(Self, F), Mistake> {
        if let Some(flaw) = body.flaw {
            return Err(flaw.into());
        }
        let key = idempotency::read(headers, ROUTE, &body.bytes);
        let key = key.map_err(|_| Problem::field("Idempotency-Key"))?;
        let key = key.ok_or(Refusal::IdempotencyRequired)?;
        let wire: SealRequest = parse(&body.bytes)?;
        let wanted = Self::of(&wire, key)?;
        Ok((wanted, file(&wire)?))
    }

    fn of(wire: &SealRequest, key: Idempotency) -> Result<Self, Mistake> {
        let credential = wire.credential.parse();
        Ok(Self {
            credential: credential.map_err(|_| Refusal::UnknownCredential)?,
            scheme: with_usual_salt(
                &wire.sign_algorithm,
                wire.sign_algorithm_params.as_deref(),
                &wire.hash_algorithm,
            )?,
            facts: facts(&wire.document)?,
            kind: kind(wire)?,
            compose: wire.compose,
            key,
            time_stamp: wire.time_stamp,
        })
    }
}

/// The file that is in the body itself.
pub(super) fn held(wire: &SealRequest) -> Result<Bytes, Problem> {
    if wire.prepared.is_some() {
        return Err(Problem::field("prepared"));
    }
    let wrong = || Problem::field("file");
    let text = wire.file.as_ref().ok_or_else(wrong)?;
    let file = decode_base64(text).map_err(|_| wrong())?;
    if file.is_empty() || file.len() > FILE {
        return Err(wrong());
    }
    Ok(file.into())
}

/// Where signatures stand in the file that follows: one that is prepared, since nothing can be drawn into what nobody holds.
pub(super) fn following(wire: &SealRequest) -> Result<Layout, Problem> {
    if wire.file.is_some() {
        return Err(Problem::field("file"));
    }
    if wire.compose {
        return Err(Problem::field("compose"));
    }
    let prepared = wire.prepared.as_ref();
    let prepared = prepared.ok_or_else(|| Problem::field("prepared"))?;
    if !prepared.signed.is_empty() && wire.kind != SealKind::Issue {
        return Err(Problem::field("prepared"));
    }
    Layout::read(prepared)
}

fn facts(document: &Document) -> Result<DocumentFacts, Problem> {
    let wrong = || Problem::field("document");
    if !document.is_within_limits() {
        return Err(wrong());
    }
    let facts = text::documents(Some(std::slice::from_ref(document)));
    facts.ok().and_then(|mut all| all.pop()).ok_or_else(wrong)
}

/// A member that goes with the other kind is no oversight to pass over.
fn kind(wire: &SealRequest) -> Result<Kind, Problem> {
    let series = clean(wire.series.as_ref(), "series", LONGEST_SERIES)?;
    let source = clean(wire.source.as_ref(), "source", LONGEST_SOURCE)?;
    let copy = match wire.kind {
        SealKind::Issue | SealKind::Appendix => None,
        SealKind::Full => Some(CopyKind::Full),
        SealKind::Further => Some(CopyKind::Further),
        SealKind::Extract => Some(CopyKind::Extract),
    };
    let Some(copy) = copy else {
        if source.is_some() {
            return Err(Problem::field("source"));
        }
        if wire.kind == SealKind::Appendix {
            return appendix(wire, series.as_ref());
        }
        let authority = wire.authority.as_deref().map(str::parse).transpose();
        let authority = authority.map_err(|_| Problem::field("authority"))?;
        let series = series.map(|text| Series::new(&text).ok_or_else(|| Problem::field("series")));
        let series = series.transpose()?;
        return Ok(Kind::Issue { authority, series });
    };
    if series.is_some() {
        return Err(Problem::field("series"));
    }
    if wire.authority.is_some() {
        return Err(Problem::field("authority"));
    }
    Ok(Kind::Copy(copy, source.unwrap_or_default()))
}

fn appendix(wire: &SealRequest, series: Option<&String>) -> Result<Kind, Problem> {
    if wire.authority.is_some() {
        return Err(Problem::field("authority"));
    }
    let number = wire
        .document
        .number
        .as_ref()
        .and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| Problem::field("document"))?;
    let series = series.or(wire.document.symbol.as_ref());
    let series = series.and_then(|text| Series::new(text));
    Ok(Kind::Appendix(
        number,
        series.ok_or_else(|| Problem::field("series"))?,
    ))
}

fn clean(
    text: Option<&String>,
    member: &'static str,
    longest: usize,
) -> Result<Option<String>, Problem> {
    let text = text::clean_optional(text).map_err(|_| Problem::field(member))?;
    let fits = text.as_ref().is_none_or(|text| text.len() <= longest);
    fits.then_some(text).ok_or_else(|| Problem::field(member))
}
