//! Log-ins end with what they were proved by, and nobody is kept from them.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use kyso_api::management::AuditEntry;
use kyso_client::Client;
use kyso_tests::http::Reply;
use serde_json::{Value, json};

use crate::desk::{Desk, assert_csc_error, hash};
use crate::log;
use crate::oauth::remembered;
use crate::stamping::{Bench, assert_problem};
use crate::world::{Database, World, on_both, on_own, restarted};

/// One person, let in by each way there is.
struct LogIns {
    /// Of our own API.
    access: [String; 2],
    /// Of CSC's `auth/login`, which counts for CSC's methods only.
    service: String,
    refresh: String,
}

impl LogIns {
    fn of(world: &World, account: &kyso_tests::province::Account) -> Self {
        let (service, refresh) = remembered(world, &account.login, &account.password);
        Self {
            access: [account.token().unwrap(), account.token().unwrap()],
            service,
            refresh,
        }
    }

    fn assert_over(&self, world: &World) {
        for token in &self.access {
            assert_problem(&me(world, token), 401, "not_authenticated");
        }
        for token in self.access.iter().chain([&self.service]) {
            assert_csc_error(&listed(world, token), 401, "invalid_token");
        }
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", &*self.refresh),
        ];
        let again = world.http().post("/oauth2/token").form(&form);
        assert_csc_error(&again.send().unwrap(), 400, "invalid_grant");
    }
}

fn me(world: &World, token: &str) -> Reply {
    world.http().get("/api/v1/me").bearer(token).send().unwrap()
}

fn listed(world: &World, token: &str) -> Reply {
    let call = world.http().post("/csc/v1/credentials/list").bearer(token);
    call.json(&json!({})).send().unwrap()
}

#[test]
fn a_new_password_ends_every_log_in() {
    on_both("it::log_ins::a_new_password_ends_every_log_in", |world| {
        let (signer, neighbour) = (world.signer(), world.signer());
        let (account, next) = (&signer.account, "Mat-khau-moi-rat-dai");
        let desk = Desk::rsa(world, &signer);
        let sad = desk.sad(&signer, &[hash("trước khi đổi")]);
        let (mine, others) = (
            LogIns::of(world, account),
            LogIns::of(world, &neighbour.account),
        );
        let code = account.authenticator.code().unwrap();
        let body = json!({"old": account.password, "new": next, "otp": code});
        let call = world.http().post("/api/v1/me/password");
        let changed = call.bearer(&mine.access[0]).json(&body).send().unwrap();
        assert_eq!(changed.status, 204, "{}", changed.text());
        mine.assert_over(world);
        assert_eq!(desk.sign(&sad, &[hash("trước khi đổi")]).status, 401);
        let (again, _) = remembered(world, &account.login, next);
        assert_eq!(listed(world, &again).status, 200);
        assert_eq!(listed(world, &others.service).status, 200);
        for token in &others.access {
            assert_eq!(me(world, token).status, 200, "a neighbour's log-in ended");
        }
    });
}

#[test]
fn a_reset_ends_every_log_in_and_mandate() {
    on_both(
        "it::log_ins::a_reset_ends_every_log_in_and_mandate",
        |world| {
            let (signer, bench) = (world.signer(), Bench::new(world));
            let mine = LogIns::of(world, &signer.account);
            bench.open(5);
            assert_eq!(bench.stamp("trước khi đặt lại").status, 200);
            let office = &world.province().office;
            for person in [&signer.account.person_id, bench.clerk_id()] {
                let reset = office
                    .manager1
                    .acting(|client| client.reset_factors(person, None))
                    .unwrap();
                office.approve(&reset.id).unwrap();
            }
            mine.assert_over(world);
            assert_problem(&bench.stamp("sau khi đặt lại"), 403, "no_stamping_session");
            let closed = log::of_credential(world, "session.closed", &bench.seal);
            assert_eq!(closed.len(), 1);
        },
    );
}

/// Callers of the flood: more than wait for one place to hash.
const FLOOD: usize = 40;

