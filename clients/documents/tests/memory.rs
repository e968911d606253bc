//! What signing a large PDF takes in memory. A process of its own: the peak is the process's.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "the makers of test data may panic as tests may"
)]

use std::fmt::Write as _;

use kyso_documents::pdf::{Limits, Place, Request, Target, prepare};
use time::OffsetDateTime;

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

#[test]
fn signing_takes_less_than_four_times_the_file() {
    let name = "A".to_owned();
    let place = Place {
        page: 1,
        left: 10.0,
        bottom: 10.0,
        width: 100.0,
        height: 50.0,
    };
    let target = Target::New {
        name,
        place: Some(place),
    };
    let request = Request::new(target, OffsetDateTime::UNIX_EPOCH);
    for (pictures, bytes) in [(16, 512 << 10), (100, 50_000), (5000, 1000)] {
        let before = status("VmRSS");
        let file = paper(pictures, bytes);
        // The peak begins again.
        std::fs::write("/proc/self/clear_refs", "5").unwrap();
        let prepared = prepare(&file, &request, &Limits::default()).unwrap();
        let peak = status("VmHWM") - before.min(status("VmHWM"));
        assert!(prepared.byte_range()[3] > 0);
        println!(
            "{pictures} pictures of {bytes} bytes: {} MiB in {} MiB",
            file.len() >> 20,
            peak >> 20
        );
        assert!(peak < 4 * file.len(), "{peak} for {}", file.len());
    }
}
