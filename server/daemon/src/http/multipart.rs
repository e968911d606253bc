//! The files of a form (`multipart/form-data`, RFC 7578), out of a body that came whole.
//!
//! Only as much of it as browsers send: parts one after the other, each with a name. What is written
//! otherwise is refused.

use memchr::memmem;

/// More parts than this no form of ours has.
const MAX_PARTS: usize = 8;
/// Longest head of a part with the empty line after it, in bytes.
pub(super) const MAX_HEAD: usize = 4096;

/// The body is not such a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a form with files")]
pub struct Misread;

/// One part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'a> {
    /// Name of its field.
    pub name: &'a str,
    /// What was sent.
    pub content: &'a [u8],
}

/// The boundary that a content type names.
pub fn boundary(kind: &str) -> Option<&str> {
    let (media, parameters) = kind.split_once(';')?;
    let form = media.trim().eq_ignore_ascii_case("multipart/form-data");
    let mut named = parameters
        .split(';')
        .filter_map(|one| one.trim().split_once('='));
    let (_, value) = named.find(|(name, _)| name.eq_ignore_ascii_case("boundary"))?;
    let value = value.trim_matches('"');
    let fits = (1..=70).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    (form && fits).then_some(value)
}

/// The parts of a body.
///
/// # Errors
/// [`Misread`].
pub fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, Misread> {
    let line = format!("\r\n--{boundary}");
    let (_, first) = line.split_at(2);
    let mut rest = body.strip_prefix(first.as_bytes()).ok_or(Misread)?;
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        if parts.len() == MAX_PARTS {
            return Err(Misread);
        }
        let inside = rest.strip_prefix(b"\r\n").ok_or(Misread)?;
        let end = memmem::find(inside, line.as_bytes()).ok_or(Misread)?;
        let (part, after) = inside.split_at_checked(end).ok_or(Misread)?;
        parts.push(self::part(part).ok_or(Misread)?);
        rest = after.get(line.len()..).ok_or(Misread)?;
    }
    Ok(parts)
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let head = bytes.get(..bytes.len().min(MAX_HEAD))?;
    let end = memmem::find(head, b"\r\n\r\n")?;
    let (head, content) = bytes.split_at_checked(end)?;
    let name = field(std::str::from_utf8(head).ok()?)?;
    let content = content.get(4..)?;
    Some(Part { name, content })
}

/// Name of the field that a part is, by the part's head.
pub(super) fn field(head: &str) -> Option<&str> {
    values(head, "content-disposition").find_map(name)
}

/// What a part's head says that it is, if it says anything.
pub(super) fn kind(head: &str) -> Option<&str> {
    values(head, "content-type").next().map(str::trim)
}

fn values<'h>(head: &'h str, header: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = head.split("\r\n");
    let pairs = lines.filter_map(|line| line.split_once(':'));
    let own = pairs.filter(move |(name, _)| name.eq_ignore_ascii_case(header));
    own.map(|(_, value)| value)
}

/// The name in `form-data; name="document"; filename="…"`. Its value is quoted or, as some libraries write it, a token
/// (RFC 2183 §2); ours have no quotes in them.
fn name(value: &str) -> Option<&str> {
    let (_, mut rest) = value.split_once(';')?;
    loop {
        let (parameter, after) = rest.split_once('=')?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => until_quote(quoted)?,
            None => token(after)?,
        };
        if parameter.trim().eq_ignore_ascii_case("name") {
            return Some(value);
        }
        rest = after.trim_start().strip_prefix(';')?;
    }
}

/// What stands before the closing quote, and after it.
fn until_quote(quoted: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = quoted.find(|letter| {
        let ends = letter == '"' && !escaped;
        escaped = letter == '\\' && !escaped;
        ends
    });
    let (value, after) = quoted.split_at(end?);
    Some((value, after.strip_prefix('"')?))
}

