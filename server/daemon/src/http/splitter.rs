//! The parts of a form while it arrives: the same as [`super::multipart`] reads out of a body that came whole, so that a
//! file can go on before its end has come.
//!
//! It knows no connection: bytes are pushed in and steps come out, and what it holds is the last piece that was pushed and less
//! than one head or one boundary more.

use actix_web::web::{Bytes, BytesMut};
use memchr::memmem;

use super::multipart::{MAX_HEAD, Misread, field, kind};

/// What comes next in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// That depends on bytes which have not come.
    More,
    /// A part begins.
    Head(Head),
    /// Some of its content.
    Piece(Bytes),
    /// The part ends.
    Over,
    /// The form ends; whoever pushes more has it looked at, too.
    End,
}

/// The head of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name of its field.
    pub name: String,
    /// What it says that it is, if it says anything.
    pub kind: Option<String>,
}

/// Takes a form apart.
#[derive(Debug)]
pub struct Splitter {
    /// What stands before each part and after the last one.
    line: Vec<u8>,
    held: BytesMut,
    at: At,
}

/// What is to be read next.
#[derive(Debug, Clone, Copy)]
enum At {
    /// The first boundary.
    Start,
    /// Whether another part follows.
    Boundary,
    Head,
    /// The end of the empty line after a head: no boundary may stand on it.
    EmptyLine,
    Content,
    End,
}

impl Splitter {
    /// Of a form with this boundary.
    pub fn new(boundary: &str) -> Self {
        Self {
            line: format!("\r\n--{boundary}").into_bytes(),
            // The first boundary has no end of line before it.
            held: BytesMut::from(&b"\r\n"[..]),
            at: At::Start,
        }
    }

    /// Takes bytes that came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next step; after [`Step::More`] only once more was pushed.
    ///
    /// # Errors
    /// [`Misread`], then for good.
    pub fn step(&mut self) -> Result<Step, Misread> {
        match self.at {
            At::Start => self.start(),
            At::Boundary => self.boundary(),
            At::Head => self.head(),
            At::EmptyLine => self.empty_line(),
            At::Content => Ok(self.content()),
            At::End => self.end(),
        }
    }

    fn start(&mut self) -> Result<Step, Misread> {
        if self.held.len() < self.line.len() && self.line.starts_with(&self.held) {
            return Ok(Step::More);
        }
        if !self.held.starts_with(&self.line) {
            return Err(Misread);
        }
        self.pass(self.line.len(), At::Boundary);
        self.boundary()
    }

    fn boundary(&mut self) -> Result<Step, Misread> {
        match self.held.get(..2) {
            None => Ok(Step::More),
            Some(b"--") => {
                self.pass(2, At::End);
                self.end()
            }
            Some(b"\r\n") => {
                self.pass(2, At::Head);
                self.head()
            }
            Some(_) => Err(Misread),
        }
    }

    fn head(&mut self) -> Result<Step, Misread> {
        let most = self.held.len().min(MAX_HEAD);
        let (head, _) = self.held.split_at(most);
        let Some(end) = memmem::find(head, b"\r\n\r\n") else {
            let more = most < MAX_HEAD && memmem::find(head, &self.line).is_none();
            return more.then_some(Step::More).ok_or(Misread);
        };
        let head = head.get(..end).unwrap_or_default();
        let head = Head::read(head, &self.line).ok_or(Misread)?;
        self.pass(end + 2, At::EmptyLine);
        Ok(Step::Head(head))
    }

    fn empty_line(&mut self) -> Result<Step, Misread> {
        if self.held.starts_with(&self.line) {
            return Err(Misread);
        }
        if self.held.len() < self.line.len() {
            return Ok(Step::More);
        }
        self.pass(2, At::Content);
        Ok(self.content())
    }

    fn content(&mut self) -> Step {
        match memmem::find(&self.held, &self.line) {
            Some(0) => {
                self.pass(self.line.len(), At::Boundary);
                Step::Over
            }
            Some(end) => Step::Piece(self.held.split_to(end).freeze()),
            None => self.all_but_a_boundary(),
        }
    }

    /// A boundary may have begun in what came last.
    fn all_but_a_boundary(&mut self) -> Step {
        let begun = self.line.len().saturating_sub(1);
        match self.held.len().saturating_sub(begun) {
            0 => Step::More,
            end => Step::Piece(self.held.split_to(end).freeze()),
        }
    }

    /// Nothing but an end of line may follow.
    fn end(&self) -> Result<Step, Misread> {
        let nothing = b"\r\n".starts_with(&self.held);
        nothing.then_some(Step::End).ok_or(Misread)
    }

