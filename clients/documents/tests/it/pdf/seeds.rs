//! Seeds for whatever reads a PDF and what was added to it.

use kyso_documents::appearance::Picture;
use kyso_documents::pdf::{Limits, Pdf, Request, prepare};

use super::approved::{WIDTH, drawn, judged, open, picture_file, showing};
use super::paper::{Form, Paper};
use super::reserved::{leader, numbered, papers, seal};
use super::{PLACE, new, sign};
use crate::pki::Pki;
use crate::seeds::{behind, plant};

#[test]
fn every_form_of_a_file_is_a_seed_of_what_reads_and_writes_it() {
    for form in Form::ALL {
        for (number, paper) in papers().iter().enumerate() {
            let file = paper.write(form);
            assert!(prepare(&file, &new("A", Some(PLACE)), &Limits::default()).is_ok());
            plant("pdf_prepare", &format!("{form:?}-{number}"), &file);
            let pdf = Pdf::read(&file, &Limits::default()).unwrap();
            assert_eq!(pdf.whole().map(|whole| whole.pages), Ok(2));
            plant("pdf_whole", &format!("{form:?}-{number}"), &file);
        }
    }
}

/// The steps of an outgoing document: leader, number and date, seal, and something that nobody explains.
fn steps(form: Form) -> [(&'static str, Vec<u8>); 4] {
    let one = sign(&Paper::plain().write(form), &leader());
    let two = numbered(&one);
    let three = sign(&two, &seal());
    let other = sign(&three, &new("Phụ lục", None));
    [
        ("leader", one),
        ("number", two),
        ("seal", three),
        ("other", other),
    ]
}

#[test]
fn every_step_of_a_document_is_a_seed_of_what_looks_back() {
    for form in Form::ALL {
        for (step, file) in steps(form) {
            let pdf = Pdf::read(&file, &Limits::default()).unwrap();
            let later = pdf.later(&Limits::default()).unwrap();
            assert!(
                later.iter().all(kyso_documents::pdf::Later::is_explained),
                "{step}"
            );
            for target in ["pdf_history", "pdf_prepare", "pdf_whole"] {
                plant(target, &format!("{step}-{form:?}"), &file);
            }
        }
    }
}

/// The target has the authority, the picture that was approved, and the file in which its seal is open.
#[test]
fn a_seal_that_is_open_with_its_picture_is_a_seed() {
    let authority = Pki::shared().authority.clone();
    let png = picture_file();
    let picture = Picture::read(&png).unwrap();
    let unseen = Request {
        lock: seal().lock,
        ..new("Con dấu", None)
    };
    for form in Form::ALL {
        for (name, request) in [
            ("shown", showing(drawn(&picture, WIDTH))),
            ("unseen", unseen.clone()),
        ] {
            let file = open(&Paper::plain().write(form), &request);
            assert_eq!(judged(&file, &request), Ok(()));
            let seed = behind([&authority, &png], &file);
            plant("pdf_history", &format!("open-{name}-{form:?}"), &seed);
        }
    }
}
