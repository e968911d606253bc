//! Verification of other people's signatures, each question answered apart.
//!
//! *Intact*, *covers the whole file*, *what was added later*, *trusted at which time* and *revoked*
//! are five answers about a signature, and *are both signatures there that the law wants* is one about
//! a file. None of them follows from another, so nothing here makes one green tick of them.
//!
//! Signatures are read as they are found: BER, only the signer's certificate, time stamps, evidence
//! about revocation inside. What is hashed and what is signed are always bytes of the file. Nobody is
//! asked: trust comes from a [`TrustList`], revocation from [`Evidence`]. What that leaves open a [`Report`] tells as
//! [`Inquiry`]s, for whoever has a network.

mod answers;
mod asn1;
pub mod ber;
mod certificate;
mod container;
mod digest;
mod inquiry;
mod judge;
mod list;
mod odd_time;
mod party;
mod path;
mod portable;
mod response;
mod revocation;
mod signer;
mod token;
pub mod trust;

use std::mem;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

pub use answers::{
    Completeness, Distrust, Fault, Integrity, Later, Notice, Party, Revocation, SigningTime,
    Silence, Standing, TimeBasis,
};
pub(crate) use certificate::signs_documents;
pub use digest::SeenHash;
pub use inquiry::{Inquiry, Source};
pub use judge::{Judgement, Trust, Trusted, detached, enveloping};
pub use portable::pdf;
pub use revocation::Evidence;
pub use trust::TrustList;

/// What a verification rests on.
#[derive(Clone, Copy, Debug)]
pub struct Basis<'a> {
    /// Who is believed.
    pub trust: &'a TrustList,
    /// What is known about revocation beside what the file brings along.
    pub evidence: &'a Evidence,
    /// The time of the check.
    pub now: OffsetDateTime,
}

/// What was found out about a file. It can be written and read again, since a file of a stranger is best
/// judged in a process of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Its signatures, in the order of the file's fields or of its signers.
    pub signatures: Vec<Judgement>,
    /// Whether both signatures are there that make an electronic document original.
    pub completeness: Completeness,
    /// Certificates of which nothing tells whether they were revoked: those that intact signatures and their time stamps
    /// rest on, each once, and no more than anybody should be asked about for one file.
    pub inquiries: Vec<Inquiry>,
}

impl Report {
    /// From the judgements, and the order in which the signatures were made.
    fn new(mut signatures: Vec<Judgement>, made: impl Fn(&Judgement) -> usize) -> Self {
        let lacking = signatures.iter_mut().map(|one| mem::take(&mut one.lacking));
        let inquiries = inquiry::each_once(lacking.flatten().collect::<Vec<_>>());
        // Below what nobody explains, the signatures are not those of what is shown.
        let mut good: Vec<_> = signatures.iter().filter(|one| one.is_good()).collect();
        good.sort_by_key(|one| made(one));
        let parties: Vec<_> = good.iter().map(|one| one.party).collect();
        Self {
            completeness: party::completeness(&parties),
            signatures,
            inquiries,
        }
    }

    /// Says of each intact signature whose signer's revocation is not known why not, once somebody was asked.
    pub fn explain(&mut self, why: impl Fn(&Inquiry) -> Silence) {
        for one in &mut self.signatures {
            let Some(signer) = one.signer.as_ref().filter(|_| one.silence.is_some()) else {
                continue;
            };
            let mut inquiries = self.inquiries.iter();
            let own = inquiries.find(|inquiry| inquiry.is_about(&signer.certificate));
            one.silence = match own {
                _ if one.integrity == Integrity::Broken => Some(Silence::NotAsked),
                Some(own) if own.sources().is_empty() => Some(Silence::NoSource),
                Some(own) => Some(why(own)),
                None => Some(Silence::TooMany),
            };
        }
    }

    /// Whether nothing speaks against the file: there is a signature over all of it, and every
    /// signature is intact, over something clear, trusted and not revoked. For exit codes; people
    /// get the answers.
    pub fn is_good(&self) -> bool {
        let whole = |one: &Judgement| one.later == Later::Nothing;
        let documents = || self.signatures.iter().filter(|one| !one.is_time_stamp);
        self.signatures.iter().all(Judgement::is_good)
            && self.signatures.iter().any(whole)
            && documents().next().is_some()
    }
}
