//! Requests for approval as the views show them.

use kyso_core::model::{Approval, ApprovalState, Decision, Urgency};
use kyso_core::request::DocumentFacts;
use kyso_core::{SignatureScheme, Snapshot, Timestamp};
use kyso_web::{
    Content, Digest, Document, Foreign, InboxRow, Language, LeftOut, Moment, Outcome, RequestState,
    ResultRow, ShownRequest, Tab, Terms,
};

use super::{clerk, naming};
use crate::http::approving::{End, standing};

/// The states that a tab shows.
pub const fn states(tab: Tab) -> &'static [ApprovalState] {
    match tab {
        Tab::ToSign => &[ApprovalState::Waiting, ApprovalState::Opened],
        Tab::InProgress => &[ApprovalState::Approved],
        Tab::Signed => &[ApprovalState::Signed],
        Tab::Failed => &[
            ApprovalState::Failed,
            ApprovalState::Refused,
            ApprovalState::Returned,
            ApprovalState::Withdrawn,
            ApprovalState::Expired,
        ],
    }
}

/// A time as pages show it.
pub const fn moment(at: Timestamp) -> Moment {
    Moment::from_micros(at.as_micros())
}

/// The state's badge.
pub const fn state(state: ApprovalState) -> RequestState {
    match state {
        ApprovalState::Waiting => RequestState::Waiting,
        ApprovalState::Opened => RequestState::Opened,
        ApprovalState::Approved => RequestState::Approved,
        ApprovalState::Signed => RequestState::Signed,
        ApprovalState::Refused => RequestState::Refused,
        ApprovalState::Returned => RequestState::Returned,
        ApprovalState::Withdrawn => RequestState::Withdrawn,
        ApprovalState::Expired => RequestState::Expired,
        ApprovalState::Failed => RequestState::Failed,
    }
}

const fn urgency(urgency: Urgency) -> kyso_web::Urgency {
    match urgency {
        Urgency::Usual => kyso_web::Urgency::Normal,
        Urgency::Urgent => kyso_web::Urgency::Urgent,
        Urgency::MostUrgent => kyso_web::Urgency::VeryUrgent,
        Urgency::Express => kyso_web::Urgency::MostUrgent,
    }
}

fn text(text: Option<&String>) -> Foreign {
    text.map(|text| Foreign::new(text)).unwrap_or_default()
}

/// What a document is about: its abstract, or whatever name it has.
pub fn subject(facts: &DocumentFacts) -> Foreign {
    naming::title(facts.summary.as_ref(), facts.label.as_ref())
}

/// Number and symbol as one writes them: `12/QĐ-UBND`.
pub fn number(facts: &DocumentFacts) -> Foreign {
    naming::number(facts.number.as_deref(), facts.symbol.as_deref())
}

/// The record under which it would be signed in another's place, with its kind and its basis.
pub fn authority(snapshot: &Snapshot, approval: &Approval) -> Foreign {
    let named = approval
        .documents
        .first()
        .and_then(|one| one.facts.authority.as_ref());
    let Some(named) = named else {
        return Foreign::default();
    };
    let mut records = snapshot.people.authorities.iter();
    let record = records.find(|record| record.id.to_string() == *named);
    match record {
        Some(record) => Foreign::new(&format!("{}. {}", record.kind.name(), record.basis)),
        None => Foreign::new(named),
    }
}

/// The reason in the reader's language; a signer's own words stay as they are.
pub fn reason(approval: &Approval, language: Language) -> Foreign {
    match (&approval.reason, approval.state) {
        (Some(word), ApprovalState::Failed) => Foreign::new(because(word, language)),
        (Some(words), _) => Foreign::new(words),
        (None, _) => Foreign::default(),
    }
}

