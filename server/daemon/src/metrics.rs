//! Metrics for Prometheus, each declared once; the doc comment is the help text. No label names a
//! person, an agency, a client or a key.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use kyso_core::{KeyAlgorithm, SignError};
use kyso_hsm::{HsmObserver, Operation, TokenStatus};
use kyso_store::Reading;
use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts,
    Registry, TextEncoder,
};

/// Seconds of calls: from a fast ECDSA signature to a call past its limit.
const BUCKETS: &[f64] = &[
    0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0,
];

trait Declared: Sized + prometheus::core::Collector + Clone + 'static {
    fn declare(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self>;
}

impl Declared for IntCounter {
    fn declare(name: &str, help: &str, _: &[&str]) -> prometheus::Result<Self> {
        Self::new(name, help)
    }
}

impl Declared for IntGauge {
    fn declare(name: &str, help: &str, _: &[&str]) -> prometheus::Result<Self> {
        Self::new(name, help)
    }
}

impl Declared for IntCounterVec {
    fn declare(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self> {
        Self::new(Opts::new(name, help), labels)
    }
}

impl Declared for Histogram {
    fn declare(name: &str, help: &str, _: &[&str]) -> prometheus::Result<Self> {
        Self::with_opts(HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()))
    }
}

impl Declared for HistogramVec {
    fn declare(name: &str, help: &str, labels: &[&str]) -> prometheus::Result<Self> {
        Self::new(
            HistogramOpts::new(name, help).buckets(BUCKETS.to_vec()),
            labels,
        )
    }
}

