//! What each command does.

mod account;
mod agency;
mod audit;
mod bundle;
mod change;
mod client;
mod credential;
mod look;
mod number;
mod online;
mod oversight;
mod pdf;
mod person;
mod picture;
mod receipt;
mod result;
mod seal;
mod session;
mod sign;
mod signature;
mod stamp;
mod target;
mod time_stamp;
mod trusted;
mod uses;
mod verified;
mod verifier_key;
mod verify;
mod witness;

use std::io::Read as _;

use kyso_api::management::{Change, ImportReply};
use kyso_client::ClientError;

use crate::args::{
    Arguments, AuditCommand, Command, Global, ImportArgs, ReceiptCommand, ReportCommand,
};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::profile::Place;
use crate::screen::Screen;

/// Does what the command line says.
pub(crate) fn run(screen: &Screen, arguments: Arguments) -> Result<(), Failure> {
    let global = arguments.global;
    match arguments.command {
        Command::Login(login) => account::log_in(screen, &global, &login),
        Command::Logout => account::log_out(screen, &global),
        Command::Password(change) => account::password(screen, &global, &change),
        Command::Enrol(enrolment) => account::enrol(screen, &global, &enrolment),
        Command::Stamp(stamp) => stamp::stamp(screen, &global, &stamp),
        Command::Seal(args) => seal::seal(screen, &global, &args),
        Command::Appendix(args) => seal::appendix(screen, &global, &args),
        Command::Copy(args) => seal::copy(screen, &global, &args),
        Command::Number(args) => number::number(screen, &args),
        Command::Verify(what) => verify::verify(screen, &what),
        Command::Receipt(ReceiptCommand::Verify(args)) => receipt::verify(screen, &args),
        Command::Audit(AuditCommand::Verify(args)) => bundle::verify(screen, &args),
        Command::Audit(AuditCommand::Extract(args)) => bundle::extract(screen, &args),
        Command::Witness(command) => witness::run(screen, command),
        signed_in => as_person(screen, &global, signed_in),
    }
}

/// Commands that need a log-in.
fn as_person(screen: &Screen, global: &Global, command: Command) -> Result<(), Failure> {
    let client = &Place::find(global)?.client(screen.language())?;
    match command {
        Command::Whoami => account::whoami(screen, client),
        Command::Sign(sign) => sign::sign(screen, client, &sign),
        Command::TimeStamp(args) => time_stamp::time_stamp(screen, client, &args),
        Command::Signatures(args) => uses::list(screen, client, &args),
        Command::Dispute(args) => uses::dispute(screen, client, args),
        Command::Receipt(ReceiptCommand::Fetch(args)) => uses::receipt(screen, client, &args),
        Command::Credentials => credential::list(screen, client),
        Command::Credential(command) => credential::run(screen, client, command),
        Command::Agency(command) => agency::run(screen, client, command),
        Command::Person(command) => person::run(screen, client, command),
        Command::Role(command) => person::role(screen, client, command),
        Command::Client(command) => client::run(screen, client, command),
        Command::Authority(command) => person::authority(screen, client, command),
        Command::Picture(command) => picture::run(screen, client, command),
        Command::Change(command) => change::run(screen, client, command),
        Command::Session(command) => session::run(screen, client, command),
        Command::Report(ReportCommand::Coverage(args)) => agency::coverage(screen, client, &args),
        Command::Audit(AuditCommand::List(filter)) => audit::list(screen, client, filter),
        Command::Audit(AuditCommand::Export(args)) => audit::export(screen, client, &args),
        Command::Audit(AuditCommand::KeyUse(args)) => oversight::key_use(screen, client, args),
        Command::Audit(AuditCommand::Views(span)) => oversight::views(screen, client, span),
        Command::Audit(AuditCommand::View(args)) => oversight::view(screen, client, *args),
        // Handled before the log-in is looked for.
        Command::Login(_)
        | Command::Logout
        | Command::Password(_)
        | Command::Enrol(_)
        | Command::Stamp(_)
        | Command::Seal(_)
        | Command::Appendix(_)
        | Command::Copy(_)
        | Command::Number(_)
        | Command::Verify(_)
        | Command::Audit(AuditCommand::Verify(_) | AuditCommand::Extract(_))
        | Command::Receipt(ReceiptCommand::Verify(_))
        | Command::Witness(_) => Ok(()),
    }
}

/// Shows a proposal that waits for a second person, and what it tells its proposer this once.
fn proposed(screen: &Screen, change: &Change) {
    if let Some(half) = &change.enrolment_half {
        screen.note(Message::EnrolmentHalf, &[half.expose()]);
    }
    if let Some(secret) = &change.client_secret {
        screen.note(Message::ClientSecret, &[secret.expose()]);
    }
    let values = [change.summary.as_str(), &change.id, &change.expires_at];
    screen.result(change, Message::Proposed, &values);
}

/// Shows that something which answers nothing was done.
fn done(screen: &Screen, id: &str) {
    screen.result(&serde_json::json!({ "id": id }), Message::Done, &[id]);
}

/// Sends a CSV file and shows what is wrong with it, row by row.
fn import(
    screen: &Screen,
    import: &ImportArgs,
    send: impl Fn(Vec<u8>) -> Result<ImportReply, ClientError>,
) -> Result<(), Failure> {
    let bytes = std::fs::read(&import.file).map_err(|error| Failure::file(&import.file, error))?;
    // Spreadsheets put a byte order mark in front, which would become part of the first heading.
    let csv = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(&bytes)
        .to_vec();
    let reply = send(csv)?;
    for error in &reply.errors {
        let row = error.row.to_string();
        screen.note(
            Message::ImportError,
            &[&row, &error.field, &error.message, &error.code],
        );
    }
    let message = if import.dry_run {
        Message::WouldImport
    } else {
        Message::Imported
    };
    let [rows, applied, unchanged] =
        [reply.rows, reply.applied, reply.unchanged].map(|number| number.to_string());
    let wrong = reply.errors.len().to_string();
    screen.result(&reply, message, &[&rows, &applied, &unchanged, &wrong]);
    if reply.errors.is_empty() {
        Ok(())
    } else {
        Err(Failure::Partial)
    }
}

fn read_text(file: &std::path::Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::file(file, error))
}

/// The file, but of one that is longer than `most` bytes no more than shows that it is.
fn read_start(file: &std::path::Path, most: usize) -> Result<Vec<u8>, Failure> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file);
    opened
        .and_then(|opened| opened.take(limit).read_to_end(&mut bytes))
        .map_err(|error| Failure::file(file, error))?;
    Ok(bytes)
}

/// For commands that answer nothing.
fn act(
    screen: &Screen,
    id: &str,
    call: impl FnOnce(&str) -> Result<(), ClientError>,
) -> Result<(), Failure> {
    call(id)?;
    done(screen, id);
    Ok(())
}
