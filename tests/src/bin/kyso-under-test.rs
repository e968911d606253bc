//! `kyso`, where the tests of a running server can start it.

use std::process::ExitCode;

fn main() -> ExitCode {
    kyso::main()
}
