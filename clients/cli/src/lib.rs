//! `kyso`: sign, stamp, verify, and administer the signing server from a terminal.
//!
//! Exit codes, for scripts: 0 done; 1 refused or failed (a signature that is not valid, too);
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

use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::args::Arguments;
use crate::screen::Screen;

/// Does what this process's arguments say, so that the program is one line and tests can carry it
/// in one of their own.
pub fn main() -> ExitCode {
    // Help is printed while the line is parsed, so its language is looked for before.
    let language = help::language_of(std::env::args()).unwrap_or_else(environment::language);
    let matches = help::command(language).get_matches();
    let arguments = match Arguments::from_arg_matches(&matches) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    };
    let screen = Screen::new(
        arguments.global.language.map_or(language, Into::into),
        &arguments,
    );
    match command::run(&screen, arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            screen.failure(&failure);
            failure.exit_code()
        }
    }
}
