//! What a security officer sees of the audit log.

use askama::Template;

use super::pages;
use crate::{Choice, Foreign, Frame, Moment, Problems, sentences};

pages! {
    Audit in Audit;
    EntryPage in Audit;
    SpoiltEntry in Audit;
    Verify in Audit;
}

/// `/ui/audit?from=&to=&event=&outcome=&actor=&agency=&credential=`: the log, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "audit.html")]
pub struct Audit {
    /// What stands around the page.
    pub frame: Frame,
    /// What the list is narrowed to.
    pub filter: AuditFilter,
    /// The entries.
    pub rows: Vec<LogRow>,
    /// The link to older ones: the same filter, before the last number shown.
    pub older: Option<String>,
    /// Errors at the fields of the filter.
    pub problems: Problems,
}

/// What the list is narrowed to; an empty field does not narrow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Begin, `yyyy-MM-ddTHH:mm` at +07:00.
    pub from: String,
    /// End, likewise.
    pub to: String,
    /// Events; the first choice, with an empty value, means all.
    pub events: Vec<Choice>,
    /// Outcomes, likewise.
    pub outcomes: Vec<Choice>,
    /// Who acted: login or client.
    pub actor: Foreign,
    /// Code of the agency.
    pub agency: Foreign,
    /// Id of the credential.
    pub credential: Foreign,
    /// Number of a document.
    pub number: Foreign,
    /// Its series.
    pub series: Foreign,
    /// Its year.
    pub year: Foreign,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogRow {
    /// An entry as it was written.
    Whole(EntryRow),
    /// The number of one that somebody changed: nothing that is stored of it can be trusted.
    Spoilt(u64),
}

/// An entry in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Its number.
    pub sequence: u64,
    /// When.
    pub at: Moment,
    /// What it means, in the reader's language.
    pub meaning: Foreign,
    /// The event's registered name.
    pub event: Foreign,
    /// Who acted.
    pub actor: Foreign,
    /// Agency or credential it is about; may be empty.
    pub about: Foreign,
    /// The outcome's name; may be empty.
    pub outcome: Foreign,
    /// Whether it deserves to be looked at: a refusal, a failure, an alarm.
    pub alarming: bool,
}

/// `/ui/audit/{sequence}?from=`: one entry, on as many pages as it takes.
#[derive(Clone, Debug, Template)]
#[template(path = "entry.html")]
pub struct EntryPage {
    /// What stands around the page.
    pub frame: Frame,
    /// As in the list.
    pub row: EntryRow,
    /// Leaf hash in hexadecimal.
    pub leaf_hash: String,
    /// The entry's bytes as JSON, indented, line by line: as many as fit beside the commitments.
    pub json: Vec<Foreign>,
    /// The salted hashes in it and what they were made from: as many as fit the page.
    pub commitments: Vec<Commitment>,
    /// The link to the rest of both.
    pub further: Option<String>,
    /// Numbers of the entries before and after it, if there are any.
    pub neighbours: (Option<u64>, Option<u64>),
}

/// `/ui/audit/{sequence}` of an entry that somebody changed: that it was, and nothing of what it says.
#[derive(Clone, Debug, Template)]
#[template(path = "entry_spoilt.html")]
pub struct SpoiltEntry {
    /// What stands around the page.
    pub frame: Frame,
    /// Its number.
    pub sequence: u64,
    /// The leaf hash that is stored, in hexadecimal.
    pub leaf_hash: String,
    /// As on [`EntryPage`].
    pub neighbours: (Option<u64>, Option<u64>),
}

/// A salted hash in an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Name of the member.
    pub member: Foreign,
    /// The hash in hexadecimal.
    pub hash: String,
    /// The text it was made from; none once erased.
    pub opening: Option<Foreign>,
    /// Whether salt and text give this hash.
    pub fits: bool,
}

/// `/ui/audit/verify`. Sends nothing more than `csrf` to the same path.
#[derive(Clone, Debug, Template)]
#[template(path = "verify.html")]
pub struct Verify {
    /// What stands around the page.
    pub frame: Frame,
    /// What the last run found, if there was one.
    pub result: Option<Verification>,
}

/// What a verification of the whole log found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// When it ended.
    pub at: Moment,
    /// Entries checked.
    pub entries: u64,
    /// For how many of them something outside the database vouches; `None` if nothing does.
    pub vouched: Option<u64>,
    /// Root of the tree in hexadecimal.
    pub root: String,
    /// What is wrong; empty when nothing was found.
    pub findings: Vec<Foreign>,
}

impl Verification {
    fn sentence(&self, frame: &Frame) -> String {
        sentences::verified(frame.language, self.entries, self.findings.len())
    }

    fn reach(&self, frame: &Frame) -> String {
        sentences::reach(frame.language, self.vouched)
    }
}
