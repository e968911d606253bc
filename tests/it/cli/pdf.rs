//! PDFs that a person signs inside, and what `kyso verify` says of them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Output;

use kyso_tests::province::Signer;
use kyso_tests::server::tls;
use serde_json::{Value, json};

use super::{Terminal, code, text, why};
use crate::log;
use crate::world::World;

/// A page, with these members in the catalog, these in the trailer and these further objects.
pub(super) fn paper(catalog: &str, trailer: &str, more: &[&str]) -> String {
    let catalog = format!("<< /Type /Catalog /Pages 2 0 R {catalog} >>");
    let pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>";
    let page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>";
    let objects = [&[&*catalog, pages, page], more].concat();
    let mut file = "%PDF-1.7\n".to_owned();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for (number, object) in (1..).zip(&objects) {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        write!(file, "{number} 0 obj\n{object}\nendobj\n").unwrap();
    }
    let start = file.len();
    let size = objects.len() + 1;
    let trailer = format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n");
    format!("{file}{table}{trailer}startxref\n{start}\n%%EOF\n")
}

pub(super) fn plain() -> String {
    paper("", "", &[])
}

/// One with a field that waits for the leader.
fn waiting() -> String {
    let field =
        "<< /FT /Sig /T (LanhDao) /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /F 132 /P 3 0 R >>";
    paper("/AcroForm << /Fields [4 0 R] >>", "", &[field])
}

impl Terminal<'_> {
    /// Signs with a fresh one-time password; what it says to programs.
    pub(super) fn signed(&self, signer: &Signer, credential: &str, line: &[&str]) -> Value {
        self.take_otp(&signer.account);
        let sign = ["sign", "--otp-file", "otp", "--credential", credential];
        self.json(&[&sign[..], line].concat())
    }

    /// The signatures that a file must have, all of them valid: fields and what each is over.
    fn valid(&self, file: &str) -> Vec<(String, String)> {
        let output = self.verify(file);
        assert_eq!(code(&output), 0, "{output:?}");
        let report = report(&output);
        assert_eq!(report["valid"], true, "{report}");
        let all = report["signatures"].as_array().unwrap().iter();
        let of = |one: &Value| {
            assert_eq!(text(one, "sub_filter"), "ETSI.CAdES.detached");
            (
                text(one, "field").to_owned(),
                text(one, "coverage").to_owned(),
            )
        };
        all.map(of).collect()
    }

    /// What `openssl` says of the last signature in a PDF.
    fn openssl_accepts_inside(&self, file: &str) -> bool {
        let bytes = std::fs::read(self.path(file)).unwrap();
        let all = String::from_utf8_lossy(&bytes);
        let range = all.rsplit_once("/ByteRange [").unwrap().1;
        let numbers = range.split_once(']').unwrap().0.split_whitespace();
        let numbers: Vec<usize> = numbers.map(|one| one.parse().unwrap()).collect();
        let [_, end, next, length] = numbers[..] else {
            panic!("{numbers:?}");
        };
        let cms = hex::decode(&bytes[end + 1..next - 1]).unwrap();
        std::fs::write(self.path("inside.p7s"), cms).unwrap();
        let signed = [&bytes[..end], &bytes[next..next + length]].concat();
        std::fs::write(self.path("inside"), signed).unwrap();
        self.openssl_accepts("inside")
    }

    /// The names of all files here but the one-time password.
    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path("")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name != "otp").collect();
        names.sort();
        names
    }
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[test]
fn a_pdf_is_signed_inside_again_and_again() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    let (rsa, p256) = (&signer.credentials.rsa, &signer.credentials.p256);
    terminal.write("Quyết định.pdf", &plain());
    terminal.write("phụ lục.txt", "Phụ lục");
    let results = terminal.signed(&signer, rsa, &["Quyết định.pdf", "phụ lục.txt"]);
    let expected = json!([
        { "file": "Quyết định.pdf", "signature": "Quyết định.signed.pdf" },
        { "file": "phụ lục.txt", "signature": "phụ lục.txt.p7s" },
    ]);
    assert_eq!(results, expected);
    let intents = log::of_credential(world, "signature.intent", rsa);
    assert_eq!(intents.len(), 1, "one call for both files");
    assert!(terminal.openssl_accepts("phụ lục.txt"));
    let (mut file, mut before) = ("Quyết định.pdf".to_owned(), plain().into_bytes());
    let mut fields = vec![];
    for (number, credential) in (1..).zip([rsa, p256, rsa]) {
        if number > 1 {
            terminal.signed(&signer, credential, &[&file]);
        }
        assert_eq!(std::fs::read(terminal.path(&file)).unwrap(), before);
        file = file.replace(".pdf", ".signed.pdf");
        let after = std::fs::read(terminal.path(&file)).unwrap();
        assert!(after.starts_with(&before), "what was there stays as it was");
        before = after;
        assert!(terminal.openssl_accepts_inside(&file), "{file}");
        for (_, coverage) in &mut fields {
            *coverage = "earlier_revision".to_owned();
        }
        fields.push((format!("Signature{number}"), "whole_file".to_owned()));
        assert_eq!(terminal.valid(&file), fields);
    }
}

