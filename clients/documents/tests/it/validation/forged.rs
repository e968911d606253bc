//! Tricks with the place of a signature in a PDF: none is answered as intact, over the whole file and
//! unchanged.

use kyso_documents::pdf::{Coverage, Limits};
use kyso_documents::validation::{Basis, Evidence, Fault, Integrity, Later, Report, pdf};

use super::house::{House, NOW, person};
use super::inside::{blank, judged, refilled, sign};
use super::made::{Wish, cms};

fn signed() -> Vec<u8> {
    sign(
        &blank(),
        "Leader",
        &House::shared().certify(&person()),
        &Wish::over(b""),
    )
}

fn find(file: &[u8], word: &[u8]) -> usize {
    file.windows(word.len())
        .rposition(|part| part == word)
        .unwrap()
}

/// The four numbers of the last signature, replaced where they fit the room.
fn ranged(file: &[u8], numbers: &str) -> Vec<u8> {
    let start = find(file, b"/ByteRange [") + 11;
    let room = file[start..].iter().position(|byte| *byte == b']').unwrap() + 1;
    let mut out = file.to_vec();
    let text = format!("[{numbers}{}]", " ".repeat(room - numbers.len() - 2));
    out[start..start + room].copy_from_slice(text.as_bytes());
    out
}

fn numbers(file: &[u8]) -> [usize; 4] {
    let start = find(file, b"/ByteRange [") + 12;
    let end = start + file[start..].iter().position(|byte| *byte == b']').unwrap();
    let text = std::str::from_utf8(&file[start..end]).unwrap();
    let all: Vec<usize> = text
        .split_whitespace()
        .map(|one| one.parse().unwrap())
        .collect();
    all.try_into().unwrap()
}

/// Nothing, or nothing that is intact, clear and unchanged.
fn fooled(file: &[u8]) -> Option<Report> {
    let trust = House::shared().trust();
    let basis = Basis {
        trust: &trust,
        evidence: &Evidence::default(),
        now: NOW,
    };
    let report = pdf(file, &basis, &Limits::default()).ok()?;
    let clean = report.signatures.iter().any(|one| {
        one.integrity == Integrity::Intact
            && one.coverage == Coverage::WholeFile
            && one.later == Later::Nothing
    });
    clean.then_some(report)
}

#[test]
fn odd_ranges_are_never_a_signature_over_the_whole_file() {
    let file = signed();
    assert!(fooled(&file).is_some(), "the file itself is what it says");
    let [_, end, next, length] = numbers(&file);
    for odd in [
        String::new(),
        "0".to_owned(),
        format!("0 {end}"),
        format!("0 {end} {next}"),
        format!("0 {end} {next} {length} 0"),
        format!("1 {} {next} {length}", end - 1),
        format!("0 {} {next} {length}", end - 1),
        format!("0 {} {next} {length}", end + 1),
        format!("0 {end} {} {}", next - 1, length + 1),
        format!("0 {end} {} {}", next + 1, length - 1),
        format!("0 {end} {next} {}", length + 1),
        format!("0 {end} {next} {}", length - 1),
        format!("0 {end} {end} {}", length + next - end),
        format!("0 {next} {end} {length}"),
        format!("{next} {length} 0 {end}"),
        format!("0 -{end} {next} {length}"),
        format!("0 {end} {next} 99999999999"),
        "0 0 0 0".to_owned(),
        format!("0 {} {} 0", file.len(), file.len()),
    ] {
        let odd_file = ranged(&file, &odd);
        assert_eq!(fooled(&odd_file), None, "{odd}");
        // Also when the digest fits what the ranges name, as far as they name anything.
        let again = sign_over(&odd_file, &odd);
        assert_eq!(
            again.and_then(|file| fooled(&file)),
            None,
            "{odd}, signed over that"
        );
    }
}

/// The file with a signature over just what its odd ranges name.
fn sign_over(file: &[u8], numbers: &str) -> Option<Vec<u8>> {
    let numbers: Vec<usize> = numbers
        .split_whitespace()
        .map_while(|one| one.parse().ok())
        .collect();
    let mut covered = Vec::new();
    for pair in numbers.chunks_exact(2) {
        covered.extend(file.get(pair[0]..pair[0].checked_add(pair[1])?)?);
    }
    let signer = House::shared().certify(&person());
    Some(refilled(file, blank().len(), |_| {
        cms(&signer, &Wish::over(&covered))
    }))
}

#[test]
fn a_signature_with_something_missing_is_never_right() {
    let file = signed();
    for (from, to) in [
        ("/ByteRange", "/ByteRang "),
        ("/Contents <", "/Content  <"),
        ("/Contents <3", "/Contents <z"),
        ("/Contents <30", "/Contents <00"),
        ("/SubFilter /ETSI.CAdES", "/SubFilter /ETSI.Cades"),
        ("/SubFilter", "/Subfilter"),
        ("/Type /Sig ", "/Type /Sgi "),
        ("/FT /Sig", "/FT /Sgi"),
        ("/FT /Sig", "/FT /Btn"),
    ] {
        let mut bad = file.clone();
        let place = blank().len() + find(&file[blank().len()..], from.as_bytes());
        bad[place..place + from.len()].copy_from_slice(to.as_bytes());
        assert_eq!(fooled(&bad), None, "{to}");
    }
}

