//! Names and places of agencies, planned for a date: what the API says of them. That a plan counts from its date on is shown
//! where the clock is the test's own (`directory::reorganising`).

use serde_json::json;

use crate::agencies::{Registry, manager_of};
use crate::log;
use crate::stamping::assert_problem;
use crate::world::on_both;

/// What is planned is told with its date, and nothing of it holds yet.
#[test]
fn a_name_and_a_place_are_planned_and_told() {
    on_both(
        "it::reorganising::a_name_and_a_place_are_planned_and_told",
        |world| {
            let registry = Registry::new(world);
            let (to, agency) = (registry.fresh(), registry.fresh());
            let above = world.province().agencies.province.clone();
            let local = manager_of(world, &agency);
            let path = format!("agencies/{agency}/rename");
            let name = json!({"name": "Ban Quản lý mới"});
            let call = world.http().post(&format!("/api/v1/{path}")).bearer(&local);
            let own = call.json(&name).send().unwrap();
            assert_problem(&own, 403, "forbidden"); // a name is given from above
            let renamed = registry.post(&path, &name);
            assert_eq!(renamed.status, 204, "{}", renamed.text());
            log::assert_events(world, &renamed, &["agency.renamed"]);
            let at = "2999-01-01T00:00:00.000000Z";
            let later = json!({"name": "Ban của ngàn năm", "at": at});
            assert_eq!(registry.post(&path, &later).status, 204);
            let place = format!("agencies/{agency}/move");
            let proposed = registry.post(&place, &json!({"parent": to, "at": at}));
            let change = proposed.member("/change/id").unwrap();
            world.province().office.approve(&change).unwrap();
            let seen = registry.seen(&agency);
            assert_eq!((&*seen.name, seen.parent), ("Ban Quản lý mới", Some(above)));
            let names: Vec<&str> = seen.names.iter().map(|one| &*one.name).collect();
            assert_eq!(
                names,
                ["Ban Quản lý", "Ban Quản lý mới", "Ban của ngàn năm"]
            );
            let last = seen.places.last().unwrap();
            assert_eq!((&*last.from, last.parent.clone()), (at, Some(to.clone())));
            for (path, wrong, field) in [
                (&path, json!({"name": ""}), "name"),
                (&path, json!({"name": "a\u{202e}b"}), "name"),
                (
                    &path,
                    json!({"name": "B", "at": "2020-01-01T00:00:00Z"}),
                    "at",
                ),
                (&path, json!({"name": "B", "at": "mai"}), "at"),
                (&place, json!({"at": "2020-01-01T00:00:00Z"}), "at"),
            ] {
                let refused = registry.post(path, &wrong);
                assert_problem(&refused, 400, "invalid_field");
                assert_eq!(
                    refused.member("detail").as_deref().ok(),
                    Some(field),
                    "{wrong}"
                );
            }
        },
    );
}
