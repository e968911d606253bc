//! What a file leaves open about revocation, asked of authorities by the server, since the process that reads the file has
//! no network; what they answer is again read in such a process only.
//!
//! The first judgement stands whatever happens after it: an authority that does not answer, or answers something that
//! breaks the second judgement, changes nothing but the reason for not knowing.

use std::fmt;
use std::sync::Arc;

use kyso_documents::validation::{Inquiry, Report, Silence};
use kyso_revocation::{Asked, Asker, ROUNDS, Reply, Settings};
use time::OffsetDateTime;

use super::{Answer, Judged, Question};
use crate::apart::NotDone;
use crate::metrics::Metrics;

/// Asks authorities.
#[derive(Clone)]
pub struct Asking {
    authorities: Arc<Asker>,
    metrics: Arc<Metrics>,
}

impl fmt::Debug for Asking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asking")
    }
}

impl Asking {
    /// Asks so, and counts what comes of it.
    pub fn new(settings: Settings, metrics: Arc<Metrics>) -> Self {
        let authorities = Arc::new(Asker::new(settings));
        Self {
            authorities,
            metrics,
        }
    }

    /// Judges once, and again as long as authorities answer.
    pub(super) async fn judged(
        &self,
        question: Question,
        judge: impl AsyncFn(&Question) -> Result<Answer, NotDone>,
    ) -> Result<Answer, NotDone> {
        match judge(&question).await? {
            Ok(first) => Ok(Ok(self.asked(question, first, judge).await)),
            unread @ Err(_) => Ok(unread),
        }
    }

    async fn asked(
        &self,
        mut question: Question,
        mut judged: Judged,
        judge: impl AsyncFn(&Question) -> Result<Answer, NotDone>,
    ) -> Judged {
        let (mut asked, mut unread) = (self.authorities.begin(), false);
        for _ in 0..ROUNDS {
            let open = judged.report.inquiries.clone();
            let Some((replies, after)) = self.ask(open, question.now, asked).await else {
                return judged;
            };
            asked = after;
            if replies.is_empty() {
                break;
            }
            question.replies.extend(replies);
            let Ok(Ok(again)) = judge(&question).await else {
                unread = true;
                break;
            };
            self.read(&question, &again);
            judged = again;
        }
        self.count(&asked);
        explain(&mut judged.report, &asked, unread);
        judged
    }

    /// Asks on a thread of its own, since a server that stops does not wait for it. None if there is no such thread.
    async fn ask(
        &self,
        open: Vec<Inquiry>,
        now: OffsetDateTime,
        mut asked: Asked,
    ) -> Option<(Vec<Reply>, Asked)> {
        let authorities = Arc::clone(&self.authorities);
        let (told, end) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new().name("revocation".to_owned());
        let spawned = thread.spawn(move || {
            let replies = authorities.ask(&open, now, &mut asked);
            let _ = told.send((replies, asked)); // nobody listens if the server stops
        });
        spawned.ok()?;
        end.await.ok()
    }

    /// Keeps what counts, and forgets what does not.
    fn read(&self, question: &Question, judged: &Judged) {
        for (reply, until) in question.replies.iter().zip(&judged.replies) {
            self.authorities.read(reply, *until, question.now);
        }
    }

    fn count(&self, asked: &Asked) {
        for outcome in asked.outcomes() {
            let questions = &self.metrics.revocation_questions;
            questions.with_label_values(&[outcome.word()]).inc();
        }
    }
}

fn explain(report: &mut Report, asked: &Asked, unread: bool) {
    report.explain(|inquiry| match asked.why(inquiry) {
        Silence::NotFitting if unread => Silence::Unread,
        why => why,
    });
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use kyso_documents::validation::TrustList;
    use kyso_revocation::{Hosts, Reach};
    use serde_json::json;

    use super::super::Unread;
    use super::*;

    /// A host that answers everybody.
    fn host() -> String {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let name = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                let answer = b"HTTP/1.1 200 X\r\ncontent-length: 1\r\n\r\nx";
                let mut asked = [0; 4096];
                let _ = stream
                    .read(&mut asked)
                    .and_then(|_| stream.write_all(answer));
            }
        });
        name
    }

    fn asking(host: &str) -> Asking {
        let settings = Settings {
            reach: Reach {
                hosts: Hosts::Only(vec![host.parse().unwrap()]),
                addresses: vec!["127.0.0.1".parse().unwrap()],
            },
            one: Duration::from_mins(1),
            together: Duration::from_mins(1),
        };
        Asking::new(settings, Arc::new(Metrics::new().unwrap()))
    }

    /// What leaves these places open, each about a certificate of its own.
    fn open(urls: &[String]) -> Judged {
        let inquiry = |(number, url): (u8, &String)| {
            let link = json!({ "certificate": format!("{number:02x}"), "issuer": "", "key": "" });
            json!({ "link": link, "sources": [{ "list": { "url": url } }] })
        };
        let inquiries: Vec<_> = (0..).zip(urls).map(inquiry).collect();
        let report = json!({ "signatures": [], "completeness": "neither", "inquiries": inquiries });
        let judged = json!({ "report": report, "replies": [] });
        serde_json::from_value(judged).unwrap()
    }

    fn question() -> Question {
        Question {
            document: Vec::new(),
            signature: None,
            trust: TrustList::default(),
            now: OffsetDateTime::UNIX_EPOCH,
            replies: Vec::new(),
        }
    }

    /// Answers so, one after the other, and how many replies each judgement was given.
    async fn judged(
        host: &str,
        answers: Vec<Result<Answer, NotDone>>,
    ) -> (Result<Answer, NotDone>, Vec<usize>) {
        let (answers, given) = (RefCell::new(answers.into_iter()), RefCell::default());
        let judge = async |question: &Question| {
            let given: &RefCell<Vec<usize>> = &given;
            given.borrow_mut().push(question.replies.len());
            answers.borrow_mut().next().unwrap()
        };
        let judged = asking(host).judged(question(), judge).await;
        (judged, given.into_inner())
    }

    #[actix_web::test]
    async fn what_authorities_answer_cannot_take_the_first_judgement_away() {
        let host = host();
        let first = open(&[format!("http://{host}/a")]);
        let nothing = open(&[]);
        for (second, expected) in [
            (Ok(Ok(nothing.clone())), &nothing),
            (
                Ok(Err(Unread::Pdf(kyso_documents::pdf::Refusal::NotPdf))),
                &first,
            ),
            (Err(NotDone::Failed), &first),
            (Err(NotDone::TooLong), &first),
            (Err(NotDone::NoProcess), &first),
        ] {
            let (end, given) = judged(&host, vec![Ok(Ok(first.clone())), second]).await;
            assert_eq!(end, Ok(Ok(expected.clone())));
            assert_eq!(given, [0, 1]);
        }
        let (end, given) = judged(&host, vec![Err(NotDone::Failed)]).await;
        assert_eq!((end, given), (Err(NotDone::Failed), vec![0]));
    }

    #[actix_web::test]
    async fn a_file_that_always_leaves_more_open_is_judged_a_few_times() {
        let host = host();
        let rounds: Vec<_> = (0..=ROUNDS)
            .map(|round| open(&[format!("http://{host}/{round}")]))
            .collect();
        let answers = rounds.iter().map(|one| Ok(Ok(one.clone()))).collect();
        let (end, given) = judged(&host, answers).await;
        assert_eq!(end, Ok(Ok(rounds[ROUNDS].clone())));
        assert_eq!(given, [0, 1, 2, 3]);
    }
}
