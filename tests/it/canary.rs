//! No secret ever reaches the log or the database: each is looked for in every form it could take.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use kyso_tests::province::Account;
use totp_rs::Secret;

use crate::desk::{Desk, hash};
use crate::stamping::Bench;
use crate::world::{World, on_own};

/// A secret and what it is.
struct Canary(String, Vec<u8>);

impl Canary {
    /// The forms in which it could have been written down.
    fn forms(&self) -> Vec<Vec<u8>> {
        let Self(_, bytes) = self;
        let texts = [
            hex::encode(bytes),
            hex::encode_upper(bytes),
            STANDARD.encode(bytes),
            URL_SAFE_NO_PAD.encode(bytes),
        ];
        let mut forms: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
        forms.push(bytes.clone());
        forms
    }
}

fn text(what: &str, secret: &str) -> Canary {
    Canary(what.to_owned(), secret.as_bytes().to_vec())
}

fn of_account(account: &Account) -> Vec<Canary> {
    let secret = Secret::try_from_base32(account.authenticator.base32()).unwrap();
    vec![
        text("password", &account.password),
        text("TOTP secret, base32", account.authenticator.base32()),
        Canary("TOTP secret".to_owned(), secret.as_ref().to_vec()),
    ]
}

/// Every file of the database, or every row of every table as text.
fn stored(world: &World) -> Vec<u8> {
    let site = world.deployment.server.site();
    let Some(url) = site.postgres() else {
        let files = ["kyso.db", "kyso.db-wal", "audit.head"];
        let read = files.map(|file| std::fs::read(site.path(file)).unwrap_or_default());
        return read.concat();
    };
    let mut connection = PgConnection::establish(url).unwrap();
    let tables: Vec<Text> = diesel::sql_query(
        "SELECT tablename::text AS value FROM pg_tables WHERE schemaname = 'public'",
    )
    .load(&mut connection)
    .unwrap();
    let mut all = Vec::new();
    for table in tables {
        let rows = format!("SELECT t::text AS value FROM {} AS t", table.value);
        let rows: Vec<Text> = diesel::sql_query(rows).load(&mut connection).unwrap();
        all.extend(rows.into_iter().flat_map(|row| row.value.into_bytes()));
    }
    all
}

#[derive(QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[test]
fn no_secret_in_log_or_database() {
    on_own("it::canary::no_secret_in_log_or_database", |world| {
        let (signer, bench) = (world.signer(), Bench::new(&world));
        bench.open(3);
        assert_eq!(bench.stamp("chim hoàng yến").status, 200);
        let desk = Desk::rsa(&world, &signer);
        let code = signer.account.authenticator.code().unwrap();
        let hashes = [hash("chim hoàng yến")];
        let sad = desk.authorize(&hashes, &code).member("SAD").unwrap();
        assert_eq!(desk.sign(&sad, &hashes).status, 200);
        let wrong = desk.sign("SAD-khong-dung-9f2c1b7e", &hashes);
        assert_eq!(wrong.status, 400);
        let office = &world.province().office;
        let guess = world
            .http()
            .post("/api/v1/sessions")
            .json(&serde_json::json!({
            "login": signer.account.login, "password": "mat-khau-sai-5d1c"}));
        assert_eq!(guess.send().unwrap().status, 401);
        let mut canaries = vec![
            text("SAD", &sad),
            text("wrong SAD", "SAD-khong-dung-9f2c1b7e"),
            text("wrong password", "mat-khau-sai-5d1c"),
            text("access token", &desk.token),
            text("system's access token", &bench.token),
            text("document label", "chim hoàng yến bay"),
        ];
        for account in [
            &signer.account,
            &office.manager1,
            &office.officer,
            &world.province().clerk,
        ] {
            canaries.extend(of_account(account));
        }
        let (log, stored) = (world.deployment.server.log().into_bytes(), stored(&world));
        assert!(!stored.is_empty() && !log.is_empty());
        // The search itself works: what is meant to be there is found.
        assert!(holds(&stored, signer.account.login.as_bytes()));
        for canary in &canaries {
            for form in canary.forms() {
                assert!(!holds(&log, &form), "{} is in the log", canary.0);
                assert!(!holds(&stored, &form), "{} is in the database", canary.0);
            }
        }
    });
}