    fn pass(&mut self, length: usize, at: At) {
        drop(self.held.split_to(length));
        self.at = at;
    }
}

impl Head {
    fn read(head: &[u8], line: &[u8]) -> Option<Self> {
        if memmem::find(head, line).is_some() {
            return None;
        }
        let head = std::str::from_utf8(head).ok()?;
        Some(Self {
            name: field(head)?.to_owned(),
            kind: kind(head).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::multipart::parts;
    use super::*;

    /// A part as it came: its name, its kind, its content.
    type Came = (String, Option<String>, Vec<u8>);

    /// What comes of a body that arrives in pieces of this length, and the most that was held beside a piece.
    fn split(body: &[u8], length: usize) -> Result<(Vec<Came>, usize), Misread> {
        let mut splitter = Splitter::new("x");
        let mut rest = body.chunks(length);
        let (mut parts, mut most): (Vec<Came>, _) = (Vec::new(), 0);
        let (mut ended, mut open) = (false, false);
        loop {
            match splitter.step()? {
                Step::More | Step::End if rest.len() == 0 => break,
                step @ (Step::More | Step::End) => {
                    ended |= step == Step::End;
                    most = most.max(splitter.held.len());
                    splitter.push(rest.next().unwrap());
                }
                Step::Head(head) => {
                    parts.push((head.name, head.kind, Vec::new()));
                    open = true;
                }
                Step::Piece(piece) => parts.last_mut().unwrap().2.extend_from_slice(&piece),
                Step::Over => open = false,
            }
        }
        ended |= splitter.step() == Ok(Step::End);
        (ended && !open).then_some((parts, most)).ok_or(Misread)
    }

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"request\"\r\nContent-Type: application/json\r\n\r\n{}\r\n--x\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF\r\n--y\r\n-\r\n--x--\r\n";

    #[test]
    fn a_form_comes_apart_however_it_arrives() {
        let json = Some("application/json".to_owned());
        let expected = [
            ("request".to_owned(), json, b"{}".to_vec()),
            ("file".to_owned(), None, b"%PDF\r\n--y\r\n-".to_vec()),
        ];
        for length in 1..=FORM.len() {
            let (found, _) = split(FORM.as_bytes(), length).unwrap();
            assert_eq!(found, expected, "{length}");
        }
    }

    #[test]
    fn less_than_a_boundary_of_a_content_is_held_back() {
        let content = vec![b'\r'; 1 << 20];
        let head = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
        let body = [head.as_bytes(), &content, b"\r\n--x--"].concat();
        let (found, most) = split(&body, 1000).unwrap();
        assert_eq!(found[0].2, content);
        assert!(most < 5, "{most}");
    }

    #[test]
    fn anything_else_is_no_form() {
        for length in 0..FORM.len() - 2 {
            let cut = split(&FORM.as_bytes()[..length], 7);
            assert_eq!(cut, Err(Misread), "{length}");
        }
        let long = format!("--x\r\nA: {}\r\n\r\n", "b".repeat(MAX_HEAD));
        let more = format!("{FORM}x");
        for bad in [
            "",
            "x",
            "\r\n--x--",
            "--x",
            "--x-",
            "--x\r\n\r\nb\r\n--x--",
            "--x\r\nA: b\r\n\r\nc\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n--x\r\n\r\nb\r\n--x--",
            &long,
            &more,
        ] {
            for length in [1, 3, 10_000] {
                assert_eq!(split(bad.as_bytes(), length), Err(Misread), "{bad}");
            }
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
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n",
            "\r\n--x--",
            "a",
        ]);
        prop_oneof![
            8 => known.prop_map(|text| text.as_bytes().to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..8),
        ]
    }

    proptest! {
        #[test]
        fn what_arrives_comes_apart_as_what_came_whole(pieces in prop::collection::vec(piece(), 0..16), length in 1_usize..40) {
            let body = [b"--x\r\n".to_vec(), pieces.concat(), b"\r\n--x--".to_vec()].concat();
            // After its end the one lets anything stand, and the other nothing.
            let end = memmem::find(&body, b"--x--").unwrap() + 5;
            let found = split(&body[..end], length).map(|(parts, _)| parts);
            let whole = parts(&body[..end], "x").map(|parts| {
                let plain = parts.iter().map(|part| (part.name.to_owned(), None, part.content.to_vec()));
                plain.collect::<Vec<Came>>()
            });
            if whole.is_ok() || found.as_ref().is_ok_and(|parts| parts.len() <= 8) {
                prop_assert_eq!(found, whole);
            }
        }
    }
}
