//! Shows the server at work; see [`kyso_tests::demo`].

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use kyso_tests::demo::{self, Ports, pages, production};
use kyso_tests::province::options;

/// Shows Kyso at work: a leader signs a file, a document system stamps one, others verify both.
#[derive(Debug, Parser)]
struct Arguments {
    /// Stops after the scenario; ends with 0 only if every step held.
    #[arg(long)]
    once: bool,
    /// Where everything goes, and is found again by the next run.
    #[arg(long, default_value = "var/demo")]
    directory: PathBuf,
    /// Port of the API; 0 lets the system choose.
    #[arg(long, default_value_t = 8443)]
    port: u16,
    /// Serves this address of the machine instead of this machine alone, so that a phone in the same network
    /// reaches it. Whoever else is in that network does too.
    #[arg(long)]
    lan: Option<IpAddr>,
    /// Port of metrics and health; 0 lets the system choose.
    #[arg(long, default_value_t = 9443)]
    internal_port: u16,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Only serves, on ports of the system's choice, until standard input is closed.
    Serve {
        /// Where everything goes.
        #[arg(long)]
        directory: PathBuf,
        /// How many further people sign.
        #[arg(long, default_value_t = 0)]
        signers: usize,
    },
    /// Serves what the test of the pages in a browser needs (tests/pages), until standard input is closed.
    Pages {
        /// Where everything goes; new for each run, since what waits there is decided.
        #[arg(long)]
        directory: PathBuf,
    },
    /// Has a person sign a file on a server that is set up for production.
    Sign {
        /// Where the authority is that certifies keys there, and where the signer goes.
        #[arg(long)]
        directory: PathBuf,
        /// Where the server is.
        #[arg(long)]
        base_url: String,
        /// The CA of its certificate.
        #[arg(long)]
        ca: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let end = match arguments.command {
        Some(Command::Serve { directory, signers }) => demo::serve(&directory, signers),
        Some(Command::Pages { directory }) => pages::serve(&directory),
        Some(Command::Sign {
            directory,
            base_url,
            ca,
        }) => production::sign(&directory, &options(&base_url, &ca)),
        None => {
            let chosen = |port: u16| (port != 0).then_some(port);
            let ports = Ports {
                public: chosen(arguments.port),
                internal: chosen(arguments.internal_port),
            };
            demo::show(&arguments.directory, ports, arguments.lan, arguments.once)
        }
    };
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nkyso-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}
