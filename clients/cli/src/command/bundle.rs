//! Bundles: entries of the audit log that a server exported, verified without asking anybody.

use std::cell::Cell;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::Path;

use kyso_api::encoding::encode_base64;
use kyso_evidence::bundle::{
    self, Disclosed, Fault, KeySource, Progress, Report, VerifyError, Watch,
};
use serde_json::{Map, Value, json};

use super::receipt::{Line, of_witnesses, witnesses};
use super::trusted::trust;
use crate::args::{BundleArgs, ExtractArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

/// Nothing of a bundle is shown before all of it was found true.
pub(crate) fn verify(screen: &Screen, args: &BundleArgs) -> Result<(), Failure> {
    let trust = trust(&args.known)?;
    let report = bundle::verify(open(&args.bundle)?, &trust, &mut Seen::of(screen));
    let report = report.map_err(|error| untrue(screen, &args.bundle, error))?;
    show(screen, &args.bundle, &report);
    Ok(())
}

/// A receipt of the entry that is asked for; or all entries, each a line of JSON with the values that
/// are disclosed of it. The file is read twice, so that nothing untrue is ever written.
pub(crate) fn extract(screen: &Screen, args: &ExtractArgs) -> Result<(), Failure> {
    let trust = trust(&args.known)?;
    let untrue = |error| untrue(screen, &args.bundle, error);
    let mut seen = Seen::of(screen);
    if let Some(entry) = args.entry {
        let receipt = bundle::receipt(open(&args.bundle)?, &trust, entry, &mut seen);
        return written(receipt.map_err(untrue)?.to_string().as_bytes());
    }
    bundle::verify(open(&args.bundle)?, &trust, &mut seen).map_err(untrue)?;
    let mut lines = Lines::default();
    bundle::verify(open(&args.bundle)?, &trust, &mut lines).map_err(untrue)?;
    lines.end()
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| Failure::file(path, error))?;
    Ok(BufReader::with_capacity(BUFFER, file))
}

fn untrue(screen: &Screen, path: &Path, error: VerifyError) -> Failure {
    match error {
        VerifyError::Read(error) => Failure::file(path, error),
        VerifyError::Fault(fault) => {
            let sentence = sentence(screen, &fault);
            let values = vec![path.display().to_string(), sentence];
            Failure::Named(fault.word(), Message::BundleFault, values)
        }
    }
}

/// What others wrote may stand in it, and must not rewrite the terminal.
fn sentence(screen: &Screen, fault: &Fault) -> String {
    let (vi, en) = (fault.vietnamese(), fault.to_string());
    let harmless = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let sentence = screen.language().choose(&vi, &en);
    sentence.chars().map(harmless).collect()
}

/// Shows how far it is, where somebody watches, a hundred times at most.
struct Seen<'a> {
    screen: &'a Screen,
    shown: Cell<Option<u64>>,
}

impl<'a> Seen<'a> {
    const fn of(screen: &'a Screen) -> Self {
        let shown = Cell::new(None);
        Self { screen, shown }
    }
}

impl Watch for Seen<'_> {
    fn progress(&mut self, at: Progress) {
        let hundredth = at.entries.saturating_mul(100) / at.of.max(1);
        if self.shown.replace(Some(hundredth)) != Some(hundredth) {
            let [done, all] = [at.entries, at.of].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
            self.screen.progress(Message::BundleChecking, done, all);
        }
    }
}

fn show(screen: &Screen, path: &Path, report: &Report) {
    let statement = &report.statement;
    let (first, last) = (
        statement.range().start,
        statement.range().end.saturating_sub(1),
    );
    if !screen.is_json() {
        screen.answers(&answers(screen, report));
    }
    let [first, last] = [first, last].map(|number| number.to_string());
    let file = path.display().to_string();
    let values = [file.as_str(), &first, &last, statement.origin()];
    screen.result(&for_programs(report), Message::BundleHolds, &values);
}

