//! Exports: entries as one signed bundle, written while it is read from the database.

use std::io::{self, Write};
use std::ops::Range;

use actix_web::web::{self, Bytes};
use anyhow::Context as _;
use kyso_evidence::bundle::{Export, ExportError, Exporter, Writer};
use kyso_evidence::checkpoint::SignedCheckpoint;
use kyso_store::Db;
use kyso_store::tree::{StoredCheckpoint, Tiles};
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
    pub(crate) under: StoredCheckpoint,
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
    let checkpoint = SignedCheckpoint::parse(order.under.note.as_bytes());
    let checkpoint = checkpoint.map_err(|_| ExportError::Checkpoints)?;
    let (keys, time) = (app.log.keys(), app.now().to_string());
    let range = order.range.clone();
    let export = Export::new(range, vec![checkpoint], keys, time, order.exporter.clone())?;
    let (to, pieces) = channel(WAITING);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        let _place = place;
        if let Err(error) = written(&app, &order, export, &to, &runtime) {
            tracing::error!(%error, "an export was given up");
            let _ = to.blocking_send(Err(io::Error::other("the export was given up")));
        }
    });
    Ok(pieces)
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
        let mut writer = Writer::begin(Pieces::to(to), export, &tiles)?;
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

/// Where a bundle is written to: pieces for whoever reads it, who may be slow or go away.
#[derive(Debug)]
struct Pieces<'a> {
    to: &'a Sender<Piece>,
    held: Vec<u8>,
}

impl<'a> Pieces<'a> {
    fn to(to: &'a Sender<Piece>) -> Self {
        let held = Vec::with_capacity(PIECE);
        Self { to, held }
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
        let sent = self.to.blocking_send(Ok(piece.into()));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}
