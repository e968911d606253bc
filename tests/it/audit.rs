//! `GET /api/v1/audit`: whose it is, what each filter shows, and pages while the log goes on.

use kyso_api::management::{AuditEntry, AuditPage, AuditQuery, RoleName};
use kyso_tests::http::{Reply, percent_encoded};
use kyso_tests::province::Account;

use crate::desk::{Desk, hash};
use crate::log;
use crate::owner::Owner;
use crate::stamping::{Bench, assert_problem};
use crate::world::{World, on_both, on_own};

fn ask(world: &World, token: &str, query: &str) -> Reply {
    let path = format!("/api/v1/audit?{query}");
    world.http().get(&path).bearer(token).send().unwrap()
}

fn officer(world: &World) -> &Account {
    &world.province().office.officer
}

/// Every entry that fits these parameters.
fn found(world: &World, token: &str, query: &str) -> Vec<AuditEntry> {
    let (mut found, mut after) = (Vec::new(), String::new());
    loop {
        let reply = ask(world, token, &format!("limit=500&{query}{after}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let page: AuditPage = serde_json::from_slice(&reply.body).unwrap();
        found.extend(page.entries);
        match page.next {
            Some(next) => after = format!("&after={next}"),
            None => return found,
        }
    }
}

fn sequences(entries: &[AuditEntry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.sequence).collect()
}

fn word(entry: &AuditEntry, name: &str) -> String {
    let value = match name {
        "actor" => &entry.entry["actor"]["id"],
        _ => &entry.entry[name],
    };
    value.as_str().unwrap_or_default().to_owned()
}

#[test]
fn only_a_security_officer_reads_the_log() {
    on_both(
        "it::audit::only_a_security_officer_reads_the_log",
        |world| {
            let bench = Bench::new(world);
            let province = world.province();
            let office = &province.office;
            let (login, agency) = (world.name("van-hanh"), &province.agencies.department);
            let operator = office.person(&login, "Vận hành", "Kỹ sư", agency, RoleName::Operator);
            let tokens = [
                ("signer", world.signer().account.token().unwrap()),
                ("clerk", bench.clerk.token_with_otp().unwrap()),
                ("operator", operator.unwrap().token_with_otp().unwrap()),
                ("manager", office.manager1.token_with_otp().unwrap()),
                ("system", bench.token),
            ];
            for (who, token) in tokens {
                // Nor do they learn what is wrong with their question.
                for query in ["limit=1", "limit=0", "colour=red"] {
                    let reply = ask(world, &token, query);
                    println!("{who}: {query}");
                    assert_problem(&reply, 403, "forbidden");
                    assert!(!reply.text().contains("entries"), "{}", reply.text());
                }
            }
            let nobody = world.http().get("/api/v1/audit").send().unwrap();
            assert_eq!(nobody.status, 401, "{}", nobody.text());
            let token = officer(world).token_with_otp().unwrap();
            assert_eq!(ask(world, &token, "limit=1").status, 200);
            let refused = AuditQuery {
                event: Some("audit.read".into()),
                outcome: Some("refused".into()),
                ..AuditQuery::default()
            };
            let of_clerk = AuditQuery {
                actor: Some(bench.clerk.person_id.clone()),
                ..refused.clone()
            };
            let of_system = AuditQuery {
                client: Some(bench.system.id.clone()),
                ..refused
            };
            for query in [of_clerk, of_system] {
                assert_eq!(log::entries(world, &query).len(), 3, "{query:?}");
            }
        },
    );
}

/// What the log must hold for the filters to have something to tell apart.
struct Scene {
    token: String,
    /// Every entry up to a point.
    all: Vec<AuditEntry>,
}

impl Scene {
    fn new(world: &World) -> Self {
        let bench = Bench::new(world);
        bench.open(5);
        assert_eq!(bench.stamp("có phiên").status, 200);
        let signer = world.signer();
        let desk = Desk::p256(world, &signer);
        let hashes = [hash("đúng")];
        let sad = desk.sad(&signer, &hashes);
        assert_eq!(desk.sign(&sad, &[hash("sai")]).status, 400);
        assert_eq!(desk.sign(&sad, &hashes).status, 200);
        let token = officer(world).token_with_otp().unwrap();
        let all = found(world, &token, "");
        Self { token, all }
    }

    /// Asks with one filter and holds the answer against all that was there.
    fn assert_filter(&self, world: &World, query: &str, fits: impl Fn(&AuditEntry) -> bool) {
        let last = self.all.last().unwrap().sequence;
        let mut got = found(world, &self.token, query);
        got.retain(|entry| entry.sequence <= last);
        let wanted: Vec<u64> = self
            .all
            .iter()
            .filter(|entry| fits(entry))
            .map(|entry| entry.sequence)
            .collect();
        assert!(!wanted.is_empty(), "{query} shows nothing");
        assert!(wanted.len() < self.all.len(), "{query} leaves nothing out");
        assert_eq!(sequences(&got), wanted, "{query}");
    }
}

#[test]
fn each_filter_shows_what_fits_and_nothing_else() {
    on_both(
        "it::audit::each_filter_shows_what_fits_and_nothing_else",
        |world| {
            let scene = Scene::new(world);
            let intents = |entry: &&AuditEntry| word(entry, "event") == "signature.intent";
            let intent = scene.all.iter().rfind(intents).unwrap();
            let stamp = |entry: &&AuditEntry| !word(entry, "client").is_empty();
            let stamp = scene.all.iter().rfind(stamp).unwrap();
            let cases = [
                ("event", word(intent, "event")),
                ("outcome", "refused".to_owned()),
                ("actor", word(intent, "actor")),
                ("credential", word(intent, "credential")),
                ("agency", word(intent, "agency")),
                ("client", word(stamp, "client")),
                ("request", word(intent, "request")),
            ];
            for (name, value) in cases {
                assert!(
                    !value.is_empty(),
                    "{name}: {} {}",
                    intent.entry,
                    stamp.entry
                );
                let query = format!("{name}={}", percent_encoded(&value));
                scene.assert_filter(world, &query, |entry| word(entry, name) == value);
            }
            let both = format!("event=signature.intent&actor={}", word(intent, "actor"));
            scene.assert_filter(world, &both, |entry| {
                word(entry, "event") == "signature.intent"
                    && word(entry, "actor") == word(intent, "actor")
            });
            // Times of one form sort as text.
            let at = word(intent, "time");
            let text = percent_encoded(&at);
            scene.assert_filter(world, &format!("from={text}"), |entry| {
                word(entry, "time") >= at
            });
            scene.assert_filter(world, &format!("to={text}"), |entry| {
                word(entry, "time") < at
            });
        },
    );
}

#[test]
fn pages_are_whole_and_keep_still_while_the_log_goes_on() {
    on_both(
        "it::audit::pages_are_whole_and_keep_still_while_the_log_goes_on",
        |world| {
            let token = officer(world).token_with_otp().unwrap();
            let before = found(world, &token, "");
            let last = before.last().unwrap().sequence;
            let size = before.len() / 7 + 1;
            let (mut seen, mut after) = (Vec::new(), String::new());
            while seen.last().is_none_or(|seq| *seq < last) {
                // Each read is an entry of its own, so the log grows between any two pages.
                let query = format!("limit={size}{after}");
                let page: AuditPage =
                    serde_json::from_slice(&ask(world, &token, &query).body).unwrap();
                assert_eq!(page.entries.len(), size, "{query}");
                seen.extend(sequences(&page.entries));
                let next = page.next.unwrap();
                assert_eq!(Some(&next), seen.last());
                after = format!("&after={next}");
                let again: AuditPage =
                    serde_json::from_slice(&ask(world, &token, &query).body).unwrap();
                assert_eq!(again.entries, page.entries, "{query}");
            }
            seen.retain(|seq| *seq <= last);
            assert_eq!(seen, (0..=last).collect::<Vec<_>>());
            assert_eq!(sequences(&before), seen);
        },
    );
}

#[test]
fn a_bad_filter_is_refused_by_its_name() {
    let world = World::sqlite();
    let token = officer(world).token_with_otp().unwrap();
    let cases = [
        "after=-1",
        "after=x",
        "after=9223372036854775808",
        "after=18446744073709551616",
        "after=",
        "after=1.0",
        "after=0x1",
        "after=%D9%A1",
        "after=1%00",
        "after=1&after=1",
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=ten",
        "limit=",
        "limit=1.5",
        "limit=4294967296",
        "limit=%EF%BC%91",
        "limit=1%00",
        "from=yesterday",
        "from=2026-01-01",
        "from=2026-13-01T00:00:00Z",
        "to=1e9",
        "to=",
        "event=signature.forged",
        "event=",
        "outcome=perhaps",
        "actor=quan-ly-1",
        "credential=%27%3B--",
        "agency=H27",
        "client=dms",
        "request=1",
        "request=%00",
        "colour=red",
        "cursor=1",
        "Limit=1",
        "event=audit.read&event=audit.read",
        "limit=1&limit=2",
    ];
    let before = found(world, &token, "event=audit.read").len();
    for query in cases {
        let reply = ask(world, &token, query);
        println!("{query}: {}", reply.text());
        assert_problem(&reply, 400, "invalid_field");
        let path = format!("/api/v1/audit?{query}");
        let nobody = world.http().get(&path).send().unwrap();
        assert_problem(&nobody, 401, "not_authenticated");
    }
    let after = found(world, &token, "event=audit.read");
    assert!(after.len() > before);
}

#[test]
fn reading_leaves_an_entry_with_the_names_of_the_filters() {
    on_both(
        "it::audit::reading_leaves_an_entry_with_the_names_of_the_filters",
        |world| {
            let token = officer(world).token_with_otp().unwrap();
            let me = &officer(world).person_id;
            let from = "2026-01-01T00:00:00Z";
            let query = format!("limit=3&after=2&actor={me}&outcome=ok&from={from}");
            let reply = ask(world, &token, &query);
            assert_eq!(reply.status, 200, "{}", reply.text());
            let reads = found(world, &token, &format!("event=audit.read&actor={me}"));
            let mine: Vec<&AuditEntry> = reads
                .iter()
                .filter(|read| read.entry["data"]["filters"] == "actor,from,outcome")
                .collect();
            assert!(!mine.is_empty(), "{reads:?}");
            let data = &mine.last().unwrap().entry["data"];
            assert_eq!((&data["limit"], &data["after"]), (&3.into(), &2.into()));
            assert!(!data.to_string().contains(me), "{data}");
        },
    );
}

/// Somebody else's name under an entry would accuse them.
#[test]
fn a_text_that_its_entry_does_not_commit_to_is_not_shown() {
    on_own(
        "it::audit::a_text_that_its_entry_does_not_commit_to_is_not_shown",
        |world| {
            let world = &world;
            world.newcomer();
            let token = officer(world).token_with_otp().unwrap();
            let last = || {
                found(world, &token, "event=person.registered")
                    .pop()
                    .unwrap()
            };
            let whole = last();
            assert_eq!(whole.openings["name"], "Người Mới");
            assert!(whole.tampered.is_empty(), "{whole:?}");
            let mut owner = Owner::of(world);
            owner.unlock("audit_opening");
            let mut edit = |value: &str| {
                let set = format!("SET openings = {value} WHERE sequence = {}", whole.sequence);
                owner.run(&format!("UPDATE audit_opening {set}"));
            };
            edit("replace(openings, 'Người Mới', 'Người Khác')");
            let mut expected = whole.clone();
            expected.openings.remove("name");
            expected.tampered.push("name".to_owned());
            assert_eq!(last(), expected);
            edit("replace(openings, 'Người Khác', 'Người Mới')");
            assert_eq!(last(), whole);
            edit("'all of it'");
            let all: Vec<_> = whole.openings.keys().cloned().collect();
            assert_eq!((last().openings.len(), last().tampered), (0, all));
            edit("'{}'");
            let erased = last();
            assert!(erased.openings.is_empty() && erased.tampered.is_empty());
        },
    );
}
