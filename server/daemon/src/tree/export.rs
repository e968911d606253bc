//! Exports: entries as one signed bundle, written while it is read from the database.

use std::io::{self, Write};
use std::ops::Range;
use std::time::Duration;

use actix_web::web::{self, Bytes};
use anyhow::Context as _;
use kyso_evidence::bundle::{Export, ExportError, Exporter, WriteError, Writer};
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_store::tree::Tiles;
use kyso_store::{Db, StoreError};
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::app::App;

/// Bytes that are handed on at once.
const PIECE: usize = 64 * 1024;
/// Pieces that wait for a slow reader.
const WAITING: usize = 8;
/// Entries that are read at once.
const AT_ONCE: u64 = 1_024;

/// What is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    /// Which entries.
    pub(crate) range: Range<u64>,
    /// Whether what opens the entries' commitments goes along: names, titles, reasons.
    pub(crate) disclose: bool,
    /// Who asked, as the entry names them.
    pub(crate) exporter: Exporter,
    /// The checkpoint over all of them.
    pub(crate) under: SignedCheckpoint,
}

/// The checkpoint to export the entries before `end` under: the newest that enough witnesses cosigned, if it covers them. What
/// they have not cosigned goes under the newest when it has waited for them long enough; there is none until then.
pub(crate) fn under(app: &App, end: Option<u64>) -> Option<SignedCheckpoint> {
    let covers = |one: &SignedCheckpoint| end.is_none_or(|end| one.unverified().size() >= end);
    let patience = app.config.audit.witnessing();
    match app.log.witnessed().filter(covers) {
        None if app.log.unwitnessed().is_some_and(|since| since < patience) => None,
        None => app.log.newest().filter(covers),
        found => found,
    }
}

/// A piece of the bundle, or why there are no more: then what came is cut off, and no verifier takes it.
pub(crate) type Piece = Result<Bytes, io::Error>;

/// Begins the bundle; its pieces come as they are read. `place` is given back at its end.
///
/// # Errors
/// [`ExportError`] for a range that its checkpoint does not cover.
pub(crate) fn export(
    app: web::Data<App>,
    order: Order,
    place: OwnedSemaphorePermit,
) -> Result<Receiver<Piece>, ExportError> {
    let (keys, time) = (app.log.keys(), app.now().to_string());
    let range = order.range.clone();
    let checkpoints = vec![order.under.clone()];
    let export = Export::new(range, checkpoints, keys, time, order.exporter.clone())?;
    let (to, pieces) = channel(WAITING);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _place = place;
        if let Err(error) = written(&app, &order, export, &to, &runtime) {
            give_up(&app, &error);
            let _ = to.try_send(Err(io::Error::other("the export was given up")));
        }
    });
    Ok(pieces)
}

/// Whoever reads too slowly, or goes away, is no fault; entries or tiles that do not fit are.
fn give_up(app: &App, error: &anyhow::Error) {
    tracing::warn!(%error, "an export was given up");
    let spoilt = |error: &WriteError<StoreError>| {
        matches!(
            error,
            WriteError::Changed(_) | WriteError::Root(_) | WriteError::Tile(_)
        )
    };
    if error.downcast_ref().is_some_and(spoilt) {
        app.log.distrust();
    }
}

fn written(
    app: &App,
    order: &Order,
    export: Export,
    to: &Sender<Piece>,
    runtime: &Handle,
) -> anyhow::Result<()> {
    let unsigned = app.store.database().read_at_length(|db: &mut Db| {
        let tiles = Tiles::of(db);
        let pieces = Pieces::to(to, runtime);
        let mut writer = Writer::begin(pieces, export, &tiles)?;
        let mut next = order.range.start;
        while next < order.range.end {
            let most = AT_ONCE.min(order.range.end - next);
            let entries = tiles.entries(next, most, order.disclose)?;
            anyhow::ensure!(!entries.is_empty(), "entry {next} is missing");
            for (entry, disclosed) in &entries {
                writer.push(entry, disclosed)?;
            }
            next += u64::try_from(entries.len())?;
        }
        anyhow::Ok(writer.finish()?)
    })?;
    let signature = runtime.block_on(app.log.sign_manifest(unsigned.text()));
    let signature = signature.context("the manifest was not signed")?;
    Ok(unsigned.signed(signature)?.flush()?)
}

/// How long a reader may leave a piece lying: the place and the connection are others' turn then.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a bundle is written to: pieces for whoever reads it, who may be slow or go away.
#[derive(Debug)]
struct Pieces<'a> {
    to: &'a Sender<Piece>,
    runtime: &'a Handle,
    held: Vec<u8>,
}

impl<'a> Pieces<'a> {
    fn to(to: &'a Sender<Piece>, runtime: &'a Handle) -> Self {
        let held = Vec::with_capacity(PIECE);
        Self { to, runtime, held }
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.held.extend_from_slice(bytes);
        if self.held.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.held, Vec::with_capacity(PIECE));
        let sent = self.to.send_timeout(Ok(piece.into()), PATIENCE);
        let sent = self.runtime.block_on(sent);
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
