//! No body brings the readers of forms with files down; every part is a piece of it, in its order. Where a form comes whole and where
//! it arrives in pieces, the same parts come of it.

#![no_main]

use kysod::http::multipart::{boundary, parts};
use kysod::http::splitter::{Splitter, Step};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first line is the content type.
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (kind, body) = bytes.split_at(end.unwrap_or_default());
    let named = std::str::from_utf8(kind).ok().and_then(boundary);
    let (body, named) = (body.get(1..).unwrap_or_default(), named.unwrap_or("x"));
    let arrived = arrived(
        body,
        named,
        usize::from(bytes.first().copied().unwrap_or_default()) + 1,
    );
    let Ok(found) = parts(body, named) else {
        return;
    };
    // After the end of a form that arrives nothing may stand, and there may be more parts.
    if let Some(arrived) = arrived {
        let found = found.iter().map(|part| part.content.to_vec());
        assert_eq!(arrived, found.collect::<Vec<_>>());
    }
    let mut last = body.as_ptr_range().start;
    for part in found {
        let content = part.content.as_ptr_range();
        assert!(last <= content.start && content.end <= body.as_ptr_range().end);
        last = content.end;
        assert!(!part.name.contains('"'));
    }
});

/// The contents of a form that comes in pieces of this length; none if it is no form.
fn arrived(body: &[u8], boundary: &str, length: usize) -> Option<Vec<Vec<u8>>> {
    let mut splitter = Splitter::new(boundary);
    let (mut rest, mut contents) = (body.chunks(length), Vec::new());
    loop {
        match splitter.step().ok()? {
            Step::Head(_) => contents.push(Vec::new()),
            Step::Piece(piece) => contents.last_mut()?.extend_from_slice(&piece),
            Step::Over => {}
            step @ (Step::More | Step::End) => match rest.next() {
                Some(more) => splitter.push(more),
                None => return (step == Step::End).then_some(contents),
            },
        }
    }
}
