//! Signing in another's place (KT., TL., TUQ.): under a dated record, with the signer's own key.

use std::time::Duration;

use kyso_api::management::{AuthorityKind, EndRequest, NewAuthority};
use kyso_client::{Client, Secret};
use kyso_core::{Clock, SystemClock};
use kyso_tests::http::Reply;
use kyso_tests::province::Signer;
use serde_json::json;

use crate::desk::{Desk, assert_csc_error, hash};
use crate::log;
use crate::world::{World, on_both};

/// A record for this signer, proposed and approved by two managers.
pub(crate) fn record(world: &World, signer: &Signer, kind: AuthorityKind) -> String {
    recorded(world, signer, &wanted(world, signer, kind))
}

/// What a manager proposes so that this signer signs for the agency from now on, for an hour.
fn wanted(world: &World, signer: &Signer, kind: AuthorityKind) -> NewAuthority {
    let now = SystemClock.now();
    NewAuthority {
        person: signer.account.person_id.clone(),
        agency: world.province().agencies.province.clone(),
        kind,
        basis: "Quyết định 12/QĐ-UBND".to_owned(),
        from: now.to_string(),
        to: Some(now.after(Duration::from_hours(1)).to_string()),
        otp: None,
    }
}

fn recorded(world: &World, signer: &Signer, wanted: &NewAuthority) -> String {
    let office = &world.province().office;
    let propose = |client: &Client| client.grant_authority(wanted);
    let proposed = office.manager1.acting(propose);
    office.approve(&proposed.unwrap().id).unwrap();
    let records = office.manager1.acting(Client::authorities);
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
            let ended = |client: &Client| client.end_authority(&authority, &end);
            office.manager1.acting(ended).unwrap();
            let refused = sign(&desk, &late.unwrap(), "TUQ hai", &authority);
            assert_csc_error(&refused, 400, "invalid_request");
            let refusals = log::of_credential(world, "signature.refused", &desk.credential);
            assert_eq!(log::reason(refusals.last().unwrap()), "authority_invalid");
        },
    );
}

#[test]
fn a_record_does_not_count_before_its_first_day() {
    on_both(
        "it::authority::a_record_does_not_count_before_its_first_day",
        |world| {
            let signer = world.signer();
            let desk = Desk::p256(world, &signer);
            let begin = SystemClock.now().after(Duration::from_mins(30));
            let tomorrow = NewAuthority {
                from: begin.to_string(),
                ..wanted(world, &signer, AuthorityKind::Tuq)
            };
            let authority = recorded(world, &signer, &tomorrow);
            let sad = authorize(&desk, &signer, "TUQ sớm", &authority);
            let early = match sad.member("SAD") {
                Ok(sad) => sign(&desk, &sad, "TUQ sớm", &authority),
                Err(_) => sad,
            };
            assert_csc_error(&early, 400, "invalid_request");
            let intents = log::of_credential(world, "signature.intent", &desk.credential);
            assert_eq!(intents.len(), 0);
            let refusals = ["signature.refused", "sad.refused"]
                .map(|event| log::of_credential(world, event, &desk.credential))
                .concat();
            assert_eq!(log::reason(refusals.last().unwrap()), "authority_invalid");
        },
    );
}

/// TUQ. may not be passed on (Decree 30/2020, art. 13 (3)): records are made by managers, and to hold one makes nobody a
/// manager.
/// Conformance check 7, its last part, of the officer's list.
#[test]
fn whoever_signs_by_delegation_can_pass_it_to_nobody() {
    on_both(
        "it::authority::whoever_signs_by_delegation_can_pass_it_to_nobody",
        |world| {
            let (holder, colleague) = (world.signer(), world.signer());
            record(world, &holder, AuthorityKind::Tuq);
            let client = holder.account.log_in(None).unwrap();
            let code = || Some(Secret::new(holder.account.authenticator.code().unwrap()));
            for (further, why) in [(&colleague, "forbidden"), (&holder, "same_person")] {
                let proposal = NewAuthority {
                    otp: code(),
                    ..wanted(world, further, AuthorityKind::Tuq)
                };
                let refused = client.grant_authority(&proposal).unwrap_err();
                assert_eq!(refused.code(), Some(why));
            }
            let office = &world.province().office;
            let proposal = wanted(world, &colleague, AuthorityKind::Tuq);
            let proposed = office.manager1.acting(|one| one.grant_authority(&proposal));
            let change = proposed.unwrap().id;
            let refused = client.approve(&change, code()).unwrap_err();
            assert!(matches!(refused.status(), Some(403 | 404)), "{refused}");
            let of_colleague = || {
                let records = office.manager1.acting(Client::authorities).unwrap();
                let person = &colleague.account.person_id;
                records.iter().filter(|one| one.person == *person).count()
            };
            assert_eq!(of_colleague(), 0);
            office.approve(&change).unwrap();
            assert_eq!(of_colleague(), 1, "a second manager may");
        },
    );
}
