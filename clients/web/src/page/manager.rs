//! What a subscriber manager sees: agencies, people, credentials, proposals, coverage.

use askama::Template;

use super::power::Held;
use super::{pages, rendered};
use crate::{Choice, CredentialState, Foreign, Frame, Moment, Problems, sentences};

pages! {
    Agencies in Agencies;
    People in People;
    PersonPage in People;
    Credentials in Credentials;
    CredentialPage in Credentials;
    Changes in Changes;
    ChangePage in Changes;
    Coverage in Coverage;
}

/// `/ui/agencies?q=&at=`: the tree of agencies, a branch of it, or those that were searched for.
#[derive(Clone, Debug, Template)]
#[template(path = "agencies.html")]
pub struct Agencies {
    /// What stands around the page.
    pub frame: Frame,
    /// What was searched for; empty where the tree is shown.
    pub wanted: Foreign,
    /// Those found, the branch that was asked for, or the agencies without a parent.
    pub roots: Vec<AgencyNode>,
    /// Whether all agencies are more than what is shown here.
    pub part: bool,
    /// Whether the reader may register one (a manager) or only read (a security officer).
    pub may_register: bool,
    /// The link to the next page.
    pub further: Option<String>,
}

/// An agency with those below it, sorted by [`vietnamese_order`](crate::vietnamese_order).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgencyNode {
    /// What names it in paths.
    pub id: String,
    /// Its name.
    pub name: Foreign,
    /// Its code (mã định danh).
    pub code: Foreign,
    /// People in it, without those below.
    pub people: u32,
    /// Whether it was closed or merged.
    pub ended: bool,
    /// The one above it, where the tree does not show it; else empty.
    pub above: Foreign,
    /// Those below it that this page shows.
    pub below: Vec<Self>,
    /// How many more are below it, for which there is another page.
    pub more: usize,
}

#[derive(Template)]
#[template(path = "agency_branch.html")]
struct Branch<'a> {
    frame: &'a Frame,
    nodes: &'a [AgencyNode],
}

impl Agencies {
    fn tree(&self) -> String {
        branch(&self.frame, &self.roots)
    }
}

impl Branch<'_> {
    fn below(&self, node: &AgencyNode) -> String {
        branch(self.frame, &node.below)
    }
}

fn branch(frame: &Frame, nodes: &[AgencyNode]) -> String {
    if nodes.is_empty() {
        return String::new();
    }
    rendered(Branch { frame, nodes }.render())
}

/// `/ui/people?q=&agency=`: people, found without tones, sorted by [`person_order`](crate::person_order).
#[derive(Clone, Debug, Template)]
#[template(path = "people.html")]
pub struct People {
    /// What stands around the page.
    pub frame: Frame,
    /// What was searched for.
    pub wanted: Foreign,
    /// Whether the reader may register somebody (a manager) or only read (a security officer).
    pub may_register: bool,
    /// Those found.
    pub people: Vec<PersonRow>,
    /// The link to more.
    pub older: Option<String>,
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// What names them in paths.
    pub id: String,
    /// Full name.
    pub name: Foreign,
    /// Position (chức vụ).
    pub position: Foreign,
    /// Agency.
    pub agency: Foreign,
    /// State of their credential, if they have one.
    pub credential: Option<CredentialState>,
}

/// `/ui/people/{id}`. Sends nothing more than `csrf` to `…/enrolment-code`, `…/end` and
/// `…/authorities/{held}/end`, `otp` to `…/reset-factors`, and to `…/roles/{held}/withdraw` where that
/// waits for a second person.
#[derive(Clone, Debug, Template)]
#[template(path = "person.html")]
pub struct PersonPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What names them in paths.
    pub id: String,
    /// Full name.
    pub name: Foreign,
    /// Login name.
    pub login: Foreign,
    /// Position.
    pub position: Foreign,
    /// Agency.
    pub agency: Foreign,
    /// Roles with their agency.
    pub roles: Vec<Held>,
    /// Authorities (KT., TL., TUQ.) with their dates and decisions.
    pub authorities: Vec<Held>,
    /// Whether the reader may act on them (a manager) or only read (a security officer).
    pub manages: bool,
    /// Whether they have both factors.
    pub enrolled: bool,
    /// Their credentials.
    pub credentials: Vec<CredentialRow>,
    /// Whether the account has ended.
    pub ended: bool,
}

