//! What is wrong with a command line, in the user's language.

use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// What is wrong, as a failure of ours; `None` for what stays clap's: help, the version, and
/// mistakes that this command line has no place for.
pub(crate) fn failure(error: &Error) -> Option<Failure> {
    let argument = || list(error, ContextKind::InvalidArg);
    let (message, values) = match error.kind() {
        ErrorKind::MissingRequiredArgument => (Message::MissingArguments, vec![argument()?]),
        ErrorKind::UnknownArgument => (Message::UnknownArgument, vec![argument()?]),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => wrong_value(error, argument()?),
        ErrorKind::ArgumentConflict => conflict(error, argument()?),
        ErrorKind::InvalidSubcommand => {
            let named = list(error, ContextKind::InvalidSubcommand)?;
            (Message::UnknownCommand, vec![named])
        }
        ErrorKind::MissingSubcommand => {
            let after = list(error, ContextKind::InvalidSubcommand)?;
            let known = list(error, ContextKind::ValidSubcommand)?;
            (Message::MissingCommand, vec![after, known])
        }
        _ => return None,
    };
    Some(Failure::Usage(message, values))
}

fn wrong_value(error: &Error, argument: String) -> (Message, Vec<String>) {
    let value = list(error, ContextKind::InvalidValue).unwrap_or_default();
    if value.is_empty() {
        return (Message::MissingValue, vec![argument]);
    }
    match list(error, ContextKind::ValidValue) {
        Some(known) => (Message::WrongChoice, vec![value, argument, known]),
        None => (Message::WrongValue, vec![value, argument]),
    }
}

fn conflict(error: &Error, argument: String) -> (Message, Vec<String>) {
    match list(error, ContextKind::PriorArg) {
        Some(other) if other != argument => (Message::NotTogether, vec![argument, other]),
        _ => (Message::OnlyOnce, vec![argument]),
    }
}

/// Shows, under the failure, what may have been meant and how the command is called.
pub(crate) fn hints(error: &Error, screen: &Screen) {
    let meant = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    for meant in meant.into_iter().filter_map(|kind| list(error, kind)) {
        screen.note(Message::DidYouMean, &[&meant]);
    }
    if let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        let usage = usage.trim_start_matches("Usage:").trim();
        screen.note(Message::CalledSo, &[usage]);
    }
}

/// What clap says of this, several with commas between; `None` if it says nothing.
fn list(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use kyso_client::Language;

    use super::*;
    use crate::help;

    fn refused(line: &str, language: Language) -> Error {
        let words = line.split(' ');
        let parsed = help::command(language).try_get_matches_from(words);
        parsed.expect_err(line)
    }

    #[test]
    fn what_is_wrong_is_said_in_the_users_language() {
        for (line, vi, en) in [
            (
                "kyso sign",
                "Thiếu tham số: --credential <CREDENTIAL>, <FILES>....",
                "Missing arguments: --credential <CREDENTIAL>, <FILES>....",
            ),
            (
                "kyso logout --colour",
                "Không có tham số --colour.",
                "There is no argument --colour.",
            ),
            (
                "kyso logout now",
                "Không có tham số now.",
                "There is no argument now.",
            ),
            (
                "kyso logout --server",
                "Tham số --server <URL> cần một giá trị.",
                "Argument --server <URL> needs a value.",
            ),
            (
                "kyso logout --language fr",
                "Giá trị \"fr\" không hợp lệ cho --language <LANGUAGE>; chọn một trong: vi, en.",
                "Value \"fr\" is not valid for --language <LANGUAGE>; choose one of: vi, en.",
            ),
            (
                "kyso audit list --limit ten",
                "Giá trị \"ten\" không hợp lệ cho --limit <LIMIT>.",
                "Value \"ten\" is not valid for --limit <LIMIT>.",
            ),
            (
                "kyso logout --server a --server b",
                "Tham số --server <URL> chỉ dùng được một lần.",
                "Argument --server <URL> can only be used once.",
            ),
            (
                "kyso sgin",
                "Không có lệnh sgin.",
                "There is no command sgin.",
            ),
            (
                "kyso role remove",
                "Không có lệnh remove.",
                "There is no command remove.",
            ),
            (
                "kyso role --json",
                "Sau kyso role cần một lệnh: list, grant, withdraw.",
                "kyso role needs a command: list, grant, withdraw.",
            ),
        ] {
            for (language, sentence) in [(Language::Vietnamese, vi), (Language::English, en)] {
                let error = refused(line, language);
                let failure = failure(&error).expect(line);
                assert_eq!(failure.sentence(language), sentence, "{line}");
                assert_eq!((failure.code(), error.exit_code()), (2, 2), "{line}");
            }
        }
    }

    #[test]
    fn help_and_version_are_no_failures() {
        for line in ["kyso", "kyso --help", "kyso agency", "kyso --version"] {
            assert!(
                failure(&refused(line, Language::Vietnamese)).is_none(),
                "{line}"
            );
        }
    }
}
