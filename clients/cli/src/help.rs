//! The command line's own texts, from the catalogue.

use clap::{Arg, ArgAction, Command, CommandFactory as _, ValueEnum as _};
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

fn translated(command: Command, path: &str, language: Language) -> Command {
    let mut command = with_own_flags(command);
    if let Some(about) = catalogue::about(path, language) {
        command = command.about(about);
    }
    command = with_own_headings(command, language);
    let arguments: Vec<String> = command
        .get_arguments()
        .map(|argument| argument.get_id().to_string())
        .collect();
    for id in arguments {
        command = command.mut_arg(&id, |argument| explained(argument, language));
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

/// `--help` and `--version` as arguments like any other: clap adds its own too late to be explained
/// in another language.
fn with_own_flags(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help");
    let version = Arg::new("version").short('V').long("version");
    let has_version = command.get_version().is_some();
    let command = command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .arg(help.action(ArgAction::Help));
    if has_version {
        command.arg(version.action(ArgAction::Version))
    } else {
        command
    }
}

/// What clap writes between the texts, which it knows in English only.
fn with_own_headings(command: Command, language: Language) -> Command {
    let words = |name| catalogue::help(name, language);
    let style = *command.get_styles().get_usage();
    let usage = words("usage");
    command
        .help_template(format!(
            "{{about-with-newline}}\n{style}{usage}:{style:#} {{usage}}\n\n{{all-args}}"
        ))
        .subcommand_help_heading(words("commands"))
        .subcommand_value_name(words("command"))
}

/// The argument with its help, its default and its choices in this language.
fn explained(argument: Arg, language: Language) -> Arg {
    let words = |name| catalogue::help(name, language);
    let meaning = catalogue::argument(argument.get_id().as_str(), language);
    let mut help = vec![meaning.unwrap_or_default().to_owned()];
    let shown = |values: Vec<String>| values.join(", ");
    let default = argument.get_default_values().iter();
    let default = default.map(|value| value.to_string_lossy().into_owned());
    let takes_values = argument.get_action().takes_values();
    // A flag is there or not: clap counts that as a choice of two words.
    let choices = argument.get_possible_values();
    let choices = choices
        .iter()
        .filter(|_| takes_values)
        .map(|value| value.get_name().to_owned());
    for (name, values) in [
        ("default", shown(default.collect())),
        ("choices", shown(choices.collect())),
    ] {
        if !values.is_empty() {
            help.push(format!("[{}: {values}]", words(name)));
        }
    }
    let heading = if argument.is_positional() {
        words("arguments")
    } else {
        words("options")
    };
    argument
        .help(help.join(" "))
        .help_heading(heading)
        .hide_default_value(takes_values)
        .hide_possible_values(takes_values)
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

    /// Every help text there is.
    fn helps(command: &mut Command, shown: &mut Vec<String>) {
        shown.push(command.render_long_help().to_string());
        for sub in command.get_subcommands_mut() {
            helps(sub, shown);
        }
    }

    #[test]
    fn help_has_no_heading_of_another_language() {
        let english = ["Usage:", "Options:", "Print help", "[default:"];
        let vietnamese = ["Cách dùng:", "Tùy chọn:", "Xem trợ giúp", "[mặc định:"];
        for (language, own, others) in [
            (Language::Vietnamese, vietnamese, english),
            (Language::English, english, vietnamese),
        ] {
            let (mut all, mut shown) = (command(language), Vec::new());
            all.build();
            helps(&mut all, &mut shown);
            assert!(shown.len() > 50, "{}", shown.len());
            for text in shown {
                assert!(own.iter().all(|words| text.contains(words)), "{text}");
                assert!(!others.iter().any(|words| text.contains(words)), "{text}");
                assert!(!text.contains("true, false"), "a flag is no choice: {text}");
            }
        }
    }

    #[test]
    fn help_names_commands_arguments_and_choices_in_the_language() {
        let of = |line: &str, language| {
            let shown = command(language).try_get_matches_from(line.split(' '));
            shown.unwrap_err().to_string()
        };
        for (line, vi, en) in [
            (
                "kyso --help",
                &["\nLệnh:\n", "<LỆNH>", "[chọn: vi, en]", "Xem phiên bản"][..],
                &[
                    "\nCommands:\n",
                    "<COMMAND>",
                    "[choose: vi, en]",
                    "Print version",
                ][..],
            ),
            ("kyso sign -h", &["\nTham số:\n"], &["\nArguments:\n"]),
            ("kyso role", &["\nLệnh:\n"], &["\nCommands:\n"]),
        ] {
            for (language, words) in [(Language::Vietnamese, vi), (Language::English, en)] {
                let text = of(line, language);
                for words in words {
                    assert!(text.contains(words), "{line} {words}: {text}");
                }
            }
        }
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
