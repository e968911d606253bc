//! Somebody who has the PIN changes the token behind the server's back: the next attestation locks
//! the key and raises an alarm, and nothing else stops.

use std::process::Command;

use kyso_tests::server::{PIN, Server, Site};
use serde_json::json;

use crate::desk::{Desk, hash};
use crate::forgery;
use crate::health::internal;
use crate::log;
use crate::owner::Owner;
use crate::world::{Database, World, until};

/// Another program with the token's PIN.
pub(crate) struct Vandal {
    site: Site,
}

impl Vandal {
    pub(crate) fn at(world: &World) -> Self {
        Self::of(world.deployment.server.site())
    }

    pub(crate) fn of(site: &Site) -> Self {
        Self { site: site.clone() }
    }

    pub(crate) fn run(&self, arguments: &[&str]) {
        let output = Command::new("pkcs11-tool")
            .args(["--module", "/usr/lib/softhsm/libsofthsm2.so"])
            .args(["--token-label", "kyso", "--login", "--pin", PIN])
            .args(arguments)
            .env("SOFTHSM2_CONF", self.site.path("softhsm2.conf"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
    }

    pub(crate) fn destroy(&self, id: &str) {
        self.run(&["--delete-object", "--type", "privkey", "--id", id]);
    }

    /// Puts a second key under the same id.
    fn double(&self, id: &str) {
        self.generate(id, "EC:prime256v1");
    }

    fn generate(&self, id: &str, kind: &str) {
        self.run(&["--keypairgen", "--key-type", kind, "--id", id]);
    }

    fn replace(&self, id: &str, kind: &str) {
        self.destroy(id);
        self.generate(id, kind);
    }
}

/// A credential with a SAD that was got while all was well.
struct Target<'a> {
    desk: Desk<'a>,
    sad: String,
}

impl<'a> Target<'a> {
    fn new(desk: Desk<'a>, otp: &str) -> Self {
        let reply = desk.authorize(&[hash("đã duyệt")], otp);
        let sad = reply.member("SAD").unwrap();
        Self { desk, sad }
    }

    fn key(&self, world: &World) -> String {
        key_of(world, &self.desk.credential)
    }

    fn assert_locked(&self, world: &World) {
        let credential = &self.desk.credential;
        until(|| state(world, credential) == "Locked");
        for event in ["key.attestation_failed", "alarm.raised"] {
            let entries = log::of_credential(world, event, credential);
            assert_eq!(entries.len(), 1, "{event}");
        }
        let reply = self.desk.sign(&self.sad, &[hash("đã duyệt")]);
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert_eq!(
            log::of_credential(world, "signature.refused", credential).len(),
            1
        );
        assert_eq!(
            log::of_credential(world, "signature.intent", credential).len(),
            0
        );
    }

    /// Has the key sign what is approved, and sees that nothing comes of it and how the last attempt ended.
    fn assert_refused(&self, world: &World, refusal: u16, state_of_it: &str) {
        let mut status = 503;
        // A lane may know the handle of the key that is gone: then no key is asked, and the SAD stays unused.
        until(|| {
            let reply = self.desk.sign(&self.sad, &[hash("đã duyệt")]);
            assert!(!reply.text().contains("signatures"), "{}", reply.text());
            status = reply.status;
            status != 503
        });
        assert_eq!(status, refusal);
        let credential = &self.desk.credential;
        let outcomes = log::of_credential(world, "signature.outcome", credential);
        let entry = &outcomes.last().unwrap().entry;
        assert_eq!(entry["outcome"], "failed", "{entry}");
        assert_eq!(entry["results"], json!([{"state": state_of_it}]), "{entry}");
        until(|| state(world, credential) == "Locked");
        for event in ["key.attestation_failed", "alarm.raised"] {
            let entries = log::of_credential(world, event, credential);
            assert_eq!(entries.len(), 1, "{event}");
        }
        let intents = || log::of_credential(world, "signature.intent", credential).len();
        let before = intents();
        let reply = self.desk.sign(&self.sad, &[hash("đã duyệt")]);
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert_eq!(intents(), before, "the key is not asked again");
    }

