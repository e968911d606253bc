//! Lists narrowed on their page: what fits is there, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use kyso_api::management::AuditEntry;
use kyso_core::{Clock as _, SystemClock, Timestamp};
use kyso_tests::province::{Holder, Signer};

use super::Browser;
use super::managing::{assert_at, manager};
use crate::log;
use crate::routes::issued_elsewhere;
use crate::stamping::Bench;
use crate::world::{World, on_both};

/// The last parts of the links in a list's rows, over all its pages.
fn rows(browser: &Browser<'_>, path: &str, under: &str) -> BTreeSet<String> {
    let pages = browser.every_page(path).concat();
    let mark = format!("<a href=\"{under}");
    let links = pages.split(&mark).skip(1);
    let links = links.filter_map(|rest| rest.split('"').next());
    links.map(str::to_owned).collect()
}

/// So many minutes after a point in time, as a field of a page has it: the time of Vietnam.
fn field(at: Timestamp, minutes: u64) -> String {
    let at = at.after(Duration::from_mins(minutes));
    let at = time::OffsetDateTime::from_unix_timestamp(at.as_seconds()).unwrap();
    let at = at.to_offset(time::UtcOffset::from_hms(7, 0, 0).unwrap());
    format!("{}T{:02}:{:02}", at.date(), at.hour(), at.minute())
}

/// The entry of a stamp, and the key.
fn stamped(world: &World) -> (AuditEntry, String) {
    let bench = Bench::new(world);
    bench.open(1);
    assert_eq!(bench.stamp("một").status, 200);
    let intents = log::of_credential(world, "signature.intent", &bench.seal);
    (intents.into_iter().next().unwrap(), bench.seal)
}

#[test]
fn the_log_is_narrowed_by_the_code_of_an_agency_and_by_times_of_vietnam() {
    let test =
        "it::pages::filtered::the_log_is_narrowed_by_the_code_of_an_agency_and_by_times_of_vietnam";
    on_both(test, |world| {
        let (intent, seal) = stamped(world);
        let at = Timestamp::read(intent.entry["time"].as_str().unwrap()).unwrap();
        let officer = Browser::of(world.http(), &world.province().office.officer);
        let (this, next, later) = (field(at, 0), field(at, 1), field(at, 2));
        for (filter, there) in [
            (String::new(), true),
            ("agency=H27".to_owned(), true),
            ("agency=H27.3".to_owned(), false),
            ("agency=000.00.03.H27".to_owned(), false),
            (format!("from={this}"), true),
            (format!("from={next}"), false),
            (format!("to={next}"), true),
            (format!("to={this}"), false),
            (format!("from={this}&to={next}&agency=H27"), true),
            (format!("from={next}&to={later}&agency=H27"), false),
        ] {
            let path = format!("/ui/audit?event=signature.intent&credential={seal}&{filter}");
            let found = rows(&officer, &path, "/ui/audit/");
            let expected = there.then(|| intent.sequence.to_string());
            assert_eq!(found, expected.into_iter().collect(), "{filter}");
        }
        // What was asked for stands in the fields.
        let page = officer.page(&format!("/ui/audit?from={this}&agency=H27"));
        assert!(page.contains(&format!("value=\"{this}\"")), "{page}");
        assert!(page.contains("value=\"H27\""), "{page}");
        for (name, wrong) in [("agency", "H99"), ("from", "2026-11-26"), ("to", "mai")] {
            assert_at(&officer.get(&format!("/ui/audit?{name}={wrong}")), name);
        }
    });
}

/// A credential of theirs with a certificate that ends in so many days.
fn ending(world: &World, signer: &Signer, days: u64) -> String {
    let province = world.province();
    let holder = Holder::Person(
        &signer.account,
        &province.agencies.department,
        "Sắp hết hạn",
    );
    let request = province.office.request(holder, "p-256", 1);
    let end = SystemClock.now().after(Duration::from_hours(24 * days));
    let made = province.office.manager1.acting(|client| {
        let made = client.add_credential(&request)?;
        let chain = issued_elsewhere(&made.csr_pem, Some(end));
        client.import_certificate(&made.id, &chain)?;
        Ok(made.id)
    });
    made.unwrap()
}

#[test]
fn credentials_are_narrowed_by_their_end_and_by_their_state() {
    let test = "it::pages::filtered::credentials_are_narrowed_by_their_end_and_by_their_state";
    on_both(test, |world| {
        let signer = world.signer();
        let (soon, later) = (ending(world, &signer, 6), ending(world, &signer, 45));
        let (active, locked) = (&signer.credentials.rsa, &signer.credentials.p256);
        let lock = |client: &kyso_client::Client| client.lock_credential(locked, "Nghỉ phép");
        world.province().office.manager1.acting(lock).unwrap();
        let ours = [&soon, &later, active, locked];
        let manager = manager(world);
        for (filter, there) in [
            ("", vec![&soon, &later, active, locked]),
            ("expiring=7", vec![&soon]),
            ("expiring=30", vec![&soon]),
            ("expiring=60", vec![&soon, &later]),
            ("state=active", vec![active]),
            ("state=locked", vec![locked]),
            ("state=certified", vec![&soon, &later]),
            ("state=certified&expiring=7", vec![&soon]),
            ("state=revoked", vec![]),
        ] {
            let path = format!("/ui/credentials?q={}&{filter}", signer.account.login);
            let mut found = rows(&manager, &path, "/ui/credentials/");
            // Other tests' signers may be called alike.
            found.retain(|id| ours.contains(&id));
            let expected: BTreeSet<String> = there.into_iter().cloned().collect();
            assert_eq!(found, expected, "{filter}");
        }
        let page = manager.page(&format!(
            "/ui/credentials?expiring=7&q={}",
            signer.account.login
        ));
        assert!(page.contains("còn 5 ngày"), "{page}");
        assert!(!page.contains(active.as_str()) && !page.contains(later.as_str()));
    });
}
