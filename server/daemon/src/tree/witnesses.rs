//! Asks witnesses to cosign checkpoints (C2SP `tlog-witness`, "add-checkpoint").

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::key::WitnessKey;
use kyso_evidence::note::NoteSignature;
use tokio::sync::oneshot;
use ureq::Agent;

use crate::config::Audit;
use crate::webhook::agent;

/// How long a witness may take; the next checkpoint waits for the slowest.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long one that did not answer is not asked again: each try may cost the patience.
const REST: Duration = Duration::from_secs(15);
/// The longest answer that is read.
const MOST: u64 = 16 * 1024;

/// Why a witness did not cosign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotCosigned {
    /// No connection, no trust in its certificate, or no answer in time.
    #[error("it does not answer")]
    Unreachable,
    /// It answered something else than its own valid line.
    #[error("its answer, with status {0}, is no cosignature")]
    Answer(u16),
    /// The last checkpoint that it cosigned had another size than it was told.
    #[error("it has cosigned a checkpoint of {0} entries")]
    Conflict(u64),
    /// There was nothing to ask it with.
    #[error("it was not asked")]
    NotAsked,
    /// It says that the log does not continue what it cosigned.
    #[error("it says that the log does not continue what it cosigned")]
    Fork,
}

/// One that is asked.
#[derive(Debug, Clone)]
pub(super) struct Witness {
    pub(super) key: WitnessKey,
    url: Arc<str>,
}

/// Those that are asked, and of what size each cosigned last.
pub(super) struct Witnesses {
    agent: Agent,
    all: Vec<Witness>,
    sizes: HashMap<Arc<str>, u64>,
    resting: HashMap<Arc<str>, Instant>,
}

impl fmt::Debug for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Witnesses({})", self.all.len())
    }
}

impl Witnesses {
    /// Those of the configuration, which was checked.
    pub(super) fn new(audit: &Audit) -> Self {
        let keys = audit.witness_keys().unwrap_or_default();
        let pairs = keys.into_iter().zip(&audit.witnesses);
        let all = pairs.map(|(key, one)| Witness {
            key,
            url: format!("{}/add-checkpoint", one.url.trim_end_matches('/')).into(),
        });
        Self {
            agent: agent(&audit.witness_authorities, PATIENCE),
            all: all.collect(),
            sizes: HashMap::new(),
            resting: HashMap::new(),
        }
    }

    /// Does not ask this one for a while.
    pub(super) fn rest(&mut self, one: &Witness) {
        let until = Instant::now() + REST;
        self.resting.insert(Arc::clone(&one.url), until);
    }

    /// Those whose line is not there, but for those that rest.
    pub(super) fn missing(&self, signed: &SignedCheckpoint) -> Vec<Witness> {
        let there = |one: &Witness| {
            let mut lines = signed.note().signatures().iter();
            lines.any(|line| line.key() == one.key.label())
        };
        let now = Instant::now();
        let rests = |one: &Witness| self.resting.get(&one.url).is_some_and(|until| now < *until);
        let asked = self.all.iter().filter(|one| !there(one) && !rests(one));
        asked.cloned().collect()
    }

    /// The size that this witness cosigned last, as far as this server knows.
    pub(super) fn size(&self, one: &Witness) -> u64 {
        self.sizes.get(&one.url).copied().unwrap_or(0)
    }

    /// Takes note of the size that this witness cosigned last.
    pub(super) fn note(&mut self, one: &Witness, size: u64) {
        self.sizes.insert(Arc::clone(&one.url), size);
    }

    /// Asks one, on a thread of its own, since a server that stops does not wait for it.
    pub(super) fn ask(
        &self,
        one: &Witness,
        body: String,
    ) -> oneshot::Receiver<Result<Vec<NoteSignature>, NotCosigned>> {
        let (agent, url) = (self.agent.clone(), Arc::clone(&one.url));
        let (told, end) = oneshot::channel();
        let thread = std::thread::Builder::new().name("witness".to_owned());
        let spawned = thread.spawn(move || {
            let _ = told.send(post(&agent, &url, &body)); // nobody listens if the server stops
        });
        if let Err(error) = spawned {
            tracing::warn!(%error, "no thread to ask a witness");
        }
        end
    }
}

fn post(agent: &Agent, url: &str, body: &str) -> Result<Vec<NoteSignature>, NotCosigned> {
    let sent = agent.post(url).send(body);
    let mut response = sent.map_err(|_| NotCosigned::Unreachable)?;
    let status = response.status().as_u16();
    let read = response.body_mut().with_config().limit(MOST).read_to_vec();
    let answer = read.map_err(|_| NotCosigned::Answer(status))?;
    match status {
        200 => NoteSignature::parse_lines(&answer).map_err(|_| NotCosigned::Answer(status)),
        409 => Err(size(&answer).map_or(NotCosigned::Answer(status), NotCosigned::Conflict)),
        422 => Err(NotCosigned::Fork),
        other => Err(NotCosigned::Answer(other)),
    }
}

/// The size in an answer 409: digits and a newline.
fn size(answer: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(answer).ok()?.strip_suffix('\n')?;
    let size: u64 = text.parse().ok()?;
    (size.to_string() == text).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_one_spelling() {
        assert_eq!(size(b"20852163\n"), Some(20_852_163));
        assert_eq!(size(b"0\n"), Some(0));
        for bad in [
            "",
            "1",
            "01\n",
            "+1\n",
            "1\n\n",
            "x\n",
            "99999999999999999999\n",
        ] {
            assert_eq!(size(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
