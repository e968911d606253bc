//! The judgement of one signature: the answers put together.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::pdf::Coverage;
use crate::verify::Signer;

use super::answers::{
    Distrust, Fault, Integrity, Later, Notice, Party, Revocation, SigningTime, Silence, Standing,
    TimeBasis,
};
use super::asn1::Node;
use super::certificate::signs_documents;
use super::container::{Container, SignerInfo};
use super::digest::SeenHash;
use super::inquiry::Inquiry;
use super::odd_time::{differs, oddity};
use super::path::{Link, Purpose, Route, find};
use super::revocation::Evidence;
use super::signer::{Checked, check};
use super::token::{self, Proof};
use super::trust::Kind;
use super::{Basis, Report, ber, party};

/// More time stamps in one signature than this are not looked at.
const MAX_STAMPS: usize = 4;

/// The root that a trusted signer's path ends at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trusted {
    /// What kind of authority it is.
    pub kind: Kind,
    /// SHA-256 fingerprint of its certificate, in hexadecimal.
    pub root: String,
    /// Whether the path also leads there at the time of the check.
    pub today: bool,
}

/// Whether a path leads from the signer to the trust list at the time of the signature.
pub type Trust = Result<Trusted, Distrust>;

/// The answers about one signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Full name of its field, in a PDF.
    pub field: Option<String>,
    /// How it is encoded in a PDF; `ETSI.CAdES.detached` for PAdES.
    pub sub_filter: Option<String>,
    /// It is a time stamp over the document, not somebody's signature.
    pub is_time_stamp: bool,
    /// Who signed, if the certificate is there.
    pub signer: Option<Signer>,
    /// Whether it is a person or an agency.
    pub party: Party,
    /// Whether it fits what it is over.
    pub integrity: Integrity,
    /// Why it is not intact.
    pub faults: Vec<Fault>,
    /// How much of the file it is over.
    pub coverage: Coverage,
    /// What was added after it.
    pub later: Later,
    /// When it is taken to be made.
    pub time: SigningTime,
    /// Whether the signer is trusted at that time.
    pub trust: Trust,
    /// Whether the signer's certificate was revoked.
    pub revocation: Revocation,
    /// Why that is not known, of a signer who is trusted.
    pub silence: Option<Silence>,
    /// Its hash, if it is known here.
    pub hash: Option<SeenHash>,
    /// What is odd about it.
    pub notices: Vec<Notice>,
    /// Certificates that it rests on and of which nothing tells whether they were revoked.
    #[serde(skip)]
    pub(super) lacking: Vec<Inquiry>,
}

impl Judgement {
    /// Whether nothing speaks against it: intact, over something clear, nothing unexplained after it,
    /// trusted at a proven time or still today, and not revoked before.
    pub fn is_good(&self) -> bool {
        self.counts() && self.coverage != Coverage::Unclear && self.later != Later::Unexplained
    }

    /// Whether it is somebody's good signature, whatever was added to the file since.
    pub(super) fn counts(&self) -> bool {
        let proven = self.time.basis == TimeBasis::Stamped;
        let trusted = self.trust.as_ref().is_ok_and(|root| proven || root.today);
        self.integrity == Integrity::Intact
            && trusted
            && self.revocation.standing != Standing::Revoked
    }

    /// Notes also of whom its time rests on that nothing tells about them; of a signature that is broken nobody need know.
    fn lack(&mut self, stampers: &[Link], basis: &Basis<'_>, evidence: &Evidence) {
        if self.integrity == Integrity::Broken {
            self.lacking.clear();
        } else {
            let time = SigningTime::stamped(self.time.at);
            let more = lacking(stampers, &time, basis, evidence);
            self.lacking.extend(more);
        }
    }

    /// What cannot be read as a signature.
    pub(super) fn unread(fault: Fault, now: OffsetDateTime) -> Self {
        Self {
            field: None,
            sub_filter: None,
            is_time_stamp: false,
            signer: None,
            party: Party::Unclear,
            integrity: Integrity::Broken,
            faults: vec![fault],
            coverage: Coverage::Unclear,
            later: Later::Unknown,
            time: SigningTime {
                at: now,
                basis: TimeBasis::Now,
                claimed: None,
            },
            trust: Err(Distrust::NoSigner),
            revocation: Revocation::NOT_KNOWN,
            silence: None,
            hash: None,
            notices: Vec::new(),
            lacking: Vec::new(),
        }
    }
}

