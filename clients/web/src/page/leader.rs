//! What a leader sees: inbox, document, decision, results, signatures.

use askama::Template;

use super::pages;
use crate::sentences;
use crate::{
    Content, Digest, Foreign, Frame, Moment, Outcome, Problems, RequestState, TimeStamped, Urgency,
};

pages! {
    Inbox in Inbox;
    RequestPage in Inbox;
    Approve in Inbox;
    Decline in Inbox;
    Signatures in Signatures;
}

/// `/ui/inbox?tab=`. Sends the ticked `id`s to `/ui/approve` by GET.
#[derive(Clone, Debug, Template)]
#[template(path = "inbox.html")]
pub struct Inbox {
    /// What stands around the page.
    pub frame: Frame,
    /// The tab that is shown.
    pub tab: Tab,
    /// How many requests each tab holds, in the order of [`Tab::ALL`].
    pub counts: [u32; 4],
    /// The requests, urgent ones first.
    pub rows: Vec<InboxRow>,
    /// The link to the next page: to older ones, or to those that are less urgent.
    pub older: Option<String>,
}

/// A tab of the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Cần ký.
    ToSign,
    /// Đang xử lý.
    InProgress,
    /// Đã ký.
    Signed,
    /// Thất bại.
    Failed,
}

impl Tab {
    /// All four, in their order.
    pub const ALL: [Self; 4] = [Self::ToSign, Self::InProgress, Self::Signed, Self::Failed];

    /// The value of `?tab=`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ToSign => "to-sign",
            Self::InProgress => "in-progress",
            Self::Signed => "signed",
            Self::Failed => "failed",
        }
    }

    /// The tab of that value.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.code() == code)
    }
}

impl Inbox {
    fn tabs(&self) -> Vec<(&'static str, &'static str, u32, bool)> {
        let w = self.frame.w();
        let names = [w.tab_to_sign, w.tab_in_progress, w.tab_signed, w.tab_failed];
        let counted = Tab::ALL.into_iter().zip(names).zip(self.counts);
        counted
            .map(|((tab, name), count)| (tab.code(), name, count, tab == self.tab))
            .collect()
    }

    fn may_choose(&self) -> bool {
        self.tab == Tab::ToSign && !self.rows.is_empty()
    }
}

/// A request in the inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxRow {
    /// What names it in paths.
    pub id: String,
    /// The abstract (trích yếu) of its first document.
    pub subject: Foreign,
    /// How many documents it holds besides that one.
    pub others: u32,
    /// Number and symbol; empty if there is none yet.
    pub number: Foreign,
    /// The highest urgency of its documents.
    pub urgency: Urgency,
    /// Who drafted it.
    pub drafter: Foreign,
    /// The system that asks.
    pub system: Foreign,
    /// When it came.
    pub received: Moment,
    /// Until when it is to be decided.
    pub due: Option<Moment>,
    /// Whether that time is over.
    pub overdue: bool,
    /// Its state.
    pub state: RequestState,
    /// The reason that was given, or why it failed; may be empty.
    pub reason: Foreign,
}

impl InboxRow {
    fn more(&self, frame: &Frame) -> String {
        sentences::other_documents(frame.language, self.others)
    }
}

/// A document of a request, with all that the system said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Abstract (trích yếu).
    pub subject: Foreign,
    /// Type (loại văn bản).
    pub kind: Foreign,
    /// Number (số); may be empty.
    pub number: Foreign,
    /// Symbol (ký hiệu); may be empty.
    pub symbol: Foreign,
    /// Urgency.
    pub urgency: Urgency,
    /// Who drafted it.
    pub drafter: Foreign,
    /// Recipients (nơi nhận).
    pub recipients: Vec<Foreign>,
    /// What the system calls it; empty if it has no other name than its abstract.
    pub label: Foreign,
    /// What it is signed for, in the reader's language; may be empty.
    pub purpose: Foreign,
    /// Code of the purpose, as the system sent it; may be empty.
    pub purpose_code: Foreign,
    /// Secrecy (độ mật), as the system said it; may be empty.
    pub secrecy: Foreign,
    /// The document's own urgency, as the system said it; may be empty.
    pub urgency_said: Foreign,
    /// Id of the authority record that it names; may be empty.
    pub authority_record: Foreign,
    /// The digest that is signed.
    pub digest: Digest,
    /// What became of it, once decided.
    pub outcome: Option<Outcome>,
    /// Its pages, where the server has the file.
    pub content: Option<Content>,
}

fn hides_some<'a>(mut documents: impl Iterator<Item = &'a Document>) -> bool {
    documents.any(|document| document.content.is_none())
}

/// What an approval is of besides the documents: all that is hashed stands on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Name of the signature scheme; `None` where the system signs and chooses it.
    pub scheme: Option<String>,
    /// Id of the credential.
    pub credential: String,
    /// Id of the system that asks, since two may be called alike.
    pub system: String,
    /// Id of the request.
    pub request: String,
}

/// `/ui/requests/{id}`. Leads to `/ui/approve?id=`, `/ui/requests/{id}/refuse` and `…/return`.
#[derive(Clone, Debug, Template)]
#[template(path = "request.html")]
pub struct RequestPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What names it in paths.
    pub id: String,
    /// Its state.
    pub state: RequestState,
    /// The system that asks.
    pub system: Foreign,
    /// When it came.
    pub received: Moment,
    /// Until when it is to be decided.
    pub due: Option<Moment>,
    /// Whether that time is over.
    pub overdue: bool,
    /// The credential that would sign: its owner and the end of its certificate.
    pub credential: Foreign,
    /// The authority (KT., TL., TUQ.) with its decision; empty when the leader signs in their own right.
    pub authority: Foreign,
    /// The reason that was given, or why it failed; may be empty.
    pub reason: Foreign,
    /// Its documents, one at least.
    pub documents: Vec<Document>,
    /// What else would be approved.
    pub terms: Terms,
    /// Whether this reader may decide now.
    pub may_decide: bool,
}

