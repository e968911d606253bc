//! What is written anew is a document of ours again, with as many pages, and drawing it brings nothing down.

#![no_main]

use kyso_documents::pdf::{Limits, Pdf};
use kyso_fuzz::LIMITS;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pdf) = Pdf::read(bytes, &LIMITS) else {
        return;
    };
    let Ok(whole) = pdf.whole() else {
        return;
    };
    let larger = Limits {
        bytes: usize::MAX,
        ..LIMITS
    };
    let again = Pdf::read(&whole.file, &larger).map(|pdf| pdf.whole().map(|one| one.pages));
    assert_eq!(again, Ok(Ok(whole.pages)));
    let few = kyso_render::Limits {
        pages: 3,
        bytes: 1 << 24,
    };
    let mut drawn = 0;
    if kyso_render::draw(whole.file, few, |_| drawn += 1).is_ok() {
        assert_eq!(drawn, whole.pages);
    }
});