fn answers(screen: &Screen, report: &Report) -> Vec<Line> {
    let statement = &report.statement;
    let range = statement.range();
    let log = format!("{} ({})", statement.origin(), report.log);
    let entries = format!("{} – {}", range.start, range.end.saturating_sub(1));
    let exported = [
        statement.time().to_owned(),
        statement.exporter().to_string(),
    ];
    let mut lines = vec![
        ("log", Some(log)),
        ("entries", Some(entries)),
        ("checkpoint", Some(statement.size().to_string())),
    ];
    lines.extend(of_witnesses(screen, &report.cosignatures));
    lines.push((
        "exported",
        Some(screen.text(Message::ExportedBy, &exported)),
    ));
    lines.push(("keys_from", Some(of_keys(screen, report))));
    lines.extend(of_evidence(screen, report));
    lines.push(("disclosed", Some(report.disclosed.to_string())));
    let open = report.open_intents.first().map(|first| {
        let values = [report.open_intents.len().to_string(), first.to_string()];
        screen.text(Message::OpenIntents, &values)
    });
    lines.push(("open_intents", open));
    lines
}

fn of_keys(screen: &Screen, report: &Report) -> String {
    let message = match (report.log_key, report.export_key) {
        (KeySource::Given, KeySource::Given) => Message::KeysGiven,
        (KeySource::Given, KeySource::Bundle) => Message::ExportKeyOfBundle,
        (KeySource::Bundle, _) => Message::KeysOfBundle,
    };
    screen.text::<&str>(message, &[])
}

fn of_evidence(screen: &Screen, report: &Report) -> Vec<Line> {
    if report.beside.is_empty() {
        let nothing = screen.text::<&str>(Message::AgainstNothing, &[]);
        return vec![("against", Some(nothing))];
    }
    let line = |size: &u64| {
        let text = screen.text(Message::AgainstSize, &[size.to_string()]);
        ("against", Some(text))
    };
    report.beside.iter().map(line).collect()
}

fn for_programs(report: &Report) -> Value {
    let statement = &report.statement;
    let range = statement.range();
    let source = |source| match source {
        KeySource::Given => "given",
        KeySource::Bundle => "bundle",
    };
    json!({
        "valid": true,
        "log": report.log,
        "first": range.start,
        "last": range.end.saturating_sub(1),
        "checkpoint": {
            "origin": statement.origin(),
            "size": statement.size(),
            "root": encode_base64(statement.root()),
        },
        "exported": { "time": statement.time(), "by": statement.exporter().to_string() },
        "keys": { "log": source(report.log_key), "export": source(report.export_key) },
        "witnesses": witnesses(&report.cosignatures),
        "against": report.beside,
        "disclosed": report.disclosed,
        "open_intents": report.open_intents,
        "intents_before": report.outside,
        "page_known": report.page_is_ours,
    })
}

/// Entries as lines of JSON; values come after the entries of their part, so those wait for them.
#[derive(Default)]
struct Lines {
    waiting: Vec<(u64, Vec<u8>, Map<String, Value>)>,
    failed: Option<std::io::Error>,
}

impl Watch for Lines {
    fn progress(&mut self, _: Progress) {
        for (_, entry, disclosed) in self.waiting.drain(..) {
            // Verified: it is JSON.
            let entry: Value = serde_json::from_slice(&entry).unwrap_or_default();
            let line = json!({ "entry": entry, "disclosed": disclosed });
            if self.failed.is_none() {
                self.failed = writeln!(std::io::stdout(), "{line}").err();
            }
        }
    }

    fn entry(&mut self, sequence: u64, entry: &[u8]) {
        self.waiting.push((sequence, entry.to_vec(), Map::new()));
    }

    fn disclosed(&mut self, sequence: u64, value: &Disclosed) {
        let mut waiting = self.waiting.iter_mut();
        if let Some((_, _, values)) = waiting.find(|(at, ..)| *at == sequence) {
            values.insert(value.field.clone(), Value::from(value.value.clone()));
        }
    }
}

impl Lines {
    fn end(self) -> Result<(), Failure> {
        self.failed.map_or(Ok(()), cannot_write)
    }
}

fn written(bytes: &[u8]) -> Result<(), Failure> {
    std::io::stdout().write_all(bytes).or_else(cannot_write)
}

/// A closed pipe (`kyso … | head`) is no failure of the command.
fn cannot_write(error: std::io::Error) -> Result<(), Failure> {
    match error.kind() {
        std::io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Failure::file(Path::new("stdout"), error)),
    }
}