/// Number and place of every object that begins behind a place.
fn objects(file: &[u8], from: usize) -> Vec<(usize, usize)> {
    let mark = b" 0 obj\n";
    let ends = (from..file.len()).filter(|at| file[*at..].starts_with(mark));
    let number = |end: usize| {
        let digits = file[..end].iter().rev();
        let start = end - digits.take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(&file[start..end]).unwrap();
        (number.parse().unwrap(), start)
    };
    ends.map(number).collect()
}

/// Where the last list of objects is said to be.
fn last_list(file: &[u8]) -> usize {
    let text = &file[find(file, b"startxref\n") + 10..];
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit());
    let digits: String = digits.map(|byte| char::from(*byte)).collect();
    digits.parse().unwrap()
}

/// Wrapping: an update says the dictionary anew, with the signature as it was and ranges over the very bytes that were
/// signed; but what they leave out is something else, or more.
fn wrapped(file: &[u8], left_out: &[u8]) -> Vec<u8> {
    let [_, end, next, length] = numbers(file);
    let (contents, moved) = (&file[end..next], end + left_out.len() - next);
    let mut out = [&file[..end], left_out, &file[next..]].concat();
    let contents = String::from_utf8_lossy(contents);
    let (signature, _) = *objects(&file[..end], 0).last().unwrap();
    let mut listed = objects(file, next);
    for (_, place) in &mut listed {
        *place += moved;
    }
    listed.push((signature, out.len()));
    listed.sort_unstable();
    let dictionary = format!(
        "{signature} 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached \
         /ByteRange [0 {end} {} {length}] /Contents {contents} >>\nendobj\n",
        next + moved
    );
    out.extend(dictionary.into_bytes());
    let (table, previous) = (out.len(), last_list(file) + moved);
    let rows = listed
        .iter()
        .map(|(number, place)| format!("{number} 1\n{place:010} 00000 n \n"));
    let rows: String = rows.collect();
    let trailer = format!("trailer\n<< /Root 1 0 R /Size 30 /Prev {previous} >>\n");
    out.extend(format!("xref\n{rows}{trailer}startxref\n{table}\n%%EOF\n").into_bytes());
    out
}

#[test]
fn the_contents_of_the_dictionary_must_be_what_the_ranges_leave_out() {
    let file = signed();
    let [_, end, next, _] = numbers(&file);
    let gap = file[end..next].to_vec();
    let zeros = [&b"<"[..], &vec![b'0'; gap.len() - 2], b">"].concat();
    let one = |left_out: &[u8]| judged(&wrapped(&file, left_out)).signatures.remove(0);
    let same = one(&gap);
    let expected = (Integrity::Intact, Coverage::EarlierRevision);
    assert_eq!(
        (same.integrity, same.coverage),
        expected,
        "the update is read"
    );
    for left_out in [
        zeros,
        [&gap[..], b"    "].concat(),
        [&gap[..], b"<00>"].concat(),
        [&gap[..gap.len() - 1], b"00>"].concat(),
        [&gap[..], b"\n29 0 obj\n<< /Other true >>\nendobj\n"].concat(),
    ] {
        let one = one(&left_out);
        let found = (one.integrity, one.coverage);
        let end = String::from_utf8_lossy(&left_out[left_out.len() - 9..]).into_owned();
        assert_eq!(found, (Integrity::Broken, Coverage::Unclear), "{end}");
        assert_eq!(one.faults, [Fault::Ranges], "{end}");
    }
}

#[test]
fn what_is_appended_later_is_not_what_was_signed() {
    let file = signed();
    let content = b"BT /F 12 Tf 72 720 Td (Khac) Tj ET";
    let start = file.len();
    let object = format!("5 0 obj\n<< /Length {} >>\nstream\n", content.len());
    let mut later = file.clone();
    later.extend(object.into_bytes());
    later.extend(content);
    later.extend(b"\nendstream\nendobj\n");
    let (table, previous) = (later.len(), last_list(&file));
    let end = format!(
        "xref\n5 1\n{start:010} 00000 n \ntrailer\n<< /Root 1 0 R /Size 30 /Prev {previous} >>\nstartxref\n{table}\n%%EOF\n"
    );
    later.extend(end.into_bytes());
    let report = judged(&later);
    let one = &report.signatures[0];
    assert_eq!(
        (one.integrity, one.coverage),
        (Integrity::Intact, Coverage::EarlierRevision)
    );
    assert_ne!(one.later, Later::Nothing);
    assert!(!report.is_good());
    assert_eq!(fooled(&later), None);
    // Without a list of objects, whatever is behind the end is not even a file.
    for garbage in [&b"\n% a comment"[..], b"\0", b"9 0 obj\n<<>>\nendobj\n"] {
        assert_eq!(fooled(&[&file, garbage].concat()), None);
    }
}

#[test]
fn an_older_signature_under_new_ranges_is_not_over_them() {
    let file = signed();
    let [_, end, next, length] = numbers(&file);
    let longer = [file.as_slice(), b"\n%%EOF\n"].concat();
    let stretched = ranged(&longer, &format!("0 {end} {next} {}", length + 7));
    assert_eq!(fooled(&stretched), None);
}

#[test]
fn no_byte_of_the_file_can_be_changed() {
    let file = signed();
    let [_, end, next, _] = numbers(&file);
    for place in (0..file.len())
        .step_by(13)
        .filter(|place| !(end..next).contains(place))
    {
        let mut altered = file.clone();
        altered[place] ^= 1;
        assert_eq!(fooled(&altered), None, "{place}");
    }
}
