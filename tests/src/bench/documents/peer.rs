//! pyHanko doing the same, in a process of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use kyso_documents::pdf::{Limits, Place};

use super::people::Signer;
use super::{Shown, Timed};

/// Ways in which pyHanko does it, as `peer.py` names them, and what they are called in the table.
const WAYS: [(&str, &str); 3] = [
    (
        "ready",
        "pyHanko, the picture shown, style and image made and compressed before",
    ),
    (
        "pixels",
        "pyHanko, the picture shown, made from its pixels each time",
    ),
    (
        "text",
        "pyHanko, three lines of text shown in a font that it does not embed",
    ),
];

/// Where and how often.
pub(super) struct Peer<'a> {
    pub(super) folder: &'a Path,
    pub(super) python: &'a Path,
    pub(super) looks: usize,
}

impl Peer<'_> {
    pub(super) fn measure(
        &self,
        signer: &Signer,
        paper: &[u8],
        png: &[u8],
    ) -> anyhow::Result<Vec<Timed>> {
        let write = |name: &str, bytes: &[u8]| fs::write(self.folder.join(name), bytes);
        for (name, shown) in [("place", Shown::Png(png)), ("corner", Shown::Text)] {
            let place = shown.draw(paper, &Limits::default())?.place;
            write(name, numbers(&place).as_bytes())?;
        }
        write("paper.pdf", paper)?;
        write("picture.png", png)?;
        write("certificate.der", &signer.certificate)?;
        write("signature", &signer.sign(b"")?)?;
        write("peer.py", include_bytes!("peer.py"))?;
        let timed = WAYS.iter().map(|(way, name)| self.run(way, name));
        timed.collect()
    }

    fn run(&self, way: &str, name: &'static str) -> anyhow::Result<Timed> {
        let mut python = Command::new(self.python);
        python.arg(self.folder.join("peer.py")).arg(self.folder);
        let output = python.arg(self.looks.to_string()).arg(way).output();
        let output = output.context("Python does not run")?;
        let told = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "pyHanko: {told}");
        let lines = String::from_utf8(output.stdout)?;
        let micros = lines.lines().map(str::parse).collect::<Result<_, _>>()?;
        Timed::new(name, micros)
    }
}

fn numbers(place: &Place) -> String {
    let [left, bottom] = [place.left, place.bottom];
    format!("{left} {bottom} {} {}", place.width, place.height)
}
