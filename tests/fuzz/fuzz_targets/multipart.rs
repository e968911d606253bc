//! No body brings the reader of forms with files down; every part is a piece of it, in its order.

#![no_main]

use kysod::http::multipart::{boundary, parts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first line is the content type.
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (kind, body) = bytes.split_at(end.unwrap_or_default());
    let named = std::str::from_utf8(kind).ok().and_then(boundary);
    let Ok(found) = parts(body.get(1..).unwrap_or_default(), named.unwrap_or("x")) else {
        return;
    };
    let mut last = body.as_ptr_range().start;
    for part in found {
        let content = part.content.as_ptr_range();
        assert!(last <= content.start && content.end <= body.as_ptr_range().end);
        last = content.end;
        assert!(!part.name.contains('"'));
    }
});