macro_rules! metrics {
    ($(#[doc = $help:literal] $field:ident: $kind:ty = $name:literal $([$($label:literal),+])?;)+) => {
        /// Every metric of the server.
        pub struct Metrics {
            registry: Registry,
            $(#[doc = $help] pub $field: $kind,)+
        }

        impl Metrics {
            /// Declares them all.
            ///
            /// # Errors
            /// If two have the same name.
            pub fn new() -> prometheus::Result<Self> {
                let registry = Registry::new();
                $(
                    let $field = <$kind as Declared>::declare($name, $help.trim(), &[$($($label),+)?])?;
                    registry.register(Box::new($field.clone()))?;
                )+
                Ok(Self { registry, $($field,)+ })
            }
        }
    };
}

metrics! {
    /// Calls to sign, by outcome.
    sign_calls: IntCounterVec = "kyso_sign_calls_total" ["outcome"];
    /// Signatures that left the server.
    signatures: IntCounter = "kyso_signatures_total";
    /// Seconds of a call to sign, from authorization to the durable outcome.
    sign_seconds: Histogram = "kyso_sign_seconds";
    /// Seconds of calls to the token, by operation.
    hsm_seconds: HistogramVec = "kyso_hsm_call_seconds" ["operation"];
    /// Calls to the token that gave no result, by operation.
    hsm_failures: IntCounterVec = "kyso_hsm_call_failures_total" ["operation"];
    /// Signatures that did not verify and were withheld.
    hsm_withheld: IntCounter = "kyso_hsm_withheld_total";
    /// Lanes replaced because a call ran past its limit.
    hsm_lanes_replaced: IntCounter = "kyso_hsm_lanes_replaced_total";
    /// Times the token went away.
    hsm_away: IntCounter = "kyso_hsm_away_total";
    /// Times the token came back and refused the PIN, which is not tried again.
    hsm_pin_refused: IntCounter = "kyso_hsm_pin_refused_total";
    /// Times the token came back.
    hsm_reopened: IntCounter = "kyso_hsm_reopened_total";
    /// Whether the token can sign now: 1 or 0.
    hsm_ready: IntGauge = "kyso_hsm_ready";
    /// Whether the token is software, and so no HSM: 1 or 0.
    hsm_software: IntGauge = "kyso_hsm_software_token";
    /// Signatures of people that wait or run.
    queue_people: IntGauge = "kyso_queue_people";
    /// Stamps of systems that wait or run.
    queue_stamps: IntGauge = "kyso_queue_stamps";
    /// Checkpoints that this server had signed: of several servers one does.
    checkpoints_signed: IntCounter = "kyso_checkpoints_signed_total";
    /// Entries that the newest checkpoint covers.
    checkpoint_size: IntGauge = "kyso_checkpoint_size";
    /// Witnesses that cosigned the newest checkpoint.
    checkpoint_witnesses: IntGauge = "kyso_checkpoint_witnesses";
    /// Credentials whose key failed attestation.
    keys_failed: IntCounter = "kyso_keys_attestation_failed_total";
    /// Credentials whose key passed attestation.
    keys_attested: IntCounter = "kyso_keys_attested_total";
    /// Transactions of the journal.
    journal_commits: IntGauge = "kyso_journal_commits";
    /// Entries in those transactions.
    journal_entries: IntGauge = "kyso_journal_entries";
    /// Jobs in those transactions; with the commits, the mean batch size.
    journal_jobs: IntGauge = "kyso_journal_jobs";
    /// Batches that failed and were replayed one by one.
    journal_failed_batches: IntGauge = "kyso_journal_failed_batches";
    /// Microseconds spent in COMMIT since the start.
    journal_commit_micros: IntGauge = "kyso_journal_commit_micros";
    /// Jobs in the last batch.
    journal_last_batch: IntGauge = "kyso_journal_last_batch";
    /// Jobs that wait for the journal.
    journal_waiting: IntGauge = "kyso_journal_waiting";
    /// Rows found tampered with.
    journal_alarms: IntGauge = "kyso_journal_alarms";
    /// Entries in the audit log.
    journal_size: IntGauge = "kyso_journal_size";
    /// Entries that the head file vouches for.
    journal_head: IntGauge = "kyso_journal_head_size";
    /// Whether the journal can write: 1 or 0.
    journal_writable: IntGauge = "kyso_journal_writable";
    /// Attempts that were told to wait.
    back_offs: IntCounter = "kyso_back_offs_total";
    /// Microseconds by which the database's clock is ahead of ours.
    clock_offset: IntGauge = "kyso_clock_offset_micros";
    /// Tries to tell a system of the end of its request, by outcome.
    callbacks: IntCounterVec = "kyso_callbacks_total" ["outcome"];
    /// Questions to authorities whether a certificate was revoked, by outcome.
    revocation_questions: IntCounterVec = "kyso_revocation_questions_total" ["outcome"];
    /// Tries to tell the officers' system of an alarm or a dispute, by outcome.
    alarm_calls: IntCounterVec = "kyso_alarm_calls_total" ["outcome"];
    /// Tries to get a time stamp, by outcome.
    time_stamp_tries: IntCounterVec = "kyso_time_stamp_tries_total" ["outcome"];
    /// Signatures that wait for their time stamp.
    time_stamps_pending: IntGauge = "kyso_time_stamps_pending";
    /// Seconds that the time stamp which waits for longest has waited.
    time_stamps_oldest: IntGauge = "kyso_time_stamps_oldest_seconds";
    /// Requests over HTTPS, by class of status.
    requests: IntCounterVec = "kyso_http_requests_total" ["status"];
    /// Seconds of requests over HTTPS.
    request_seconds: Histogram = "kyso_http_request_seconds";
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

impl Metrics {
    /// One request has been answered.
    pub fn request(&self, status: u16, took: Duration) {
        let class = match status {
            ..300 => "2xx",
            300..400 => "3xx",
            400..500 => "4xx",
            500.. => "5xx",
        };
        self.requests.with_label_values(&[class]).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// One call to sign has ended; `signatures` left the server.
    pub fn signed(&self, end: Result<usize, &SignError>, took: Duration) {
        let outcome = match end {
            Ok(signatures) => {
                self.signatures
                    .inc_by(u64::try_from(signatures).unwrap_or_default());
                "signed"
            }
            Err(SignError::Busy(_)) => "busy",
            Err(SignError::Failed) => "failed",
            Err(SignError::Interrupted) => "interrupted",
            Err(SignError::Journal(_)) => "journal",
            Err(SignError::Refused(_)) => "refused",
            Err(SignError::Running) => "running",
            Err(SignError::Uncertain(_)) => "uncertain",
            Err(_) => "other",
        };
        self.sign_calls.with_label_values(&[outcome]).inc();
        self.sign_seconds.observe(took.as_secs_f64());
    }

    /// Takes over what the token says of itself.
    pub fn set_token(&self, status: &TokenStatus) {
        self.hsm_ready.set(i64::from(status.is_ready()));
        self.hsm_software.set(i64::from(status.is_software));
        self.queue_people.set(i64::from(status.people));
        self.queue_stamps.set(i64::from(status.stamps));
    }

    /// Takes over what the journal says of itself.
    pub fn set_journal(&self, reading: &Reading) {
        let set =
            |gauge: &IntGauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.journal_commits, reading.commits);
        set(&self.journal_entries, reading.entries);
        set(&self.journal_jobs, reading.jobs);
        set(&self.journal_failed_batches, reading.failed_batches);
        set(&self.journal_commit_micros, reading.commit_micros);
        set(&self.journal_last_batch, reading.last_batch);
        set(&self.journal_waiting, reading.waiting);
        set(&self.journal_alarms, reading.alarms);
        set(&self.journal_size, reading.size);
        set(&self.journal_head, reading.head_size);
        self.journal_writable.set(i64::from(reading.writable));
    }

    /// All of them in Prometheus' text format.
    ///
    /// # Errors
    /// If one cannot be written as text.
    pub fn text(&self) -> prometheus::Result<Vec<u8>> {
        let mut text = Vec::with_capacity(16 * 1024);
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// Hears of the token's calls.
#[derive(Debug)]
pub struct TokenMetrics(pub Arc<Metrics>);

impl HsmObserver for TokenMetrics {
    fn call(&self, operation: Operation, took: Duration, succeeded: bool) {
        let name = [operation.name()];
        self.0
            .hsm_seconds
            .with_label_values(&name)
            .observe(took.as_secs_f64());
        if !succeeded {
            self.0.hsm_failures.with_label_values(&name).inc();
        }
    }

    fn withheld(&self, algorithm: KeyAlgorithm) {
        tracing::error!(
            algorithm = algorithm.name(),
            "a signature did not verify; it is withheld"
        );
        self.0.hsm_withheld.inc();
    }

    fn pin_refused(&self) {
        tracing::error!("the token refuses the PIN; nothing is signed before a restart");
        self.0.hsm_pin_refused.inc();
    }

    fn lane_replaced(&self) {
        tracing::warn!("a call to the token ran past its limit; its lane is replaced");
        self.0.hsm_lanes_replaced.inc();
    }

    fn away(&self) {
        tracing::warn!("the token went away");
        self.0.hsm_away.inc();
    }

    fn reopened(&self) {
        tracing::info!("the token is back");
        self.0.hsm_reopened.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_declared_once_and_counts() {
        let metrics = Metrics::new().unwrap();
        metrics.request(404, Duration::from_millis(2));
        metrics.signed(Ok(3), Duration::from_millis(2));
        metrics.signed(Err(&SignError::Failed), Duration::from_millis(2));
        let text = String::from_utf8(metrics.text().unwrap()).unwrap();
        for line in [
            r#"kyso_http_requests_total{status="4xx"} 1"#,
            r#"kyso_sign_calls_total{outcome="failed"} 1"#,
            r#"kyso_sign_calls_total{outcome="signed"} 1"#,
            "kyso_signatures_total 3",
            "# HELP kyso_signatures_total Signatures that left the server.",
        ] {
            assert!(text.contains(line), "{line} not in {text}");
        }
    }
}
