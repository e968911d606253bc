//! A seal whose picture two people approved shows that picture and nothing else.

use kyso_documents::appearance::{Drawn, Picture, Rules};
use kyso_documents::pdf::{Limits, Piece, Request, Target, Template, prepare};
use kyso_documents::seal::{ApprovedSeal, Check, NotReady, Obstacle, ready_for_seal};
use time::Duration;
use time::macros::date;

use super::drawings::png;
use super::paper::{Form, Paper};
use super::reserved::{leader, numbered, papers, seal};
use super::{HASH, PLACE, new, sign};
use crate::pki::{Pki, SIGNED_AT};

const RED: [u8; 4] = [214, 20, 30, 255];
/// Millimetres.
pub(super) const WIDTH: f64 = 16.0;

pub(super) fn picture_file() -> Vec<u8> {
    png(320, 300, 5, RED)
}

fn picture() -> Picture {
    Picture::read(&picture_file()).unwrap()
}

pub(super) fn drawn(picture: &Picture, width: f64) -> Drawn {
    let rules = Rules::at(date!(2026 - 11 - 26)).unwrap();
    rules.seal(picture, width, &PLACE).unwrap()
}

/// A seal that is shown so.
pub(super) fn showing(drawn: Drawn) -> Request {
    Request {
        appearance: Some(drawn.appearance),
        target: Target::New {
            name: "Con dấu".to_owned(),
            place: Some(drawn.place),
        },
        ..seal()
    }
}

/// This document, with its number, in which the seal is open.
pub(super) fn open(paper: &[u8], request: &Request) -> Vec<u8> {
    let two = numbered(&sign(paper, &leader()));
    let open = prepare(&two, request, &Limits::default()).unwrap();
    [two.as_slice(), open.unsigned()].concat()
}

/// What is said of a document whose seal was opened so, where this picture was approved.
pub(super) fn judged(file: &[u8], request: &Request) -> Result<(), NotReady> {
    let picture = picture();
    let check = Check {
        anchors: &[Pki::shared().authority.clone()],
        at: SIGNED_AT + Duration::hours(1),
        hash: HASH,
        limits: &Limits::default(),
        seal: Some(ApprovedSeal {
            picture: &picture,
            width: WIDTH,
        }),
    };
    let ready = ready_for_seal(file, &check, |one| one.embedded.field == "Lãnh đạo");
    ready.map(|ready| assert_eq!(ready.shows_seal(), !hidden(request)))
}

fn found(paper: &Paper, request: &Request) -> Result<(), NotReady> {
    judged(&open(&paper.write(Form::Table), request), request)
}

fn hidden(request: &Request) -> bool {
    matches!(&request.target, Target::New { place: None, .. })
}

#[test]
fn a_seal_that_shows_the_approved_picture_is_ready_on_every_page() {
    for paper in papers() {
        assert_eq!(found(&paper, &showing(drawn(&picture(), WIDTH))), Ok(()));
        let unseen = Request {
            lock: seal().lock,
            ..new("Con dấu", None)
        };
        assert_eq!(found(&paper, &unseen), Ok(()), "it is not shown at all");
    }
}

#[test]
fn a_seal_of_half_a_millimetre_more_or_less_is_of_real_size() {
    for (width, real) in [
        (WIDTH - 0.6, false),
        (WIDTH - 0.4, true),
        (WIDTH + 0.4, true),
        (WIDTH + 0.6, false),
    ] {
        let end = found(&Paper::plain(), &showing(drawn(&picture(), width)));
        assert_eq!(end.is_ok(), real, "{width}: {end:?}");
    }
}

/// A seal that is drawn by these operators; `W` and `H` are its width and height.
fn drawn_by(operators: &str) -> Drawn {
    let mut drawn = drawn(&picture(), WIDTH);
    let (width, height) = (drawn.place.width, drawn.place.height);
    let sizes = [
        ("W/2", width / 2.0),
        ("H/2", height / 2.0),
        ("W", width),
        ("H", height),
    ];
    let text = sizes
        .iter()
        .fold(operators.to_owned(), |text, (name, size)| {
            text.replace(name, &size.to_string())
        });
    drawn.appearance.content = text.into_bytes();
    drawn
}

