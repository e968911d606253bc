//! One's own uses of keys on the command line: the list, a receipt, and "I did not make this".

use super::{Terminal, text};
use crate::disputes::Signed;
use crate::world::{on_both, until};

#[test]
fn an_owner_lists_their_signatures_keeps_a_receipt_and_disputes() {
    let test = "it::cli::disputing::an_owner_lists_their_signatures_keeps_a_receipt_and_disputes";
    on_both(test, |world| {
        let signed = Signed::once(world);
        let (terminal, call) = (
            Terminal::of_signer(world, &signed.signer.account),
            &*signed.call,
        );
        let listed = terminal.json(&["signatures", "--limit", "5"]);
        assert_eq!(text(&listed[0], "request_id"), call);
        assert!(listed[0].get("disputed_at").is_none(), "{listed}");
        until(|| terminal.kyso(&["receipt", "fetch", call]).status.success());
        let file = format!("{call}.tlog-proof");
        let keys: kyso_api::management::LogKeys =
            serde_json::from_value(world.http().get("/api/v1/log/keys").done().unwrap().json())
                .unwrap();
        let verify = ["receipt", "verify", &file, "--log-key", &keys.key];
        let held = terminal.json(&[&verify[..], &["--quorum", "0"]].concat());
        assert_eq!(text(&held["entry"], "request"), call);
        // Nothing is written over unless it is said, and a call of nobody has no receipt.
        terminal.fails(1, &["receipt", "fetch", call]);
        terminal.done(&["receipt", "fetch", call, "--force"]);
        let nobody = uuid::Uuid::now_v7().to_string();
        let (word, _) = terminal.fails(1, &["receipt", "fetch", &nobody]);
        assert_eq!(word, "not_found");
        assert!(!terminal.path(&format!("{nobody}.tlog-proof")).exists());

        let told = terminal.done(&["dispute", call, "--reason", "Tôi đang họp"]);
        assert!(told.contains(&signed.desk.credential), "{told}");
        let listed = terminal.json(&["signatures"]);
        assert!(listed[0]["disputed_at"].is_string(), "{listed}");
        let (word, _) = terminal.fails(1, &["dispute", &nobody]);
        assert_eq!(word, "not_found");
    });
}
