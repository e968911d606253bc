//! What is shown of signatures that were verified: every answer by itself.

use kyso_documents::pdf::Coverage;
use kyso_documents::validation::{Fault, Integrity, Judgement, Report, Silence, TimeBasis};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::catalogue::Message;
use crate::screen::Screen;

/// The signatures of a PDF, however many.
pub(crate) fn every(screen: &Screen, report: &Report) {
    if screen.is_json() {
        return screen.record(&all(report));
    }
    report
        .signatures
        .iter()
        .for_each(|one| answers(screen, one));
    if !report.signatures.is_empty() {
        complete(screen, report);
    }
}

/// The signatures of a signature file: for programs the one that there nearly always is.
pub(crate) fn show(screen: &Screen, report: &Report) {
    match report.signatures.as_slice() {
        [only] if screen.is_json() => screen.record(&for_programs(only)),
        _ => every(screen, report),
    }
}

fn all(report: &Report) -> Value {
    let signatures: Vec<Value> = report.signatures.iter().map(for_programs).collect();
    let mut all = json!({ "valid": report.is_good(), "signatures": signatures });
    if !report.signatures.is_empty() {
        all["completeness"] = report.completeness.code().into();
    }
    all
}

/// Faults of what is signed; all others are of the value and the certificate.
const OF_CONTENT: [Fault; 8] = [
    Fault::NotSignature,
    Fault::Encoding,
    Fault::Signers,
    Fault::Ranges,
    Fault::Content,
    Fault::Attributes,
    Fault::UnknownHash,
    Fault::OtherDocument,
];

fn for_programs(one: &Judgement) -> Value {
    let of_content = |fault: &Fault| OF_CONTENT.contains(fault);
    let of_value = |fault: &Fault| !matches!(fault, Fault::OtherDocument | Fault::Ranges);
    let signer = one.signer.as_ref();
    let trusted = one.trust.as_ref().ok();
    let problems = one.faults.iter().map(|fault| fault.english());
    let distrust = one.trust.as_ref().err().map(|reason| reason.english());
    json!({
        "valid": one.is_good(),
        "field": one.field,
        "sub_filter": one.sub_filter,
        "time_stamp": one.is_time_stamp,
        "digest_matches": !one.faults.iter().any(of_content),
        "signature_valid": !one.faults.iter().any(of_value),
        "integrity": one.integrity.code(),
        "faults": one.faults.iter().map(|fault| fault.code()).collect::<Vec<_>>(),
        "coverage": one.coverage.code(),
        "later": one.later.code(),
        "trusted": trusted.is_some(),
        "trusted_today": trusted.is_some_and(|root| root.today),
        "authority": trusted.map(|root| root.kind.code()),
        "distrust": one.trust.as_ref().err().map(|reason| reason.code()),
        "time": rfc3339(one.time.at),
        "time_basis": one.time.basis.code(),
        "signing_time": one.time.claimed.and_then(rfc3339),
        "revocation": one.revocation.standing.code(),
        "revocation_reason": one.silence.map(Silence::code),
        "revocation_time": one.revocation.at.and_then(rfc3339),
        "party": one.party.code(),
        "subject": signer.map(|signer| &signer.subject),
        "issuer": signer.map(|signer| &signer.issuer),
        "serial_number": signer.map(|signer| &signer.serial),
        "hash": one.hash.map(kyso_documents::validation::SeenHash::name),
        "notices": one.notices.iter().map(|notice| notice.code()).collect::<Vec<_>>(),
        "problems": problems.chain(distrust).collect::<Vec<_>>(),
    })
}

pub(crate) fn rfc3339(time: OffsetDateTime) -> Option<String> {
    time.format(&Rfc3339).ok()
}

/// Line by line for people, a line for each answer.
fn answers(screen: &Screen, one: &Judgement) {
    let say = |vietnamese, english| screen.language().choose(vietnamese, english);
    let covers = screen.text::<&str>(
        match one.coverage {
            Coverage::WholeFile => Message::OverWholeFile,
            Coverage::EarlierRevision => Message::OverEarlier,
            Coverage::Unclear => Message::OverUnclear,
        },
        &[],
    );
    let signer = one.signer.as_ref();
    let mut lines = vec![
        ("field", one.field.clone()),
        ("subject", signer.map(|signer| signer.subject.clone())),
        (
            "party",
            Some(say(one.party.vietnamese(), one.party.english()).to_owned()),
        ),
        (
            "intact",
            Some(say(one.integrity.vietnamese(), one.integrity.english()).to_owned()),
        ),
        ("coverage", Some(covers)),
        (
            "later",
            Some(say(one.later.vietnamese(), one.later.english()).to_owned()),
        ),
        ("time", Some(time(screen, one))),
        ("trusted", Some(trusted(screen, one))),
        ("revocation", Some(revocation(screen, one))),
    ];
    if one.integrity == Integrity::Broken {
        let faults = one
            .faults
            .iter()
            .map(|fault| say(fault.vietnamese(), fault.english()));
        lines.push(("problems", Some(faults.collect::<Vec<_>>().join(" "))));
    }
    if !one.notices.is_empty() {
        let notices = one
            .notices
            .iter()
            .map(|notice| say(notice.vietnamese(), notice.english()));
        lines.push(("warnings", Some(notices.collect::<Vec<_>>().join(" "))));
    }
    screen.answers(&lines);
}

fn time(screen: &Screen, one: &Judgement) -> String {
    let basis = one.time.basis;
    let words = screen
        .language()
        .choose(basis.vietnamese(), basis.english());
    let at = rfc3339(one.time.at).unwrap_or_default();
    match one
        .time
        .claimed
        .filter(|_| basis == TimeBasis::Stamped)
        .and_then(rfc3339)
    {
        Some(claimed) => {
            let claimed = screen.text(Message::Claims, &[claimed]);
            format!("{at}. {words} {claimed}")
        }
        None => format!("{at}. {words}"),
    }
}

fn trusted(screen: &Screen, one: &Judgement) -> String {
    match &one.trust {
        Ok(root) => screen.text(Message::TrustedUnder, &[root.kind.code()]),
        Err(reason) => {
            let no = screen.text::<&str>(Message::No, &[]);
            let why = screen
                .language()
                .choose(reason.vietnamese(), reason.english());
            format!("{no}. {why}")
        }
    }
}

fn revocation(screen: &Screen, one: &Judgement) -> String {
    let standing = one.revocation.standing;
    let words = screen
        .language()
        .choose(standing.vietnamese(), standing.english());
    let why = one.silence.map(|why| {
        let why = screen.language().choose(why.vietnamese(), why.english());
        format!("{words} {why}")
    });
    let asked = one.silence != Some(Silence::NotAsked) || one.integrity == Integrity::Broken;
    match (one.revocation.at.and_then(rfc3339), why) {
        (Some(at), _) => format!("{words} ({at})"),
        (None, Some(why)) if asked => why,
        (None, Some(why)) => format!("{why} {}", screen.text::<&str>(Message::AskOnline, &[])),
        (None, None) => words.to_owned(),
    }
}

fn complete(screen: &Screen, report: &Report) {
    let found = report.completeness;
    let words = screen
        .language()
        .choose(found.vietnamese(), found.english());
    screen.answers(&[("completeness", Some(words.to_owned()))]);
}
