//! What the verifying person has from elsewhere: keys that count, and evidence to hold a bundle against.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use kyso_evidence::bundle::{Beside, ExportKey, Trust};
use kyso_evidence::key::{LogKey, WitnessKey};
use kyso_evidence::policy::Policy;
use kyso_evidence::proof::MAX_PROOF_BYTES;

use super::receipt::no_policy;
use super::{read_start, read_text, verifier_key};
use crate::args::KnownArgs;
use crate::catalogue::Message;
use crate::failure::Failure;

/// Everything that the command line names.
pub(crate) fn trust(known: &KnownArgs) -> Result<Trust, Failure> {
    let keys = match &known.policy {
        Some(file) => of_file(file)?,
        None => of_arguments(known)?,
    };
    let beside = known.against.iter().map(|file| evidence(file));
    Ok(Trust {
        policy: keys.policy()?,
        export: keys.export,
        beside: beside.collect::<Result<_, _>>()?,
    })
}

/// Keys before they make a policy.
#[derive(Default)]
struct Keys {
    log: Option<LogKey>,
    export: Option<ExportKey>,
    witnesses: Vec<WitnessKey>,
    quorum: Option<usize>,
}

impl Keys {
    /// Without a number all witnesses must have cosigned.
    fn policy(&self) -> Result<Option<Policy>, Failure> {
        let quorum = self.quorum.unwrap_or(self.witnesses.len());
        let policy = |log: &LogKey| Policy::new(log.clone(), self.witnesses.clone(), quorum);
        self.log.as_ref().map(policy).transpose().map_err(no_policy)
    }
}

fn of_arguments(known: &KnownArgs) -> Result<Keys, Failure> {
    let (log, export) = (known.log_key.as_deref(), known.export_key.as_deref());
    Ok(Keys {
        log: log.map(verifier_key::read).transpose()?,
        export: export.map(verifier_key::read).transpose()?,
        witnesses: verifier_key::read_all(&known.witness_keys)?,
        quorum: known.quorum,
    })
}

/// Lines as in a bundle's part `keys`, and `quorum` with a number; empty lines and those that begin
/// with `#` say nothing.
fn of_file(file: &Path) -> Result<Keys, Failure> {
    let mut keys = Keys::default();
    for (line, number) in read_text(file)?.lines().map(str::trim).zip(1_usize..) {
        if !line.is_empty() && !line.starts_with('#') {
            take(&mut keys, line).ok_or_else(|| {
                let values = vec![file.display().to_string(), number.to_string()];
                Failure::Usage(Message::PolicyLine, values)
            })?;
        }
    }
    if keys.log.is_none() {
        let values = vec![file.display().to_string()];
        return Err(Failure::Usage(Message::PolicyLacksLog, values));
    }
    Ok(keys)
}

/// `None` for a line that is none of these, or says something twice.
fn take(keys: &mut Keys, line: &str) -> Option<()> {
    let (kind, value) = line.split_once(' ')?;
    let fresh = match kind {
        "log" => keys.log.replace(value.parse().ok()?).is_none(),
        "export" => keys.export.replace(value.parse().ok()?).is_none(),
        "quorum" => keys.quorum.replace(value.parse().ok()?).is_none(),
        "witness" => {
            keys.witnesses.push(value.parse().ok()?);
            true
        }
        _ => false,
    };
    fresh.then_some(())
}

/// A receipt, a checkpoint, or another bundle, of which the largest checkpoint counts.
fn evidence(file: &Path) -> Result<Beside, Failure> {
    let bytes = read_start(file, MAX_PROOF_BYTES)?;
    if let Ok(beside) = Beside::parse(&bytes) {
        return Ok(beside);
    }
    let input = File::open(file).map_err(|error| Failure::file(file, error))?;
    Beside::of_bundle(BufReader::new(input)).map_err(|_| {
        let values = vec![file.display().to_string()];
        Failure::Named("not_evidence", Message::NotEvidence, values)
    })
}
