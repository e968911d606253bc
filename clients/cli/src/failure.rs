//! Why a command did not do what was asked, and the exit code that says so.

use std::fmt;
use std::process::ExitCode;

use kyso_client::{ClientError, Language};
use kyso_documents::pdf::Refusal;

use crate::catalogue::Message;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server or the way to it.
    Client(ClientError),
    /// Something here; the message says what, its arguments where.
    Local(Message, Vec<String>),
    /// The same, where programs should tell failures apart by a word.
    Named(&'static str, Message, Vec<String>),
    /// A PDF that cannot be signed or read, by its path.
    Pdf(String, Refusal),
    /// The command line asks for something that cannot be.
    Usage(Message, Vec<String>),
    /// No token, or one of another server.
    NotSignedIn,
    /// Some of several files failed, each reported already.
    Partial,
}

impl Failure {
    /// A failure of this machine, with one thing to name.
    pub(crate) fn local(message: Message, what: impl fmt::Display) -> Self {
        Self::Local(message, vec![format!("{what}")])
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &std::path::Path, error: impl fmt::Display) -> Self {
        Self::Local(
            Message::FileFailed,
            vec![path.display().to_string(), format!("{error}")],
        )
    }

    /// A PDF that is refused.
    pub(crate) fn pdf(path: &std::path::Path, refusal: Refusal) -> Self {
        Self::Pdf(path.display().to_string(), refusal)
    }

    /// See the crate's documentation.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::NotSignedIn => 3,
            Self::Client(error) if error.is_not_authenticated() => 3,
            Self::Client(error) if error.is_unavailable() => 4,
            Self::Usage(..) | Self::Client(ClientError::Configuration(_)) => 2,
            Self::Client(_) | Self::Local(..) | Self::Named(..) | Self::Pdf(..) | Self::Partial => {
                1
            }
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// The word for programs.
    pub(crate) fn word(&self) -> &str {
        match self {
            Self::Client(ClientError::Configuration(_)) | Self::Usage(..) => "usage",
            Self::Client(ClientError::Unreachable(_)) => "unreachable",
            Self::Client(ClientError::Unreadable(_)) => "unreadable_answer",
            Self::Client(error) => error.code().unwrap_or("unknown"),
            Self::Local(..) => "failed",
            Self::Named(word, ..) => word,
            Self::Pdf(_, refusal) => refusal.code(),
            Self::NotSignedIn => "not_signed_in",
            Self::Partial => "partial",
        }
    }

    /// The sentence for people.
    pub(crate) fn sentence(&self, language: Language) -> String {
        match self {
            Self::Client(error) => client_sentence(error, language),
            Self::Local(message, values)
            | Self::Named(_, message, values)
            | Self::Usage(message, values) => message.with(language, values),
            Self::Pdf(file, refusal) => pdf_sentence(file, *refusal, language),
            Self::NotSignedIn => Message::NotSignedIn.with::<&str>(language, &[]),
            Self::Partial => Message::SomeFailed.with::<&str>(language, &[]),
        }
    }
}

fn pdf_sentence(file: &str, refusal: Refusal, language: Language) -> String {
    let why = language.choose(refusal.vietnamese(), refusal.english());
    Message::PdfRefused.with(language, &[file, why, refusal.code()])
}

fn client_sentence(error: &ClientError, language: Language) -> String {
    match error {
        ClientError::Configuration(why) => Message::WrongConfiguration.with(language, &[why]),
        ClientError::Unreachable(why) => Message::Unreachable.with(language, &[why]),
        ClientError::Unreadable(why) => Message::Unreadable.with(language, &[why]),
        ClientError::Refused {
            code,
            message,
            request_id,
            retry_after,
            ..
        } => {
            let mut text = Message::Refused.with(language, &[message, code]);
            if let Some(wait) = retry_after {
                let wait = wait.as_secs().to_string();
                text = format!("{text} {}", Message::RetryAfter.with(language, &[wait]));
            }
            match request_id {
                Some(id) => format!("{text} {}", Message::RequestId.with(language, &[id])),
                None => text,
            }
        }
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16) -> Failure {
        Failure::Client(ClientError::Refused {
            status,
            code: "c".into(),
            message: "m".into(),
            request_id: Some("r-1".into()),
            retry_after: Some(std::time::Duration::from_secs(3)),
        })
    }

    #[test]
    fn exit_codes_are_those_documented() {
        for (failure, code) in [
            (refused(400), 1),
            (refused(403), 1),
            (refused(500), 1),
            (refused(401), 3),
            (refused(429), 4),
            (refused(503), 4),
            (Failure::Client(ClientError::Unreachable("x".into())), 4),
            (Failure::Client(ClientError::Unreadable("x".into())), 1),
            (Failure::Client(ClientError::Configuration("x".into())), 2),
            (Failure::Usage(Message::TooManyFiles, vec![]), 2),
            (Failure::NotSignedIn, 3),
            (Failure::Named("x", Message::NotAReceipt, vec![]), 1),
            (Failure::Partial, 1),
            (Failure::pdf("a.pdf".as_ref(), Refusal::Encrypted), 1),
        ] {
            assert_eq!(failure.code(), code, "{failure:?}");
        }
    }

    #[test]
    fn a_refusal_names_request_and_wait() {
        let text = refused(503).sentence(Language::English);
        assert!(text.contains("r-1") && text.contains('3'), "{text}");
    }
}
