//! No bytes bring the reader of pictures down, and no words the setter of text.

#![no_main]

use kyso_documents::appearance::{CopyKind, Mark, Picture, Rules};
use kyso_documents::pdf::Sheet;
use libfuzzer_sys::fuzz_target;
use time::macros::{date, datetime};

const A4: Sheet = Sheet {
    width: 595.3,
    height: 841.9,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = Picture::read(bytes) {
        let (width, height) = picture.pixels();
        assert!(width > 0 && height > 0);
    }
    let Ok(rules) = Rules::at(date!(2026 - 11 - 26)) else {
        return;
    };
    let agency = String::from_utf8_lossy(bytes);
    let mark = Mark::Copy {
        kind: CopyKind::Extract,
        agency: &agency,
    };
    if let Ok(drawn) = rules.mark(&mark, datetime!(2026-11-26 8:00 +7), A4) {
        assert!(drawn.place.left >= 0.0 && drawn.place.bottom >= 0.0);
    }
});