impl PersonPage {
    fn acts(&self) -> [(&'static str, &'static str, &'static str); 3] {
        let w = self.frame.w();
        [
            ("enrolment-code", w.make_code, w.make_code_means),
            ("reset-factors", w.reset_factors, w.reset_factors_means),
            ("end", w.end_account, w.end_account_means),
        ]
    }
}

/// `/ui/credentials?q=&state=&expiring=`: credentials, those that expire soon among them.
#[derive(Clone, Debug, Template)]
#[template(path = "credentials.html")]
pub struct Credentials {
    /// What stands around the page.
    pub frame: Frame,
    /// The owner's name that was searched for.
    pub wanted: Foreign,
    /// States to filter by; the value of an empty choice is empty.
    pub states: Vec<Choice>,
    /// Whether the reader may request one (a manager).
    pub may_request: bool,
    /// Only certificates that end within so many days (7, 30, 60).
    pub expiring: Option<u32>,
    /// Those found.
    pub rows: Vec<CredentialRow>,
    /// The link to more.
    pub older: Option<String>,
}

impl Credentials {
    fn windows(&self) -> [(u32, bool); 3] {
        [60, 30, 7].map(|days| (days, self.expiring == Some(days)))
    }
}

/// A credential in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// What names it in paths.
    pub id: String,
    /// Its owner: a person or an agency.
    pub owner: Foreign,
    /// The owner's agency.
    pub agency: Foreign,
    /// Its state.
    pub state: CredentialState,
    /// End of its certificate.
    pub until: Option<Moment>,
    /// Days until then, if they are few.
    pub days_left: Option<u32>,
}

impl CredentialRow {
    fn days(&self, frame: &Frame) -> String {
        self.days_left.map_or_else(String::new, |days| {
            sentences::days_left(frame.language, days)
        })
    }
}

/// `/ui/credentials/{id}`. Sends `reason`, or `otp` where a second person has to approve, to
/// `/ui/credentials/{id}/{action}`, the action by [`Act::code`].
#[derive(Clone, Debug, Template)]
#[template(path = "credential.html")]
pub struct CredentialPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What names it in paths.
    pub id: String,
    /// Its owner.
    pub owner: Foreign,
    /// The owner's agency.
    pub agency: Foreign,
    /// Its state.
    pub state: CredentialState,
    /// Distinguished name of the certificate; empty without one.
    pub subject: Foreign,
    /// Who issued the certificate.
    pub issuer: Foreign,
    /// Serial number.
    pub serial: Foreign,
    /// Kind and length of the key.
    pub key: Foreign,
    /// Whether it is a seal for digests.
    pub by_digest: bool,
    /// Begin and end of the certificate.
    pub valid: Option<(Moment, Moment)>,
    /// How this reader may get its certificate, while it has none.
    pub certifying: Option<Certifying>,
    /// What this reader may do with it now.
    pub acts: Vec<Act>,
    /// What was just done or proposed, in the reader's language; may be empty.
    pub done: Foreign,
    /// Errors at `reason` or `chain_pem`, shown in the summary.
    pub problems: Problems,
}

/// What leads from a request to a certificate: `/ui/credentials/{id}/request.pem` to download, `…/issue`,
/// to which nothing more is sent, and `…/certify`, to which `chain_pem` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certifying {
    /// Whether this server has an evaluation CA.
    pub evaluation: bool,
    /// The chain, as typed.
    pub typed: Foreign,
}