impl RequestPage {
    fn heading(&self) -> Foreign {
        self.documents
            .first()
            .map(|document| document.subject.clone())
            .unwrap_or_default()
    }

    /// Whether there is a document whose content is not shown.
    fn hides_some(&self) -> bool {
        hides_some(self.documents.iter())
    }

    fn how_many(&self) -> String {
        sentences::documents(self.frame.language, self.documents.len())
    }
}

/// `/ui/approve?id=…`. Sends `shown`, each `id`, `otp` to `/ui/approve`.
#[derive(Clone, Debug, Template)]
#[template(path = "approve.html")]
pub struct Approve {
    /// What stands around the page.
    pub frame: Frame,
    /// Whether it was tried just now and nothing came of it, since some had ended.
    pub nothing_approved: bool,
    /// What was on the list and has ended, so that it is no more.
    pub left_out: Vec<LeftOut>,
    /// The requests that the one-time password is for, all of them, in order.
    pub requests: Vec<ShownRequest>,
    /// What binds the form to exactly this list: the server made it from ids, documents and digests.
    pub shown: String,
    /// Until when this page may be sent.
    pub until: Moment,
    /// Errors at `otp`.
    pub problems: Problems,
}

/// A request that has ended before it was approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The abstract of its first document.
    pub subject: Foreign,
    /// How it ended.
    pub state: RequestState,
    /// The reason that was given, or why it failed; may be empty.
    pub reason: Foreign,
}

/// A request on the list to approve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRequest {
    /// What names it.
    pub id: String,
    /// The system that asks.
    pub system: Foreign,
    /// Until when it is to be decided.
    pub due: Option<Moment>,
    /// Whether that time is over.
    pub overdue: bool,
    /// The credential that would sign, as at [`RequestPage::credential`].
    pub credential: Foreign,
    /// The authority, as at [`RequestPage::authority`].
    pub authority: Foreign,
    /// Its documents.
    pub documents: Vec<Document>,
    /// What else would be approved.
    pub terms: Terms,
}

impl Approve {
    fn count(&self) -> usize {
        self.requests
            .iter()
            .map(|request| request.documents.len())
            .sum()
    }

    /// Whether there is a document whose content is not shown.
    fn hides_some(&self) -> bool {
        hides_some(self.requests.iter().flat_map(|one| &one.documents))
    }

    /// Whether there is one that can be read here.
    fn shows_some(&self) -> bool {
        let mut documents = self.requests.iter().flat_map(|one| &one.documents);
        documents.any(|document| document.content.is_some())
    }

    fn heading(&self) -> String {
        sentences::approve(self.frame.language, self.count())
    }

    fn until_sentence(&self) -> String {
        sentences::valid_until(self.frame.language, self.until)
    }

    /// Where "back" leads: to the one request, or to the inbox.
    fn back(&self) -> String {
        match self.requests.as_slice() {
            [only] => format!("/ui/requests/{}", only.id),
            _ => "/ui/inbox".to_owned(),
        }
    }
}

/// `/ui/requests/{id}/refuse` and `/ui/requests/{id}/return`. Sends `reason` and `otp` to the
/// same path.
#[derive(Clone, Debug, Template)]
#[template(path = "decline.html")]
pub struct Decline {
    /// What stands around the page.
    pub frame: Frame,
    /// What names the request in paths.
    pub id: String,
    /// Refuse it, or return it.
    pub way: Way,
    /// The abstract of each document.
    pub subjects: Vec<Foreign>,
    /// The reason that was typed before.
    pub reason: Foreign,
    /// Errors at `reason` and `otp`.
    pub problems: Problems,
}

/// The two ways not to sign, which are different acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Từ chối: this will not be signed.
    Refuse,
    /// Trả lại: to be corrected and submitted again; needs a reason.
    Return,
}

impl Decline {
    fn returns(&self) -> bool {
        self.way == Way::Return
    }
}

/// `/ui/signatures`: each use of the reader's own keys.
#[derive(Clone, Debug, Template)]
#[template(path = "signatures.html")]
pub struct Signatures {
    /// What stands around the page.
    pub frame: Frame,
    /// Newest first.
    pub rows: Vec<SignatureRow>,
    /// The link to older ones.
    pub older: Option<String>,
}

/// One use of a key: the digests of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureRow {
    /// When.
    pub at: Moment,
    /// Abstract of the first document, or what else the system said of it; empty if it said nothing,
    /// or if that was erased.
    pub subject: Foreign,
    /// How many more documents there are.
    pub others: u32,
    /// Number and symbol of the first; may be empty.
    pub number: Foreign,
    /// What the first is signed for, in the reader's language; may be empty.
    pub purpose: Foreign,
    /// The system that asked.
    pub system: Foreign,
    /// What became of it.
    pub outcome: Outcome,
    /// How its time stamps stand; none if none were asked for.
    pub time_stamp: Option<TimeStamped>,
    /// How many digests.
    pub count: u32,
    /// The first of them.
    pub digest: Digest,
    /// Number of the entry in the audit log.
    pub entry: u64,
    /// What names the call in paths, where the reader may have its receipt and dispute it.
    pub call: Option<String>,
    /// When the key's owner said that they did not make it.
    pub disputed: Option<Moment>,
}

impl SignatureRow {
    pub(crate) fn more(&self, frame: &Frame) -> String {
        sentences::other_documents(frame.language, self.others)
    }

    pub(crate) fn digests(&self, frame: &Frame) -> String {
        sentences::digests(frame.language, self.count)
    }
}
