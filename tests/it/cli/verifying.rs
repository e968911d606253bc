//! What the server says of signatures to whoever asks, on a page and to programs.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::AuditQuery;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use super::Terminal;
use super::pdf::{plain, with_another_page};
use crate::log;
use crate::stamping::assert_problem;
use crate::world::World;

/// One network has one verification at a time, so each test asks from an address of its own.
pub(super) struct Asker<'a> {
    pub(super) world: &'a World,
    pub(super) from: &'a str,
}

impl Asker<'_> {
    pub(super) fn ask(&self, body: &Value) -> Reply {
        let call = self.world.http().post("/api/v1/verify").json(body);
        let call = call.header("X-Forwarded-For", self.from);
        call.header("Accept-Language", "en").send().unwrap()
    }

    pub(super) fn verified(&self, document: &[u8], signature: Option<&[u8]>) -> Value {
        let mut body = json!({ "document": STANDARD.encode(document) });
        if let Some(signature) = signature {
            body["signature"] = STANDARD.encode(signature).into();
        }
        let reply = self.ask(&body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// Sends files as a browser does.
    pub(super) fn on_the_page(&self, origin: &str, files: &[(&str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        for (name, content) in files {
            let head = format!(
                "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a\"\r\n\r\n"
            );
            body.extend([head.as_bytes(), content, b"\r\n"].concat());
        }
        body.extend(b"--x--\r\n");
        let call = self
            .world
            .http()
            .post("/ui/verify")
            .header("Origin", origin);
        let call = call.header("X-Forwarded-For", self.from);
        let kind = "multipart/form-data; boundary=x";
        call.bytes(kind, body).send().unwrap()
    }
}

fn codes(one: &Value) -> [String; 4] {
    ["integrity", "coverage", "later", "time_basis"].map(|name| code(&one[name]))
}

fn code(answer: &Value) -> String {
    answer["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn anybody_has_a_signed_file_verified_and_nothing_is_kept_of_it() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    let key = &signer.credentials.p256;
    terminal.write("a.pdf", &plain());
    terminal.signed(&signer, key, &["a.pdf"]);
    terminal.signed(&signer, key, &["a.pdf", "--detached"]);
    let [document, inside, beside] = ["a.pdf", "a.signed.pdf", "a.pdf.p7s"]
        .map(|name| std::fs::read(terminal.path(name)).unwrap());
    let asker = Asker {
        world,
        from: "198.51.100.1",
    };

    let found = asker.verified(&inside, None);
    let one = &found["signatures"][0];
    assert_eq!(
        codes(one),
        ["intact", "whole_file", "nothing", "claimed"],
        "{found}"
    );
    assert_eq!(
        (&one["trusted"], &one["authority"]),
        (&json!(true), &json!("evaluation"))
    );
    assert_eq!(
        code(&one["notices"][0]),
        "evaluation",
        "without legal value"
    );
    assert_eq!(code(&one["revocation"]), "not_known");

    let found = asker.verified(&document, Some(&beside));
    assert_eq!(
        code(&found["signatures"][0]["integrity"]),
        "intact",
        "{found}"
    );
    let found = asker.verified(b"another", Some(&beside));
    assert_eq!(
        code(&found["signatures"][0]["integrity"]),
        "broken",
        "{found}"
    );

    let later = with_another_page(&inside);
    let found = asker.verified(later.as_bytes(), None);
    let one = &found["signatures"][0];
    assert_eq!(code(&one["coverage"]), "earlier_revision", "{found}");
    assert_ne!(code(&one["later"]), "nothing");
    let found = asker.verified(&document, None);
    assert_eq!(found["signatures"], json!([]), "{found}");

    let entries = log::entries(world, &AuditQuery::default());
    let mut told = entries.iter().map(|entry| format!("{entry:?}"));
    assert!(told.all(|entry| !entry.contains(asker.from)), "no entry");
}

#[test]
fn the_page_gives_the_same_answers_without_a_log_in() {
    let world = World::sqlite();
    let signer = world.signer();
    let terminal = Terminal::of_signer(world, &signer.account);
    terminal.write("a.pdf", &plain());
    terminal.signed(&signer, &signer.credentials.p256, &["a.pdf"]);
    let inside = std::fs::read(terminal.path("a.signed.pdf")).unwrap();
    let asker = Asker {
        world,
        from: "198.51.100.2",
    };
    let http = world.http();
    let short = http.get("/verify").send().unwrap();
    assert_eq!(
        (short.status, short.header("location")),
        (303, Some("/ui/verify"))
    );
    let form = http.get("/ui/verify").send().unwrap();
    assert_eq!(form.status, 200);
    assert!(
        form.header("content-security-policy")
            .unwrap()
            .contains("default-src 'none'")
    );
    assert!(
        http.get("/ui/login")
            .send()
            .unwrap()
            .text()
            .contains("href=\"/ui/verify\"")
    );

    let ours = http.base();
    let reply = asker.on_the_page(ours, &[("document", &inside)]);
    let html = reply.text();
    assert_eq!(reply.status, 200, "{html}");
    for answer in [
        "Phần được ký không bị thay đổi.",
        "Phủ toàn bộ tệp.",
        "Không có gì được thêm sau chữ ký này.",
        "không có giá trị pháp lý",
    ] {
        assert!(html.contains(answer), "{answer}: {html}");
    }
    let elsewhere = asker.on_the_page("https://ke-xau.example", &[("document", &inside)]);
    assert_eq!(elsewhere.status, 403);
    let large = vec![b'x'; (16 << 20) + 1];
    for (files, status) in [
        (&[][..], 422),
        (&[("document", &b""[..])], 422),
        (&[("document", b"<script>alert(1)</script>")], 422),
        (&[("document", &large)], 413),
    ] {
        let reply = asker.on_the_page(ours, files);
        let html = reply.text();
        assert_eq!(reply.status, status, "{html}");
        assert!(
            html.contains("role=\"alert\"") && !html.contains("<script>alert"),
            "{html}"
        );
    }
}

#[test]
fn each_bad_file_has_one_clear_answer() {
    let world = World::sqlite();
    let asker = Asker {
        world,
        from: "198.51.100.3",
    };
    let deep = [0x30, 0x80].repeat(100_000);
    let bomb = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\n".repeat(10_000);
    for document in [
        &b"%PDF-1.7"[..],
        b"hello",
        b"0",
        &[0x30, 0x82, 1],
        &deep,
        bomb.as_bytes(),
        &[0; 1000],
    ] {
        let reply = asker.ask(&json!({ "document": STANDARD.encode(document) }));
        assert_problem(&reply, 400, "invalid_field");
        assert!(
            reply.json()["detail"]
                .as_str()
                .is_some_and(|detail| detail.ends_with('.'))
        );
    }
    let small = STANDARD.encode(b"%PDF-1.7");
    for (body, code) in [
        (json!({}), "malformed_body"),
        (json!({ "document": 1 }), "malformed_body"),
        (json!({ "document": small, "file": "" }), "malformed_body"),
        (json!({ "document": "" }), "invalid_field"),
        (json!({ "document": "?" }), "invalid_field"),
        (
            json!({ "document": small, "signature": "?" }),
            "invalid_field",
        ),
        (
            json!({ "document": small, "signature": "" }),
            "invalid_field",
        ),
        (
            json!({ "document": small, "signature": small }),
            "invalid_field",
        ),
    ] {
        assert_problem(&asker.ask(&body), 400, code);
    }
    let huge = json!({ "document": "A".repeat(25 << 20) });
    assert_problem(&asker.ask(&huge), 413, "body_too_large");
}
