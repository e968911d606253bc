//! An outgoing decision: the leader signs it, the registry numbers it, the agency seals it.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kyso_api::csc::Document;
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{
    AuthorityKind, DocumentToSign, NewAuthority, NewPicture, NewSignatures, PreparedFile, SealKind,
    SealReply, SealRequest, SignatureFormat,
};
use kyso_client::{Client, ClientError, Secret};
use kyso_core::{Clock, SystemClock};
use kyso_documents::appearance::{Drawn, Mark, POINTS, Picture, Rules};
use kyso_documents::numbering::{Number, Numbering, fill};
use kyso_documents::pdf::{
    Embedded, Limits, Lock, Pdf, Place, Prepared, Request, Reserved, Target,
};
use time::OffsetDateTime;
use time::macros::offset;

use super::narrate::held;
use super::paper::{RSA_SHA256, SHA256};
use super::patience::patiently;
use super::stamp::APPENDIX;
use super::verdict::refused;
use crate::province::Province;

pub(super) const PAPER: &[u8] = include_bytes!("../../vectors/outgoing/quyet-dinh.pdf");
const HAND: &[u8] = include_bytes!("../../vectors/outgoing/hand.png");
const SEAL: &[u8] = include_bytes!("../../vectors/outgoing/seal.png");

/// How wide the seal really is, in millimetres.
const REAL: f64 = 36.0;
/// A term of office.
const FIVE_YEARS: Duration = Duration::from_hours(5 * 365 * 24);
/// Where the paper has room for its number.
const NUMBER: Place = place(43.0, 256.4, 40.0, 7.0);
/// Where it has room for its date.
const DATE: Place = place(121.0, 256.4, 62.0, 7.0);

const fn place(left: f64, bottom: f64, width: f64, height: f64) -> Place {
    Place {
        page: 1,
        left: left * POINTS,
        bottom: bottom * POINTS,
        width: width * POINTS,
        height: height * POINTS,
    }
}

/// Lets the leader sign for the agency as its head, unless an earlier run has.
pub(super) fn authorise(province: &Province) -> anyhow::Result<()> {
    let (office, leader) = (&province.office, &province.leader.person_id);
    let records = office.manager1.acting(Client::authorities)?;
    if records.iter().all(|record| record.person != *leader) {
        let proposed = office
            .manager1
            .acting(|client| client.grant_authority(&head(province)))?;
        office.approve(&proposed.id)?;
    }
    held("two managers have recorded that the leader is the head of the agency");
    approve_picture(province)
}

/// Puts the picture of the agency's seal in force, unless an earlier run has: every seal shows it from then on.
fn approve_picture(province: &Province) -> anyhow::Result<()> {
    let (office, agency) = (&province.office, &province.agencies.province);
    let there = office.manager1.acting(|client| client.picture(agency));
    if there.is_err() {
        let picture = NewPicture {
            png: encode_base64(SEAL),
            width: 360,
            otp: None,
        };
        let proposed = office
            .manager1
            .acting(|client| client.propose_picture(agency, &picture))?;
        office.approve(&proposed.id)?;
    }
    held("two managers have approved the picture of the agency's seal");
    Ok(())
}

fn head(province: &Province) -> NewAuthority {
    let now = SystemClock.now();
    NewAuthority {
        person: province.leader.person_id.clone(),
        agency: province.agencies.province.clone(),
        kind: AuthorityKind::Head,
        basis: "Nghị quyết 1/NQ-HĐND".to_owned(),
        from: now.to_string(),
        to: Some(now.after(FIVE_YEARS).to_string()),
        otp: None,
    }
}

/// A number that no earlier run has used.
pub(super) fn next_number(directory: &Path) -> u32 {
    let free = |number: &u32| !file(directory, *number).exists();
    (13..100_000).find(free).unwrap_or(13)
}

fn file(directory: &Path, number: u32) -> PathBuf {
    directory.join(format!("Quyết định {number}-QĐ-UBND.pdf"))
}

