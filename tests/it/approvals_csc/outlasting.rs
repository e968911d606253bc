//! Version 1, implicit: a question to a signer outlasts the server that put it, and is every server's.

use kyso_tests::http::Reply;
use kyso_tests::province::Signer;
use kyso_tests::server::Server;

use super::Asking;
use super::waiting::{ask, assert_undecided, try_to_ask};
use crate::desk::Kept;
use crate::drain;
use crate::two_servers::{knows, pair, sign_when_attested};
use crate::world::{World, on_own, restarted, until};

const TEXTS: [&str; 2] = ["Công văn", "Phụ lục"];

/// Who asked what, while no server runs.
struct Asked {
    signer: Signer,
    desk: Kept,
    request: String,
}

/// Asks, and ends the server in the midst of the call; what the call came to.
fn asked(world: &World, end: impl FnOnce(u32)) -> (Asked, Option<Reply>) {
    let asking = Asking::new(world);
    let (request, reply) = std::thread::scope(|scope| {
        let call = scope.spawn(|| try_to_ask(&asking, &TEXTS));
        until(|| !asking.requests().is_empty());
        let request = asking.only_request();
        end(world.deployment.server.id());
        (request, call.join().unwrap())
    });
    let Asking { signer, desk, .. } = asking;
    let desk = desk.keep();
    let asked = Asked {
        signer,
        desk,
        request,
    };
    (asked, reply)
}

/// The retry joins the request of before, waits with it, and signs with what comes of it.
fn assert_goes_on(world: &World, asked: Asked) {
    let desk = asked.desk.at(world);
    let asking = Asking {
        world,
        signer: asked.signer,
        desk,
    };
    assert_eq!(asking.only_request(), asked.request);
    let sad = std::thread::scope(|scope| {
        let call = scope.spawn(|| ask(&asking, &TEXTS));
        asking.approve(&asked.request);
        call.join().unwrap().member("SAD").unwrap()
    });
    assert_eq!(asking.only_request(), asked.request, "asked once");
    let hashes = super::asking::hashes(&TEXTS);
    let signed = sign_when_attested(&asking.desk, &sad, &hashes);
    asking.desk.assert_signed(&signed, &TEXTS);
}

#[test]
fn a_server_that_is_told_to_end_tells_a_waiting_call_to_come_again() {
    let test = "it::approvals_csc::outlasting::a_server_that_is_told_to_end_tells_a_waiting_call_to_come_again";
    on_own(test, |world| {
        let (asked, reply) = asked(&world, drain::terminate);
        assert_undecided(&reply.expect("the call was cut off"));
        assert_goes_on(&restarted(world), asked);
    });
}

#[test]
fn a_retry_after_a_server_died_joins_the_request_of_before() {
    let test =
        "it::approvals_csc::outlasting::a_retry_after_a_server_died_joins_the_request_of_before";
    on_own(test, |mut world| {
        let (asked, reply) = asked(&world, |process| drain::signal(process, "KILL"));
        assert!(reply.is_none(), "a dead server answered");
        let site = world.deployment.server.site().clone();
        world.deployment.server = Server::start(&site).unwrap();
        assert_goes_on(&world, asked);
    });
}

#[test]
fn a_call_that_waits_on_one_server_hears_of_an_approval_on_another() {
    let test = "it::approvals_csc::outlasting::a_call_that_waits_on_one_server_hears_of_an_approval_on_another";
    let Some((world, second, _directory)) = pair(test) else {
        return;
    };
    let here = Asking::new(&world);
    let mut there = here.desk.clone();
    there.http = second.http();
    until(|| knows(&there));
    let there = Asking {
        world: &world,
        signer: world.signer(),
        desk: there,
    };
    let (waited, joined) = std::thread::scope(|scope| {
        let first = scope.spawn(|| ask(&there, &TEXTS));
        until(|| !here.requests().is_empty());
        let second = scope.spawn(|| ask(&here, &TEXTS));
        here.approve(&here.only_request());
        (first.join().unwrap(), second.join().unwrap())
    });
    let [waited, joined] = [waited, joined].map(|reply| reply.member("SAD").unwrap());
    assert_eq!(waited, joined);
    here.only_request();
    let hashes = super::asking::hashes(&TEXTS);
    let signed = sign_when_attested(&there.desk, &waited, &hashes);
    there.desk.assert_signed(&signed, &TEXTS);
}
