//! Whoever asks.

use std::collections::VecDeque;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use kyso_documents::validation::{Inquiry, Source};
use rustls::crypto::aws_lc_rs::default_provider;
use time::OffsetDateTime;
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use crate::address::{Inside, Outwards};
use crate::asked::{Asked, Outcome, Reply};
use crate::kept::{Kept, longest};
use crate::place::{Place, Reach};

/// How often a file is judged with new answers: one that does not count is followed by the next source, and whom an
/// answer brings onto the path is asked about, too.
pub const ROUNDS: usize = 3;
/// Questions at once for one file.
const AT_ONCE: usize = 4;
/// The bundle of trusted authorities on Debian and its relatives.
const SYSTEM_AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// How to ask.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which places may be asked.
    pub reach: Reach,
    /// How long one answer may take, from the name to the last byte.
    pub one: Duration,
    /// How long all questions for one file may take.
    pub together: Duration,
}

/// Asks authorities, and remembers for a while what they said.
pub struct Asker {
    agent: Agent,
    settings: Settings,
    kept: Kept,
}

impl fmt::Debug for Asker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asker")
    }
}

type Question = (Inquiry, Source);
type Answered = (Question, Result<Arc<[u8]>, Outcome>);

impl Asker {
    /// One that asks so. Where a place wants TLS, it trusts the machine's authorities.
    pub fn new(settings: Settings) -> Self {
        let names = Outwards {
            named: settings.reach.addresses.clone(),
            names: DefaultResolver::default(),
        };
        let config = Agent::config_builder()
            .tls_config(tls())
            // A redirect leads to a place that nobody allowed.
            .max_redirects(0)
            .http_status_as_error(false)
            // Proxies are for the operator to name, not for an environment to slip in.
            .proxy(None)
            .max_idle_connections(0)
            .user_agent(concat!("kyso/", env!("CARGO_PKG_VERSION")))
            .build();
        Self {
            agent: Agent::with_parts(config, DefaultConnector::new(), names),
            settings,
            kept: Kept::default(),
        }
    }

    /// Begins to ask for one file.
    pub fn begin(&self) -> Asked {
        Asked::new(self.settings.together)
    }

    /// Asks whom it has not asked yet for this file, until somebody has answered each inquiry or nobody is left.
    ///
    /// It waits; what is asked takes no longer than the settings allow, for all calls with the same `asked` together.
    pub fn ask(&self, inquiries: &[Inquiry], now: OffsetDateTime, asked: &mut Asked) -> Vec<Reply> {
        let began = Instant::now();
        let mut replies = Vec::new();
        loop {
            let next = asked.next(inquiries, &replies);
            if next.is_empty() {
                asked.left = asked.left.saturating_sub(began.elapsed());
                return replies;
            }
            let end = began + asked.left;
            for ((inquiry, source), answer) in self.all(next, now, end, asked) {
                if let Ok(bytes) = answer
                    && asked.has_room_for(&source, bytes.len())
                {
                    replies.push(Reply {
                        inquiry,
                        source,
                        bytes,
                    });
                }
            }
        }
    }

    /// Keeps what was answered until then, and forgets it if it does not count: it is asked for anew then.
    pub fn read(&self, reply: &Reply, until: Option<OffsetDateTime>, now: OffsetDateTime) {
        match until {
            Some(until) => self.kept.keep(&reply.source, &reply.bytes, until, now),
            None => self.kept.forget(&reply.source),
        }
    }

    /// Asks all of these, a few at once.
    fn all(
        &self,
        questions: Vec<Question>,
        now: OffsetDateTime,
        end: Instant,
        asked: &mut Asked,
    ) -> Vec<Answered> {
        let mut answered = Vec::new();
        let mut to_fetch = VecDeque::new();
        for question in questions {
            if let Some(bytes) = self.kept.find(&question.1, now) {
                asked.note(&question.1, Outcome::Kept);
                answered.push((question, Ok(bytes)));
            } else {
                // Until it is known better: also where there is no thread to ask with.
                asked.note(&question.1, Outcome::Unreachable);
                to_fetch.push_back(question);
            }
        }
        for (question, answer) in self.fetch_all(to_fetch, now, end) {
            let outcome = answer
                .as_ref()
                .map_or_else(|why| *why, |_| Outcome::Answered);
            asked.note(&question.1, outcome);
            answered.push((question, answer));
        }
        answered
    }

