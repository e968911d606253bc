//! `kysod hsm …`: the token, with no server in the way.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use kyso_core::KeyAlgorithm;
use kyso_hsm::{HsmError, Token, allowed_algorithms, bench, init_token};
use kyso_hsm_config::{PinSource, Profile};

use super::say;
use crate::app::{pin, profile};
use crate::config::{Config, credentials_directory};

/// How long a token that went away is given to come back.
const AGAIN: Duration = Duration::from_secs(2);

/// Name of the systemd credential that holds the security officer's PIN.
const SO_PIN: &str = "hsm.so-pin";

/// What to do with the token.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Begin the token if it is not there, and make the key that seals if there is none.
    ///
    /// Beginning a token needs the security officer's PIN (SO PIN) once: in the systemd
    /// credential `hsm.so-pin`, or in a file.
    Init {
        /// A file with mode 0600 that holds the SO PIN.
        #[arg(long, value_name = "FILE")]
        so_pin_file: Option<PathBuf>,
    },
    /// Say how the token fares.
    Status,
    /// List its private and secret keys.
    List,
    /// Measure raw signatures a second, with keys that end with the session, and what checking one takes.
    Bench {
        /// Kinds of key; all of the profile's if absent.
        #[arg(long, value_name = "NAME")]
        algorithm: Vec<String>,
        /// Numbers of lanes.
        #[arg(long, value_name = "N", default_values_t = [1, 2, 4])]
        lanes: Vec<u16>,
        /// Seconds for each.
        #[arg(long, default_value_t = 5)]
        seconds: u16,
    },
}

pub(super) async fn run(config: &Config, command: Command) -> anyhow::Result<()> {
    let profile = profile(&config.hsm.profile)?;
    match command {
        Command::Init { so_pin_file } => init(&profile, so_pin_file.as_deref()).await,
        Command::Status => {
            say(open(&profile)?.status());
            Ok(())
        }
        Command::List => list(&profile).await,
        Command::Bench {
            algorithm,
            lanes,
            seconds,
        } => measure(
            &profile,
            &algorithm,
            &lanes,
            Duration::from_secs(u64::from(seconds)),
        ),
    }
}

fn open(profile: &Profile) -> anyhow::Result<Token> {
    Ok(Token::open(profile, pin(profile)?)?)
}

async fn init(profile: &Profile, so_pin_file: Option<&Path>) -> anyhow::Result<()> {
    let token = match open(profile) {
        Ok(token) => token,
        Err(error) if matches!(error.downcast_ref(), Some(HsmError::NoToken(_))) => {
            begin(profile, so_pin_file)?;
            say("the token was begun");
            open(profile)?
        }
        Err(error) => return Err(error),
    };
    let key = match token.ensure_sealing_key().await {
        // A token that was opened a moment ago may answer once neither yes nor no, and be there again at once. The key
        // is looked for before one is made, so asking again makes no second one.
        Err(HsmError::Away) => {
            actix_web::rt::time::sleep(AGAIN).await;
            token.ensure_sealing_key().await
        }
        end => end,
    };
    say(format_args!("the sealing key is {}", hex::encode(key?)));
    Ok(())
}

fn begin(profile: &Profile, so_pin_file: Option<&Path>) -> anyhow::Result<()> {
    let source = match so_pin_file {
        Some(path) => PinSource::File(path.to_owned()),
        None => PinSource::Credential(SO_PIN.to_owned()),
    };
    let so_pin = source
        .load(credentials_directory().as_deref())
        .context("the SO PIN")?;
    init_token(profile, &so_pin, &pin(profile)?).context("the token was not begun")
}

async fn list(profile: &Profile) -> anyhow::Result<()> {
    let token = open(profile)?;
    for key in token.list().await? {
        say(format_args!("{}  {:<4} {}", key.id, key.kind, key.label));
    }
    Ok(())
}

fn measure(
    profile: &Profile,
    names: &[String],
    lanes: &[u16],
    window: Duration,
) -> anyhow::Result<()> {
    let algorithms = chosen(profile, names)?;
    for row in bench(profile, &pin(profile)?, &algorithms, lanes, window)? {
        say(row);
    }
    Ok(())
}

/// The kinds of key with these names, or all that the profile allows.
fn chosen(profile: &Profile, names: &[String]) -> anyhow::Result<Vec<KeyAlgorithm>> {
    let allowed = allowed_algorithms(&profile.mechanisms);
    if names.is_empty() {
        return Ok(allowed);
    }
    let allowed_one = |name: &String| {
        let found = KeyAlgorithm::from_name(name);
        let found = found.with_context(|| format!("no such kind of key: {name}"))?;
        anyhow::ensure!(
            allowed.contains(&found),
            "the HSM profile does not allow {name}"
        );
        Ok(found)
    };
    names.iter().map(allowed_one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(algorithms: &str) -> Profile {
        let text = format!(
            "module = '/m.so'\ntoken.label = 'kyso'\npin.file = '/pin'\n\
             mechanisms.algorithms = [{algorithms}]\n"
        );
        Profile::parse(&text).unwrap()
    }

    #[test]
    fn without_a_name_all_of_the_profiles_kinds_are_measured_and_no_other() {
        let few = profile("'p-256', 'rsa-2048'");
        let chosen = chosen(&few, &[]).unwrap();
        assert_eq!(chosen, [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256]);
    }

    #[test]
    fn a_kind_that_is_unknown_or_not_the_profiles_is_told_by_name() {
        let few = profile("'p-256'");
        let told = |name: &str| {
            let error = chosen(&few, &[name.to_owned()]).unwrap_err();
            error.to_string()
        };
        assert_eq!(told("rsa-2048"), "the HSM profile does not allow rsa-2048");
        assert_eq!(told("rsa-1024"), "no such kind of key: rsa-1024");
        assert_eq!(chosen(&few, &["p-256".to_owned()]).unwrap().len(), 1);
    }
}
