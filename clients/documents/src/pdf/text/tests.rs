//! Values read and not read.

use super::*;

fn whole(text: &[u8]) -> Option<Kind> {
    let value = Cursor::new(text, 0).value()?;
    (value.span == (0..text.len())).then_some(value.kind)
}

#[test]
fn values_are_as_long_as_the_standard_says() {
    for (text, kind) in [
        (&b"null"[..], Kind::Word),
        (b"-.5", Kind::Number),
        (b"12", Kind::Number),
        (b"/A#20B", Kind::Name),
        (b"/", Kind::Name),
        (b"(a(b)\\)c)", Kind::String),
        (b"<4 1>", Kind::String),
        (b"12 0 R", Kind::Reference(12, 0)),
        (b"[1 2 0 R(])]", Kind::Array),
        (b"<</A<</B/C>>>>", Kind::Dictionary),
        (b"<</A 1%>>\n/B[]>>", Kind::Dictionary),
    ] {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(whole(text), Some(kind), "{shown}");
    }
}

#[test]
fn broken_values_are_none() {
    for text in [
        &b""[..],
        b"<<",
        b"<</A>>",
        b"<</A 1",
        b"[1",
        b"(a",
        b"(a\\)",
        b"<4g>",
        b"nul",
        b"nulls",
        b")",
        b">>",
        b"]",
        b"{",
        b"<<1 2>>",
    ] {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(Cursor::new(text, 0).value(), None, "{shown}");
    }
    let deep = [b"[".repeat(65), b"]".repeat(65)].concat();
    assert_eq!(Cursor::new(&deep, 0).value(), None);
    assert_eq!(
        whole(&[b"[".repeat(64), b"]".repeat(64)].concat()),
        Some(Kind::Array)
    );
}

#[test]
fn entries_have_plain_names_and_stand_once() {
    let text = b"<< /A#42 1 /C null /D [2 0 R] >>";
    let value = Cursor::new(text, 0).value().unwrap();
    let entries = value.entries(text).unwrap();
    assert_eq!(find(&entries, text, b"AB").unwrap().unsigned(text), Some(1));
    assert_eq!(find(&entries, text, b"C"), None);
    assert_eq!(find(&entries, text, b"D").unwrap().kind, Kind::Array);
    let twice = b"<< /AB 1 /A#42 2 >>";
    assert_eq!(Cursor::new(twice, 0).value().unwrap().entries(twice), None);
}