    fn fetch_all(
        &self,
        questions: VecDeque<Question>,
        now: OffsetDateTime,
        end: Instant,
    ) -> Vec<Answered> {
        let threads = questions.len().min(AT_ONCE);
        let waiting = Mutex::new(questions);
        let next = || {
            waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pop_front()
        };
        let work = || {
            let mut done = Vec::new();
            while let Some(question) = next() {
                let answer = self.fetch(&question.1, now, end);
                done.push((question, answer));
            }
            done
        };
        thread::scope(|scope| {
            let start = |_| {
                let named = thread::Builder::new().name("revocation".to_owned());
                named.spawn_scoped(scope, work).ok()
            };
            let workers: Vec<_> = (0..threads).filter_map(start).collect();
            let done = workers.into_iter().filter_map(|one| one.join().ok());
            done.flatten().collect()
        })
    }

    fn fetch(
        &self,
        source: &Source,
        now: OffsetDateTime,
        end: Instant,
    ) -> Result<Arc<[u8]>, Outcome> {
        let reach = &self.settings.reach;
        let place = reach.place(source.url()).ok_or(Outcome::NotListed)?;
        if self.kept.rests(&place.host, now) {
            return Err(Outcome::Resting);
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Outcome::Late);
        }
        let answer = self.answer(source, &place, left.min(self.settings.one));
        if let Err(Outcome::Late | Outcome::Unreachable) = answer {
            self.kept.rest(&place.host, now);
        }
        answer
    }

    fn answer(
        &self,
        source: &Source,
        place: &Place,
        patience: Duration,
    ) -> Result<Arc<[u8]>, Outcome> {
        let uri = place.uri.clone();
        let sent = match source {
            Source::List { .. } => {
                let call = self.agent.get(uri).config();
                call.timeout_global(Some(patience)).build().call()
            }
            Source::Responder { request, .. } => {
                let call = self.agent.post(uri).config();
                let call = call.timeout_global(Some(patience)).build();
                call.header("content-type", "application/ocsp-request")
                    .header("accept", "application/ocsp-response")
                    .send(request.as_slice())
            }
        };
        let response = sent.map_err(|error| outcome(&error))?;
        body(response, longest(source))
    }
}

fn body(mut response: Response<Body>, longest: usize) -> Result<Arc<[u8]>, Outcome> {
    if response.status() != 200 {
        return Err(Outcome::Status);
    }
    let longest = u64::try_from(longest).unwrap_or(u64::MAX);
    let body = response.body_mut().with_config().limit(longest);
    let read = body.read_to_vec().map_err(|error| outcome(&error))?;
    Ok(read.into())
}

fn outcome(error: &ureq::Error) -> Outcome {
    match error {
        ureq::Error::Timeout(_) => Outcome::Late,
        ureq::Error::BodyExceedsLimit(_) | ureq::Error::LargeResponseHeader(..) => {
            Outcome::TooLarge
        }
        ureq::Error::Other(why) if why.is::<Inside>() => Outcome::Inside,
        _ => Outcome::Unreachable,
    }
}

fn tls() -> TlsConfig {
    // A machine without the bundle trusts nobody; lists and responders are nearly all without TLS.
    let pem = std::fs::read(Path::new(SYSTEM_AUTHORITIES)).unwrap_or_default();
    let certificate = |item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    };
    let authorities: Vec<Certificate<'static>> = parse_pem(&pem).filter_map(certificate).collect();
    TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(default_provider()))
        .root_certs(RootCerts::new_with_certs(&authorities))
        .build()
}