/// An act on a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Record the hand-over.
    HandOver,
    /// Propose to activate.
    Activate,
    /// Lock at once.
    Lock,
    /// Propose to unlock.
    Unlock,
    /// Revoke at once, for ever.
    Revoke,
}

impl Act {
    /// Its part of the path.
    pub const fn code(self) -> &'static str {
        match self {
            Self::HandOver => "hand-over",
            Self::Activate => "activate",
            Self::Lock => "lock",
            Self::Unlock => "unlock",
            Self::Revoke => "revoke",
        }
    }

    fn name(self, frame: &Frame) -> &'static str {
        sentences::act(frame.language, self).0
    }

    fn effect(self, frame: &Frame) -> &'static str {
        sentences::act(frame.language, self).1
    }

    /// Whether a second person has to approve; then a one-time password is asked for and no reason.
    fn proposes(self) -> bool {
        matches!(self, Self::Activate | Self::Unlock)
    }

    fn harms(self) -> bool {
        matches!(self, Self::Lock | Self::Revoke)
    }
}

/// A proposal that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What names it in paths.
    pub id: String,
    /// What is proposed, in one sentence in the reader's language.
    pub what: Foreign,
    /// Who proposed it.
    pub by: Foreign,
    /// When.
    pub at: Moment,
    /// When it runs out.
    pub until: Moment,
    /// Whether the reader proposed it, and so may not approve it.
    pub own: bool,
    /// What would be changed: name and value.
    pub members: Vec<(Foreign, Foreign)>,
}

/// `/ui/changes`: what waits for a second person.
#[derive(Clone, Debug, Template)]
#[template(path = "changes.html")]
pub struct Changes {
    /// What stands around the page.
    pub frame: Frame,
    /// Those that end first come first.
    pub changes: Vec<Change>,
    /// The link to the next page.
    pub further: Option<String>,
}

/// `/ui/changes/{id}`. Sends `otp` to `…/approve`, `reason` to `…/reject`.
#[derive(Clone, Debug, Template)]
#[template(path = "change.html")]
pub struct ChangePage {
    /// What stands around the page.
    pub frame: Frame,
    /// The proposal.
    pub change: Change,
    /// Where the picture is that it would put in force, if it does.
    pub picture: Option<String>,
    /// Errors at `otp` or `reason`.
    pub problems: Problems,
}

/// `/ui/coverage`: how far the roll-out has come, by level and by agency.
#[derive(Clone, Debug, Template)]
#[template(path = "coverage.html")]
pub struct Coverage {
    /// What stands around the page.
    pub frame: Frame,
    /// When the figures were taken.
    pub at: Moment,
    /// The sums by level of government, over all agencies, of other pages, too.
    pub levels: Vec<CoverageRow>,
    /// Agencies of this page, sorted by name.
    pub rows: Vec<CoverageRow>,
    /// The sum over all agencies, of other pages, too; its name is not shown.
    pub total: CoverageRow,
    /// The link to the next page.
    pub further: Option<String>,
}

/// How far an agency or a level has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageRow {
    /// Its name.
    pub name: Foreign,
    /// Positions that must have a certificate.
    pub people: u32,
    /// Of these, with an active credential.
    pub active: u32,
    /// Of all of them, who signed at least once, be it with a credential that has ended since.
    pub used: u32,
}

impl CoverageRow {
    /// Active credentials in percent of positions, rounded down, so that 100 means all.
    fn percent(&self) -> u32 {
        let share = u64::from(self.active) * 100 / u64::from(self.people.max(1));
        u32::try_from(share).unwrap_or(100)
    }
}

impl CoverageRow {
    /// The sum of these.
    pub fn total(rows: &[Self]) -> Self {
        let sum = |of: fn(&Self) -> u32| rows.iter().map(of).sum();
        Self {
            name: Foreign::default(),
            people: sum(|row| row.people),
            active: sum(|row| row.active),
            used: sum(|row| row.used),
        }
    }
}
