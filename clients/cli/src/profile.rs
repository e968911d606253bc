//! Profiles (which server, which authorities) and the token of the last log-in.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use kyso_client::{Client, Language, Options, Secret};
use serde::{Deserialize, Serialize};

use crate::args::Global;
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;

/// `config.toml`: one table for each profile.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profiles {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

/// Which server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Base URL.
    server: String,
    /// Trusted authorities of its TLS certificate, PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ca_file: Option<PathBuf>,
}

/// The token of the last log-in. It names its server, so that it is never sent to another.
#[derive(Debug, Serialize, Deserialize)]
struct Session {
    server: String,
    login: String,
    access_token: Secret,
}

/// A profile in use.
#[derive(Debug)]
pub(crate) struct Place {
    name: String,
    profile: Profile,
    config: PathBuf,
    state: PathBuf,
}

impl Place {
    /// The profile that the command line names, its options laid over what is stored.
    pub(crate) fn find(global: &Global) -> Result<Self, Failure> {
        let missing = || Failure::Local(Message::NoHome, vec![]);
        let config = environment::config_directory()
            .ok_or_else(missing)?
            .join("config.toml");
        let state = environment::state_directory().ok_or_else(missing)?;
        Self::find_in(global, config, state)
    }

    fn find_in(global: &Global, config: PathBuf, state: PathBuf) -> Result<Self, Failure> {
        if !global
            .profile
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
        {
            return Err(Failure::Usage(
                Message::ProfileName,
                vec![global.profile.clone()],
            ));
        }
        let stored = read_profiles(&config)?.profile.remove(&global.profile);
        let mut profile = stored.unwrap_or_default();
        if let Some(server) = &global.server {
            server.trim_end_matches('/').clone_into(&mut profile.server);
        }
        if let Some(file) = &global.tls_ca {
            // The profile outlives this working directory.
            let full = fs::canonicalize(file).map_err(|error| Failure::file(file, error))?;
            profile.ca_file = Some(full);
        }
        if profile.server.is_empty() {
            return Err(Failure::Usage(
                Message::NoServer,
                vec![global.profile.clone()],
            ));
        }
        Ok(Self {
            name: global.profile.clone(),
            profile,
            config,
            state,
        })
    }

    /// How to reach the server.
    pub(crate) fn options(&self, language: Language) -> Options {
        let mut options = Options::new(self.profile.server.clone());
        options.ca_file.clone_from(&self.profile.ca_file);
        options.language = language;
        options
    }

    /// A client with the stored token.
    pub(crate) fn client(&self, language: Language) -> Result<Client, Failure> {
        let client = Client::new(&self.options(language))?;
        let bytes = fs::read(self.session_file()).map_err(|_| Failure::NotSignedIn)?;
        let session: Session = serde_json::from_slice(&bytes).map_err(|_| Failure::NotSignedIn)?;
        if session.server != self.profile.server {
            return Err(Failure::NotSignedIn);
        }
        Ok(client.with_token(session.access_token))
    }

    /// Keeps the token and the profile after a log-in.
    pub(crate) fn remember(&self, login: &str, token: &Secret) -> Result<(), Failure> {
        let mut profiles = read_profiles(&self.config)?;
        profiles
            .profile
            .insert(self.name.clone(), self.profile.clone());
        let text =
            toml::to_string(&profiles).map_err(|error| Failure::file(&self.config, error))?;
        write_private(&self.config, text.as_bytes())?;
        let session = Session {
            server: self.profile.server.clone(),
            login: login.to_owned(),
            access_token: token.clone(),
        };
        let bytes = serde_json::to_vec(&session)
            .map_err(|error| Failure::file(&self.session_file(), error))?;
        write_private(&self.session_file(), &bytes)
    }

    /// Forgets the token.
    pub(crate) fn forget(&self) -> Result<(), Failure> {
        let file = self.session_file();
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::file(&file, error))
            }
            _ => Ok(()),
        }
    }

    fn session_file(&self) -> PathBuf {
        self.state.join(format!("{}.json", self.name))
    }
}

fn read_profiles(file: &Path) -> Result<Profiles, Failure> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Profiles::default());
        }
        Err(error) => return Err(Failure::file(file, error)),
    };
    toml::from_str(&text).map_err(|error| Failure::file(file, error.message()))
}

/// Writes a file that only its owner may read (0600), whole or not at all.
fn write_private(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::file(file, error);
    if let Some(directory) = file.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(failed)?;
    }
    let new = file.with_extension(format!("new-{}", uuid::Uuid::now_v7().simple()));
    let mut open = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)
        .map_err(failed)?;
    open.write_all(bytes)
        .and_then(|()| open.sync_all())
        .map_err(failed)?;
    fs::rename(&new, file).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn global(server: Option<&str>) -> Global {
        Global {
            profile: "default".into(),
            server: server.map(str::to_owned),
            tls_ca: None,
            language: None,
            json: false,
        }
    }

    fn place(directory: &Path, server: Option<&str>) -> Result<Place, Failure> {
        let (config, state) = (directory.join("c/config.toml"), directory.join("s"));
        Place::find_in(&global(server), config, state)
    }

    #[test]
    fn a_log_in_is_remembered_privately_and_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let first = place(directory.path(), Some("http://127.0.0.1:1/")).unwrap();
        first.remember("a", &Secret::new("t0k")).unwrap();
        let mode = fs::metadata(first.session_file())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = place(directory.path(), None).unwrap();
        assert!(again.client(Language::English).is_ok());
        again.forget().unwrap();
        again.forget().unwrap();
        assert!(matches!(
            again.client(Language::English),
            Err(Failure::NotSignedIn)
        ));
    }

    #[test]
    fn a_token_is_never_for_another_server() {
        let directory = tempfile::tempdir().unwrap();
        let first = place(directory.path(), Some("http://127.0.0.1:1")).unwrap();
        first.remember("a", &Secret::new("t0k")).unwrap();
        let other = place(directory.path(), Some("http://127.0.0.1:2")).unwrap();
        assert!(matches!(
            other.client(Language::English),
            Err(Failure::NotSignedIn)
        ));
    }

    #[test]
    fn names_and_files_are_checked() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(place(directory.path(), None).unwrap_err().code(), 2);
        let mut sly = global(Some("http://localhost"));
        sly.profile = "../x".into();
        let found = Place::find_in(&sly, directory.path().join("c"), directory.path().join("s"));
        assert_eq!(found.unwrap_err().code(), 2);
        fs::create_dir(directory.path().join("c")).unwrap();
        fs::write(directory.path().join("c/config.toml"), "sever = 1").unwrap();
        assert_eq!(
            place(directory.path(), Some("http://localhost"))
                .unwrap_err()
                .code(),
            1
        );
    }
}
