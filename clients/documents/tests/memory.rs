//! What signing and judging a large PDF takes in memory. A process of its own: the peak is the process's.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

use std::fmt::Write as _;

use kyso_documents::Scheme;
use kyso_documents::pdf::{Limits, Place, Request, Target, prepare};
use kyso_documents::validation::{Basis, Evidence, TrustList, pdf};
use rcgen::{CertificateParams, KeyPair, KeyUsagePurpose, SigningKey as _};
use time::OffsetDateTime;
use time::macros::datetime;

const TIME: OffsetDateTime = datetime!(2026-11-23 08:00 UTC);

/// A PDF with so many pictures of so many bytes each.
fn paper(pictures: usize, bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pictures * (bytes + 200) + 1000);
    let mut table = String::from("0000000000 65535 f \n");
    out.extend_from_slice(b"%PDF-1.7\n");
    let mut add = |out: &mut Vec<u8>, text: &str, content: Option<usize>| {
        writeln!(table, "{:010} 00000 n ", out.len()).unwrap();
        let number = table.len() / 20 - 1;
        out.extend_from_slice(format!("{number} 0 obj\n{text}").as_bytes());
        if let Some(length) = content {
            out.extend_from_slice(b"\nstream\n");
            out.resize(out.len() + length, b'x');
            out.extend_from_slice(b"\nendstream");
        }
        out.extend_from_slice(b"\nendobj\n");
    };
    add(&mut out, "<< /Type /Catalog /Pages 2 0 R >>", None);
    add(&mut out, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", None);
    add(
        &mut out,
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        None,
    );
    let picture = format!("<< /Type /XObject /Subtype /Image /Length {bytes} >>");
    for _ in 0..pictures {
        add(&mut out, &picture, Some(bytes));
    }
    let (start, size) = (out.len(), pictures + 4);
    let end = format!(
        "xref\n0 {size}\n{table}trailer\n<< /Root 1 0 R /Size {size} >>\nstartxref\n{start}\n%%EOF\n"
    );
    out.extend_from_slice(end.as_bytes());
    out
}

/// A line of `/proc/self/status`, in bytes.
fn status(key: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(key)).unwrap();
    let kilobytes: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}

/// What this process has at most while it works, in bytes, beside what it had at its beginning: memory that it kept from
/// before counts.
fn peak<T>(beginning: usize, work: impl FnOnce() -> T) -> (T, usize) {
    // The peak begins again.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let done = work();
    (done, status("VmHWM").saturating_sub(beginning))
}

struct Signer {
    certificate: Vec<u8>,
    key: KeyPair,
}

impl Signer {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key).unwrap().der().to_vec();
        Self { certificate, key }
    }

    /// From the file to the signed file, in a new field that is shown.
    fn sign(&self, file: Vec<u8>, field: &str, left: f64) -> Vec<u8> {
        let place = Place {
            page: 1,
            left,
            bottom: 10.0,
            width: 100.0,
            height: 50.0,
        };
        let target = Target::New {
            name: field.to_owned(),
            place: Some(place),
        };
        let prepared = prepare(&file, &Request::new(target, TIME), &Limits::default()).unwrap();
        let attributes = prepared.attributes(&self.certificate).unwrap();
        let value = self.key.sign(attributes.signed_attributes()).unwrap();
        let chain = std::slice::from_ref(&self.certificate);
        let cms = attributes.complete(&value, Scheme::Ecdsa, chain).unwrap();
        prepared.complete(file, &cms).unwrap()
    }

    fn judge(&self, file: &[u8]) {
        let basis = Basis {
            trust: &TrustList::given([self.certificate.clone()]),
            evidence: &Evidence::default(),
            now: TIME,
        };
        let report = pdf(file, &basis, &Limits::default()).unwrap();
        assert!(report.is_good() && report.signatures.len() == 2);
    }
}

/// The file itself is counted, too.
#[test]
fn signing_and_judging_take_less_than_four_times_the_file() {
    let signer = Signer::new();
    // What the first signature of a process makes and keeps is no file's.
    signer.sign(paper(1, 1000), "A", 10.0);
    let beginning = status("VmRSS");
    for (pictures, bytes) in [(16, 512 << 10), (100, 50_000), (5000, 1000)] {
        let made = || signer.sign(paper(pictures, bytes), "A", 10.0);
        let (once, signing) = peak(beginning, made);
        let twice = signer.sign(once, "B", 200.0);
        let length = twice.len();
        let ((), judging) = peak(beginning, || signer.judge(&twice));
        println!(
            "{pictures} pictures of {bytes} bytes, {} KiB: signing {} KiB, judging {} KiB",
            length >> 10,
            signing >> 10,
            judging >> 10
        );
        assert!(signing < 4 * length, "{signing} for {length}");
        assert!(judging < 4 * length, "{judging} for {length}");
    }
}
