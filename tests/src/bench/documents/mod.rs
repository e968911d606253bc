//! Signing and verifying PDFs, the key's operation left out; beside it pyHanko doing the same.

mod memory;
mod paper;
mod peer;
mod people;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use kyso_documents::Scheme;
use kyso_documents::appearance::{CopyKind, Drawn, Gap, Mark, Picture, Rules};
use kyso_documents::pdf::{Limits, Pdf, Request, Target, prepare};
pub use memory::{Held, MemoryCommand};
use paper::Paper;
use peer::Peer;
use people::{People, Signer};
use serde::Serialize;
use time::OffsetDateTime;
use time::macros::datetime;

/// The same instant each time, so that the attributes, and with them the signature, are the same.
const TIME: OffsetDateTime = datetime!(2026-11-23 15:00:00 +7);
/// A decision of one page, with four fonts inside.
const DECISION: &[u8] = include_bytes!("../../../vectors/outgoing/quyet-dinh.pdf");
/// Runs that do not count.
const WARM: usize = 5;
/// Width of a handwritten signature, millimetres.
const WIDTH: f64 = 40.0;
/// Where it goes.
const GAP: Gap = Gap {
    page: 1,
    centre: 400.0,
    top: 300.0,
    bottom: 200.0,
};

/// One thing that was measured.
#[derive(Debug, Serialize)]
pub struct Timed {
    /// What.
    pub name: &'static str,
    /// Microseconds: the median.
    pub median_micros: u64,
    /// Microseconds: 95 of 100 took no longer.
    pub p95_micros: u64,
}

impl std::fmt::Display for Timed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let milliseconds = |micros: u64| format!("{}.{:03}", micros / 1000, micros % 1000);
        let (median, p95) = (
            milliseconds(self.median_micros),
            milliseconds(self.p95_micros),
        );
        write!(f, "| {} | {median} | {p95} |", self.name)
    }
}

impl Timed {
    /// The head of the table.
    pub const HEADING: &str = "| 30 KB PDF | median ms | p95 ms |\n|---|--:|--:|";

    fn new(name: &'static str, mut micros: Vec<u64>) -> anyhow::Result<Self> {
        micros.sort_unstable();
        let at = |share: usize| micros.get(micros.len() * share / 100).copied();
        Ok(Self {
            name,
            median_micros: at(50).context("no run")?,
            p95_micros: at(95).context("no run")?,
        })
    }

    fn measure<T>(
        name: &'static str,
        looks: usize,
        mut run: impl FnMut() -> anyhow::Result<T>,
    ) -> anyhow::Result<Self> {
        let mut one = || {
            let before = Instant::now();
            black_box(run()?);
            Ok(u64::try_from(before.elapsed().as_micros())?)
        };
        for _ in 0..WARM {
            one()?;
        }
        Self::new(
            name,
            (0..looks)
                .map(|_| one())
                .collect::<Result<_, anyhow::Error>>()?,
        )
    }
}

/// How the signature is shown.
enum Shown<'a> {
    /// A picture that was read before, as a server keeps it.
    Picture(&'a Picture),
    /// A picture, read each time.
    Png(&'a [u8]),
    /// Three lines, whose letters are embedded.
    Text,
}

impl Shown<'_> {
    fn draw(&self, file: &[u8], limits: &Limits) -> anyhow::Result<Drawn> {
        let rules = Rules::at(TIME.date())?;
        match self {
            Self::Picture(picture) => Ok(rules.person(picture, WIDTH, &GAP)?),
            Self::Png(png) => Ok(rules.person(&Picture::read(png)?, WIDTH, &GAP)?),
            Self::Text => {
                let mark = Mark::Copy {
                    kind: CopyKind::Whole,
                    agency: "Ủy ban nhân dân tỉnh",
                };
                let pdf =
                    Pdf::read(file, limits).map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
                let sheet = pdf
                    .sheet(1)
                    .map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
                Ok(rules.mark(&mark, TIME, sheet)?)
            }
        }
    }
}

/// Prepares and completes; `value` makes the signature's value.
fn sign(
    file: &[u8],
    field: &str,
    shown: &Shown<'_>,
    signer: &Signer,
    value: impl FnOnce(&[u8]) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let limits = Limits::default();
    let drawn = shown.draw(file, &limits)?;
    let target = Target::New {
        name: field.to_owned(),
        place: Some(drawn.place),
    };
    let request = Request {
        appearance: Some(drawn.appearance),
        ..Request::new(target, TIME)
    };
    let prepared =
        prepare(file, &request, &limits).map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
    let attributes = prepared.attributes(&signer.certificate)?;
    let value = value(attributes.signed_attributes())?;
    let cms = attributes.complete(
        &value,
        Scheme::Ecdsa,
        std::slice::from_ref(&signer.certificate),
    )?;
    Ok(prepared.complete(file.to_vec(), &cms)?)
}

/// Measures; `python` is a Python that has pyHanko. Files are left in `folder`.
///
/// # Errors
/// If a file cannot be signed, or Python fails.
pub fn documents(folder: &Path, python: &Path, looks: usize) -> anyhow::Result<Vec<Timed>> {
    let people = People::new()?;
    let (paper, png) = (Paper::text(), Paper::picture()?);
    let picture = Picture::read(&png)?;
    let mut timed = Vec::new();
    for (name, shown) in [
        (
            "a picture shown that was read before",
            Shown::Picture(&picture),
        ),
        ("a picture shown, its PNG read each time", Shown::Png(&png)),
        ("three lines of text shown", Shown::Text),
    ] {
        timed.push(prepare_and_complete(
            name,
            looks,
            &paper,
            &shown,
            &people.person,
        )?);
    }
    let peer = Peer {
        folder,
        python,
        looks,
    };
    timed.extend(peer.measure(&people.person, &paper, &png)?);
    let twice = people.both(&paper, &Shown::Picture(&picture))?;
    fs::write(folder.join("ours.pdf"), &twice)?;
    timed.push(Timed::measure(
        "verify two signatures: trust list, revocation, later changes, completeness",
        looks,
        || people.verify(&twice),
    )?);
    timed.push(Timed::measure(
        "draw an A4 page of text, as PNG",
        looks,
        draw,
    )?);
    Ok(timed)
}

fn prepare_and_complete(
    name: &'static str,
    looks: usize,
    paper: &[u8],
    shown: &Shown<'_>,
    signer: &Signer,
) -> anyhow::Result<Timed> {
    // The attributes are the same each time, so the value is made once.
    let mut value = Vec::new();
    sign(paper, "A", shown, signer, |message| {
        value = signer.sign(message)?;
        Ok(value.clone())
    })?;
    let run = || sign(paper, "A", shown, signer, |_| Ok(value.clone()));
    Timed::measure(name, looks, run)
}

/// A page as a leader is shown it; the process around it is not measured.
fn draw() -> anyhow::Result<usize> {
    let limits = kyso_render::Limits {
        pages: 1,
        bytes: usize::MAX,
    };
    let mut bytes = 0;
    kyso_render::draw(DECISION.to_vec(), limits, |png| bytes = png.len())?;
    Ok(bytes)
}
