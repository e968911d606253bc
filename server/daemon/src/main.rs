//! The signing server's program.

use std::process::ExitCode;

use clap::Parser;
use kysod::command::{Arguments, run};

/// SoftHSM2, SQLite and HTTP ask for hundreds of small pieces a signature; glibc's allocator took some 50 µs more of the
/// processor for them (`ops/MEASURED.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[actix_web::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "whoever typed the command reads it")]
fn complain(error: &anyhow::Error) {
    eprintln!("kysod: {error:#}");
}