#[test]
fn a_seal_that_shows_anything_else_is_refused() {
    let good = drawn_by("q W 0 0 H 0 0 cm /Picture Do Q");
    assert_eq!(found(&Paper::plain(), &showing(good)), Ok(()));
    let another = Picture::read(&png(320, 300, 5, [215, 20, 30, 255])).unwrap();
    let another = drawn(&another, WIDTH);
    let refused = |what: &str, drawn| {
        let end = found(&Paper::plain(), &showing(drawn));
        assert_eq!(end, Err(Obstacle::OtherPicture.into()), "{what}");
    };
    refused("another picture", another);
    for (what, operators) in [
        ("nothing", ""),
        (
            "a box upon it",
            "q W 0 0 H 0 0 cm /Picture Do Q 0 0 9 9 re f",
        ),
        (
            "words upon it",
            "q W 0 0 H 0 0 cm /Picture Do Q BT (x) Tj ET",
        ),
        ("twice", "q W 0 0 H 0 0 cm /Picture Do /Picture Do Q"),
        ("faintly", "q /Faint gs W 0 0 H 0 0 cm /Picture Do Q"),
        ("mirrored", "q -W 0 0 H W 0 cm /Picture Do Q"),
        ("upside down", "q -W 0 0 -H W H cm /Picture Do Q"),
        ("leaning", "q W 0 5 H 0 0 cm /Picture Do Q"),
        ("half of it", "q W 0 0 H W/2 0 cm /Picture Do Q"),
        ("smaller", "q W/2 0 0 H/2 0 0 cm /Picture Do Q"),
        ("what is not there", "/Other Do"),
        ("nonsense", "q q q ) >> <"),
        (
            "what only some read",
            "q W 0 0 H 0 0 cm /Picture Do Q ) 0 0 9 9 re f",
        ),
    ] {
        refused(what, drawn_by(operators));
    }
}

/// A picture that recolours itself, is masked otherwise, or lies in a layer is not the one that was approved.
#[test]
fn a_picture_with_more_than_samples_is_refused() {
    for (before, after) in [
        ("/DeviceRGB", "/DeviceCMY"),
        (
            "/BitsPerComponent 8",
            "/BitsPerComponent 8 /Decode [1 0 1 0 1 0]",
        ),
        ("/BitsPerComponent 8", "/BitsPerComponent 8 /OC 1 0 R"),
        ("/BitsPerComponent 8", "/BitsPerComponent 4"),
        ("/Width 320", "/Width 300"),
        ("/Width 320", "/Width 99999999999"),
        ("/SMask ", "/Mask "),
    ] {
        let mut drawn = drawn(&picture(), WIDTH);
        change(&mut drawn.appearance.objects[0], before, after);
        let end = found(&Paper::plain(), &showing(drawn));
        assert_eq!(end, Err(Obstacle::OtherPicture.into()), "{after}");
    }
}

/// Readers differ in which of two counts.
#[test]
fn a_picture_that_is_named_twice_is_refused() {
    let mut drawn = drawn(&picture(), WIDTH);
    change(
        &mut drawn.appearance.resources,
        "/Picture ",
        "/Picture 1 0 R /Picture ",
    );
    let end = found(&Paper::plain(), &showing(drawn));
    assert_eq!(end, Err(Obstacle::OtherPicture.into()));
}

fn change(object: &mut Template, before: &str, after: &str) {
    let mut changed = 0;
    for piece in &mut object.0 {
        if let Piece::Bytes(bytes) = piece
            && let Some(at) = bytes
                .windows(before.len())
                .position(|one| one == before.as_bytes())
        {
            bytes.splice(at..at + before.len(), after.bytes());
            changed += 1;
        }
    }
    assert_eq!(changed, 1, "{before}");
}

/// As other programs draw: forms within forms, each with units of its own.
#[test]
fn a_picture_within_forms_is_found() {
    for (content, matrix, good) in [
        ("q 160 0 0 150 0 0 cm /Picture Do Q", "2 0 0 2 0 0", true),
        ("q 160 0 0 150 0 0 cm /Picture Do Q", "1 0 0 1 0 0", false),
        (
            "q 160 0 0 150 0 0 cm /Picture Do Q",
            "0 2 -2 0 300 0",
            false,
        ),
        (
            "q 160 0 0 150 0 0 cm /Picture Do Q 1 1 1 1 re S",
            "2 0 0 2 0 0",
            false,
        ),
    ] {
        let mut drawn = drawn(&picture(), WIDTH);
        let (width, height) = (drawn.place.width / 320.0, drawn.place.height / 300.0);
        let inner = format!(
            "<< /Type /XObject /Subtype /Form /BBox [0 0 160 150] /Matrix [{matrix}] /Length {} /Resources ",
            content.len()
        );
        let mut form = vec![Piece::Bytes(inner.into_bytes())];
        form.append(&mut drawn.appearance.resources.0);
        form.push(Piece::Bytes(
            format!(" >>\nstream\n{content}\nendstream").into_bytes(),
        ));
        drawn.appearance.objects.push(Template(form));
        drawn.appearance.content =
            format!("q {width} 0 0 {height} 0 0 cm /Layer Do Q").into_bytes();
        drawn.appearance.resources = Template(vec![
            Piece::Bytes(b"<< /XObject << /Layer ".to_vec()),
            Piece::Reference(2),
            Piece::Bytes(b" >> >>".to_vec()),
        ]);
        let end = found(&Paper::plain(), &showing(drawn));
        assert_eq!(end.is_ok(), good, "{content} {matrix}: {end:?}");
    }
}