#[test]
fn a_field_that_waits_is_signed_by_name_and_a_signature_beside_stays_possible() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    let credential = &signer.credentials.p256;
    terminal.write("a.pdf", &waiting());
    terminal.signed(&signer, credential, &["a.pdf", "--field", "LanhDao"]);
    let whole = "whole_file".to_owned();
    assert_eq!(
        terminal.valid("a.signed.pdf"),
        [("LanhDao".to_owned(), whole)]
    );
    terminal.signed(&signer, credential, &["a.pdf", "--detached"]);
    assert!(terminal.openssl_accepts("a.pdf"));
    let output = terminal.verify_with("a.pdf", &["--detached"]);
    assert_eq!(code(&output), 0, "{output:?}");
    let output = terminal.verify("a.pdf");
    assert_eq!(code(&output), 1, "nothing is inside: {output:?}");
    assert_eq!(report(&output), json!({ "valid": false, "signatures": [] }));
    assert!(why(&output).1.contains("a.pdf.p7s"), "{output:?}");
}

#[test]
fn what_validators_dislike_is_said() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    let credential = &signer.credentials.p256;
    terminal.write(
        "a.pdf",
        &paper("/AcroForm << /Fields [] /XFA [] >>", "", &[]),
    );
    let results = terminal.signed(&signer, credential, &["a.pdf"]);
    assert_eq!(results[0]["warnings"], json!(["xfa"]), "{results}");
    terminal.take_otp(&signer.account);
    let line = [
        "sign",
        "a.pdf",
        "--force",
        "--otp-file",
        "otp",
        "--credential",
        credential,
    ];
    let output = terminal.kyso(&line);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with("Lưu ý, a.pdf: ") && said.contains("(xfa)"),
        "{output:?}"
    );
}

/// A name for which there can be no longer one beside it (`NAME_MAX` is 255).
fn longest() -> String {
    format!("{}.pdf", "x".repeat(240))
}

impl Terminal<'_> {
    /// Files of which some cannot be signed.
    fn write_bad_files(&self) {
        let good = plain();
        for name in ["good.pdf", "taken.pdf", &longest()] {
            self.write(name, &good);
        }
        self.write("taken.signed.pdf", "old");
        self.write("form.pdf", &waiting());
        self.write("text.pdf", "Công văn");
        self.write("cut.pdf", &good[..good.len() - 40]);
        self.write("a.txt", "Công văn");
        let handler = "<< /Filter /Standard /V 1 /R 2 /P -4 /O <00> /U <00> >>";
        let members = "/Encrypt 4 0 R /ID [<00> <00>]";
        self.write("locked.pdf", &paper("", members, &[handler]));
    }
}

/// The one-time password is never read: there is none.
#[test]
fn nothing_is_signed_unless_every_file_can_be() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    terminal.write_bad_files();
    let (before, long) = (terminal.names(), longest());
    let credential = &signer.credentials.p256;
    let sign = ["sign", "--credential", credential, "--otp-file", "absent"];
    for (line, exit, word, named) in [
        (
            &["good.pdf", "locked.pdf"][..],
            1,
            "encrypted",
            "locked.pdf",
        ),
        (&["good.pdf", "cut.pdf"], 1, "damaged", "cut.pdf"),
        (&["good.pdf", "text.pdf"], 1, "not_pdf", "text.pdf"),
        (&["good.pdf", "--field", "A"], 1, "no_field", "good.pdf"),
        (&["form.pdf", "--field", "A"], 1, "no_field", "form.pdf"),
        (&["good.pdf", "taken.pdf"], 1, "failed", "taken.signed.pdf"),
        (&["good.pdf", &long], 1, "failed", ".signed.pdf"),
        (&["good.pdf", "away.pdf"], 1, "failed", "away.pdf"),
        (&["good.pdf", "./good.pdf"], 2, "usage", "good.signed.pdf"),
        (
            &["taken.pdf", "taken.signed.pdf", "--force"],
            2,
            "usage",
            "taken.signed.pdf",
        ),
        (
            &["form.pdf", "a.txt", "--field", "LanhDao"],
            2,
            "usage",
            "a.txt",
        ),
        (
            &["form.pdf", "--detached", "--field", "LanhDao"],
            2,
            "usage",
            "--detached",
        ),
    ] {
        let (reason, sentence) = terminal.fails(exit, &[&sign[..], line].concat());
        assert_eq!(reason, word, "{line:?}: {sentence}");
        assert!(sentence.contains(named), "{line:?}: {sentence}");
        assert_eq!(terminal.names(), before, "{line:?}");
    }
    let all = ["--json", "locked.pdf", "good.pdf", "text.pdf"];
    let output = terminal.kyso(&[&sign[..], &all].concat());
    assert_eq!(code(&output), 1, "{output:?}");
    let rows = report(&output);
    let codes = rows.as_array().unwrap().iter().map(|row| text(row, "code"));
    assert_eq!(codes.collect::<Vec<_>>(), ["encrypted", "not_pdf"]);
    assert_eq!(terminal.names(), before);
}

