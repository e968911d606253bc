//! `kyso`: sign, stamp, verify, and administer the signing server from a terminal.
//!
//! Exit codes, for scripts: 0 done; 1 refused or failed (a signature, receipt or bundle that is not valid);
//! 2 wrong usage; 3 not signed in, or the session has ended; 4 the server cannot be reached or is
//! busy. With `--json` standard output holds one JSON document, and a failure is one on standard
//! error.

mod args;
mod catalogue;
mod command;
mod environment;
mod failure;
mod help;
mod profile;
mod prompt;
mod screen;
mod usage;

use std::process::ExitCode;

use clap::FromArgMatches as _;
use kyso_client::Language;

use crate::args::Arguments;
use crate::screen::Screen;

/// Does what this process's arguments say, so that the program is one line and tests can carry it
/// in one of their own.
pub fn main() -> ExitCode {
    // Help and mistakes are shown while the line is parsed, so their language is looked for before.
    let language = help::language_of(words()).unwrap_or_else(environment::language);
    let parsed = help::command(language).try_get_matches();
    let arguments = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => arguments,
        Err(error) => return wrong_usage(&error, language),
    };
    let screen = Screen::new(
        arguments.global.language.map_or(language, Into::into),
        arguments.global.json,
    );
    match command::run(&screen, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            screen.failure(&failure);
            failure.exit_code()
        }
    }
}

/// The arguments that are text; clap names one that is not.
fn words() -> impl Iterator<Item = String> {
    std::env::args_os().filter_map(|word| word.into_string().ok())
}

fn wrong_usage(error: &clap::Error, language: Language) -> ExitCode {
    let Some(failure) = usage::failure(error) else {
        error.exit()
    };
    let screen = Screen::new(language, help::is_for_programs(words()));
    screen.failure(&failure);
    usage::hints(error, &screen);
    failure.exit_code()
}
