//! What the process that judges is asked.
//!
//! The first block is JSON and says what a judgement rests on; then come the document and, if the first says so, the
//! signature beside it, and what authorities answered. Nothing follows.

use std::borrow::Cow;
use std::io::Read;

use kyso_documents::validation::{Inquiry, Source, TrustList};
use kyso_revocation::{LONGEST_LIST, Reply};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::FILE;
use crate::apart::Pieces;
use crate::apart::blocks::{Misread, block, end, framed};

/// Longest first block: thousands of authorities.
const HEAD: usize = 16 << 20;

/// A file, and what its judgement rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The file.
    pub document: Vec<u8>,
    /// The signature beside it.
    pub signature: Option<Vec<u8>>,
    /// Who is believed.
    pub trust: TrustList,
    /// The time of the check.
    pub now: OffsetDateTime,
    /// What authorities answered.
    pub replies: Vec<Reply>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    now: OffsetDateTime,
    trust: Cow<'a, TrustList>,
    /// A signature comes after the document.
    beside: bool,
    /// To what the answers that follow are ones, in their order.
    asked: Vec<(Cow<'a, Inquiry>, Cow<'a, Source>)>,
}

impl Question {
    /// What is written, in its order.
    ///
    /// # Errors
    /// If the first block cannot be written.
    pub fn pieces(&self) -> serde_json::Result<Pieces<'_>> {
        let asked = self.replies.iter();
        let asked = asked.map(|one| (Cow::Borrowed(&one.inquiry), Cow::Borrowed(&one.source)));
        let head = serde_json::to_vec(&Head {
            now: self.now,
            trust: Cow::Borrowed(&self.trust),
            beside: self.signature.is_some(),
            asked: asked.collect(),
        })?;
        let files = [Some(&self.document), self.signature.as_ref()];
        let files = files.into_iter().flatten().map(Vec::as_slice);
        let blocks = files.chain(self.replies.iter().map(|one| &*one.bytes));
        let blocks = blocks.map(Cow::Borrowed);
        Ok(framed(std::iter::once(Cow::Owned(head)).chain(blocks)))
    }

    /// Reads one, and no more than it may be long.
    ///
    /// # Errors
    /// [`Misread`].
    pub fn read(mut from: impl Read) -> Result<Self, Misread> {
        let head = block(&mut from, HEAD)?;
        let head: Head<'_> = serde_json::from_slice(&head).map_err(|_| Misread::Head)?;
        let document = block(&mut from, FILE)?;
        let signature = head.beside.then(|| block(&mut from, FILE)).transpose()?;
        let mut reply = |(inquiry, source): (Cow<'_, Inquiry>, Cow<'_, Source>)| {
            Ok(Reply {
                inquiry: inquiry.into_owned(),
                source: source.into_owned(),
                bytes: block(&mut from, LONGEST_LIST)?.into(),
            })
        };
        let replies = head.asked.into_iter().map(&mut reply);
        let replies = replies.collect::<Result<_, Misread>>()?;
        end(from)?;
        Ok(Self {
            document,
            signature,
            trust: head.trust.into_owned(),
            now: head.now,
            replies,
        })
    }
}

#[cfg(test)]
mod tests {
    use kyso_documents::validation::trust::{Authority, Kind, Role};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(question: &Question) -> Vec<u8> {
        question.pieces().unwrap().concat()
    }

    fn authorities() -> impl Strategy<Value = Vec<Authority>> {
        let kinds = prop_oneof![
            Just(Kind::GovernmentG2),
            Just(Kind::TimeStamps),
            Just(Kind::Evaluation)
        ];
        let one = (any::<Vec<u8>>(), kinds, any::<bool>(), ".*", times());
        let one = one.prop_map(|(certificate, kind, root, source, from)| Authority {
            certificate,
            kind,
            role: if root { Role::Root } else { Role::Intermediate },
            from,
            until: from.saturating_add(time::Duration::DAY),
            source,
        });
        prop::collection::vec(one, 0..4)
    }

    fn times() -> impl Strategy<Value = OffsetDateTime> {
        let nanoseconds = -1_000_000_000_000_000_000_i128..10_000_000_000_000_000_000;
        nanoseconds.prop_map(|at| OffsetDateTime::from_unix_timestamp_nanos(at).unwrap())
    }

    fn replies() -> impl Strategy<Value = Vec<Reply>> {
        let one = (any::<Vec<u8>>(), any::<bool>(), ".*").prop_map(|(bytes, is_list, url)| {
            let source = if is_list {
                Source::List { url }
            } else {
                let request = bytes.clone();
                Source::Responder { url, request }
            };
            let link = json!({ "certificate": "00", "issuer": "01", "key": "" });
            let inquiry = json!({ "link": link, "sources": [source] });
            Reply {
                inquiry: serde_json::from_value(inquiry).unwrap(),
                source,
                bytes: bytes.into(),
            }
        });
        prop::collection::vec(one, 0..4)
    }

    fn questions() -> impl Strategy<Value = Question> {
        let files = (any::<Vec<u8>>(), any::<Option<Vec<u8>>>());
        (files, authorities(), any::<bool>(), times(), replies()).prop_map(
            |((document, signature), authorities, evaluation, now, replies)| Question {
                document,
                signature,
                trust: TrustList::new(authorities).with_evaluation(evaluation),
                now,
                replies,
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_and_nothing_less_or_more(question in questions(), at: prop::sample::Index) {
            let bytes = written(&question);
            prop_assert_eq!(Question::read(bytes.as_slice()).unwrap(), question);
            let cut = &bytes[..at.index(bytes.len())];
            prop_assert!(matches!(Question::read(cut), Err(Misread::Cut)));
            let more = [bytes.as_slice(), b"x"].concat();
            prop_assert!(matches!(Question::read(more.as_slice()), Err(Misread::More)));
        }

        #[test]
        fn nothing_else_is_a_question(bytes: Vec<u8>) {
            prop_assert!(Question::read(bytes.as_slice()).is_err());
        }
    }

    #[test]
    fn a_block_that_says_it_is_too_long_is_refused_before_it_is_read() {
        let question = Question {
            document: b"x".to_vec(),
            signature: None,
            trust: TrustList::default(),
            now: OffsetDateTime::UNIX_EPOCH,
            replies: Vec::new(),
        };
        let bytes = written(&question);
        let document = bytes.len() - 9;
        for (at, most) in [(0, HEAD), (document, FILE)] {
            for (stated, too_long) in [(most, false), (most + 1, true), (usize::MAX, true)] {
                let mut bytes = bytes.clone();
                let stated = u64::try_from(stated).unwrap().to_be_bytes();
                bytes[at..at + 8].copy_from_slice(&stated);
                let error = Question::read(bytes.as_slice()).unwrap_err();
                assert_eq!(matches!(error, Misread::TooLong), too_long, "{error}");
            }
        }
    }
}
