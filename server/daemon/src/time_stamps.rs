//! One call to a time-stamp authority over HTTP (RFC 3161 §3.4), and the check of its answer.

use std::fmt;
use std::time::Duration;

use kyso_core::{Digest, Timestamp};
use kyso_documents::tsp::{MAX_ANSWER, Refusal, Request, TimeStamp};
use kyso_store::StoredStamp;
use ureq::Agent;

use crate::config::TimeStamps;
use crate::documents;
use crate::webhook::agent;

/// How long a stamp is a server's own, beyond what an answer may take: to write its end.
pub(crate) const MARGIN: Duration = Duration::from_secs(20);

/// Why there is no time stamp yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotStamped {
    /// No connection, no trust in its certificate, or no answer in time.
    #[error("the authority did not answer")]
    Unreachable,
    /// It answered, but not with 200.
    #[error("the authority answered with status {0}")]
    Status(u16),
    /// The answer is not one to the request, or not of a trusted authority.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There are no random numbers, or no time, on this machine.
    #[error("this machine cannot ask now")]
    Here,
}

impl NotStamped {
    /// One word, for entries and metrics.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Status(_) => "status",
            Self::Refused(refusal) => refusal.word(),
            Self::Here => "here",
        }
    }
}

/// Asks authorities for time stamps.
#[derive(Clone)]
pub struct Stamping {
    agent: Agent,
    settings: TimeStamps,
}

impl fmt::Debug for Stamping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stamping")
    }
}

impl Stamping {
    /// One that asks those whom the configuration names.
    pub fn new(settings: &TimeStamps) -> Self {
        Self {
            agent: agent(&settings.connection_authorities, settings.patience()),
            settings: settings.clone(),
        }
    }

    /// How it was told to ask.
    pub(crate) const fn settings(&self) -> &TimeStamps {
        &self.settings
    }

    /// Asks for this stamp once, on a thread of its own, since a server that stops does not wait for it.
    pub(crate) async fn ask(
        &self,
        stamp: &StoredStamp,
        now: Timestamp,
    ) -> Result<TimeStamp, NotStamped> {
        let request = self.request(stamp.imprint)?;
        let query = request.to_der().map_err(|_| NotStamped::Here)?;
        let url = self.settings.authority(stamp.tries).to_owned();
        let answer = self.answer(url, query).await?;
        let at = documents::moment(now).map_err(|_| NotStamped::Here)?;
        Ok(request.check(&answer, &self.settings.roots, at)?)
    }

    fn request(&self, imprint: Digest) -> Result<Request, NotStamped> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce).map_err(|_| NotStamped::Here)?;
        let imprint = documents::digest(imprint).map_err(|_| NotStamped::Here)?;
        let policy = self.settings.policy().map_err(|_| NotStamped::Here)?;
        Ok(Request::new(imprint, u64::from_be_bytes(nonce), policy))
    }

    async fn answer(&self, url: String, query: Vec<u8>) -> Result<Vec<u8>, NotStamped> {
        let (agent, (told, end)) = (self.agent.clone(), tokio::sync::oneshot::channel());
        let thread = std::thread::Builder::new().name("time-stamp".to_owned());
        let spawned = thread.spawn(move || {
            let _ = told.send(post(&agent, &url, &query)); // nobody listens if the server stops
        });
        spawned.map_err(|_| NotStamped::Here)?;
        end.await.unwrap_or(Err(NotStamped::Unreachable))
    }
}

fn post(agent: &Agent, url: &str, query: &[u8]) -> Result<Vec<u8>, NotStamped> {
    let request = agent
        .post(url)
        .header("content-type", "application/timestamp-query")
        .header("accept", "application/timestamp-reply");
    let mut response = request.send(query).map_err(|_| NotStamped::Unreachable)?;
    match response.status().as_u16() {
        200 => {
            let most = u64::try_from(MAX_ANSWER).unwrap_or(u64::MAX);
            let body = response.body_mut().with_config().limit(most);
            body.read_to_vec().map_err(|_| NotStamped::Unreachable)
        }
        status => Err(NotStamped::Status(status)),
    }
}
