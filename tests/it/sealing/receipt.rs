//! The receipt of a seal.

use kyso_evidence::Event;

use super::desk::Registry;
use crate::stamping::{Bench, assert_problem, fresh_key};
use crate::transparency::{ask, logged};
use crate::world::on_both;

#[test]
fn a_seals_receipt_is_found_after_a_retry_by_the_system_that_asked() {
    let test =
        "it::sealing::receipt::a_seals_receipt_is_found_after_a_retry_by_the_system_that_asked";
    on_both(test, |world| {
        let registry = Registry::new(world);
        let body = registry.body(&registry.outgoing("có biên nhận", 5));
        let key = fresh_key();
        let first = registry.post(&key, &body);
        let again = registry.post(&key, &body);
        assert_eq!(again.json(), first.json(), "{}", again.text());
        let call: String = again.member("request_id").unwrap();
        let bench = &registry.bench;
        for (query, event) in [
            ("", Event::SignatureOutcome),
            ("?entry=intent", Event::SignatureIntent),
        ] {
            let entry = logged(world.http(), &bench.token, &call, query).entry;
            assert_eq!((entry.event, entry.request), (event, call.clone()));
            assert_eq!(entry.credential.as_deref(), Some(&*bench.seal));
            let other = Bench::new(world);
            let reply = ask(world.http(), &other.token, &call, query);
            assert_problem(&reply, 404, "not_found");
        }
    });
}