/// Why an approval came to nothing.
fn because(word: &str, language: Language) -> &'static str {
    match word {
        "unknown" => language.choose(
            "Không rõ đã ký hay chưa; coi như đã ký.",
            "It is not known whether this was signed; treat it as signed.",
        ),
        "interrupted" => language.choose(
            "Máy chủ dừng trước khi ký; chưa ký. Hệ thống cần trình lại.",
            "The server stopped before signing; not signed. The system has to ask again.",
        ),
        "unavailable" => language.choose(
            "Thiết bị ký bận hoặc mất kết nối; chưa ký. Hệ thống cần trình lại.",
            "The signing device was busy or away; not signed. The system has to ask again.",
        ),
        "key_failed" => language.choose(
            "Khóa ký không ký được; chưa ký. Hệ thống cần trình lại.",
            "The key could not sign; not signed. The system has to ask again.",
        ),
        "partly_signed" => language.choose(
            "Khóa chỉ ký được một phần các văn bản; không chữ ký nào được giao. Hệ thống cần trình lại.",
            "The key signed only some of the documents; no signature was handed out. The system has to ask again.",
        ),
        "unused" => language.choose(
            "Hệ thống không ký trong thời hạn cho phép; chưa ký.",
            "The system did not sign in time; not signed.",
        ),
        _ => language.choose(
            "Không ký được; quyền ký có thể đã thay đổi.",
            "Not signed; the right to sign may have changed.",
        ),
    }
}

/// What comes after an approval where the server does not sign.
const fn system_signs(language: Language) -> &'static str {
    language.choose(
        "Đã duyệt, chưa ký: hệ thống trình sẽ ký trong thời hạn cho phép.",
        "Approved, not signed yet: the asking system has a limited time to sign.",
    )
}

/// A row of the inbox.
pub fn row(
    snapshot: &Snapshot,
    approval: &Approval,
    now: Timestamp,
    language: Language,
) -> InboxRow {
    let first = approval.documents.first().map(|one| one.facts.clone());
    let first = first.unwrap_or_default();
    InboxRow {
        id: approval.id.to_string(),
        subject: subject(&first),
        others: u32::try_from(approval.documents.len().saturating_sub(1)).unwrap_or(u32::MAX),
        number: number(&first),
        urgency: urgency(approval.urgency),
        drafter: text(first.drafter.as_ref()),
        system: naming::system(snapshot, approval.client),
        received: moment(approval.submitted_at),
        due: approval.due_at.map(moment),
        overdue: approval.due_at.is_some_and(|due| due < now),
        state: state(standing(approval, now)),
        reason: reason(approval, language),
    }
}

/// A request that is no longer on the list to approve, and why.
pub fn left_out(approval: &Approval, now: Timestamp, language: Language) -> LeftOut {
    let first = approval.documents.first();
    LeftOut {
        subject: first.map(|one| subject(&one.facts)).unwrap_or_default(),
        state: state(standing(approval, now)),
        reason: reason(approval, language),
    }
}

/// The documents of a request.
///
/// Of their pages no more pictures are shown here than `pictures`.
pub fn documents(approval: &Approval, language: Language, mut pictures: usize) -> Vec<Document> {
    let ended = outcome_of(approval.state, approval.reason.as_deref());
    let documents = approval.documents.iter().enumerate();
    let documents = documents.map(|(place, one)| Document {
        content: content(approval, place, 1, pictures).inspect(|content| {
            pictures = pictures.saturating_sub(content.total);
        }),
        label: label(&one.facts),
        purpose: one
            .facts
            .purpose
            .as_deref()
            .map_or_else(Foreign::default, |code| clerk::purpose(code, language)),
        purpose_code: text(one.facts.purpose.as_ref()),
        secrecy: text(one.facts.secrecy.as_ref()),
        urgency_said: text(one.facts.urgency.as_ref()),
        authority_record: text(one.facts.authority.as_ref()),
        subject: subject(&one.facts),
        kind: text(one.facts.kind.as_ref()),
        number: text(one.facts.number.as_ref()),
        symbol: text(one.facts.symbol.as_ref()),
        urgency: urgency(one.urgency().unwrap_or(approval.urgency)),
        drafter: text(one.facts.drafter.as_ref()),
        recipients: recipients(one.facts.recipients.as_ref()),
        digest: digest(&one.digest),
        outcome: ended,
    });
    documents.collect()
}

/// The pages of a document from one on, where the server has its file.
pub fn content(approval: &Approval, place: usize, from: usize, most: usize) -> Option<Content> {
    let file = approval.documents.get(place)?.file.as_ref()?;
    Some(Content {
        path: format!("/ui/requests/{}/documents/{place}", approval.id),
        total: file.pages.len(),
        from,
        shown: most,
    })
}

/// Its other name, where the abstract is what it is called by.
fn label(facts: &DocumentFacts) -> Foreign {
    let abstracted = facts.summary.as_ref();
    text(
        facts
            .label
            .as_ref()
            .filter(|label| abstracted.is_some_and(|one| one != *label)),
    )
}

