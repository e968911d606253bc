//! Signing and verifying PDFs, the key's operation left out; beside it pyHanko doing the same.

mod paper;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use kyso_documents::Scheme;
use kyso_documents::appearance::{CopyKind, Drawn, Gap, Mark, Picture, Rules};
use kyso_documents::pdf::{Limits, Pdf, Request, Target, prepare};
use paper::Paper;
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

/// Who signs in the benchmark.
struct Signer {
    certificate: Vec<u8>,
    key: EcdsaKeyPair,
}

impl Signer {
    fn new() -> anyhow::Result<Self> {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = rcgen::CertificateParams::new(Vec::new())?;
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&pair)?.der().to_vec();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pair.serialized_der());
        let key = key.map_err(|_| anyhow::anyhow!("the key is not read"))?;
        Ok(Self { certificate, key })
    }

    fn sign(&self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        let value = self.key.sign(&SystemRandom::new(), message);
        let value = value.map_err(|_| anyhow::anyhow!("no signature"))?;
        Ok(value.as_ref().to_vec())
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
    let signer = Signer::new()?;
    let (paper, png) = (Paper::text(), Paper::picture()?);
    let picture = Picture::read(&png)?;
    let mut timed = Vec::new();
    for (name, shown) in [
        (
            "prepare and complete, a picture shown",
            Shown::Picture(&picture),
        ),
        ("the same, its PNG read each time", Shown::Png(&png)),
        ("prepare and complete, text shown", Shown::Text),
    ] {
        // The attributes are the same each time, so the value is made once.
        let mut value = Vec::new();
        sign(&paper, "A", &shown, &signer, |message| {
            value = signer.sign(message)?;
            Ok(value.clone())
        })?;
        let run = || sign(&paper, "A", &shown, &signer, |_| Ok(value.clone()));
        timed.push(Timed::measure(name, looks, run)?);
    }
    timed.push(peer(folder, python, looks, &signer, &paper, &png)?);
    let once = sign(&paper, "A", &Shown::Picture(&picture), &signer, |message| {
        signer.sign(message)
    })?;
    let twice = sign(&once, "B", &Shown::Text, &signer, |message| {
        signer.sign(message)
    })?;
    fs::write(folder.join("ours.pdf"), &twice)?;
    timed.push(Timed::measure("verify two signatures", looks, || {
        verify(&twice, &signer)
    })?);
    timed.push(Timed::measure(
        "draw an A4 page of text, as PNG",
        looks,
        draw,
    )?);
    Ok(timed)
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

fn verify(file: &[u8], signer: &Signer) -> anyhow::Result<()> {
    let anchors = std::slice::from_ref(&signer.certificate);
    let found =
        kyso_documents::pdf::verify(file, anchors, OffsetDateTime::now_utc(), &Limits::default());
    let found = found.map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
    let intact = found.iter().filter(|one| {
        one.report
            .as_ref()
            .is_ok_and(kyso_documents::Report::is_intact)
    });
    anyhow::ensure!(intact.count() == 2, "not both are intact");
    Ok(())
}

fn peer(
    folder: &Path,
    python: &Path,
    looks: usize,
    signer: &Signer,
    paper: &[u8],
    png: &[u8],
) -> anyhow::Result<Timed> {
    let place = Shown::Png(png).draw(paper, &Limits::default())?.place;
    let place = format!(
        "{} {} {} {}",
        place.left, place.bottom, place.width, place.height
    );
    fs::write(folder.join("paper.pdf"), paper)?;
    fs::write(folder.join("picture.png"), png)?;
    fs::write(folder.join("certificate.der"), &signer.certificate)?;
    fs::write(folder.join("signature"), signer.sign(b"")?)?;
    fs::write(folder.join("place"), place)?;
    let script = folder.join("peer.py");
    fs::write(&script, include_str!("peer.py"))?;
    let output = Command::new(python)
        .arg(&script)
        .arg(folder)
        .arg(looks.to_string())
        .output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "pyHanko: {told}");
    let lines = String::from_utf8(output.stdout)?;
    let micros = lines.lines().map(str::parse).collect::<Result<_, _>>()?;
    Timed::new("pyHanko, the same picture shown", micros)
}
