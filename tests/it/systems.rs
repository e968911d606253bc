//! Systems: how one proves itself by a shared secret, and what ends with a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::{ClientAuthMethod, NewClient, NewClientKey};
use kyso_client::{Client, Outcome};
use kyso_tests::http::Reply;
use serde_json::Value;

use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both};

/// Asks for a token with `client_secret_post`.
fn posted(world: &World, client: &str, secret: &str) -> Reply {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", client),
        ("client_secret", secret),
    ];
    world
        .http()
        .post("/oauth2/token")
        .form(&form)
        .send()
        .unwrap()
}

/// Asks for a token with `client_secret_basic`.
fn basic(world: &World, client: &str, secret: &str) -> Reply {
    let value = format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")));
    let form = [("grant_type", "client_credentials")];
    let call = world.http().post("/oauth2/token").form(&form);
    call.header("Authorization", &value).send().unwrap()
}

fn credentials(world: &World, token: &str) -> Reply {
    let call = world.http().post("/csc/v1/credentials/list").bearer(token);
    call.json(&serde_json::json!({})).send().unwrap()
}

#[test]
fn a_shared_secret_is_shown_once_and_works_when_two_agreed() {
    let test = "it::systems::a_shared_secret_is_shown_once_and_works_when_two_agreed";
    on_both(test, |world| {
        let (office, name) = (&world.province().office, world.name("he-thong-cu"));
        let plain = NewClient {
            client_id: name.clone(),
            name: "Hệ thống cũ".into(),
            auth_method: ClientAuthMethod::ClientSecret,
            key: None,
            otp: None,
        };
        let made = office
            .manager1
            .acting(|client| client.register_system(&plain));
        let Outcome::Done(made) = made.unwrap() else {
            panic!("a system without a key waits for nobody");
        };
        let no_key = NewClientKey {
            key: None,
            otp: None,
        };
        let proposed = office
            .manager1
            .acting(|client| client.add_system_key(&made.id, &no_key))
            .unwrap();
        let secret = proposed.client_secret.clone().unwrap();
        let secret = secret.expose();
        for early in [posted(world, &name, secret), basic(world, &name, secret)] {
            assert_eq!(early.status, 401, "not approved: {}", early.text());
        }
        let listed = office
            .manager2
            .acting(|client| client.changes(None))
            .unwrap();
        let listed = listed.into_iter().find(|change| change.id == proposed.id);
        assert!(listed.unwrap().client_secret.is_none(), "shown again");
        office.approve(&proposed.id).unwrap();
        for reply in [posted(world, &name, secret), basic(world, &name, secret)] {
            assert_eq!(reply.status, 200, "{}", reply.text());
            let token = reply.member("/access_token").unwrap();
            assert_eq!(credentials(world, &token).status, 200);
        }
        for wrong in ["", "sai", &secret[1..]] {
            for refused in [posted(world, &name, wrong), basic(world, &name, wrong)] {
                assert_eq!(refused.status, 401, "{wrong}: {}", refused.text());
                assert_eq!(refused.json()["error"], "invalid_client");
            }
        }
    });
}

#[test]
fn what_was_got_with_a_key_ends_when_the_key_is_revoked() {
    let test = "it::systems::what_was_got_with_a_key_ends_when_the_key_is_revoked";
    on_both(test, |world| {
        let bench = Bench::new(world);
        bench.open(5);
        let before = bench.stamp("còn khóa");
        assert_eq!(before.status, 200, "{}", before.text());
        let office = &world.province().office;
        let systems = office.manager1.acting(Client::systems).unwrap();
        let mine = systems
            .into_iter()
            .find(|system| system.id == bench.system.id);
        let [key] = mine.unwrap().keys.try_into().unwrap();
        office
            .manager1
            .acting(|client| client.withdraw_system_key(&bench.system.id, &key.id))
            .unwrap();
        assert_problem(&bench.stamp("hết khóa"), 401, "not_authenticated");
        assert_eq!(credentials(world, &bench.token).status, 401);
        assert!(bench.system.token(office).is_err(), "no new token either");
    });
}

#[test]
fn a_log_in_by_password_ends_where_a_stronger_role_begins() {
    use kyso_api::management::{NewRole, RoleName};
    let test = "it::systems::a_log_in_by_password_ends_where_a_stronger_role_begins";
    on_both(test, |world| {
        let (signer, office) = (world.signer(), &world.province().office);
        let call = world.http().post("/csc/v1/auth/login");
        let login = format!("{}:{}", signer.account.login, signer.account.password);
        let value = format!("Basic {}", STANDARD.encode(login));
        let call = call.header("Authorization", &value);
        let session: Value = call
            .json(&serde_json::json!({"rememberMe": true}))
            .send()
            .unwrap()
            .json();
        let token = session["access_token"].as_str().unwrap();
        assert_eq!(credentials(world, token).status, 200);
        let role = NewRole {
            person: signer.account.person_id.clone(),
            role: RoleName::RecordsClerk,
            agency: None,
            otp: None,
        };
        let change = office.manager1.acting(|client| client.grant_role(&role));
        office.approve(&change.unwrap().id).unwrap();
        assert_eq!(credentials(world, token).status, 401);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", session["refresh_token"].as_str().unwrap()),
        ];
        let again = world.http().post("/oauth2/token").form(&form);
        assert_eq!(again.send().unwrap().status, 400, "nor by refreshing");
    });
}

/// Whoever has that key makes tokens, and whoever has the other makes rows: both are in the log.
#[test]
fn keys_that_the_servers_share_are_entered() {
    on_both(
        "it::systems::keys_that_the_servers_share_are_entered",
        |world| {
            let query = kyso_api::management::AuditQuery {
                event: Some("key.sealed".to_owned()),
                ..Default::default()
            };
            let entries = crate::log::entries(world, &query);
            let told: Vec<_> = entries
                .iter()
                .map(|entry| {
                    (
                        &entry.entry["data"]["purpose"],
                        &entry.entry["data"]["version"],
                    )
                })
                .collect();
            let (row, token) = (
                &serde_json::json!("row-seal"),
                &serde_json::json!("token-signing"),
            );
            assert_eq!(
                told,
                [(row, &serde_json::json!(1)), (token, &serde_json::json!(1))]
            );
        },
    );
}
