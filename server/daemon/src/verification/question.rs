//! What the process that judges is asked: blocks of bytes, each after its length (64 bits, the greatest byte first).
//!
//! The first block is JSON and says what a judgement rests on; then come the document and, if the first says so, the
//! signature beside it. Nothing follows.

use std::borrow::Cow;
use std::io::{self, Read};

use kyso_documents::validation::TrustList;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::FILE;

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
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head<'a> {
    now: OffsetDateTime,
    trust: Cow<'a, TrustList>,
    /// A signature comes after the document.
    beside: bool,
}

/// Why what came is no question.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It ends too early.
    #[error("the question ends in the middle")]
    Cut,
    /// A block says that it is longer than any may be.
    #[error("a part of the question is too long")]
    TooLong,
    /// The first block is another.
    #[error("the question begins with something else")]
    Head,
    /// Something follows.
    #[error("something follows the question")]
    More,
    /// It cannot be read.
    #[error("the question cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl Question {
    /// What is written, in its order.
    ///
    /// # Errors
    /// If the first block cannot be written.
    pub fn pieces(&self) -> serde_json::Result<Vec<Cow<'_, [u8]>>> {
        let head = serde_json::to_vec(&Head {
            now: self.now,
            trust: Cow::Borrowed(&self.trust),
            beside: self.signature.is_some(),
        })?;
        let files = [Some(&self.document), self.signature.as_ref()];
        let files = files.into_iter().flatten();
        let files = files.map(|file| Cow::Borrowed(file.as_slice()));
        let blocks = std::iter::once(Cow::Owned(head)).chain(files);
        let framed = blocks.flat_map(|block| [Cow::Owned(length(&block).to_vec()), block]);
        Ok(framed.collect())
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
        if from.take(1).read_to_end(&mut Vec::new())? > 0 {
            return Err(Misread::More);
        }
        Ok(Self {
            document,
            signature,
            trust: head.trust.into_owned(),
            now: head.now,
        })
    }
}

fn length(block: &[u8]) -> [u8; 8] {
    let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
    length.to_be_bytes()
}

fn block(from: &mut impl Read, most: usize) -> Result<Vec<u8>, Misread> {
    let mut stated = Vec::new();
    from.take(8).read_to_end(&mut stated)?;
    let stated: [u8; 8] = stated.try_into().map_err(|_| Misread::Cut)?;
    let stated = u64::from_be_bytes(stated);
    let fits = usize::try_from(stated).is_ok_and(|stated| stated <= most);
    if !fits {
        return Err(Misread::TooLong);
    }
    let mut bytes = Vec::new();
    from.take(stated).read_to_end(&mut bytes)?;
    if length(&bytes) == stated.to_be_bytes() {
        Ok(bytes)
    } else {
        Err(Misread::Cut)
    }
}

#[cfg(test)]
mod tests {
    use kyso_documents::validation::trust::{Authority, Kind, Role};
    use proptest::prelude::*;

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

    fn questions() -> impl Strategy<Value = Question> {
        let files = (any::<Vec<u8>>(), any::<Option<Vec<u8>>>());
        (files, authorities(), any::<bool>(), times()).prop_map(
            |((document, signature), authorities, evaluation, now)| Question {
                document,
                signature,
                trust: TrustList::new(authorities).with_evaluation(evaluation),
                now,
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
