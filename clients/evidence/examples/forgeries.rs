//! Writes a true bundle and false ones into a directory, with what is to be said of each, for
//! verifiers in other languages: `cargo run -p kyso-evidence --example forgeries -- DIR`.
//!
//! `forgeries.json` lists them: file, the word of the fault or `ok`, what the fault names, and the
//! file to hold beside it, if any. `keys` are the keys to check with.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a maker of test data may panic as tests may"
)]

#[path = "../tests/bundle/forgeries/mod.rs"]
mod forgeries;
#[path = "../tests/bundle/log.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod log;
#[path = "../tests/bundle/pack.rs"]
mod pack;

use std::path::PathBuf;

use kyso_evidence::bundle::{Beside, page};
use serde_json::{Value, json};

fn main() {
    let Some(directory) = std::env::args_os().nth(1).map(PathBuf::from) else {
        panic!("usage: forgeries DIR");
    };
    std::fs::create_dir_all(&directory).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(directory.join(name), bytes).unwrap();
    write("keys", log::keys().to_string().as_bytes());
    write("verify.html", page().as_bytes());
    let log = log::Log::new(700);
    let mut small = pack::Pack::open(&log::Log::new(300).bundle(5..13, &[300]));
    *small.part("verify.html") = b"page".to_vec();

    write("small.tar", &small.sealed());
    write("honest.tar", &forgeries::honest(&log));
    let kept = log.checkpoint(700, &[1, 2]).to_string();
    write("honest.beside", kept.as_bytes());
    let mut all: Vec<Value> = vec![
        json!({ "file": "honest.tar", "word": "ok", "names": "", "beside": null }),
        json!({ "file": "honest.tar", "word": "ok", "names": "", "beside": "honest.beside" }),
    ];
    // One bundle beside another: that which it continues, and that which continues it.
    write("earlier.tar", &log.bundle(0..250, &[250]));
    all.push(
        json!({ "file": "honest.tar", "word": "ok", "names": "250", "beside": "earlier.tar" }),
    );
    all.push(json!({ "file": "earlier.tar", "word": "tail_cut_off", "names": "250 to 699", "beside": "honest.tar" }));
    for forgery in forgeries::all() {
        let (file, beside) = (
            format!("{}.tar", forgery.name),
            format!("{}.beside", forgery.name),
        );
        write(&file, &forgery.bundle);
        let text = forgery.beside.map(|beside| match beside {
            Beside::Checkpoint(signed) => signed.to_string(),
            Beside::Receipt(receipt) => receipt.to_string(),
        });
        if let Some(text) = &text {
            write(&beside, text.as_bytes());
        }
        let beside = text.map(|_| beside);
        all.push(
            json!({ "file": file, "word": forgery.word, "names": forgery.names, "beside": beside }),
        );
    }
    write("forgeries.json", json!(all).to_string().as_bytes());
}