/// What an approval is of besides the documents.
pub fn terms(approval: &Approval) -> Terms {
    Terms {
        scheme: approval.scheme.map(SignatureScheme::name),
        credential: approval.credential.to_string(),
        system: approval.client.to_string(),
        request: approval.id.to_string(),
    }
}

/// Whose certificate signs, as its subject says, and until when.
pub fn credential(snapshot: &Snapshot, approval: &Approval) -> Foreign {
    let credential = snapshot.credentials.get(&approval.credential);
    let certificate = credential.and_then(|credential| credential.certificate.clone());
    let person = snapshot.people.by_id.get(&approval.person);
    let name = person.map(|person| person.name.clone()).unwrap_or_default();
    match certificate {
        Some(certificate) => {
            let until = moment(certificate.not_after).plain();
            Foreign::new(&format!("{name} ({until})"))
        }
        None => Foreign::new(&name),
    }
}

/// Each on a line of its own, as the document itself has them.
fn recipients(text: Option<&String>) -> Vec<Foreign> {
    let each = text.into_iter().flat_map(|text| text.split(';'));
    each.map(|one| Foreign::new(one.trim()))
        .filter(|one| !one.is_empty())
        .collect()
}

/// The name of a hash function as people write it: `SHA-256`.
pub fn algorithm(name: &str) -> String {
    name.to_uppercase().replace("SHA", "SHA-")
}

/// A digest with the name of its algorithm.
pub fn digest(digest: &kyso_core::Digest) -> Digest {
    Digest {
        algorithm: algorithm(digest.algorithm().name()),
        hex: hex::encode(digest.as_bytes()),
    }
}

fn outcome_of(state: ApprovalState, reason: Option<&str>) -> Option<Outcome> {
    match (state, reason) {
        (ApprovalState::Signed, _) => Some(Outcome::Signed),
        (ApprovalState::Approved, _) => Some(Outcome::Running),
        (ApprovalState::Failed, Some("unknown")) => Some(Outcome::Unknown),
        (ApprovalState::Failed, _) => Some(Outcome::Failed),
        _ => None,
    }
}

/// A request on the list to approve.
pub fn shown(
    snapshot: &Snapshot,
    approval: &Approval,
    now: Timestamp,
    language: Language,
) -> ShownRequest {
    ShownRequest {
        id: approval.id.to_string(),
        system: naming::system(snapshot, approval.client),
        due: approval.due_at.map(moment),
        overdue: approval.due_at.is_some_and(|due| due < now),
        credential: credential(snapshot, approval),
        authority: authority(snapshot, approval),
        documents: documents(approval, language, 0),
        terms: terms(approval),
    }
}

/// What became of each document of an approved request.
pub fn results(approval: &Approval, end: &End, language: Language) -> Vec<ResultRow> {
    let (outcome, explanation) = match end {
        End::Decided(Decision::Signed) => (Outcome::Signed, ""),
        End::Decided(Decision::Failed("unknown")) => {
            (Outcome::Unknown, because("unknown", language))
        }
        End::Decided(Decision::Failed(word)) => (Outcome::Failed, because(word, language)),
        End::Granted => (Outcome::Running, system_signs(language)),
        End::Decided(_) => (Outcome::Running, ""),
    };
    let rows = approval.documents.iter().map(|one| ResultRow {
        id: approval.id.to_string(),
        subject: subject(&one.facts),
        number: number(&one.facts),
        outcome,
        explanation: Foreign::new(explanation),
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_in_one_tab() {
        use ApprovalState as S;
        let table = [
            (S::Waiting, Tab::ToSign),
            (S::Opened, Tab::ToSign),
            (S::Approved, Tab::InProgress),
            (S::Signed, Tab::Signed),
            (S::Refused, Tab::Failed),
            (S::Returned, Tab::Failed),
            (S::Withdrawn, Tab::Failed),
            (S::Expired, Tab::Failed),
            (S::Failed, Tab::Failed),
        ];
        for state in S::ALL {
            assert!(table.iter().any(|(one, _)| *one == state), "{state:?}");
        }
        for (state, tab) in table {
            let holds = |tab: &Tab| states(*tab).contains(&state);
            let tabs: Vec<Tab> = Tab::ALL.into_iter().filter(holds).collect();
            assert_eq!(tabs, [tab], "{state:?}");
        }
    }
}
