//! Receipts: that the audit log holds an entry, shown without asking anybody.

use kyso_api::encoding::encode_base64;
use kyso_evidence::key::SignatureError;
use kyso_evidence::policy::{Cosignature, Distrust, Policy, PolicyError};
use kyso_evidence::proof::{MAX_PROOF_BYTES, ProofFault};
use kyso_evidence::receipt::{Logged, Receipt, ReceiptError};
use kyso_evidence::{DigestRecord, Entry, ResultRecord};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::verified::rfc3339;
use super::{read_start, verifier_key};
use crate::args::ReceiptArgs;
use crate::catalogue::{self, Message};
use crate::failure::Failure;
use crate::screen::Screen;

/// Nothing of a receipt is shown before all of it was found true.
pub(crate) fn verify(screen: &Screen, args: &ReceiptArgs) -> Result<(), Failure> {
    let (file, policy) = (args.file.display().to_string(), policy(args)?);
    let bytes = read_start(&args.file, MAX_PROOF_BYTES)?;
    let receipt = Receipt::parse(&bytes).map_err(|error| unreadable(&file, &error))?;
    let logged = receipt.verify(&policy).map_err(|fault| {
        let log = policy.log().label().name().to_string();
        unproven(file.clone(), log, fault)
    })?;
    show(screen, &file, &logged);
    Ok(())
}

fn policy(args: &ReceiptArgs) -> Result<Policy, Failure> {
    let log = verifier_key::read(&args.log_key)?;
    let witnesses = verifier_key::read_all(&args.witness_keys)?;
    Policy::new(log, witnesses, args.quorum).map_err(no_policy)
}

/// Why keys and number are none.
pub(super) fn no_policy(error: PolicyError) -> Failure {
    match error {
        PolicyError::Quorum { quorum, witnesses } => Failure::Usage(
            Message::QuorumTooLarge,
            vec![quorum.to_string(), witnesses.to_string()],
        ),
        PolicyError::Duplicate(name) => {
            Failure::Usage(Message::WitnessTwice, vec![name.to_string()])
        }
    }
}

fn unreadable(file: &str, error: &ReceiptError) -> Failure {
    let file = file.to_owned();
    match error {
        ReceiptError::Proof(_) | ReceiptError::Entry(_) => {
            Failure::Named("not_a_receipt", Message::NotAReceipt, vec![file])
        }
        ReceiptError::Misplaced { index, sequence } => {
            let values = vec![file, index.to_string(), sequence.to_string()];
            Failure::Named("misplaced", Message::ReceiptMisplaced, values)
        }
    }
}

fn unproven(file: String, log: String, fault: ProofFault) -> Failure {
    let (word, message, values) = match fault {
        ProofFault::Checkpoint(Distrust::Quorum { quorum, found }) => (
            "too_few_witnesses",
            Message::TooFewWitnesses,
            vec![file, found.to_string(), quorum.to_string()],
        ),
        ProofFault::Checkpoint(Distrust::Signature(SignatureError::OtherLog(origin))) => {
            ("other_log", Message::OtherLog, vec![file, origin, log])
        }
        ProofFault::Checkpoint(Distrust::Signature(SignatureError::Missing(name))) => (
            "unsigned",
            Message::NotSignedBy,
            vec![file, name.to_string()],
        ),
        ProofFault::Checkpoint(Distrust::Signature(SignatureError::Invalid(name))) => (
            "signature_invalid",
            Message::SignatureChanged,
            vec![file, name.to_string()],
        ),
        ProofFault::Inclusion(_) => ("not_in_log", Message::NotInLog, vec![file, log]),
    };
    Failure::Named(word, message, values)
}

fn show(screen: &Screen, file: &str, logged: &Logged) {
    let checkpoint = logged.checkpoint.checkpoint();
    if !screen.is_json() {
        let mut lines = of_entry(screen, &logged.entry);
        lines.push(("checkpoint", Some(checkpoint.size().to_string())));
        lines.extend(of_witnesses(screen, logged.checkpoint.cosignatures()));
        screen.answers(&lines);
    }
    let (sequence, size) = (logged.entry.seq.to_string(), checkpoint.size().to_string());
    let values = [file, sequence.as_str(), checkpoint.origin(), size.as_str()];
    screen.result(&for_programs(logged), Message::ReceiptHolds, &values);
}

fn for_programs(logged: &Logged) -> Value {
    let checkpoint = logged.checkpoint.checkpoint();
    json!({
        "valid": true,
        "sequence": logged.entry.seq,
        "entry": logged.entry,
        "checkpoint": {
            "origin": checkpoint.origin(),
            "size": checkpoint.size(),
            "root": encode_base64(checkpoint.root()),
        },
        "witnesses": witnesses(logged.checkpoint.cosignatures()),
    })
}

/// Who cosigned and when, for programs.
pub(super) fn witnesses(cosignatures: &[Cosignature]) -> Vec<Value> {
    let witness = |one: &Cosignature| json!({ "name": one.witness.as_str(), "time": time(one) });
    cosignatures.iter().map(witness).collect()
}

pub(super) type Line = (&'static str, Option<String>);

fn of_entry(screen: &Screen, entry: &Entry) -> Vec<Line> {
    let language = screen.language();
    let (event, outcome) = (entry.event, entry.outcome.as_str());
    let meaning = language.choose(event.vietnamese(), event.english());
    let ended = catalogue::word("outcome", outcome, language);
    let mut lines = vec![
        ("sequence", Some(entry.seq.to_string())),
        ("event", Some(format!("{meaning} ({})", event.name()))),
        ("time", Some(entry.time.clone())),
        ("outcome", Some(format!("{ended} ({outcome})"))),
        ("request", Some(entry.request.clone())),
        ("credential", entry.credential.clone()),
    ];
    for (number, digest) in entry.digests.iter().enumerate() {
        let text = of_digest(screen, digest, entry.results.get(number));
        lines.push(("digest", Some(text)));
    }
    lines
}

/// With what became of it, and what it stands for where the log knows.
fn of_digest(screen: &Screen, digest: &DigestRecord, result: Option<&ResultRecord>) -> String {
    let mut text = format!("{} {}", digest.alg, digest.value);
    if let Some(result) = result {
        let state = catalogue::word("result", result.state.as_str(), screen.language());
        text = format!("{text}, {state}");
    }
    match &digest.content {
        Some(content) => {
            let of = screen.text(Message::DigestOf, &[content.digest.as_str()]);
            format!("{text}, {of}")
        }
        None => text,
    }
}

pub(super) fn of_witnesses(screen: &Screen, cosignatures: &[Cosignature]) -> Vec<Line> {
    if cosignatures.is_empty() {
        let nobody = screen.text::<&str>(Message::NoWitness, &[]);
        return vec![("cosigned", Some(nobody))];
    }
    let line = |one: &Cosignature| {
        let at = time(one).unwrap_or_else(|| one.time.to_string());
        ("cosigned", Some(format!("{}, {at}", one.witness)))
    };
    cosignatures.iter().map(line).collect()
}

/// By the witness's clock; none for a year that RFC 3339 has no digits for.
fn time(cosignature: &Cosignature) -> Option<String> {
    let seconds = i64::try_from(cosignature.time).ok()?;
    let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    rfc3339(at)
}
