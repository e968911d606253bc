//! What a verification says where nothing is wrong.

use std::fmt;

use kyso_evidence::Report;

use super::key::Key;

/// The whole log, found true.
#[derive(Debug)]
pub struct Found {
    /// Of the entries, their columns and the head.
    pub report: Report,
    /// Entries under the stored tree, which follows the log by seconds.
    pub tree: u64,
    /// Who vouches for how many entries.
    pub vouched: Vec<Vouched>,
    /// Who named the key that signs checkpoints.
    pub key: KeyFrom,
    /// That key, as verifiers take it.
    pub log_key: Option<String>,
}

/// Somebody who vouches for the beginning of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Who.
    pub by: By,
    /// For how many entries.
    pub size: u64,
}

/// Who vouches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The log's own key, in a stored checkpoint.
    LogKey,
    /// A witness that cosigned a stored checkpoint, by its name.
    Witness(String),
    /// Something that was kept elsewhere, by the name that it was given.
    Evidence(String),
}

/// Who said which key is the log's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFrom {
    /// Whoever verifies.
    Given,
    /// This entry of the log itself.
    Entry(i64),
    /// Nobody.
    Nowhere,
}

impl Found {
    pub(super) fn new(report: Report, tree: u64, vouched: Vec<Vouched>, key: Key) -> Self {
        Self {
            report,
            tree,
            vouched,
            key: key.from,
            log_key: key.key.map(|key| key.to_string()),
        }
    }

    /// The most entries that something outside the database vouches for: the head file, a witness, what was
    /// kept elsewhere, or the log's key where it was not the log that named it.
    pub fn outside(&self) -> Option<u64> {
        let counts = |one: &&Vouched| one.by != By::LogKey || self.key == KeyFrom::Given;
        let vouched = self.vouched.iter().filter(counts).map(|one| one.size);
        vouched.chain(self.report.head).max()
    }

    fn vouchers(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(size) = self.report.head {
            write!(f, "\nthe head file vouches for {}", range(size))?;
        }
        for Vouched { by, size } in &self.vouched {
            write!(f, "\n{by} vouches for {}", range(*size))?;
        }
        Ok(())
    }

    fn key(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (KeyFrom::Entry(entry), Some(key)) = (self.key, &self.log_key) else {
            return Ok(());
        };
        write!(
            f,
            "\nthe log's key is the one that the log itself names in entry {entry}: whoever made another log would name \
             another; hold it against one that you were told, or give that with --log-key: {key}"
        )
    }
}

fn range(size: u64) -> String {
    match size.checked_sub(1) {
        None => "the empty log".to_owned(),
        Some(last) => format!("entries 0 to {last}"),
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.report.frontier.size().checked_sub(1) {
            None => write!(f, "no entries in this copy")?,
            Some(last) => write!(f, "complete up to {last} as far as this copy shows")?,
        }
        match self.outside() {
            Some(size) => write!(f, "; {} vouched for from outside it", range(size))?,
            None => write!(
                f,
                "; nothing outside it says more, so a cut tail would not show"
            )?,
        }
        if let [first, ..] = self.report.open_intents.as_slice() {
            let count = self.report.open_intents.len();
            write!(f, "; {count} intents without outcome, the first is {first}")?;
        }
        write!(f, "\nthe stored tree counts {} entries", self.tree)?;
        self.vouchers(f)?;
        self.key(f)
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogKey => f.write_str("the log's key, by a stored checkpoint,"),
            Self::Witness(name) => write!(f, "the witness {name}"),
            Self::Evidence(name) => f.write_str(name),
        }
    }
}
