//! Updates as an attacker writes them.

use std::fmt::Write as _;

/// Objects to append, and how their list lies.
#[derive(Clone, Debug, Default)]
pub(in crate::pdf) struct Update {
    objects: Vec<(u32, Vec<u8>)>,
    /// Written, but on no list.
    unlisted: Vec<(u32, String)>,
    freed: Vec<u32>,
    /// Listed at places that are not in this update.
    elsewhere: Vec<(u32, usize)>,
    /// What the trailer says besides; without the root.
    trailer: Option<String>,
}

impl Update {
    pub(in crate::pdf) fn of(number: u32, text: &str) -> Self {
        Self::default().and(number, text)
    }

    pub(in crate::pdf) fn and(mut self, number: u32, text: &str) -> Self {
        self.objects.push((number, text.as_bytes().to_vec()));
        self
    }

    /// With an object that is not text, each byte as a letter.
    pub(in crate::pdf) fn binary(mut self, number: u32, text: &str) -> Self {
        let bytes = text.chars().map(|one| u8::try_from(one).unwrap());
        self.objects.push((number, bytes.collect()));
        self
    }

    pub(in crate::pdf) fn unlisted(mut self, number: u32, text: &str) -> Self {
        self.unlisted.push((number, text.to_owned()));
        self
    }

    pub(in crate::pdf) fn freed(mut self, number: u32) -> Self {
        self.freed.push(number);
        self
    }

    pub(in crate::pdf) fn elsewhere(mut self, number: u32, place: usize) -> Self {
        self.elsewhere.push((number, place));
        self
    }

    pub(in crate::pdf) fn trailer(mut self, text: &str) -> Self {
        self.trailer = Some(text.to_owned());
        self
    }

    /// The file with this update after it, listed as text.
    pub(in crate::pdf) fn after(&self, file: &[u8]) -> Vec<u8> {
        let mut out = file.to_vec();
        let mut listed = self.elsewhere.clone();
        for (number, text) in &self.objects {
            listed.push((*number, out.len()));
            out.extend(format!("{number} 0 obj\n").into_bytes());
            out.extend_from_slice(text);
            out.extend_from_slice(b"\nendobj\n");
        }
        for (number, text) in &self.unlisted {
            out.extend(format!("{number} 0 obj\n{text}\nendobj\n").into_bytes());
        }
        let start = out.len();
        let mut list = "xref\n".to_owned();
        for (number, place) in &listed {
            write!(list, "{number} 1\n{place:010} 00000 n \n").unwrap();
        }
        for number in &self.freed {
            write!(list, "{number} 1\n0000000000 00001 f \n").unwrap();
        }
        let trailer = self.trailer.as_deref().unwrap_or("/Root 1 0 R");
        let previous = last_start(file);
        let rest = format!(
            "trailer\n<< /Size 900 /ID [<00112233445566778899aabbccddeeff> <01>] /Prev {previous} {trailer} >>\n\
             startxref\n{start}\n%%EOF\n"
        );
        out.extend(list.into_bytes());
        out.extend(rest.into_bytes());
        out
    }
}

/// Where the last list of a file begins.
pub(in crate::pdf) fn last_start(file: &[u8]) -> usize {
    let text = super::super::text(file);
    let (_, rest) = text.rsplit_once("startxref").unwrap();
    rest.split_whitespace().next().unwrap().parse().unwrap()
}

/// The text of an object as it was written last.
pub(in crate::pdf) fn object(file: &[u8], number: u32) -> String {
    let text = super::super::text(file);
    let head = format!("\n{number} 0 obj\n");
    let (_, rest) = text.rsplit_once(&head).unwrap();
    rest.split_once("\nendobj").unwrap().0.to_owned()
}

/// The last text of an object with a part of it replaced.
pub(in crate::pdf) fn altered(file: &[u8], number: u32, from: &str, to: &str) -> Update {
    let text = object(file, number);
    assert!(text.contains(from), "{from} in {text}");
    Update::of(number, &text.replacen(from, to, 1))
}
