//! Two servers on one PostgreSQL: what one is told, both obey at once.

use kyso_tests::http::Reply;
use kyso_tests::server::Server;
use kyso_tests::skip;

use crate::desk::{Desk, at_once, count, hash};
use crate::log;
use crate::world::{Database, World, until};

/// A world, and a second server on its database and token.
pub(crate) fn pair(test: &str) -> Option<(World, Server, tempfile::TempDir)> {
    let Some(world) = World::own(Database::Postgres) else {
        skip::because(test, "no PostgreSQL (KYSO_TEST_POSTGRES)");
        return None;
    };
    let directory = tempfile::tempdir().unwrap();
    let site = world
        .deployment
        .server
        .site()
        .second(directory.path())
        .unwrap();
    let second = Server::start(&site).unwrap();
    Some((world, second, directory))
}

/// What one server adds the other sees within a second; what it takes away at once. A credential
/// comes to be in several steps, of which the other may have seen the first ones only.
pub(crate) fn knows(desk: &Desk<'_>) -> bool {
    let body = serde_json::json!({"credentialID": desk.credential});
    let reply = desk.call("credentials/info", &body);
    reply.status == 200 && reply.json()["key"]["status"] == "enabled"
}

/// Signs as soon as the server has attested the key: until then it says when to come back, and
/// uses nothing up.
pub(crate) fn sign_when_attested(desk: &Desk<'_>, sad: &str, hashes: &[String]) -> Reply {
    let mut last = None;
    until(|| {
        let reply = desk.sign(sad, hashes);
        let answered = reply.status != 503;
        last = Some(reply);
        answered
    });
    last.unwrap()
}

#[test]
fn a_lock_on_one_stops_the_other() {
    let Some((world, second, _directory)) = pair("it::two_servers::a_lock_on_one_stops_the_other")
    else {
        return;
    };
    let signer = world.signer();
    let here = Desk::rsa(&world, &signer);
    let there = Desk {
        http: second.http(),
        ..here.clone()
    };
    until(|| knows(&there));
    let hashes = [hash("một"), hash("hai"), hash("ba")];
    let sad = here.sad(&signer, &hashes);
    let reply = sign_when_attested(&there, &sad, &hashes[..1]);
    there.assert_signed(&reply, &["một"]);
    here.assert_signed(&here.sign(&sad, &hashes[1..2]), &["hai"]);
    let officer = &world.province().office.officer;
    officer
        .acting(|client| client.lock_credential(&here.credential, "khoá ngay"))
        .unwrap();
    let reply = there.sign(&sad, &hashes[2..]);
    crate::desk::assert_csc_error(&reply, 400, "invalid_request");
    assert!(reply.text().contains("disabled"), "{}", reply.text());
    assert_eq!(
        log::of_credential(&world, "signature.intent", &here.credential).len(),
        2
    );
}

#[test]
fn one_sad_on_both_signs_once_and_the_log_has_no_gap() {
    let Some((world, second, _directory)) =
        pair("it::two_servers::one_sad_on_both_signs_once_and_the_log_has_no_gap")
    else {
        return;
    };
    let signer = world.signer();
    let here = Desk::p256(&world, &signer);
    let there = Desk {
        http: second.http(),
        ..here.clone()
    };
    until(|| knows(&there));
    let hashes = [hash("hai máy một lần")];
    let sad = here.sad(&signer, &hashes);
    let replies = at_once(16, |index| {
        if index % 2 == 0 {
            here.sign(&sad, &hashes)
        } else {
            there.sign(&sad, &hashes)
        }
    });
    let texts: Vec<String> = replies.iter().map(Reply::text).collect();
    // A server that waits too long for the other's turn at the journal says so with a 503.
    let others = count(&replies, 400) + count(&replies, 503);
    assert_eq!((count(&replies, 200), others), (1, 15), "{texts:?}");
    let report = world
        .deployment
        .server
        .site()
        .run(&["audit", "verify"])
        .unwrap();
    assert!(report.contains("complete up to"), "{report}");
}
