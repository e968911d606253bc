//! What stands around every page: who reads it, where they may go, in which language.

use crate::assets;
use crate::foreign::Foreign;
use crate::language::Language;
use crate::sentences;
use crate::words::Words;

/// A role as the pages know it: it decides what the navigation offers, never what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Approves and signs (lãnh đạo).
    Leader,
    /// Opens stamping sessions (văn thư).
    RecordsClerk,
    /// Registers people and agencies (người quản lý thuê bao).
    SubscriberManager,
    /// Reads the audit log (cán bộ an toàn thông tin).
    SecurityOfficer,
    /// Runs the machines (vận hành).
    Operator,
}

impl Role {
    /// Its name for people.
    pub fn name(self, language: Language) -> &'static str {
        let w = language.words();
        match self {
            Self::Leader => w.leader,
            Self::RecordsClerk => w.records_clerk,
            Self::SubscriberManager => w.subscriber_manager,
            Self::SecurityOfficer => w.security_officer,
            Self::Operator => w.operator,
        }
    }

    fn places(self) -> &'static [Section] {
        match self {
            Self::Leader => &[Section::Inbox, Section::Signatures],
            Self::RecordsClerk => &[Section::Stamping],
            Self::SubscriberManager => &[
                Section::Agencies,
                Section::People,
                Section::Credentials,
                Section::Changes,
                Section::Coverage,
            ],
            Self::SecurityOfficer => &[
                Section::Alarms,
                Section::Audit,
                Section::LogProof,
                Section::Timeline,
                Section::Stamping,
                Section::Credentials,
            ],
            Self::Operator => &[Section::Machines],
        }
    }
}

/// A place of the navigation, one for each group of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What waits for the leader.
    Inbox,
    /// What the leader signed.
    Signatures,
    /// Stamping sessions.
    Stamping,
    /// The tree of agencies.
    Agencies,
    /// People.
    People,
    /// Credentials, and those that expire soon.
    Credentials,
    /// What waits for a second person.
    Changes,
    /// How far the roll-out has come.
    Coverage,
    /// Alarms and disputes.
    Alarms,
    /// The audit log, its entries and its verification.
    Audit,
    /// The tree over the log, its checkpoints and witnesses.
    LogProof,
    /// Signatures by hour and agency.
    Timeline,
    /// HSM, lanes, queue, journal.
    Machines,
    /// The reader's own factors and sessions.
    Account,
    /// How systems are connected.
    Integrators,
    /// No place of the navigation.
    None,
}

impl Section {
    /// The path of its first page.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Inbox => "/ui/inbox",
            Self::Signatures => "/ui/signatures",
            Self::Stamping => "/ui/stamping",
            Self::Agencies => "/ui/agencies",
            Self::People => "/ui/people",
            Self::Credentials => "/ui/credentials",
            Self::Changes => "/ui/changes",
            Self::Coverage => "/ui/coverage",
            Self::Alarms => "/ui/alarms",
            Self::Audit => "/ui/audit",
            Self::LogProof => "/ui/log",
            Self::Timeline => "/ui/timeline",
            Self::Machines => "/ui/machines",
            Self::Account => "/ui/account",
            Self::Integrators => "/ui/integrate",
            Self::None => "/ui/",
        }
    }

    fn name(self, w: &'static Words) -> &'static str {
        match self {
            Self::Inbox => w.nav_inbox,
            Self::Signatures => w.my_signatures,
            Self::Stamping => w.stamping_sessions,
            Self::Agencies => w.agencies,
            Self::People => w.people,
            Self::Credentials => w.credentials,
            Self::Changes => w.changes,
            Self::Coverage => w.coverage,
            Self::Alarms => w.alarms,
            Self::Audit => w.audit_log,
            Self::LogProof => w.log_proof,
            Self::Timeline => w.timeline,
            Self::Machines => w.machines,
            Self::Account => w.my_account,
            Self::Integrators => w.integrators,
            Self::None => "",
        }
    }
}

/// Who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Full name, family name first.
    pub name: Foreign,
    /// Their roles, in the order in which the navigation shows them.
    pub roles: Vec<Role>,
}

/// What every page is given besides its own content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The reader's language.
    pub language: Language,
    /// The request's path with its query but without `lang`: the language link leads back here.
    pub here: String,
    /// The token that every form carries in its hidden field `csrf`.
    pub csrf: String,
    /// Nobody before the log-in.
    pub viewer: Option<Viewer>,
    /// A software token or an evaluation authority is in use: each page says "no legal value".
    pub evaluation: bool,
    /// Documents that wait for this leader, for the number in the navigation.
    pub waiting: u32,
    /// What this security officer has not acknowledged, for the notice on each page.
    pub unseen: Unseen,
}

/// Alarms and disputes that a security officer has not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unseen {
    /// Alarms.
    pub alarms: u32,
    /// Disputes.
    pub disputes: u32,
}

/// One link of the navigation.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) current: bool,
    pub(crate) count: u32,
}

impl Frame {
    /// The words of the reader's language.
    pub(crate) fn w(&self) -> &'static Words {
        self.language.words()
    }

    /// Whether the reader is a security officer, and so may ask the log.
    pub(crate) fn may_ask_the_log(&self) -> bool {
        let mut viewers = self.viewer.iter();
        viewers.any(|viewer| viewer.roles.contains(&Role::SecurityOfficer))
    }

    /// The navigation of all the reader's roles, each place once.
    pub(crate) fn places(&self, current: Section) -> Vec<Place> {
        let mut seen: Vec<Section> = Vec::new();
        for role in self.viewer.iter().flat_map(|viewer| &viewer.roles) {
            seen.extend(role.places());
        }
        let mut places: Vec<Place> = Vec::new();
        for section in seen {
            if places.iter().all(|place| place.path != section.path()) {
                places.push(self.place(section, current));
            }
        }
        places
    }

    /// What stands on top of each page of an officer who has something to see.
    pub(crate) fn banner(&self) -> Option<String> {
        let none = self.unseen == Unseen::default();
        (!none).then(|| sentences::unseen(self.language, self.unseen))
    }

    fn place(&self, section: Section, current: Section) -> Place {
        Place {
            path: section.path(),
            name: section.name(self.w()),
            current: section == current,
            count: match section {
                Section::Inbox => self.waiting,
                Section::Alarms => self.unseen.alarms.saturating_add(self.unseen.disputes),
                _ => 0,
            },
        }
    }

    /// The link that shows this page in the other language.
    pub(crate) fn other_language(&self) -> String {
        let mark = if self.here.contains('?') { '&' } else { '?' };
        format!("{}{mark}lang={}", self.here, self.language.other().code())
    }

    pub(crate) fn asset(&self, name: &str) -> String {
        let _ = self;
        assets::link(&format!("/ui/assets/{name}"))
    }

    /// The roles of the reader in one line.
    pub(crate) fn roles(&self) -> String {
        let roles = self.viewer.iter().flat_map(|viewer| &viewer.roles);
        let names: Vec<&str> = roles.map(|role| role.name(self.language)).collect();
        names.join(", ")
    }
}
