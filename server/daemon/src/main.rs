//! The signing server's program.

use std::process::ExitCode;

use clap::Parser;
use kysod::command::{Arguments, apart, complain, run};

/// SoftHSM2, SQLite and HTTP ask for hundreds of small pieces a signature; glibc's allocator took some 50 µs more of the
/// processor for them (`ops/MEASURED.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(end) = apart() {
        return end;
    }
    let run = run(Arguments::parse());
    match actix_web::rt::System::new().block_on(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}
