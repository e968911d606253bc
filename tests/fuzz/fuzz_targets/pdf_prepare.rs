//! No bytes bring the reader and the writer of PDFs down, and what was there stays where it was.

#![no_main]

use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Pdf, Place, Request, Target, prepare};
use kyso_fuzz::LIMITS;
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

const PLACE: Place = Place {
    page: 1,
    left: 1.0,
    bottom: 1.0,
    width: 10.0,
    height: 10.0,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(pdf) = Pdf::read(bytes, &LIMITS) else {
        return;
    };
    for embedded in pdf.signatures().into_iter().flatten() {
        let _ = embedded.digest(bytes, HashAlgorithm::Sha256);
    }
    let _ = pdf.gap("Nguyễn Văn Bưởi");
    for place in [None, Some(PLACE)] {
        let name = "fuzz".to_owned();
        let request = Request::new(Target::New { name, place }, OffsetDateTime::UNIX_EPOCH);
        let Ok(prepared) = prepare(bytes, &request, &LIMITS) else {
            continue;
        };
        let [start, first, second, _] = prepared.byte_range();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        assert!(start == 0 && length < first && first < second);
    }
});