/// What the file around a signature says about it.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// The time that the file claims.
    pub(super) claimed: Option<OffsetDateTime>,
    /// The time that the signature shows in its text.
    pub(super) written: Option<OffsetDateTime>,
    /// A time that is proven by a time stamp over the document.
    pub(super) stamped: Option<Proof>,
    /// Lists and answers of the file.
    pub(super) evidence: Evidence,
    /// Certificates of the file, in DER.
    pub(super) certificates: Vec<Vec<u8>>,
    /// What the certificate of the signer must be for.
    pub(super) purpose: Purpose,
}

/// Judges every signer of a signature file beside a document.
///
/// `document` gives its digest with the hash that is asked for.
///
/// # Errors
///
/// [`Fault::NotSignature`] if it is no CMS `SignedData`, and [`Fault::Content`] if it carries a
/// content of its own.
pub fn detached(
    cms: &[u8],
    document: &dyn Fn(SeenHash) -> Vec<u8>,
    basis: &Basis<'_>,
) -> Result<Report, Fault> {
    let der = ber::to_der(cms).map_err(|_| Fault::NotSignature)?;
    let container = Container::parse(&der).ok_or(Fault::NotSignature)?;
    if container.content.is_some() {
        return Err(Fault::Content);
    }
    Ok(all_signers(&container, &|hash| Ok(document(hash)), basis))
}

/// Judges every signer of a signature file that carries its document, and gives that document.
///
/// # Errors
///
/// [`Fault::NotSignature`] if it is no CMS `SignedData`, and [`Fault::Content`] if there is no
/// content in it.
pub fn enveloping(cms: &[u8], basis: &Basis<'_>) -> Result<(Report, Vec<u8>), Fault> {
    let der = ber::to_der(cms).map_err(|_| Fault::NotSignature)?;
    let container = Container::parse(&der).ok_or(Fault::NotSignature)?;
    let content = container.content.ok_or(Fault::Content)?;
    let report = all_signers(&container, &|hash| Ok(hash.digest(content)), basis);
    Ok((report, content.to_vec()))
}

fn all_signers(
    container: &Container<'_>,
    digest: &dyn Fn(SeenHash) -> Result<Vec<u8>, Fault>,
    basis: &Basis<'_>,
) -> Report {
    let judged = container.signers.iter().map(|signer| {
        let mut one = judge(container, signer, digest, basis, &Around::default());
        // Whatever is signed beside or inside a file is all of it.
        one.coverage = Coverage::WholeFile;
        one.later = Later::Nothing;
        one
    });
    let judged: Vec<_> = judged.collect();
    let seconds = |one: &Judgement| usize::try_from(one.time.at.unix_timestamp()).unwrap_or(0);
    Report::new(judged, seconds)
}

/// Judges one signer, but for coverage and what was added later.
pub(super) fn judge(
    container: &Container<'_>,
    signer: &SignerInfo<'_>,
    digest: &dyn Fn(SeenHash) -> Result<Vec<u8>, Fault>,
    basis: &Basis<'_>,
    around: &Around,
) -> Judgement {
    let mut evidence = around.evidence.clone();
    evidence.add_container(container, signer);
    let evidence = evidence.and(basis.evidence);
    let mut notices = Vec::new();
    let (time, stampers) = time(signer, basis, around, &evidence, &mut notices);
    let checked = check(container, signer, digest);
    let mut one = Judgement::unread(Fault::NotSignature, basis.now);
    one.integrity = checked.integrity();
    one.hash = checked.hash;
    one.time = time;
    one.notices = notices;
    trust(&mut one, container, &checked, basis, around, &evidence);
    one.lack(&stampers, basis, &evidence);
    one.notices
        .extend((checked.hash == Some(SeenHash::Sha1)).then_some(Notice::Sha1));
    let unbound = checked.certificate.is_some() && !checked.bound;
    one.notices.extend(unbound.then_some(Notice::Unbound));
    one.faults = checked.faults;
    one
}

