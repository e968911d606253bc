//! What was asked for one file, and what came of it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kyso_documents::validation::{Evidence, Inquiry, Silence, Source};

/// What came of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// An answer came.
    Answered,
    /// It was answered not long ago.
    Kept,
    /// The place is not one that is asked.
    NotListed,
    /// The name lies at an address inside, which is not named.
    Inside,
    /// It did not answer a moment ago, and is left alone.
    Resting,
    /// No connection, or it broke.
    Unreachable,
    /// No whole answer came in time.
    Late,
    /// It answered, but not with 200; to be sent elsewhere is among that.
    Status,
    /// It answered more than any answer needs.
    TooLarge,
}

impl Outcome {
    /// One word, for metrics.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Kept => "kept",
            Self::NotListed => "not_listed",
            Self::Inside => "inside",
            Self::Resting => "resting",
            Self::Unreachable => "unreachable",
            Self::Late => "late",
            Self::Status => "status",
            Self::TooLarge => "too_large",
        }
    }

    const fn silence(self) -> Silence {
        match self {
            Self::Answered | Self::Kept => Silence::NotFitting,
            Self::NotListed | Self::Inside => Silence::NotListed,
            Self::Resting | Self::Unreachable | Self::Late | Self::Status | Self::TooLarge => {
                Silence::NoAnswer
            }
        }
    }
}

/// What a source answered, which nobody has read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// About what it was asked.
    pub inquiry: Inquiry,
    /// Who answered.
    pub source: Source,
    /// What came.
    pub bytes: Arc<[u8]>,
}

impl Reply {
    /// Adds it to what is known.
    pub fn add_to(&self, evidence: &mut Evidence) {
        match self.source {
            Source::Responder { .. } => evidence.add_response(&self.bytes),
            Source::List { .. } => evidence.add_list(&self.bytes),
        }
    }
}

/// All answers for one file together, in bytes.
const ALL: usize = 24 << 20;

/// What was asked for one file.
#[derive(Debug)]
pub struct Asked {
    /// How long it may still take.
    pub(crate) left: Duration,
    /// How many bytes may still come.
    room: usize,
    outcomes: HashMap<Source, Outcome>,
}

impl Asked {
    pub(crate) fn new(left: Duration) -> Self {
        Self {
            left,
            room: ALL,
            outcomes: HashMap::new(),
        }
    }

    /// Whom to ask next: for each inquiry that none of these answers, the best that was not asked yet.
    pub(crate) fn next(&self, inquiries: &[Inquiry], replies: &[Reply]) -> Vec<(Inquiry, Source)> {
        let mut next: Vec<(Inquiry, Source)> = Vec::new();
        for inquiry in inquiries {
            let answered = |one: &Source| replies.iter().any(|reply| reply.source == *one);
            if inquiry.sources().iter().any(answered) {
                continue;
            }
            let mut sources = inquiry.sources().iter();
            let new = sources.find(|one| !self.outcomes.contains_key(one));
            let new = new.filter(|one| next.iter().all(|(_, other)| other != *one));
            next.extend(new.map(|source| (inquiry.clone(), source.clone())));
        }
        next
    }

    pub(crate) fn note(&mut self, source: &Source, outcome: Outcome) {
        self.outcomes.insert(source.clone(), outcome);
    }

    /// Takes the room for an answer, if there is so much.
    pub(crate) fn has_room_for(&mut self, source: &Source, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes);
        if left.is_none() {
            self.note(source, Outcome::TooLarge);
        }
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    /// What came of each question.
    pub fn outcomes(&self) -> impl Iterator<Item = Outcome> {
        self.outcomes.values().copied()
    }

    /// Why it is not known whether that certificate was revoked.
    pub fn why(&self, inquiry: &Inquiry) -> Silence {
        let sources = inquiry.sources().iter();
        let outcomes = sources.filter_map(|one| self.outcomes.get(one));
        let reasons: Vec<Silence> = outcomes.map(|one| one.silence()).collect();
        // What came closest to an answer says most.
        let closest = [Silence::NotFitting, Silence::NoAnswer, Silence::NotListed];
        let mut closest = closest.into_iter();
        let found = closest.find(|one| reasons.contains(one));
        found.unwrap_or(Silence::NoAnswer)
    }
}
