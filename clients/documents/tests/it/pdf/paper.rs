//! Small PDFs, written by hand so that a test says what is in them.

use std::fmt::Write as _;

/// How the objects are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Table,
    Stream,
    /// As a stream, with all that is no stream packed into one.
    Packed,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::Table, Self::Stream, Self::Packed];
}

/// The objects of a PDF; the first is the catalog.
#[derive(Clone, Debug)]
pub(crate) struct Paper {
    pub(crate) objects: Vec<(u32, String)>,
    pub(crate) trailer: String,
    /// What stands after `%%EOF`.
    pub(crate) end: String,
}

impl Paper {
    /// Two pages; the second takes its size and turn from the node above.
    pub(crate) fn plain() -> Self {
        let content = "BT /F 12 Tf 72 720 Td (Van ban) Tj ET";
        let content = format!(
            "<< /Length {} >>\nstream\n{content}\nendstream",
            content.len()
        );
        Self::of(&[
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 /MediaBox [0 0 595.32001 841.92004] /Resources << /Font << /F 6 0 R >> >> >>",
            "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Rotate 0 >>",
            "<< /Type /Page /Parent 2 0 R /Contents 5 0 R /Annots [ ] /MediaBox [ 0 0 300.10003 400 ] >>",
            &content,
            "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
        ])
    }

    pub(crate) fn of(objects: &[&str]) -> Self {
        let numbered = (1..).zip(objects.iter().map(|text| (*text).to_owned()));
        Self {
            objects: numbered.collect(),
            trailer: "/ID [<00112233445566778899aabbccddeeff> <00>]".to_owned(),
            end: "\n".to_owned(),
        }
    }

    /// With a part of an object's text replaced.
    pub(crate) fn with(mut self, number: u32, from: &str, to: &str) -> Self {
        let object = self.objects.iter_mut().find(|one| one.0 == number).unwrap();
        assert!(object.1.contains(from), "{from} in {}", object.1);
        object.1 = object.1.replacen(from, to, 1);
        self
    }

    /// With one more object.
    pub(crate) fn and(mut self, number: u32, text: &str) -> Self {
        self.objects.push((number, text.to_owned()));
        self
    }

    /// With a form that holds these fields, as text.
    pub(crate) fn form(self, fields: &str) -> Self {
        let form = format!("/Pages 2 0 R /AcroForm << /Fields {fields} >>");
        self.with(1, "/Pages 2 0 R", &form)
    }

    pub(crate) fn write(&self, form: Form) -> Vec<u8> {
        let mut out = String::from("%PDF-1.7\n");
        let mut entries = vec![(0, 0, 0, 65535)];
        let (packed, plain): (Vec<_>, Vec<_>) = self
            .objects
            .iter()
            .partition(|(_, text)| form == Form::Packed && !text.contains("stream"));
        for (number, text) in plain {
            entries.push((*number, 1, out.len(), 0));
            write!(out, "{number} 0 obj\n{text}\nendobj\n").unwrap();
        }
        let highest = self.objects.iter().map(|one| one.0).max().unwrap();
        let mut next = highest + 1;
        if form == Form::Packed {
            entries.push((next, 1, out.len(), 0));
            out.push_str(&pack(next, &packed, &mut entries));
            next += 1;
        }
        entries.sort_unstable();
        let start = out.len();
        let mut out = out.into_bytes();
        if form == Form::Table {
            out.extend(self.table(next, &entries).into_bytes());
        } else {
            entries.push((next, 1, start, 0));
            out.extend(self.stream(next, &entries));
        }
        out.extend(format!("startxref\n{start}\n%%EOF{}", self.end).into_bytes());
        out
    }

    fn table(&self, size: u32, entries: &[(u32, u8, usize, usize)]) -> String {
        let mut out = String::from("xref\n");
        for run in entries.chunk_by(|one, other| one.0 + 1 == other.0) {
            writeln!(out, "{} {}", run[0].0, run.len()).unwrap();
            for (_, kind, place, generation) in run {
                let kind = if *kind == 0 { 'f' } else { 'n' };
                writeln!(out, "{place:010} {generation:05} {kind} ").unwrap();
            }
        }
        writeln!(
            out,
            "trailer\n<< /Root 1 0 R /Size {size} {} >>",
            self.trailer
        )
        .unwrap();
        out
    }

    fn stream(&self, number: u32, entries: &[(u32, u8, usize, usize)]) -> Vec<u8> {
        let mut content = Vec::new();
        for (_, kind, place, generation) in entries {
            content.push(*kind);
            content.extend(u32::try_from(*place).unwrap().to_be_bytes());
            content.extend(u16::try_from(*generation).unwrap().to_be_bytes());
        }
        let index: Vec<_> = entries.iter().map(|one| format!("{} 1", one.0)).collect();
        let (index, size, length) = (index.join(" "), number + 1, content.len());
        let head = format!(
            "{number} 0 obj\n<< /Type /XRef /Root 1 0 R /Size {size} /W [1 4 2] /Index [{index}] /Length {length} {} >>\nstream\n",
            self.trailer
        );
        [head.as_bytes(), &content, b"\nendstream\nendobj\n"].concat()
    }
}

/// An object stream with these objects, which it enters into the list.
fn pack(
    number: u32,
    objects: &[&(u32, String)],
    entries: &mut Vec<(u32, u8, usize, usize)>,
) -> String {
    let (mut header, mut body) = (String::new(), String::new());
    for (index, (inside, text)) in objects.iter().enumerate() {
        entries.push((*inside, 2, usize::try_from(number).unwrap(), index));
        write!(header, "{inside} {} ", body.len()).unwrap();
        body.push_str(text);
        body.push('\n');
    }
    let (first, count) = (header.len(), objects.len());
    let length = first + body.len();
    format!(
        "{number} 0 obj\n<< /Type /ObjStm /N {count} /First {first} /Length {length} >>\nstream\n{header}{body}\nendstream\nendobj\n"
    )
}