/// When the signature is taken to be made: when a time stamp proves it, else when the signer claims,
/// else now; and the path from whoever stamped it.
fn time(
    signer: &SignerInfo<'_>,
    basis: &Basis<'_>,
    around: &Around,
    evidence: &Evidence,
    notices: &mut Vec<Notice>,
) -> (SigningTime, Vec<Link>) {
    let tokens: Vec<Node<'_>> = signer
        .unsigned(token::IN_SIGNATURE)
        .take(MAX_STAMPS)
        .collect();
    let proof = |one: &Node<'_>| {
        token::proven(
            one.whole,
            &|hash| Some(hash.digest(signer.value)),
            basis,
            evidence,
        )
    };
    let inside = tokens.iter().filter_map(proof).min_by_key(|one| one.at);
    if !tokens.is_empty() && inside.is_none() {
        notices.push(Notice::BadStamp);
    }
    let stamped_inside = inside.as_ref().map(|one| one.at);
    let claims = [around.claimed, signer.claimed(), around.written];
    let claimed = around.claimed.or_else(|| signer.claimed());
    let proofs = inside.into_iter().chain(around.stamped.clone());
    let proof = proofs.min_by_key(|one| one.at);
    let stamped = proof.as_ref().map(|one| one.at);
    for claim in claims.into_iter().flatten() {
        notices.extend(oddity(claim, stamped, claims, basis.now));
    }
    notices.dedup();
    let odd = [Notice::LocalTimeAsUtc, Notice::TimeAhead];
    let told = notices.iter().any(|one| odd.contains(one));
    let differs = !told && differs(claims, stamped_inside, stamped);
    notices.extend(differs.then_some(Notice::TimeDiffers));
    let (at, basis) = match (stamped, claimed) {
        (Some(at), _) => (at, TimeBasis::Stamped),
        (None, Some(at)) => (at.min(basis.now), TimeBasis::Claimed),
        (None, None) => (basis.now, TimeBasis::Now),
    };
    let stampers = proof.map(|one| one.links).unwrap_or_default();
    (SigningTime { at, basis, claimed }, stampers)
}

fn trust(
    one: &mut Judgement,
    container: &Container<'_>,
    checked: &Checked<'_>,
    basis: &Basis<'_>,
    around: &Around,
    evidence: &Evidence,
) {
    let Some((certificate, der)) = &checked.certificate else {
        return;
    };
    let body = &certificate.tbs_certificate;
    one.signer = Some(Signer {
        subject: body.subject.to_string(),
        issuer: body.issuer.to_string(),
        serial: body.serial_number.to_string(),
        certificate: der.to_vec(),
    });
    one.party = party::party(certificate);
    if !signs_documents(certificate) {
        one.trust = Err(Distrust::Usage);
        return;
    }
    let more = around.certificates.iter().map(Vec::as_slice);
    let others: Vec<&[u8]> = container.certificates.iter().copied().chain(more).collect();
    let at = |time| find(der, &others, basis.trust, around.purpose, time);
    let route = at(one.time.at);
    let today = one.time.at == basis.now || at(basis.now).is_ok();
    one.trust = route.and_then(|route| settle(one, &route, today, basis, evidence));
    if matches!(&one.trust, Ok(root) if !root.today) {
        one.notices.push(Notice::NotToday);
    }
    if matches!(&one.trust, Ok(root) if root.kind == Kind::Evaluation) {
        one.notices.push(Notice::Evaluation);
    }
}

/// Revocation along the path: the signer's is an answer of its own, that of an authority ends the
/// trust.
fn settle(
    one: &mut Judgement,
    route: &Route,
    today: bool,
    basis: &Basis<'_>,
    evidence: &Evidence,
) -> Result<Trusted, Distrust> {
    let mut standings = route
        .links
        .iter()
        .map(|link| evidence.of(link, &one.time, basis.now));
    let own = standings.next().unwrap_or(Revocation::NOT_KNOWN);
    let above = standings.any(|one| one.standing == Standing::Revoked);
    one.revocation = own;
    one.lacking = lacking(&route.links, &one.time, basis, evidence).collect();
    let unknown = own.standing == Standing::NotKnown;
    one.silence = unknown.then_some(Silence::NotAsked);
    if above {
        return Err(Distrust::AuthorityRevoked);
    }
    Ok(Trusted {
        kind: route.kind,
        root: route.root.clone(),
        today,
    })
}

fn lacking<'a>(
    links: &'a [Link],
    time: &'a SigningTime,
    basis: &'a Basis<'_>,
    evidence: &'a Evidence,
) -> impl Iterator<Item = Inquiry> + 'a {
    let unknown = |link: &&Link| {
        let found = evidence.of(link, time, basis.now);
        found.standing == Standing::NotKnown
    };
    links.iter().filter(unknown).map(Inquiry::about)
}
