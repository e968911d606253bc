//! The owner of the database changes each sealed column of each table: the row grants nothing
//! any more, and an alarm is an entry.

use kyso_core::change::PowerChange;
use kyso_core::id::{AgencyId, AuthorityId, ClientId, CredentialId, PersonId, RoleGrantId};
use kyso_core::model::*;
use kyso_core::{Change, Refusal, Snapshot};
use kyso_evidence::Event;

use super::town::Town;
use crate::store::world::{Kind, World, on_both};

type Size = fn(&Snapshot) -> usize;

/// A row, its granting columns, and how many rows of its table the snapshot holds.
struct Case {
    table: &'static str,
    row: String,
    columns: Vec<(&'static str, String)>,
    size: Size,
}

fn number(value: i64) -> String {
    value.to_string()
}

fn text(value: &str) -> String {
    format!("'{value}'")
}

fn flag(world: &World, set: bool) -> String {
    match world.kind {
        Kind::Sqlite => number(i64::from(set)),
        Kind::Postgres => set.to_string(),
    }
}

/// Changes each column, looks, and puts the row back.
async fn check(town: &mut Town<'_>, case: &Case) {
    let Case {
        table,
        row,
        columns,
        size,
    } = case;
    let whole = size(&town.fresh().await);
    let seal = town.world.blob(&[0; 32]);
    let sealed = [("seal", seal), ("made_by", number(1))];
    for (column, value) in columns.iter().cloned().chain(sealed) {
        town.world.restart();
        let before = town.world.entries(Event::AlarmRaised).len();
        town.world.sql(&format!(
            "CREATE TABLE kept AS SELECT * FROM {table} WHERE {row};"
        ));
        town.world.sql(&format!(
            "UPDATE {table} SET {column} = {value} WHERE {row};"
        ));
        let left = size(&town.fresh().await);
        assert_eq!(
            left,
            whole - 1,
            "{table}.{column} changed and the row still counts"
        );
        let alarms = town.world.entries(Event::AlarmRaised).len();
        assert!(alarms > before, "{table}.{column} changed without an alarm");
        town.world.sql(&format!(
            "UPDATE {table} SET {column} = (SELECT {column} FROM kept) WHERE {row}; DROP TABLE kept;"
        ));
        assert_eq!(
            size(&town.fresh().await),
            whole,
            "{table}.{column} put back"
        );
    }
}

fn id_is(world: &World, column: &str, id: &[u8; 16]) -> String {
    format!("{column} = {}", world.blob(id))
}

async fn people_are_sealed(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let commune = commune(&town).await;
    let other = town.world.blob(commune.as_bytes());
    let record = AuthorityRecord {
        id: AuthorityId::random(),
        person: leader,
        agency: town.agency,
        kind: AuthorityKind::TUQ,
        basis: "5/QĐ".to_owned(),
        valid_from: town.later(0),
        valid_until: town.later(60),
    };
    town.power(PowerChange::RecordAuthority(record.clone()))
        .await
        .unwrap();
    let role = town.role(leader, Role::RecordsClerk).await.unwrap();
    let officer = town.world.blob(town.officer.as_bytes());
    let cases = [
        agency_case(town.world, commune),
        Case {
            table: "person",
            row: id_is(town.world, "id", leader.as_bytes()),
            columns: vec![
                ("login", text("other")),
                ("agency_id", other.clone()),
                ("ended_at", number(1)),
            ],
            size: |s| s.people.by_id.len(),
        },
        role_case(town.world, role, &officer, &other),
        password_case(town.world, leader),
        totp_case(town.world, leader),
        Case {
            table: "authority",
            row: id_is(town.world, "id", record.id.as_bytes()),
            columns: vec![
                ("person_id", officer),
                ("agency_id", other),
                ("kind", text("KT")),
                ("basis", text("mine")),
                ("valid_from", number(1)),
                ("valid_until", number(1)),
                ("ended_at", number(1)),
            ],
            size: |s| s.people.authorities.len(),
        },
    ];
    for case in &cases {
        check(&mut town, case).await;
    }
}

fn role_case(world: &World, role: RoleGrantId, person: &str, agency: &str) -> Case {
    Case {
        table: "role_grant",
        row: id_is(world, "id", role.as_bytes()),
        columns: vec![
            ("person_id", person.to_owned()),
            ("role", text("subscriber_manager")),
            ("agency_id", agency.to_owned()),
            ("revoked_at", number(1)),
        ],
        size: |s| s.people.roles.len(),
    }
}

fn agency_case(world: &World, agency: AgencyId) -> Case {
    Case {
        table: "agency",
        row: id_is(world, "id", agency.as_bytes()),
        columns: vec![
            ("parent_id", "NULL".to_owned()),
            ("valid_from", number(1)),
            ("valid_until", number(1)),
        ],
        size: |s| s.agencies.len(),
    }
}

fn password_case(world: &World, person: PersonId) -> Case {
    Case {
        table: "password_factor",
        row: id_is(world, "person_id", person.as_bytes()),
        columns: vec![("phc", text("$argon2id$mine"))],
        size: |s| {
            let factors = s.people.factors.values();
            factors.filter(|f| f.password.is_some()).count()
        },
    }
}

fn totp_case(world: &World, person: PersonId) -> Case {
    Case {
        table: "totp_factor",
        row: id_is(world, "person_id", person.as_bytes()),
        columns: vec![("secret", world.blob(&[9])), ("row_version", number(2))],
        size: |s| {
            let factors = s.people.factors.values();
            factors.filter(|f| f.totp.is_some()).count()
        },
    }
}

async fn commune(town: &Town<'_>) -> AgencyId {
    let id = AgencyId::random();
    let commune = Agency {
        id,
        parent: Dated::new(Some(town.agency)),
        name: Dated::new("xã".to_owned()),
        kind: "state".to_owned(),
        level: "commune".to_owned(),
        valid_from: town.later(0),
        valid_until: None,
        codes: Vec::new(),
    };
    town.by_manager(Change::RegisterAgency(commune))
        .await
        .unwrap();
    id
}

async fn systems_are_sealed(world: &mut World) {
    let mut town = Town::found(world).await;
    let target = GrantTarget::Agency(town.agency);
    let (other, ..) = town.system("other", target).await;
    let (client, key, grant) = town.system("dms", target).await;
    let yes = flag(town.world, true);
    let other = town.world.blob(other.as_bytes());
    let cases = [
        Case {
            table: "client",
            row: id_is(town.world, "id", client.as_bytes()),
            columns: vec![
                ("name", text("x")),
                ("method", text("client_secret")),
                ("disabled_at", number(1)),
            ],
            size: |s| s.clients.by_id.len(),
        },
        Case {
            table: "client_key",
            row: id_is(town.world, "id", key.as_bytes()),
            columns: vec![
                ("client_id", other.clone()),
                ("kind", text("public_key")),
                ("material", town.world.blob(&[6; 32])),
                ("revoked_at", number(1)),
            ],
            size: |s| s.clients.keys.len(),
        },
        Case {
            table: "client_grant",
            row: id_is(town.world, "id", grant.as_bytes()),
            columns: vec![
                ("client_id", other),
                ("target_kind", text("credential")),
                ("target_id", town.world.blob(&[6; 16])),
                ("allows_explicit", yes.clone()),
                ("allows_raw_hash", yes),
                ("revoked_at", number(1)),
            ],
            size: |s| s.clients.grants.values().map(Vec::len).sum(),
        },
        callback_case(&town, client).await,
    ];
    for case in &cases {
        check(&mut town, case).await;
    }
}

async fn callback_case(town: &Town<'_>, client: ClientId) -> Case {
    let callback = Callback {
        client,
        origin: "https://dms.example".to_owned(),
        secret: vec![5; 64],
    };
    let set = town.by_manager(Change::SetCallback(callback));
    set.await.unwrap();
    Case {
        table: "client_callback",
        row: id_is(town.world, "client_id", client.as_bytes()),
        columns: vec![
            ("origin", text("https://evil.example")),
            ("secret", town.world.blob(&[6; 64])),
        ],
        size: |s| s.clients.callbacks.len(),
    }
}

/// What it is for is sealed only where it is set, so that taking it away is the attack that must be seen.
async fn check_seal_for_digests(town: &mut Town<'_>, agency: AgencyId, size: Size) {
    let id = town.active(Owner::Agency(agency)).await;
    let row = id_is(town.world, "id", id.as_bytes());
    let columns = vec![("by_digest", flag(town.world, false))];
    let case = Case {
        table: "credential",
        row,
        columns,
        size,
    };
    check(town, &case).await;
}

async fn credentials_are_sealed(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let other = commune(&town).await;
    let id = town.active(Owner::Person(leader)).await;
    let row = id_is(town.world, "id", id.as_bytes());
    let (yes, size): (_, Size) = (flag(town.world, true), |s| s.credentials.len());
    let columns = vec![
        ("person_id", town.world.blob(town.officer.as_bytes())),
        ("agency_id", town.world.blob(other.as_bytes())),
        ("chain", town.world.blob(&[6; 64])),
        ("not_before", number(1)),
        ("not_after", number(i64::MAX)),
        ("state", text("locked")),
        ("handed_over_at", "NULL".to_owned()),
        ("locked_by_reset", yes.clone()),
        ("multisign", number(500)),
        ("sad_seconds", number(86_400)),
        ("extensible", yes.clone()),
        ("by_digest", yes),
    ];
    check(
        &mut town,
        &Case {
            table: "credential",
            row,
            columns,
            size,
        },
    )
    .await;
    check_key(&mut town, id).await;
    check_seal_for_digests(&mut town, other, size).await;
    town.world.sql(&format!(
        "UPDATE certificate SET der = {};",
        town.world.blob(b"mine")
    ));
    assert!(
        town.fresh().await.credentials.is_empty(),
        "a certificate swapped under its hash"
    );
}

/// The key lies in a table of its own, under the credential's seal.
async fn check_key(town: &mut Town<'_>, id: CredentialId) {
    let key_row = id_is(town.world, "credential_id", id.as_bytes());
    for (column, value) in [
        ("cka_id", town.world.blob(&[6; 16])),
        ("algorithm", text("rsa-2048")),
        ("spki", town.world.blob(&[6; 90])),
    ] {
        town.world.restart();
        let whole = town.fresh().await.credentials.len();
        town.world.sql(&format!(
            "CREATE TABLE kept AS SELECT * FROM credential_key WHERE {key_row};"
        ));
        town.world.sql(&format!(
            "UPDATE credential_key SET {column} = {value} WHERE {key_row};"
        ));
        assert_eq!(
            town.fresh().await.credentials.len(),
            whole - 1,
            "credential_key.{column}"
        );
        town.world.sql(&format!(
            "UPDATE credential_key SET {column} = (SELECT {column} FROM kept) WHERE {key_row}; \
             DROP TABLE kept;"
        ));
        assert_eq!(town.fresh().await.credentials.len(), whole);
    }
}

async fn pending_changes_are_sealed(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let id = town
        .propose(PowerChange::ResetFactors(leader))
        .await
        .unwrap();
    let columns = vec![
        ("kind", text("grant_role")),
        (
            "payload",
            text(&format!("{{\"reset_factors\":\"{}\"}}", town.managers[0])),
        ),
        ("proposed_by", town.world.blob(leader.as_bytes())),
        ("expires_at", number(i64::MAX)),
        ("state", text("approved")),
        ("decided_by", town.world.blob(leader.as_bytes())),
    ];
    let row = id_is(town.world, "id", id.as_bytes());
    let case = Case {
        table: "pending_change",
        row,
        columns,
        size: |s| s.pending.len(),
    };
    check(&mut town, &case).await;
    town.world
        .sql("UPDATE pending_change SET expires_at = expires_at + 1;");
    assert_eq!(
        town.approve(id).await,
        Err(Refusal::Tampered),
        "known to policy, refused by the row"
    );
}

on_both! {
    people_are_sealed,
    systems_are_sealed,
    credentials_are_sealed,
    pending_changes_are_sealed,
}
