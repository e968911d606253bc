//! A security officer's standing questions, and what the log tells of a key's day.

use askama::Template;

use super::pages;
use crate::{Foreign, Frame, Moment, Problems};

pages! {
    Questions in Audit;
    QuestionPage in Audit;
    KeyDay in Audit;
}

/// `/ui/audit/views`: every standing question and how many rows answer it.
#[derive(Clone, Debug, Template)]
#[template(path = "questions.html")]
pub struct Questions {
    /// What stands around the page.
    pub frame: Frame,
    /// From when they were counted.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
    /// The questions.
    pub questions: Vec<Question>,
}

/// A standing question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Its name in paths.
    pub name: String,
    /// What it is called.
    pub title: Foreign,
    /// What it counts, a sentence.
    pub counts: Foreign,
    /// What it cannot see, a sentence.
    pub blind: Foreign,
    /// Whether a row means that something is wrong.
    pub must_be_empty: bool,
    /// Its rows, with a plus sign where there may be more; empty on its own page.
    pub rows: String,
}

impl Question {
    fn tone(&self) -> &'static str {
        match (self.must_be_empty, self.rows.as_str()) {
            (true, "0") => "good",
            (true, _) => "bad",
            (false, _) => "calm",
        }
    }
}

/// `/ui/audit/views/{name}?…`: the rows of one question.
#[derive(Clone, Debug, Template)]
#[template(path = "question.html")]
pub struct QuestionPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The question.
    pub question: Question,
    /// What it may be asked with.
    pub fields: Vec<QuestionField>,
    /// Its rows.
    pub rows: Vec<QuestionRow>,
    /// The link to the next page.
    pub further: Option<String>,
    /// Errors at the fields.
    pub problems: Problems,
}

/// A parameter of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionField {
    /// Its name, which gives it its label.
    pub name: &'static str,
    /// Kind of the input.
    pub kind: &'static str,
    /// What was typed.
    pub value: String,
}

impl QuestionField {
    fn label(&self, frame: &Frame) -> &'static str {
        let w = frame.w();
        match self.name {
            "actor" => w.q_actor,
            "agency" => w.q_agency,
            "begins" => w.q_begins,
            "days" => w.q_days,
            "ends" => w.q_ends,
            "from" => w.from,
            "over" => w.q_over,
            "to" => w.to,
            "weekdays" => w.q_weekdays,
            _ => w.q_year,
        }
    }
}

/// A row of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionRow {
    /// The entry, if it is about one.
    pub sequence: Option<u64>,
    /// When, if that is known.
    pub at: Option<Moment>,
    /// Why it is here.
    pub why: Foreign,
    /// What happened, or which numbers.
    pub what: Foreign,
    /// Who acted; may be empty.
    pub who: Foreign,
    /// Whose key, or which agency; may be empty.
    pub about: Foreign,
    /// How many it stands for; may be empty.
    pub count: String,
    /// The credential whose page is linked.
    pub credential: Option<String>,
}

/// `/ui/audit/key-use?credential=&day=`: who could have used a key on a day, and who did.
#[derive(Clone, Debug, Template)]
#[template(path = "key_day.html")]
pub struct KeyDay {
    /// What stands around the page.
    pub frame: Frame,
    /// Errors at the fields.
    pub problems: Problems,
    /// Id of the credential.
    pub credential: Foreign,
    /// The day, `yyyy-MM-dd`.
    pub day: String,
    /// What the log tells, where the question could be answered.
    pub told: Option<ToldDay>,
}

/// What the log tells of a key's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldDay {
    /// Whose key it is.
    pub owner: Foreign,
    /// Whether the log names the owner.
    pub owner_in_log: bool,
    /// Whether all of the log was looked through.
    pub whole: bool,
    /// The state in which the day began, then its changes; nothing before there was a key.
    pub states: Vec<DayState>,
    /// What allowed its use.
    pub permissions: Vec<DayPermission>,
    /// What was done and tried.
    pub uses: Vec<DayUse>,
    /// Policy epochs of the intents among these.
    pub epochs: String,
    /// Numbers of entries that somebody changed.
    pub spoilt: Vec<u64>,
    /// What nobody can know from the log.
    pub blind: Vec<Foreign>,
    /// The link to the next uses.
    pub further: Option<String>,
}

/// A state of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayState {
    /// The entry that made it.
    pub sequence: u64,
    /// Since when.
    pub at: Moment,
    /// What it is called.
    pub state: Foreign,
    /// What happened.
    pub meaning: Foreign,
}

/// Something that allowed a key's use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayPermission {
    /// What kind of permission.
    pub kind: Foreign,
    /// The entry that gave it.
    pub sequence: u64,
    /// Whose it is.
    pub holder: Foreign,
    /// The role, the kind of record, how many stamps; may be empty.
    pub what: Foreign,
    /// When it began to count.
    pub from: Option<Moment>,
    /// When it ended or ends.
    pub until: Option<Moment>,
    /// The entry that ended it.
    pub ended_by: Option<u64>,
}

/// Something done or tried with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayUse {
    /// The entry.
    pub sequence: u64,
    /// When.
    pub at: Moment,
    /// What happened.
    pub meaning: Foreign,
    /// How it ended.
    pub outcome: Foreign,
    /// Whether it deserves to be looked at.
    pub alarming: bool,
    /// Who acted.
    pub who: Foreign,
    /// The system that called; may be empty.
    pub client: Foreign,
    /// The permission that was used; may be empty.
    pub grant: Foreign,
    /// The policy's epoch.
    pub epoch: u64,
    /// How many digests.
    pub digests: u64,
}
