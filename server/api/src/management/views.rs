//! `GET audit/views` and `GET audit/key-use`: the standing questions of security officers.

use serde::{Deserialize, Serialize};

use super::{Id, Time};

/// Query of `GET audit/views` and of `GET audit/views/{name}`. A member that a view has no use for is a mistake.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ViewQuery {
    /// From when, inclusive; 30 days before `to` where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// Until when, exclusive; now where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Time>,
    /// `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Most rows, up to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `seal-outside-hours`: when work begins, `HH:MM` in Vietnam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<String>,
    /// `seal-outside-hours`: when work ends, `HH:MM` in Vietnam.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<String>,
    /// `seal-outside-hours`: the days of work, 1 for Monday to 7 for Sunday, such as `12345`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<String>,
    /// `bulk`: only what stands for more than so many documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<u32>,
    /// `failed-activations`, `acting-alone`: only what this person did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Id>,
    /// `certificates-ending`: within so many days, up to 366.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// `skipped-numbers`: the year of the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u32>,
    /// `skipped-numbers`: only this agency's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
}

/// One of the standing questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct View {
    /// Its name in the path.
    pub name: String,
    /// What it is called, in the language of the request.
    pub title: String,
    /// What exactly it counts, one sentence.
    pub counts: String,
    /// What it cannot see, one sentence.
    pub blind: String,
    /// Whether a row means that something is wrong.
    pub must_be_empty: bool,
}

/// A question and how many rows answer it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CountedView {
    /// The question.
    pub view: View,
    /// Rows that were counted.
    pub rows: u64,
    /// Whether the counting stopped before the end, so that there may be more.
    pub more: bool,
}

/// Answer to `GET audit/views`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Views {
    /// From when they were counted.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// The questions.
    pub views: Vec<CountedView>,
}

/// One row of a view.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ViewRow {
    /// Why it is here: a word of the view.
    pub why: String,
    /// The entry; of a skipped number, the intent of the document that has the next number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// When that was; of a certificate, when it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Time>,
    /// Type of event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// How it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Code of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Person or system that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Id>,
    /// System that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Id>,
    /// Agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// Credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Id>,
    /// Record of authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Id>,
    /// Request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Id>,
    /// How many it stands for: documents, stamps, failures, days left, numbers skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Series of the numbers, in capitals and without spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub series: Option<String>,
    /// Year of the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year: Option<u32>,
    /// The first number that no document has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_missing: Option<u64>,
    /// The last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_missing: Option<u64>,
}

/// A page of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ViewPage {
    /// The question.
    pub view: View,
    /// The rows: entries the youngest first, certificates by their end, numbers by agency and series. A page may be
    /// short, even empty, although more follow: a search that finds little stops after a while.
    pub rows: Vec<ViewRow>,
    /// `after` of the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Query of `GET audit/key-use`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeyUseQuery {
    /// The credential.
    pub credential: Id,
    /// The day in Vietnam, `YYYY-MM-DD`.
    pub day: String,
    /// Only uses after this sequence number: `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// Most uses, up to 1000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A change of a credential's state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StateChange {
    /// The entry.
    pub sequence: u64,
    /// When.
    pub time: Time,
    /// Type of event.
    pub event: String,
    /// The state from then on.
    pub state: String,
    /// Who acted; absent for the server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Id>,
}

/// Something that allowed a key's use for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Permission {
    /// `role`, `authority`, `session` or `grant`.
    pub kind: String,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Id>,
    /// The entry that gave it.
    pub sequence: u64,
    /// Whose it is: a person, or a system for `session` and `grant`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<Id>,
    /// The role, the kind of the record, or how many stamps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// The agency for which it counts; absent where it counts for all, or for one key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<Id>,
    /// When it began to count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Time>,
    /// When it ended, or ends by date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// The entry that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<u64>,
}

/// One thing done or tried with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyUse {
    /// The entry.
    pub sequence: u64,
    /// When.
    pub time: Time,
    /// Type of event.
    pub event: String,
    /// How it ended.
    pub outcome: String,
    /// Code of the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Person or system that acted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Id>,
    /// How they proved themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub factor: Option<String>,
    /// System that called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<Id>,
    /// The SAD or stamping session that was used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Id>,
    /// Record of authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Id>,
    /// Joins an intent and its outcome.
    pub request: Id,
    /// Policy epoch under which it was decided.
    pub epoch: u64,
    /// How many digests.
    pub digests: u64,
}

/// Answer to `GET audit/key-use`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct KeyDay {
    /// The credential.
    pub credential: Id,
    /// `person` or `agency`.
    pub owner_kind: String,
    /// The owner.
    pub owner: Id,
    /// Whether the entry that requested the key names this owner; entries of old servers name only its agency, and then
    /// the owner is that of the sealed row.
    pub owner_in_log: bool,
    /// When the day begins in Vietnam.
    pub from: Time,
    /// When it ends.
    pub to: Time,
    /// In which state the day began; absent before there was a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateChange>,
    /// How that changed over the day.
    pub changes: Vec<StateChange>,
    /// What allowed its use at some time of the day.
    pub permissions: Vec<Permission>,
    /// What was done and tried, the oldest first.
    pub uses: Vec<KeyUse>,
    /// Policy epochs of the intents among `uses`.
    pub epochs: Vec<u64>,
    /// Entries that somebody changed, so that they say nothing.
    pub spoilt: Vec<u64>,
    /// Whether all of the log up to the end of the day was looked through for permissions.
    pub whole: bool,
    /// What the log cannot say, in the language of the request.
    pub blind: Vec<String>,
    /// `after` of the next page of uses; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}