/// Signs, numbers and seals; the finished file.
pub(super) fn issue(province: &Province, directory: &Path, number: u32) -> anyhow::Result<PathBuf> {
    let signed = signed(province)?;
    held("the leader signed the decision inside the PDF, with a picture between position and name");
    let system = province.document_system.log_in(&province.office)?;
    let early = sealing(PAPER, (SEAL, REAL))?;
    let early = refused("not_ready", seal(&system, province, PAPER, &early))?;
    held(&format!("a seal before anybody has signed: {early}"));

    let numbered = numbered(&signed, number)?;
    let small = sealing(&numbered, (SEAL, REAL * 0.9))?;
    let small = refused("not_ready", seal(&system, province, &numbered, &small))?;
    held(&format!("a seal that is not of its real size: {small}"));
    let approved = system.picture(&province.credentials.seal)?;
    let png = decode_base64(&approved.png)?;
    let prepared = sealing(&numbered, (&png, f64::from(approved.width) / 10.0))?;
    held("the document system fetched the approved picture and prepared the seal with it");
    let reply = seal(&system, province, &numbered, &prepared)?;
    let read = reply
        .issue
        .as_ref()
        .map(|issue| format!("{}/{}, {}", issue.number, issue.series, issue.date));
    held(&format!(
        "POST /api/v1/seals: the server read the PDF, found the leader's signature and {}, and sealed it",
        read.unwrap_or_default()
    ));
    let sealed = prepared.complete(numbered, &decode_base64(&reply.signature)?)?;
    let path = file(directory, number);
    fs::write(&path, sealed)?;
    held(&format!("wrote {}", path.display()));
    Ok(path)
}

/// Another document with the same number.
pub(super) fn taken(province: &Province, number: u32) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    let other = numbered(&signed(province)?, number)?;
    let taken = seal(&system, province, &other, &sealing(&other, (SEAL, REAL))?);
    let taken = refused("number_taken", taken)?;
    held(&format!(
        "another document with the number {number}: {taken}"
    ));
    Ok(())
}

/// The agency signs an appendix in a file of its own, which names the document that it belongs to; the finished file.
pub(super) fn enclose(
    province: &Province,
    directory: &Path,
    number: u32,
) -> anyhow::Result<PathBuf> {
    let system = province.document_system.log_in(&province.office)?;
    let pdf = Pdf::read(PAPER, &Limits::default())?;
    let number_text = format!("{number:02}");
    let mark = Mark::Appendix {
        number: &number_text,
        symbol: "QĐ-UBND",
    };
    let drawn = Rules::at(now()?.date())?.mark(&mark, now()?, pdf.sheet(1)?)?;
    let prepared = pdf.prepare(&request("PhuLuc", drawn)?)?;
    let of = |number: String| SealRequest {
        kind: SealKind::Appendix,
        document: Document {
            number: Some(number),
            symbol: Some("QĐ-UBND".to_owned()),
            ..said(APPENDIX)
        },
        ..wanted(province, PAPER, &prepared)
    };
    let unknown = sent(&system, &of("99999".to_owned()), (PAPER, &prepared));
    let unknown = refused("number_unknown", unknown)?;
    held(&format!(
        "an appendix of a document that nobody sealed: {unknown}"
    ));
    let reply = sent(&system, &of(number_text.clone()), (PAPER, &prepared))?;
    let whole = prepared.complete(PAPER.to_vec(), &decode_base64(&reply.signature)?)?;
    let path = directory.join(format!("Quyết định {number}-QĐ-UBND, phụ lục.pdf"));
    fs::write(&path, whole)?;
    held(&format!(
        "the agency signed an appendix of it: {}",
        path.display()
    ));
    Ok(path)
}

fn now() -> anyhow::Result<OffsetDateTime> {
    let now = OffsetDateTime::from_unix_timestamp(SystemClock.now().as_seconds())?;
    Ok(now.to_offset(offset!(+7)))
}

