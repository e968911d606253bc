//! The clerk: one thread for what takes long, so that no lane and no caller waits for it.
//!
//! It makes keys, attests and lists. It opens a seat for each task and gives it back, so that it
//! never holds up a module that must be initialised anew.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use kyso_core::{KeyAlgorithm, KeyRef};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use crate::attest::{self, Listing, Turn};
use crate::error::HsmError;
use crate::finding::{Attestation, Finding};
use crate::keys::{self, Kept};
use crate::list::{self, ListedKey};
use crate::note::{self, NoteKind};
use crate::pass::Pass;
use crate::seal::{self, SealingKeys};
use crate::seat::Seat;
use crate::shared::{Phase, Shared};

type Answer<T> = oneshot::Sender<Result<T, HsmError>>;

/// What the clerk is asked to do.
pub(crate) enum Task {
    Generate(KeyAlgorithm, Answer<KeyRef>),
    EnsureSealingKey(Answer<[u8; 16]>),
    RotateSealingKey(Answer<[u8; 16]>),
    FindNoteKey(NoteKind, Answer<Option<KeyRef>>),
    MakeNoteKey(NoteKind, Answer<KeyRef>),
    Attest(Vec<KeyRef>, UnboundedSender<Attestation>),
    List(Answer<Vec<ListedKey>>),
}

/// Starts the clerk; it ends when the sender is dropped.
pub(crate) fn start(shared: &Arc<Shared>) -> std::io::Result<(Sender<Task>, JoinHandle<()>)> {
    let (sender, tasks) = channel();
    let (shared, alive) = (Arc::clone(shared), shared.alive());
    let thread = Builder::new().name("hsm-clerk".into()).spawn(move || {
        work(&shared, &tasks);
        drop(alive);
    })?;
    Ok((sender, thread))
}

fn work(shared: &Shared, tasks: &Receiver<Task>) {
    while let Ok(task) = tasks.recv() {
        // Whoever asked may have gone meanwhile; a failed `send` is no error.
        match task {
            Task::Generate(algorithm, to) => {
                drop(to.send(generate(shared, algorithm, Kept::Token)));
            }
            Task::FindNoteKey(kind, to) => drop(to.send(note::find(shared, kind))),
            Task::MakeNoteKey(kind, to) => drop(to.send(note::make(shared, kind))),
            Task::EnsureSealingKey(to) => drop(to.send(ensure_sealing_key(shared))),
            Task::RotateSealingKey(to) => drop(to.send(rotate_sealing_key(shared))),
            Task::Attest(keys, to) => attest_all(shared, keys, &to),
            Task::List(to) => drop(to.send(seated(shared, false, |seat| list::list(seat)))),
        }
    }
}

pub(crate) fn seated<T>(
    shared: &Shared,
    writing: bool,
    task: impl FnOnce(&mut Seat) -> Result<T, HsmError>,
) -> Result<T, HsmError> {
    let result = shared.seat(writing).and_then(|mut seat| task(&mut seat));
    if matches!(result, Err(HsmError::Away)) {
        shared.report_fault();
    }
    result
}

/// Makes a key and attests it at once; one that is not as asked for is destroyed.
pub(crate) fn generate(
    shared: &Shared,
    algorithm: KeyAlgorithm,
    kept: Kept,
) -> Result<KeyRef, HsmError> {
    let profile = &shared.profile;
    crate::mechanism::algorithm_allowed(&profile.mechanisms, algorithm)?;
    seated(shared, true, |seat| {
        let pair = keys::generate(seat, algorithm, profile.template, kept)?;
        let look = shared.ward.look(&pair.key.cka_id);
        let findings = attest::attest_handle(seat, pair.private(), profile, &pair.key)?;
        if !findings.is_empty() {
            pair.destroy(seat)?;
            return Err(HsmError::BadKey(describe(&findings)));
        }
        // Nobody knew it, so nobody barred it.
        let _ = shared.ward.trust(&pair.key, &look);
        Ok(pair.key)
    })
}

pub(crate) fn describe(findings: &[Finding]) -> String {
    findings
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

fn ensure_sealing_key(shared: &Shared) -> Result<[u8; 16], HsmError> {
    seated(shared, true, |seat| {
        let sealing = shared.profile.mechanisms.sealing;
        match SealingKeys::find(seat)?.current(sealing) {
            Some(id) => Ok(id),
            None => seal::generate(seat, sealing, shared.profile.template),
        }
    })
}

fn rotate_sealing_key(shared: &Shared) -> Result<[u8; 16], HsmError> {
    let profile = &shared.profile;
    seated(shared, true, |seat| {
        seal::generate(seat, profile.mechanisms.sealing, profile.template)
    })
}

/// Attests until all keys are done, over as many absences of the token as there are.
fn attest_all(shared: &Shared, keys: Vec<KeyRef>, to: &UnboundedSender<Attestation>) {
    let mut pass = Pass::over(keys);
    while !pass.is_over() && shared.wait_ready() {
        let ended = seated(shared, false, |seat| {
            attest_some(shared, seat, &mut pass, to)
        });
        match ended {
            Ok(()) => return,
            Err(HsmError::Away) => {}
            Err(error) => return tracing::error!(%error, "attestation ended early"),
        }
    }
}

fn attest_some(
    shared: &Shared,
    seat: &mut Seat,
    pass: &mut Pass,
    to: &UnboundedSender<Attestation>,
) -> Result<(), HsmError> {
    let listing = Listing::of(seat)?;
    while let Some(key) = pass.next().filter(|_| shared.phase() != Phase::Closed) {
        match judge(shared, seat, &listing, key) {
            Ok(findings) => {
                let Some(key) = pass.judged() else { break };
                if to.send(Attestation { key, findings }).is_err() {
                    return Ok(());
                }
            }
            Err(HsmError::Away) => return Err(HsmError::Away),
            Err(error) => pass.put_off(&error),
        }
    }
    Ok(())
}

/// What is wrong with one key, looked for by its id.
pub(crate) fn attest_now(shared: &Shared, key: &KeyRef) -> Result<Vec<Finding>, HsmError> {
    seated(shared, false, |seat| {
        let listing = Listing::of_one(seat, key.cka_id)?;
        judge(shared, seat, &listing, key)
    })
}

/// What is wrong with a key, which may be used from now on if nothing is.
fn judge(
    shared: &Shared,
    seat: &mut Seat,
    listing: &Listing,
    key: &KeyRef,
) -> Result<Vec<Finding>, HsmError> {
    let look = shared.ward.look(&key.cka_id);
    let mut findings = attest::surely(|turn| match turn {
        Turn::First => attest::attest(seat, listing, &shared.profile, key),
        Turn::Again => attest_alone(shared, key),
    })?;
    if !findings.is_empty() {
        shared.ward.distrust(&key.cka_id);
    } else if let Err(barred_for) = shared.ward.trust(key, &look) {
        findings = barred_for;
    }
    Ok(findings)
}

/// From a session of its own, since it may be the session that answers with errors.
fn attest_alone(shared: &Shared, key: &KeyRef) -> Result<Vec<Finding>, HsmError> {
    let mut seat = shared.seat(false)?;
    match Listing::of_one(&seat, key.cka_id) {
        Ok(listing) => attest::attest(&mut seat, &listing, &shared.profile, key),
        Err(HsmError::Away) => Err(HsmError::Away),
        Err(_) => Ok(vec![Finding::Unanswered]),
    }
}