/// A value without quotes, and what follows it.
fn token(text: &str) -> Option<(&str, &str)> {
    let (value, after) = text.split_at(text.find(';').unwrap_or(text.len()));
    let value = value.trim_end();
    let right = |byte: u8| byte.is_ascii_graphic() && !br#"()<>@,:\"/[]?="#.contains(&byte);
    (!value.is_empty() && value.bytes().all(right)).then_some((value, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n\r\n--x\r\n\
        content-disposition: form-data; name=\"document\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n--y\r\n--x--\r\n";

    #[test]
    fn a_form_comes_apart_as_browsers_put_it_together() {
        let found = parts(FORM.as_bytes(), "x").unwrap();
        let expected = [("csrf", &b""[..]), ("document", b"%PDF\r\n--y")];
        let expected = expected.map(|(name, content)| Part { name, content });
        assert_eq!(found, expected);
    }

    #[test]
    fn anything_else_is_no_form() {
        for length in 0..FORM.len() - 4 {
            assert_eq!(
                parts(&FORM.as_bytes()[..length], "x"),
                Err(Misread),
                "{length}"
            );
        }
        let many =
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n".repeat(9) + "--x--";
        for bad in ["", "x", "--x", "--x\r\n\r\nb\r\n--x--", &many] {
            assert_eq!(parts(bad.as_bytes(), "x"), Err(Misread), "{bad}");
        }
    }

    #[test]
    fn the_boundary_stands_in_the_type() {
        for (kind, expected) in [
            ("multipart/form-data; boundary=x", Some("x")),
            (
                "Multipart/Form-Data; charset=utf-8; boundary=\"x-y\"",
                Some("x-y"),
            ),
            ("multipart/form-data", None),
            ("multipart/form-data; boundary=", None),
            ("multipart/mixed; boundary=x", None),
            ("application/json", None),
        ] {
            assert_eq!(boundary(kind), expected, "{kind}");
        }
    }

    /// What a form is made of, and anything else between.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let known = prop::sample::select(vec![
            "--x",
            "--",
            "\r\n",
            "\r\n\r\n",
            "\r\n--x",
            "Content-Disposition: form-data; name=\"",
            "\"",
            "a",
        ]);
        prop_oneof![
            8 => known.prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ]
    }

    #[test]
    fn the_name_of_a_field_is_quoted_or_not_and_stands_where_it_likes() {
        for (value, expected) in [
            ("form-data; name=\"request\"", Some("request")),
            ("form-data; name=request", Some("request")),
            ("form-data;name=request", Some("request")),
            (
                "form-data; Name=file; filename=a.pdf; filename*=utf-8''a.pdf",
                Some("file"),
            ),
            ("form-data; filename=\"a; name=b\"; name=file", Some("file")),
            (
                "form-data; filename=\"a\\\"; name=b\" ; name=\"file\"",
                Some("file"),
            ),
            ("form-data; filename=name=b", None),
            ("form-data; name=", None),
            ("form-data; name", None),
            ("form-data; name=\"request", None),
            ("form-data; name=two words", None),
            ("form-data", None),
            ("name=request", None),
        ] {
            let head = format!("Content-Type: text/plain\r\nContent-Disposition: {value}");
            assert_eq!(field(&head), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_was_put_together_comes_apart_again(
            files in prop::collection::vec(("[a-z]{0,8}", prop::collection::vec(any::<u8>(), 0..60)), 0..=MAX_PARTS),
        ) {
            let mut body = Vec::new();
            for (name, content) in &files {
                let head = format!("--of-the-form\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
                body.extend([head.as_bytes(), content, b"\r\n"].concat());
            }
            body.extend(b"--of-the-form--\r\n");
            let expected = files.iter().map(|(name, content)| Part { name, content });
            prop_assert_eq!(parts(&body, "of-the-form"), Ok(expected.collect()));
        }

        #[test]
        fn whatever_comes_is_no_form_or_has_its_parts_in_it(pieces in prop::collection::vec(piece(), 0..24)) {
            let body = pieces.concat();
            let mut last = body.as_ptr_range().start;
            for part in parts(&body, "x").into_iter().flatten() {
                let content = part.content.as_ptr_range();
                prop_assert!(last <= content.start && content.end <= body.as_ptr_range().end);
                last = content.end;
            }
        }
    }
}