fn log_in_from(world: &World, address: &str, body: &Value) -> Reply {
    let call = world.http().post("/api/v1/sessions");
    let call = call.header("X-Forwarded-For", address);
    call.json(body).send().unwrap()
}

/// Log-ins of somebody while another address sends all it can, each under a name of its own, so that
/// each would be hashed.
fn log_ins_in_a_flood(world: &World, body: &Value) -> Vec<Reply> {
    let over = AtomicBool::new(false);
    let (refused, refusals) = mpsc::channel();
    let flood = |caller: usize| {
        for round in 0.. {
            let name = format!("nguoi-la-{caller}-{round}");
            let body = json!({"login": name, "password": "Mat-khau-doan-mo"});
            let reply = log_in_from(world, "203.0.113.66", &body);
            if reply.status == 503 {
                let _ = refused.send(reply);
            }
            if over.load(Ordering::Relaxed) {
                break;
            }
        }
    };
    let flood = &flood;
    thread::scope(|scope| {
        for caller in 0..FLOOD {
            scope.spawn(move || flood(caller));
        }
        let log_in = |_| {
            // Only once somebody was turned away again is everything taken that can be.
            let refusal = refusals.recv().unwrap();
            assert!(refusal.header("retry-after").is_some());
            log_in_from(world, "198.51.100.7", body)
        };
        let replies = (0..8).map(log_in).collect();
        over.store(true, Ordering::Relaxed);
        replies
    })
}

#[test]
fn a_flood_from_one_address_leaves_another_its_log_in() {
    let plan = |plan: &mut kyso_tests::server::Plan| {
        plan.more.push_str("[limits]\npassword_hashes = 1\n");
    };
    let world = World::planned(Database::Sqlite, plan).unwrap();
    let account = world.signer().account;
    let body = json!({"login": account.login, "password": account.password});
    for reply in log_ins_in_a_flood(&world, &body) {
        assert_eq!(reply.status, 201, "{}", reply.text());
    }
}

/// People whose passwords are guessed, and how often each.
const GUESSED: usize = 12;
const GUESSES: usize = 2;

/// One who guesses at many has an entry for each guess, until there are many: then what is left of the minute is a sum, and
/// none is lost, also where the server is stopped meanwhile.
#[test]
fn many_wrong_passwords_of_one_source_are_entries_and_then_a_sum() {
    let test = "it::log_ins::many_wrong_passwords_of_one_source_are_entries_and_then_a_sum";
    on_own(test, |world| {
        let people = || (0..GUESSED).map(|_| world.newcomer().0);
        let logins: Vec<String> = people().map(|id| login_of(&world, &id)).collect();
        let guess = |login: &String| {
            let body = json!({"login": login, "password": "Mat-khau-doan-mo"});
            let reply = log_in_from(&world, "203.0.113.91", &body);
            assert_eq!(reply.status, 401, "{}", reply.text());
        };
        (0..GUESSES).for_each(|_| logins.iter().for_each(guess));
        let world = restarted(world);
        let failed = log::entries(&world, &log::of_event("login.failed"));
        let summed = log::entries(&world, &log::of_event("failures.summed"));
        let summed = summed
            .iter()
            .filter(|one| one.entry["data"]["kind"] == "password");
        let summed: u64 = summed.map(|one| one.entry["count"].as_u64().unwrap()).sum();
        let entered = u64::try_from(failed.len()).unwrap();
        assert_eq!(
            usize::try_from(entered + summed).unwrap(),
            GUESSED * GUESSES
        );
        let minute = |one: &AuditEntry| one.entry["time"].as_str().unwrap()[..16].to_owned();
        let minutes: BTreeSet<String> = failed.iter().map(minute).collect();
        // Where the guesses fall into two minutes each of them has its own few.
        assert!(
            minutes.len() > 1 || entered == 20,
            "{entered} in {minutes:?}"
        );
    });
}

fn login_of(world: &World, id: &str) -> String {
    let people = world.province().office.manager1.acting(Client::persons);
    let person = people.unwrap().into_iter().find(|one| one.id == id);
    person.unwrap().login
}
