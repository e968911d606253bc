//! `kysod`, ended when whoever started it is gone: a test that panics leaves no server behind.

use std::io::Read;
use std::process::ExitCode;

use clap::Parser;
use kysod::command::{Arguments, apart, complain, run};

/// The server's: what verifies a file has limits that count what the allocator takes.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if let Some(end) = apart() {
        return end;
    }
    // Only a server is started with a pipe for standard input; other commands run to their end.
    if std::env::args().any(|argument| argument == "serve") {
        std::thread::spawn(|| {
            let _ = std::io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(3);
        });
    }
    match actix_web::rt::System::new().block_on(run(Arguments::parse())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}
