//! The command line's own texts, from the catalogue.

use clap::{Command, CommandFactory as _, ValueEnum as _};
use kyso_client::Language;

use crate::args::{Arguments, LanguageName};
use crate::catalogue;

/// The command with its help in this language.
pub(crate) fn command(language: Language) -> Command {
    translated(Arguments::command(), "kyso", language)
}

/// The language that `--language` names, if it names one.
pub(crate) fn language_of(line: impl Iterator<Item = String>) -> Option<Language> {
    let words: Vec<String> = line.take_while(|word| word != "--").collect();
    let after = |pair: &[String]| match pair {
        [option, value] if option == "--language" => Some(value.clone()),
        _ => None,
    };
    let joined = |word: &String| word.strip_prefix("--language=").map(str::to_owned);
    let named = words
        .windows(2)
        .find_map(after)
        .or_else(|| words.iter().find_map(joined))?;
    LanguageName::from_str(&named, false).ok().map(Into::into)
}

/// Whether the line asks for JSON, for a line that cannot be parsed.
pub(crate) fn is_for_programs(line: impl Iterator<Item = String>) -> bool {
    line.take_while(|word| word != "--")
        .any(|word| word == "--json")
}

fn translated(mut command: Command, path: &str, language: Language) -> Command {
    if let Some(about) = catalogue::about(path, language) {
        command = command.about(about);
    }
    let arguments: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    for id in arguments {
        if let Some(help) = catalogue::argument(&id, language) {
            command = command.mut_arg(&id, |argument| argument.help(help));
        }
    }
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(&name, |sub| translated(sub, &path, language));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn untold(command: &Command, path: &str, missing: &mut Vec<String>) {
        if catalogue::about(path, Language::English).is_none() {
            missing.push(path.to_owned());
        }
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if catalogue::argument(id, Language::English).is_none() {
                missing.push(format!("{path} --{id}"));
            }
        }
        for sub in command.get_subcommands() {
            untold(sub, &format!("{path} {}", sub.get_name()), missing);
        }
    }

    #[test]
    fn the_language_is_known_before_the_line_is_parsed() {
        let of = |line: &str| language_of(line.split(' ').map(str::to_owned));
        assert_eq!(of("kyso --language en --help"), Some(Language::English));
        assert_eq!(of("kyso sign --language=vi"), Some(Language::Vietnamese));
        assert_eq!(of("kyso sign --language fr"), None);
        assert_eq!(of("kyso sign -- --language en"), None);
    }

    #[test]
    fn the_command_line_is_consistent() {
        command(Language::Vietnamese).debug_assert();
        command(Language::English).debug_assert();
    }

    #[test]
    fn every_command_and_argument_has_its_help() {
        let mut missing = Vec::new();
        untold(&Arguments::command(), "kyso", &mut missing);
        assert!(missing.is_empty(), "{missing:#?}");
    }
}