#[test]
fn a_changed_pdf_is_told_from_one_that_nobody_knows() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    terminal.write("a.pdf", &plain());
    terminal.signed(&signer, &signer.credentials.p256, &["a.pdf"]);
    let good = std::fs::read(terminal.path("a.signed.pdf")).unwrap();
    let site = world.deployment.server.site();
    let (known, other) = (site.path("evaluation-ca.pem"), site.path(tls::CA));
    let turned = |from: &str, to: &str| {
        let text = String::from_utf8(good.clone()).unwrap();
        assert!(text.contains(from), "{text}");
        text.replacen(from, to, 1)
    };
    for (content, authority, members) in [
        (
            turned("595 842", "595 843"),
            &known,
            [false, true, true, true],
        ),
        (with_another_page(&good), &known, [true, true, true, false]),
        (turned("595", "595"), &other, [true, true, false, true]),
    ] {
        terminal.write("b.pdf", &content);
        let output = verify_by(&terminal, "b.pdf", authority);
        assert_eq!(code(&output), 1, "{output:?}");
        assert_eq!(why(&output).0, "failed");
        let one = &report(&output)["signatures"][0];
        let whole = one["coverage"] == "whole_file";
        let said = ["digest_matches", "signature_valid", "trusted"].map(|name| one[name] == true);
        assert_eq!([said[0], said[1], said[2], whole], members, "{one}");
    }
    let (cut, longer) = (&good[..good.len() - 20], [&good[..], b"% them\n"].concat());
    for (content, word) in [(cut, "damaged"), (b"x", "not_pdf"), (&longer, "after_end")] {
        std::fs::write(terminal.path("b.pdf"), content).unwrap();
        let output = terminal.verify("b.pdf");
        assert_eq!((code(&output), &*why(&output).0), (1, word), "{output:?}");
    }
    let line = ["verify", "a.signed.pdf", "--ca", known.to_str().unwrap()];
    let said = terminal.done(&line);
    for line in [
        "Ô ký: Signature1",
        "Nguyên vẹn: Phần được ký không bị thay đổi.",
        "Phạm vi: cả tệp",
        "Thêm sau chữ ký: Không có gì được thêm sau chữ ký này.",
        "Tin cậy: có (given)",
        "Thu hồi: Không rõ: không có danh sách hoặc trả lời phù hợp. Chưa hỏi tổ chức nào qua mạng. Thêm --online để hỏi.",
    ] {
        assert!(said.lines().any(|one| one == line), "{line}: {said}");
    }
}

/// With a further revision, in which the page is another one.
pub(super) fn with_another_page(signed: &[u8]) -> String {
    let signed = String::from_utf8(signed.to_vec()).unwrap();
    let after = |word: &str| {
        let rest = signed.rsplit_once(word).unwrap().1;
        let digits = rest.trim_start().split(|c: char| !c.is_ascii_digit());
        digits.map(str::to_owned).next().unwrap()
    };
    let (size, last) = (after("/Size"), after("startxref"));
    let page = "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n";
    let table = format!("xref\n3 1\n{:010} 00000 n \n", signed.len());
    let trailer = format!("trailer\n<< /Size {size} /Root 1 0 R /Prev {last} >>\n");
    let start = signed.len() + page.len();
    format!("{signed}{page}{table}{trailer}startxref\n{start}\n%%EOF\n")
}

fn verify_by(terminal: &Terminal<'_>, file: &str, authority: &Path) -> Output {
    let authority = authority.to_str().unwrap();
    terminal.kyso(&["verify", file, "--json", "--ca", authority])
}
