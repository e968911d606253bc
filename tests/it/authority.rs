//! Signing in another's place (KT., TL., TUQ.): under a dated record, with the signer's own key.

use std::time::Duration;

use kyso_api::management::{AuthorityKind, EndRequest, NewAuthority};
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::province::Signer;
use serde_json::json;

use crate::desk::{Desk, assert_csc_error, hash};
use crate::log;
use crate::world::{World, on_both};

/// A record for this signer, proposed and approved by two managers.
pub(crate) fn record(world: &World, signer: &Signer, kind: AuthorityKind) -> String {
    let office = &world.province().office;
    let now = SystemClock.now();
    let proposed = office.manager1.acting(|client| {
        client.grant_authority(&NewAuthority {
            person: signer.account.person_id.clone(),
            agency: world.province().agencies.province.clone(),
            kind,
            basis: "Quyết định 12/QĐ-UBND".to_owned(),
            from: now.to_string(),
            to: Some(now.after(Duration::from_hours(1)).to_string()),
            otp: None,
        })
    });
    office.approve(&proposed.unwrap().id).unwrap();
    let records = office.manager1.acting(kyso_client::Client::authorities);
    let mut records = records.unwrap().into_iter();
    let own = records.find(|record| record.person == signer.account.person_id);
    own.unwrap().id
}

fn authorize(desk: &Desk<'_>, signer: &Signer, text: &str, authority: &str) -> Reply {
    let otp = signer.account.authenticator.code().unwrap();
    let mut body = desk.authorize_body(&[hash(text)], &otp);
    body["documents"] = json!([{"label": text, "authority": authority}]);
    desk.call("credentials/authorize", &body)
}

fn sign(desk: &Desk<'_>, sad: &str, text: &str, authority: &str) -> Reply {
    let mut body = desk.sign_body(sad, &[hash(text)]);
    body["documents"] = json!([{"label": text, "authority": authority}]);
    desk.call("signatures/signHash", &body)
}

#[test]
fn a_record_counts_until_it_ends_and_the_entry_names_it() {
    on_both(
        "it::authority::a_record_counts_until_it_ends_and_the_entry_names_it",
        |world| {
            let signer = world.signer();
            let desk = Desk::p256(world, &signer);
            let authority = record(world, &signer, AuthorityKind::Tuq);
            let sad = authorize(&desk, &signer, "TUQ một", &authority).member("SAD");
            let sad = sad.unwrap();
            let other = sign(&desk, &sad, "TUQ một", "");
            assert_csc_error(&other, 400, "invalid_request");
            let answer = sign(&desk, &sad, "TUQ một", &authority);
            desk.assert_signed(&answer, &["TUQ một"]);
            let intents = log::of_credential(world, "signature.intent", &desk.credential);
            assert_eq!(intents[0].entry["authority"], *authority);

            let late = authorize(&desk, &signer, "TUQ hai", &authority).member("SAD");
            let office = &world.province().office;
            let end = EndRequest { at: None };
            let ended = |client: &kyso_client::Client| client.end_authority(&authority, &end);
            office.manager1.acting(ended).unwrap();
            let refused = sign(&desk, &late.unwrap(), "TUQ hai", &authority);
            assert_csc_error(&refused, 400, "invalid_request");
            let refusals = log::of_credential(world, "signature.refused", &desk.credential);
            assert_eq!(log::reason(refusals.last().unwrap()), "authority_invalid");
        },
    );
}
