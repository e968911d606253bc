//! What a PDF takes in memory. Each step has a process of its own, since a peak is a process's.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use kyso_documents::appearance::Picture;
use kyso_documents::pdf::Limits;
use kyso_documents::validation::{Basis, Evidence, TrustList, pdf};
use serde::Serialize;

use super::super::machine::Process;
use super::paper::Paper;
use super::people::People;
use super::{Shown, TIME, sign};

/// How many pictures a file has, and of how many bytes each: large ones, ordinary ones, and many objects.
const SHAPES: [(usize, usize); 3] = [(16, 512 << 10), (100, 50_000), (5000, 1000)];
const FILE: &str = "large.pdf";
const TRUST: &str = "trust.json";

/// What is done with the file.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Step {
    /// Prepare and complete a signature that is shown.
    Sign,
    /// Judge its two signatures.
    Verify,
}

/// One step in this process: for the benchmark itself, which starts one for each.
#[derive(Debug, Args)]
pub struct MemoryCommand {
    #[arg(value_enum)]
    step: Step,
    folder: PathBuf,
}

impl MemoryCommand {
    /// Does it, and prints how many KiB that took at most, above what the process had before.
    ///
    /// # Errors
    /// If it cannot be done.
    pub fn run(&self) -> anyhow::Result<()> {
        let process = Process(std::process::id());
        let work = match self.step {
            Step::Sign => signing(&self.folder)?,
            Step::Verify => verifying(&self.folder)?,
        };
        let before = process.peak_rss_kib()?;
        work()?;
        println!("{}", process.peak_rss_kib()?.saturating_sub(before));
        Ok(())
    }
}

type Work<'a> = Box<dyn FnOnce() -> anyhow::Result<()> + 'a>;

fn signing(folder: &Path) -> anyhow::Result<Work<'_>> {
    let people = People::new()?;
    let picture = Picture::read(&Paper::picture()?)?;
    Ok(Box::new(move || {
        let file = fs::read(folder.join(FILE))?;
        let value = |message: &[u8]| people.person.sign(message);
        let signed = sign(&file, "A", &Shown::Picture(&picture), &people.person, value)?;
        anyhow::ensure!(signed.len() > file.len(), "nothing was added");
        Ok(())
    }))
}

fn verifying(folder: &Path) -> anyhow::Result<Work<'_>> {
    let trust: TrustList = serde_json::from_slice(&fs::read(folder.join(TRUST))?)?;
    Ok(Box::new(move || {
        let file = fs::read(folder.join(FILE))?;
        let basis = Basis {
            trust: &trust,
            evidence: &Evidence::default(),
            now: TIME,
        };
        let report = pdf(&file, &basis, &Limits::default());
        let report = report.map_err(|refusal| anyhow::anyhow!(refusal.code()))?;
        anyhow::ensure!(report.is_good() && report.signatures.len() == 2, "not both");
        Ok(())
    }))
}

/// What files of one shape took.
#[derive(Debug, Serialize)]
pub struct Held {
    /// Pictures in the file.
    pub pictures: usize,
    /// Bytes of each.
    pub bytes: usize,
    /// KiB of the file.
    pub size_kib: u64,
    /// KiB at most, to prepare and complete; the file that is read and the one that is made are in it.
    pub sign_kib: u64,
    /// KiB at most, to judge two signatures; the file is in it.
    pub verify_kib: u64,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |kib: u64| {
            let tenths = kib * 10 / self.size_kib.max(1);
            format!("{kib} ({}.{} ×)", tenths / 10, tenths % 10)
        };
        let Self {
            pictures,
            bytes,
            size_kib,
            ..
        } = self;
        let [sign, verify] = [self.sign_kib, self.verify_kib].map(times);
        write!(
            f,
            "| {pictures} pictures of {bytes} bytes | {size_kib} | {sign} | {verify} |"
        )
    }
}

impl Held {
    /// The head of the table.
    pub const HEADING: &str = "| PDF | KiB | prepare and complete, KiB at most | verify two signatures, KiB at most |\n\
        |---|--:|--:|--:|";

    /// Measures every shape, with files in this folder; `program` has [`MemoryCommand`] as `documents-memory`.
    ///
    /// # Errors
    /// If a file cannot be signed or judged, or the program fails.
    pub fn measure(folder: &Path, program: &Path) -> anyhow::Result<Vec<Self>> {
        let people = People::new()?;
        fs::write(folder.join(TRUST), serde_json::to_vec(&people.trust)?)?;
        let picture = Picture::read(&Paper::picture()?)?;
        let shape = |(pictures, bytes)| {
            let paper = Paper::pictures(pictures, bytes);
            fs::write(folder.join(FILE), &paper)?;
            let sign_kib = in_a_process(program, folder, Step::Sign)?;
            let both = people.both(&paper, &Shown::Picture(&picture))?;
            fs::write(folder.join(FILE), both)?;
            Ok(Self {
                pictures,
                bytes,
                size_kib: u64::try_from(paper.len() >> 10)?,
                sign_kib,
                verify_kib: in_a_process(program, folder, Step::Verify)?,
            })
        };
        SHAPES.into_iter().map(shape).collect()
    }
}

fn in_a_process(program: &Path, folder: &Path, step: Step) -> anyhow::Result<u64> {
    let step = step.to_possible_value().context("a step without a name")?;
    let mut command = Command::new(program);
    command.args(["documents-memory", step.get_name()]);
    let output = command.arg(folder).output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{}: {told}", step.get_name());
    Ok(String::from_utf8(output.stdout)?.trim().parse()?)
}