    fn assert_signs(&self, world: &World) {
        let reply = self.desk.sign(&self.sad, &[hash("đã duyệt")]);
        self.desk.assert_signed(&reply, &["đã duyệt"]);
        assert_eq!(state(world, &self.desk.credential), "Active");
    }
}

/// The `CKA_ID` of a credential's key.
pub(crate) fn key_of(world: &World, credential: &str) -> String {
    let mut owner = Owner::of(world);
    let credential = owner.id(credential);
    let id = owner.read(&format!(
        "SELECT cka_id AS value FROM credential_key WHERE credential_id = {credential}"
    ));
    hex::encode(id)
}

fn state(world: &World, credential: &str) -> String {
    let manager = &world.province().office.manager1;
    let found = manager.acting(|client| client.credential(credential));
    format!("{:?}", found.unwrap().state)
}

/// Four credentials of two people, each with a SAD.
fn targets(world: &World) -> [Target<'_>; 4] {
    let (leader, other) = (&world.province().leader, world.signer());
    let credentials = &world.province().credentials;
    let token = leader.token().unwrap();
    let of_leader = |credential: &String| Desk {
        token: token.clone(),
        credential: credential.clone(),
        ..Desk::p256(world, &other)
    };
    let rsa = Desk {
        algorithm: crate::desk::RSA_SHA256,
        ..of_leader(&credentials.leader)
    };
    let code = |account: &kyso_tests::province::Account| account.authenticator.code().unwrap();
    [
        Target::new(of_leader(&credentials.leader_p256), &code(leader)),
        Target::new(rsa, &code(leader)),
        Target::new(Desk::p256(world, &other), &code(&other.account)),
        Target::new(Desk::rsa(world, &other), &code(&other.account)),
    ]
}

/// A server that attests each key anew after so many seconds.
fn attesting_each(seconds: u32) -> World {
    let world = World::planned(Database::Sqlite, |plan| {
        plan.profile = format!("attest_seconds = {seconds}\n");
    });
    world.unwrap()
}

#[test]
fn a_key_changed_behind_the_servers_back_is_locked_and_others_go_on() {
    let world = attesting_each(1);
    let (vandal, targets) = (Vandal::at(&world), targets(&world));
    let [replaced, doubled, destroyed, untouched] = &targets;
    vandal.replace(&replaced.key(&world), "EC:prime256v1");
    vandal.double(&doubled.key(&world));
    vandal.destroy(&destroyed.key(&world));
    for target in [replaced, doubled, destroyed] {
        target.assert_locked(&world);
    }
    // Looked at again and again, and still good.
    let rounds = || log::of_credential(&world, "key.attested", &untouched.desk.credential).len();
    let before = rounds();
    until(|| rounds() > before);
    untouched.assert_signs(&world);
    let metrics = internal(&world).get("/metrics").done().unwrap().text();
    let failed = "kyso_keys_attestation_failed_total 3\n";
    assert!(metrics.contains(failed), "{metrics}");
}

/// Nobody attests meanwhile: what the lane checks before it lets go is all that stands between a wrong signature, which
/// of an RSA key may tell the key, and whoever asked.
#[test]
fn a_wrong_signature_does_not_leave_and_its_key_signs_no_more() {
    if forgery::ordered() {
        return;
    }
    let test = "attestation::a_wrong_signature_does_not_leave_and_its_key_signs_no_more";
    let world = attesting_each(86_400);
    let (site, targets) = (world.deployment.server.site(), targets(&world));
    let [elliptic, rsa, _, untouched] = &targets;
    let kinds = [(rsa, "rsa"), (elliptic, "p256")];
    for (number, (target, kind)) in (1..).zip(kinds) {
        forgery::forge(site, test, (&target.key(&world), kind));
        target.assert_refused(&world, 500, "withheld");
        let metrics = internal(&world).get("/metrics").done().unwrap().text();
        let withheld = format!("kyso_hsm_withheld_total {number}\n");
        assert!(metrics.contains(&withheld), "{metrics}");
    }
    untouched.assert_signs(&world);
}

/// Nor does one that is not made at all: with other flags it is not asked to sign.
#[test]
fn a_key_with_other_flags_is_not_used_before_anybody_attests_it() {
    let world = attesting_each(86_400);
    let (vandal, targets) = (Vandal::at(&world), targets(&world));
    let [replaced, _, _, untouched] = &targets;
    vandal.replace(&replaced.key(&world), "EC:prime256v1");
    replaced.assert_refused(&world, 400, "not_attempted");
    untouched.assert_signs(&world);
}

/// A lock that the database refuses is owed, and the key is barred meanwhile; it is not attested
/// again as one that people had unlocked.
#[test]
fn a_lock_that_could_not_be_written_is_written_later_and_once() {
    let world = attesting_each(1);
    let targets = targets(&world);
    let [lost, _, _, untouched] = &targets;
    let mut owner = Owner::of(&world);
    owner.run(
        "CREATE TRIGGER no_lock BEFORE UPDATE ON credential \
         BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    Vandal::at(&world).destroy(&lost.key(&world));
    let failures = || log::of_credential(&world, "key.attestation_failed", &lost.desk.credential);
    until(|| !failures().is_empty());
    let rounds = || log::of_credential(&world, "key.attested", &untouched.desk.credential).len();
    let before = rounds();
    until(|| rounds() > before + 2);
    assert_eq!(failures().len(), 1, "it was taken for unlocked");
    assert_eq!(state(&world, &lost.desk.credential), "Active");
    let reply = lost.desk.sign(&lost.sad, &[hash("đã duyệt")]);
    assert_eq!(reply.status, 503, "{}", reply.text());
    owner.run("DROP TRIGGER no_lock");
    until(|| state(&world, &lost.desk.credential) == "Locked");
    assert_eq!(failures().len(), 1);
}

#[test]
fn the_server_starts_although_a_key_is_gone() {
    let mut world = World::own(Database::Sqlite).unwrap();
    let vandal = Vandal::at(&world);
    let kept = {
        let targets = targets(&world);
        vandal.destroy(&targets[2].key(&world));
        targets.map(|target| (target.desk.keep(), target.sad))
    };
    let site = world.deployment.server.kill().unwrap();
    world.deployment.server = Server::start(&site).unwrap();
    let [.., gone, whole] = kept.map(|(desk, sad)| Target {
        desk: desk.at(&world),
        sad,
    });
    gone.assert_locked(&world);
    whole.assert_signs(&world);
}
