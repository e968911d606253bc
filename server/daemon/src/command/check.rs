//! `kysod check-config`: opens all that the configuration names, as serving would, and changes nothing.

use anyhow::Context as _;
use kyso_hsm::{HsmError, Token};
use kyso_hsm_config::Profile;

use super::say;
use crate::alarms::Watcher;
use crate::app::{EvaluationCa, pin, profile, store_config};
use crate::config::{Config, Evaluation};
use crate::tls;

/// How far the installation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was bootstrapped: token and evaluation CA may still be to come.
    Before,
    /// The log has begun, so everything must be there.
    Begun,
}

/// Opens everything but the database, which may be away for reasons that no setting has.
///
/// Before the log has begun, what a later step of the installation makes may be absent: the token,
/// which `hsm init` begins, and the evaluation CA, which `bootstrap` makes. That is only said.
pub(super) fn run(config: &Config) -> anyhow::Result<()> {
    let stage = if config.audit.head_file.exists() {
        Stage::Begun
    } else {
        Stage::Before
    };
    tls::server_config(&config.tls)?;
    let profile = profile(&config.hsm.profile)?;
    check_token(&profile, stage)?;
    store_config(config)?;
    config.alarms.as_ref().map(Watcher::new).transpose()?;
    if let Some(evaluation) = &config.evaluation {
        check_evaluation(evaluation, stage)?;
    }
    if profile.software_token {
        say("warning: the token is software, not an HSM");
    }
    say("the configuration is good");
    Ok(())
}

/// One log-in with the PIN: a wrong one costs an attempt, as starting the server would.
fn check_token(profile: &Profile, stage: Stage) -> anyhow::Result<()> {
    match (Token::open(profile, pin(profile)?), stage) {
        (Ok(_), _) => Ok(()),
        (Err(absent @ HsmError::NoToken(_)), Stage::Before) => {
            say(format_args!("note: {absent}: `kysod hsm init` begins it"));
            Ok(())
        }
        (Err(error), _) => Err(error).context("the token that hsm.profile names"),
    }
}

fn check_evaluation(evaluation: &Evaluation, stage: Stage) -> anyhow::Result<()> {
    let path = evaluation.ca_certificate.display();
    if stage == Stage::Before && !evaluation.ca_certificate.exists() {
        say(format_args!(
            "note: {path} is not there yet: `kysod bootstrap` makes it"
        ));
    } else {
        EvaluationCa::load(evaluation)?;
    }
    say(format_args!(
        "warning: certificates of the evaluation CA ({path}) have no legal value"
    ));
    Ok(())
}
