//! The program that draws before a signer: within its limits also where it prepares the signature first.

use kyso_core::HashAlgorithm;
use kyso_documents::pdf::{Limits, Pdf, Place};
use kysod::drawing::{FILE, Question, Sketch, Spot};
use time::macros::datetime;

use super::apart::{ABORTED, hostile, told};
use crate::approvals::composed::HAND;
use crate::paper::pdf;
use std::os::unix::process::ExitStatusExt as _;

const WORD: &str = "draw-file";

fn question(file: Vec<u8>) -> Question {
    let place = Place {
        page: 1,
        left: 300.0,
        bottom: 100.0,
        width: 120.0,
        height: 60.0,
    };
    Question {
        file,
        hash: HashAlgorithm::Sha256,
        anchors: Vec::new(),
        now: datetime!(2026-11-27 09:00 UTC),
        sketch: Some(Sketch {
            spot: Spot::At(place),
            reserved: None,
            name: "Nguyễn Văn An".to_owned(),
            picture: HAND.to_vec(),
            width: 400,
        }),
    }
}

/// One page, and so many bytes that it does not show.
fn heavy(bytes: usize) -> Vec<u8> {
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>";
    pdf(&[
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        page.to_owned(),
        format!(
            "<< /Length {bytes} >>\nstream\n{}\nendstream",
            "x".repeat(bytes)
        ),
    ])
}

#[test]
fn the_largest_file_is_drawn_into_within_the_limits_of_the_program() {
    let file = heavy(FILE - 1024);
    assert!(file.len() <= FILE && file.len() > FILE - 1024);
    let question = question(file.clone());
    let output = told(WORD, &[], &question.pieces().unwrap().concat());
    assert!(output.status.success(), "{:?}", output.status);
    // Framed: the head, what is appended, and the picture of the page.
    let (length, rest) = output.stdout.split_first_chunk::<8>().unwrap();
    let (_, rest) = rest.split_at(usize::try_from(u64::from_be_bytes(*length)).unwrap());
    let (length, rest) = rest.split_first_chunk::<8>().unwrap();
    let (update, _) = rest.split_at(usize::try_from(u64::from_be_bytes(*length)).unwrap());
    let limits = Limits {
        bytes: 2 * FILE,
        ..Limits::default()
    };
    let whole = [file.as_slice(), update].concat();
    let pdf = Pdf::read(&whole, &limits).unwrap();
    assert_eq!(pdf.signatures().unwrap()[0].field, "KysoSigner1");
}

#[test]
fn a_file_that_takes_its_memory_ends_the_program_before_anything_is_drawn() {
    let question = question(hostile().into_bytes());
    let output = told(WORD, &[], &question.pieces().unwrap().concat());
    assert_eq!(output.status.signal(), Some(ABORTED), "{:?}", output.status);
    assert!(output.stdout.is_empty());
}
