//! A witness of logs, which another authority runs.

use std::path::Path;

use kyso_client::Language;
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_evidence::note::KeyName;
use kyso_witness::{HomeError, Limits, Refused, Server, StateError, Surroundings, Witness, found};
use serde_json::json;

use super::verifier_key;
use crate::args::{ServeArgs, WitnessCommand};
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(screen: &Screen, command: WitnessCommand) -> Result<(), Failure> {
    match command {
        WitnessCommand::Init {
            directory,
            key_name,
        } => init(screen, &directory, key_name),
        WitnessCommand::Serve(args) => serve(screen, &args),
    }
}

/// The verifier key stands alone on standard output, so that it can be sent into a file.
fn init(screen: &Screen, directory: &Path, name: KeyName) -> Result<(), Failure> {
    let key = found(directory, name).map_err(no_home)?.to_string();
    screen.note(Message::WitnessMade, &[&directory.display().to_string()]);
    screen.result(&json!({ "key": key }), Message::WitnessKey, &[&key]);
    Ok(())
}

fn serve(screen: &Screen, args: &ServeArgs) -> Result<(), Failure> {
    let logs = verifier_key::read_all(&args.log_keys)?;
    let witness = Witness::open(&args.directory, logs).map_err(no_home)?;
    let key = witness.key().to_string();
    let failed = |error: std::io::Error| {
        let values = vec![args.listen.to_string(), error.to_string()];
        Failure::Local(Message::CannotListen, values)
    };
    let watch = Watch::of(screen);
    let server = Server::bind(args.listen, witness, watch, Limits::default()).map_err(failed)?;
    let address = server.address().map_err(failed)?.to_string();
    let listens = json!({ "address": address, "key": key });
    screen.result(&listens, Message::WitnessListens, &[&address, &key]);
    match server.run().map_err(failed)? {}
}

fn no_home(error: HomeError) -> Failure {
    let (message, path) = match error {
        HomeError::File(path, error) => return Failure::file(&path, error),
        HomeError::Randomness(error) => return Failure::local(Message::NoRandomness, error),
        HomeError::TwoKeys(name) => {
            return Failure::Usage(Message::LogTwice, vec![name.to_string()]);
        }
        HomeError::InUse(path) => (Message::WitnessInUse, path),
        HomeError::Taken(path) => (Message::WitnessTaken, path),
        HomeError::Exposed(path) => (Message::KeyExposed, path),
        HomeError::Key(path, _) => (Message::NoSecretKey, path),
        HomeError::Forgotten(path) => (Message::StateMissing, path),
        HomeError::State(path, StateError::Foreign(_)) => (Message::StateForeign, path),
        HomeError::State(path, _) => (Message::StateDamaged, path),
    };
    Failure::local(message, path.display())
}

/// Says on standard error what somebody should look into; nothing of the daily round.
struct Watch {
    language: Language,
    json: bool,
}

impl Watch {
    const fn of(screen: &Screen) -> Self {
        Self {
            language: screen.language(),
            json: screen.is_json(),
        }
    }

    /// A screen belongs to one thread, and requests come on several.
    const fn screen(&self) -> Screen {
        Screen::new(self.language, self.json)
    }

    fn inconsistent(&self, checkpoint: &SignedCheckpoint) {
        let (origin, note) = (checkpoint.unverified().origin(), checkpoint.to_string());
        let event = json!({ "event": "inconsistent", "origin": origin, "checkpoint": note });
        self.screen()
            .event(&event, Message::LogInconsistent, &[origin, note.trim_end()]);
    }

    fn broken(&self, event: &str, message: Message) {
        self.screen()
            .event(&json!({ "event": event }), message, &[]);
    }
}

impl Surroundings for Watch {
    /// 0, which no cosignature can have, for a clock before 1970.
    fn now(&self) -> u64 {
        u64::try_from(environment::now().unix_timestamp()).unwrap_or(0)
    }

    fn refused(&self, why: &Refused) {
        match why {
            Refused::Inconsistent(_, checkpoint) => self.inconsistent(checkpoint),
            Refused::Lost => self.broken("state_lost", Message::StateLost),
            Refused::Time(_) => self.broken("clock_wrong", Message::ClockWrong),
            Refused::Checkpoint(_) | Refused::Request(_) | Refused::UnknownLog(_) => {}
        }
    }
}
