//! Files into which the server draws no signature: whatever is wrong is told, and nobody is asked.

use serde_json::{Value, json};

use super::Asking;
use super::composed::{
    HAND, NAME, above_the_name, appended, approve, approved, composing, spot, with_field,
};
use super::files::DECISION;
use crate::building::PDF;
use crate::log;
use crate::sealing::desk::{prepared, request};
use crate::stamping::{assert_problem, fresh_key};
use crate::world::{World, on_both};

/// A file that a person signed.
fn signed(world: &World, asking: &Asking<'_>) -> Vec<u8> {
    let (id, _) = asking.ask_with(&composing(
        asking,
        &[(PDF, json!({"at": spot(100, 100, 400, 200)}))],
    ));
    appended(world, PDF, &approved(asking, &id)["documents"][0])
}

#[test]
fn what_cannot_be_drawn_is_put_before_nobody_and_says_why() {
    let test = "it::approvals::undrawn::what_cannot_be_drawn_is_put_before_nobody_and_says_why";
    on_both(test, |world| {
        let asking = Asking::new(world);
        approve(&asking, HAND);
        let signed = signed(world, &asking);
        for (name, file, look, code) in undrawable(&signed) {
            let files = [(DECISION, above_the_name()), (file.as_slice(), look)];
            let refused = asking.submit(&fresh_key(), &composing(&asking, &files));
            assert_problem(&refused, 400, "invalid_field");
            let detail = refused.member("detail").unwrap();
            let told = format!("files[1]: {code}: ");
            assert!(detail.starts_with(&told), "{name}: {detail}");
            log::refusal(world, &refused, "approval.submitted", "malformed");
        }
        assert!(asking.inbox("waiting").is_empty());
    });
}

/// What is wrong, the file, where it is to be drawn, and what is said of it.
fn undrawable(signed: &[u8]) -> [(&'static str, Vec<u8>, Value, &'static str); 14] {
    let at = |left, size| json!({"at": spot(left, 100, size, size)});
    let on_page = |page: u32| {
        let mut look = at(100, 400);
        look["at"]["page"] = json!(page);
        look
    };
    let mut late = at(600, 400);
    late["number_at"] = spot(0, 0, 100, 100);
    late["date_at"] = spot(0, 0, 100, 100);
    let name = |name: &str| json!({"signer_name": name});
    let field = |name: &str| json!({"field": name});
    let plain = || PDF.to_vec();
    let open = prepared(plain(), &request("An")).unsealed();
    [
        ("no PDF", b"MZ".to_vec(), name(NAME), "not_pdf"),
        (
            "another name",
            DECISION.to_vec(),
            name("Trần Thị Bình"),
            "anchor_absent",
        ),
        (
            "the registered name",
            DECISION.to_vec(),
            json!({}),
            "anchor_absent",
        ),
        ("no text", plain(), name(NAME), "anchor_absent"),
        ("beyond the edge", plain(), at(2000, 400), "outside_page"),
        ("no second page", plain(), on_page(2), "no_page"),
        ("no page", plain(), on_page(0), "no_page"),
        ("no room", plain(), at(100, 40), "no_room"),
        ("no size", plain(), at(100, 0), "no_room"),
        ("no such field", with_field(), field("Khac"), "no_field"),
        (
            "a signed field",
            signed.to_vec(),
            field("KysoSigner1"),
            "field_signed",
        ),
        (
            "a field that is not shown",
            open.clone(),
            field("An"),
            "no_place",
        ),
        (
            "number and date too late",
            signed.to_vec(),
            late,
            "reserved_late",
        ),
        ("open already", open, at(100, 400), "not_prepared"),
    ]
}

#[test]
fn a_look_that_says_too_much_or_too_little_is_refused() {
    let test = "it::approvals::undrawn::a_look_that_says_too_much_or_too_little_is_refused";
    on_both(test, |world| {
        let asking = Asking::new(world);
        approve(&asking, HAND);
        let at = spot(100, 100, 400, 200);
        let looks = [
            json!([]),
            json!([{"at": at}, {"at": at}]),
            json!([{"at": at, "field": "Ky"}]),
            json!([{"at": at, "signer_name": NAME}]),
            json!([{"field": "Ky", "signer_name": NAME}]),
            json!([{"at": at, "number_at": at}]),
            json!([{"at": at, "date_at": at}]),
            json!([{"signer_name": ""}]),
            json!([{"signer_name": "a\u{202E}b"}]),
            json!([{"field": "x".repeat(201)}]),
        ];
        for look in looks.iter().skip(1) {
            let mut body = composing(&asking, &[(DECISION, json!({}))]);
            body["compose"] = look.clone();
            let refused = asking.submit(&fresh_key(), &body);
            assert_problem(&refused, 400, "invalid_field");
            assert_eq!(refused.json()["detail"], "compose", "{look}");
        }
        // Where nothing is said, the file has to be prepared.
        let mut plain = composing(&asking, &[(DECISION, json!({}))]);
        plain["compose"] = looks[0].clone();
        let refused = asking.submit(&fresh_key(), &plain);
        assert!(
            refused
                .member("detail")
                .unwrap()
                .starts_with("files[0]: not_prepared: ")
        );
        let mut digests = asking.body(&["Kế hoạch"]);
        digests["compose"] = json!([{}]);
        assert_problem(&asking.submit(&fresh_key(), &digests), 400, "invalid_field");
        for look in [
            json!([{"at": {"page": 1}}]),
            json!([{"where": "here"}]),
            json!([{"at": spot(1, 1, 1, 1), "x": 1}]),
            json!({}),
            json!(["a"]),
            json!([null]),
            json!([[]]),
            json!([{"at": [1, 1, 1, 1, 1]}]),
            json!([{"at": spot(1, 1, 1, 1)["page"]}]),
            json!([{"field": 7}]),
            json!([{"at": {"page": 1, "left": -1, "bottom": 1, "width": 1, "height": 1}}]),
            json!([{"at": {"page": 1, "left": 0.5, "bottom": 1, "width": 1, "height": 1}}]),
            json!([{"at": {"page": 1, "left": 1_u64 << 40, "bottom": 1, "width": 1, "height": 1}}]),
        ] {
            let mut body = composing(&asking, &[(DECISION, json!({}))]);
            body["compose"] = look.clone();
            let refused = asking.submit(&fresh_key(), &body);
            assert_problem(&refused, 400, "malformed_body");
        }
    });
}
