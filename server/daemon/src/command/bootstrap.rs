//! `kysod bootstrap`: entry 0, the first agency, two managers and an officer.
//!
//! It prints one-time codes and never a password: each of the three enrols alone, so that nobody
//! ever held two people's factors.

use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::journal::CommitError;
use kyso_core::model::{Agency, AgencyCode, CodeFormat, Dated, Person};
use kyso_core::{Refusal, Timestamp};
use kyso_core::{SystemClock, instant::Clock};
use kyso_store::{Bootstrap, Founder};
use secrecy::{ExposeSecret, SecretString};
use unicode_normalization::UnicodeNormalization;

use super::say;
use crate::app::{Begin, EvaluationCa, Opened, open};
use crate::auth::enrolment::new_code;
use crate::auth::log_in::canonical_login;
use crate::config::{Config, Environment};

/// Who begins.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Name of the agency at the top.
    #[arg(long, default_value = "Ủy ban nhân dân tỉnh")]
    agency: String,
    /// Its identifier code (mã định danh), as in H27 or 000.00.00.H27.
    #[arg(long, default_value = "H27")]
    code: String,
    /// Log-in and name of the first subscriber manager.
    #[arg(
        long,
        value_name = "LOGIN=NAME",
        default_value = "quan-ly-1=Người quản lý thuê bao 1"
    )]
    manager1: String,
    /// Log-in and name of the second subscriber manager.
    #[arg(
        long,
        value_name = "LOGIN=NAME",
        default_value = "quan-ly-2=Người quản lý thuê bao 2"
    )]
    manager2: String,
    /// Log-in and name of the security officer.
    #[arg(
        long,
        value_name = "LOGIN=NAME",
        default_value = "an-ninh=Cán bộ an ninh"
    )]
    officer: String,
}

pub(super) async fn run(config: &Config, options: &Options) -> anyhow::Result<()> {
    let now = SystemClock.now();
    let agency = agency(options, now)?;
    let founders = [
        ("subscriber manager", founder(&options.manager1, agency.id)?),
        ("subscriber manager", founder(&options.manager2, agency.id)?),
        ("security officer", founder(&options.officer, agency.id)?),
    ];
    let life = Duration::from_secs(u64::from(config.tokens.enrolment_code_minutes) * 60);
    let [(_, one), (_, two), (_, officer)] = &founders;
    let first = Bootstrap {
        environment: config.environment.name(),
        managers: [one.founder.clone(), two.founder.clone()],
        officer: officer.founder.clone(),
        codes_expire_at: now.after(life),
        agency,
    };
    let opened = open(config, Begin::Anew).await?;
    let begun = begin(config, &opened, first, now).await;
    opened.close().await?;
    begun?;
    announce(&founders, now.after(life));
    Ok(())
}

async fn begin(
    config: &Config,
    opened: &Opened,
    first: Bootstrap,
    now: Timestamp,
) -> anyhow::Result<()> {
    match opened.store.journal().bootstrap(first).await {
        Ok(()) => {}
        Err(CommitError::Refused(Refusal::Conflict)) => {
            anyhow::bail!("the log is not empty: bootstrap begins one and changes none")
        }
        Err(error) => return Err(error.into()),
    }
    if let (Environment::Evaluation, Some(evaluation)) = (config.environment, &config.evaluation) {
        EvaluationCa::make(&opened.token, evaluation, now).await?;
        say("the evaluation CA was made; its certificates have NO LEGAL VALUE");
    }
    Ok(())
}

fn agency(options: &Options, now: Timestamp) -> anyhow::Result<Agency> {
    let code = [CodeFormat::Modern, CodeFormat::Legacy]
        .into_iter()
        .find_map(|format| Some((format, format.canonical(&options.code).ok()?)));
    let (format, code) = code.context("--code is not an agency code")?;
    Ok(Agency {
        id: AgencyId::random(),
        parent: Dated::new(None),
        name: Dated::new(options.agency.nfc().collect()),
        kind: "state".to_owned(),
        level: "province".to_owned(),
        valid_from: now,
        valid_until: None,
        codes: vec![AgencyCode {
            format,
            code,
            valid_from: now,
            valid_until: None,
        }],
    })
}

struct Named {
    founder: Founder,
    code: SecretString,
}

fn founder(text: &str, agency: AgencyId) -> anyhow::Result<Named> {
    let (login, name) = text.split_once('=').context("expected LOGIN=NAME")?;
    let login = canonical_login(login);
    let fits = login
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b));
    anyhow::ensure!(
        fits && !login.is_empty(),
        "a log-in has letters, digits and - _ . @ only"
    );
    let (code, hash) = new_code()?;
    let person = Person {
        id: PersonId::random(),
        login,
        name: name.trim().nfc().collect(),
        agency,
        position: String::new(),
        email: String::new(),
        position_required: false,
        ended_at: None,
    };
    Ok(Named {
        founder: Founder { person, code: hash },
        code,
    })
}

fn announce(founders: &[(&str, Named)], until: Timestamp) {
    say(format_args!(
        "The log is begun. Until {until} each of the three enrols with theirs:"
    ));
    for (role, named) in founders {
        let login = &named.founder.person.login;
        say(format_args!(
            "{role} {login}: code {}",
            named.code.expose_secret()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn founders_are_named_and_coded() {
        let agency = AgencyId::random();
        let named = founder(" Quan-Ly-1 = Trần Thị Bình", agency).unwrap();
        assert_eq!(named.founder.person.login, "quan-ly-1");
        assert_eq!(named.founder.person.name, "Trần Thị Bình");
        let hash = crate::auth::enrolment::code_hash(named.code.expose_secret());
        assert_eq!(named.founder.code, hash);
        for bad in ["quan-ly", "=x", "a b=x", "a:b=x"] {
            assert!(founder(bad, agency).is_err(), "{bad}");
        }
    }
}