fn signed(province: &Province) -> anyhow::Result<Vec<u8>> {
    let (leader, credential) = (&province.leader, &province.credentials.leader);
    let pdf = Pdf::read(PAPER, &Limits::default())?;
    let gap = pdf
        .gap("Nguyễn Văn An")
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let drawn = Rules::at(now()?.date())?.person(&Picture::read(HAND)?, 42.0, &gap)?;
    let prepared = pdf.prepare(&Request {
        reserved: Some(Reserved {
            number: NUMBER,
            date: DATE,
        }),
        ..request("LanhDao", drawn)?
    })?;
    let document = DocumentToSign {
        format: SignatureFormat::Pades,
        digest: Some(encode_base64(prepared.digest().as_bytes())),
        attributes: None,
        file_digest: None,
        document: said("KY_DUYET"),
    };
    let client = leader.log_in(None)?;
    let reply = patiently(&leader.authenticator, |otp| {
        let key = uuid::Uuid::now_v7().to_string();
        client.sign_documents(
            &key,
            &NewSignatures {
                credential: credential.clone(),
                hash_algorithm: SHA256.to_owned(),
                sign_algorithm: RSA_SHA256.to_owned(),
                sign_algorithm_params: None,
                documents: vec![document.clone()],
                sad: None,
                otp: Some(Secret::new(otp)),
                time_stamp: false,
            },
        )
    })?;
    let cms = reply.signatures.first().map_or("", |one| one);
    Ok(prepared.complete(PAPER.to_vec(), &decode_base64(cms)?)?)
}

fn request(field: &str, drawn: Drawn) -> anyhow::Result<Request> {
    let target = Target::New {
        name: field.to_owned(),
        place: Some(drawn.place),
    };
    Ok(Request {
        appearance: Some(drawn.appearance),
        ..Request::new(target, now()?)
    })
}

fn numbered(file: &[u8], number: u32) -> anyhow::Result<Vec<u8>> {
    let numbering = Numbering {
        number: Number::new(number, Some("QĐ-UBND"))?,
        date: now()?.date(),
    };
    let update = fill(file, &numbering, &Limits::default())?;
    Ok([file, &update].concat())
}

/// Prepares the seal, upon the leader's picture where there is one.
fn sealing(file: &[u8], (png, width): (&[u8], f64)) -> anyhow::Result<Prepared> {
    let pdf = Pdf::read(file, &Limits::default())?;
    let rules = Rules::at(now()?.date())?;
    let person = match pdf.signatures()?.first() {
        Some(leader) => pdf.shown(&leader.field)?,
        None => None,
    };
    let person = person.unwrap_or(NUMBER);
    let drawn = rules.seal(&Picture::read(png)?, width, &person)?;
    let names = [Reserved::NUMBER, Reserved::DATE].map(str::to_owned);
    Ok(pdf.prepare(&Request {
        lock: Some(Lock::Include(names.to_vec())),
        ..request("ConDau", drawn)?
    })?)
}

fn seal(
    system: &Client,
    province: &Province,
    file: &[u8],
    prepared: &Prepared,
) -> Result<SealReply, ClientError> {
    sent(system, &wanted(province, file, prepared), (file, prepared))
}

/// Asks for it, with the file after the request.
fn sent(
    system: &Client,
    request: &SealRequest,
    (file, prepared): (&[u8], &Prepared),
) -> Result<SealReply, ClientError> {
    let mut whole = file.chain(prepared.unsigned());
    system.seal_prepared(&uuid::Uuid::now_v7().to_string(), request, &mut whole)
}

fn wanted(province: &Province, file: &[u8], prepared: &Prepared) -> SealRequest {
    SealRequest {
        credential: province.credentials.seal.clone(),
        kind: SealKind::Issue,
        file: None,
        prepared: Some(places(file, prepared)),
        hash_algorithm: SHA256.to_owned(),
        sign_algorithm: RSA_SHA256.to_owned(),
        sign_algorithm_params: None,
        compose: false,
        document: said("PHAT_HANH"),
        series: None,
        authority: None,
        source: None,
        time_stamp: false,
    }
}

fn places(file: &[u8], prepared: &Prepared) -> PreparedFile {
    let pdf = Pdf::read(file, &Limits::default());
    let earlier = pdf.and_then(|pdf| pdf.signatures()).unwrap_or_default();
    PreparedFile {
        byte_range: prepared.byte_range(),
        before: u64::try_from(file.len()).unwrap_or(u64::MAX),
        signed: earlier.iter().filter_map(Embedded::byte_range).collect(),
    }
}

fn said(purpose: &str) -> Document {
    Document {
        label: Some("Quyết định ban hành Quy chế".to_owned()),
        kind: Some("Quyết định".to_owned()),
        purpose: Some(purpose.to_owned()),
        secrecy: Some("thường".to_owned()),
        ..Document::default()
    }
}
