//! Secrets come from a file, from standard input or from the terminal without echo; never from
//! the command line, which every process on the machine can read.

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use clap::Args;
use kyso_client::{ClientError, Secret};

use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// Where the one-time password comes from; the terminal when nothing is named.
#[derive(Debug, Default, Args)]
pub(crate) struct OtpSource {
    #[arg(long, value_name = "FILE", conflicts_with = "otp_stdin")]
    pub(crate) otp_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) otp_stdin: bool,
}

/// Where the password comes from; the terminal when nothing is named.
#[derive(Debug, Default, Args)]
pub(crate) struct PasswordSource {
    #[arg(long, value_name = "FILE", conflicts_with = "password_stdin")]
    pub(crate) password_file: Option<PathBuf>,
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

impl OtpSource {
    /// The one-time password if a file or standard input was named.
    pub(crate) fn given(&self) -> Result<Option<Secret>, Failure> {
        given(self.otp_file.as_deref(), self.otp_stdin)
    }

    /// The one-time password, from the terminal if need be.
    pub(crate) fn read(&self, screen: &Screen) -> Result<Secret, Failure> {
        self.given()?
            .map_or_else(|| ask(screen, Message::AskOtp), Ok)
    }

    /// Calls without a one-time password unless one was named, and asks for it only if the
    /// server wants it: a log-in's own counts for a while.
    pub(crate) fn when_wanted<T>(
        &self,
        screen: &Screen,
        call: impl Fn(Option<Secret>) -> Result<T, ClientError>,
    ) -> Result<T, Failure> {
        match call(self.given()?) {
            Err(error) if error.code() == Some("otp_required") => {
                Ok(call(Some(ask(screen, Message::AskOtp)?))?)
            }
            other => Ok(other?),
        }
    }
}

impl PasswordSource {
    /// The password, from the terminal if need be.
    pub(crate) fn read(&self, screen: &Screen, message: Message) -> Result<Secret, Failure> {
        given(self.password_file.as_deref(), self.password_stdin)?
            .map_or_else(|| ask(screen, message), Ok)
    }

    /// A new password: from the terminal it is asked for twice.
    pub(crate) fn read_new(&self, screen: &Screen) -> Result<Secret, Failure> {
        if let Some(given) = given(self.password_file.as_deref(), self.password_stdin)? {
            return Ok(given);
        }
        let first = ask(screen, Message::AskNewPassword)?;
        let second = ask(screen, Message::AskAgain)?;
        if first.expose() != second.expose() {
            return Err(Failure::Local(Message::PasswordsDiffer, vec![]));
        }
        Ok(first)
    }
}

fn given(file: Option<&Path>, stdin: bool) -> Result<Option<Secret>, Failure> {
    match file {
        Some(file) => secret_file(file).map(Some),
        None if stdin => line().map(Some),
        None => Ok(None),
    }
}

/// Reads a secret's file, without the line break that editors add.
pub(crate) fn secret_file(file: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, error))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// One line of standard input: with two secrets from there, the password is the first.
fn line() -> Result<Secret, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().read_line(&mut text);
    match read {
        Ok(length) if length > 0 => Ok(Secret::new(text.trim_end_matches(['\r', '\n']))),
        Ok(_) => Err(Failure::local(Message::NothingToRead, "end of file")),
        Err(error) => Err(Failure::local(Message::NothingToRead, error)),
    }
}

/// Asks on the terminal, without echo.
pub(crate) fn ask(screen: &Screen, message: Message) -> Result<Secret, Failure> {
    rpassword::prompt_password(screen.text::<&str>(message, &[]))
        .map(|text| Secret::new(text.trim()))
        .map_err(|error| Failure::local(Message::NothingToRead, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_without_its_last_line_break() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("otp");
        std::fs::write(&file, " 123456\r\n").unwrap();
        assert_eq!(secret_file(&file).unwrap().expose(), " 123456");
        assert!(secret_file(&directory.path().join("absent")).is_err());
    }
}
