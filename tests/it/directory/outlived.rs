//! What was given by a password, a factor or an office that has ended: hidden from whatever ended it
//! and put back, it grants nothing.

use kyso_core::change::{PowerChange, RefreshIssue, TokenIssue};
use kyso_core::id::*;
use kyso_core::model::*;
use kyso_core::request::{Activation, SignRequest};
use kyso_core::*;
use kyso_evidence::Event;

use super::clerk::{BOTH_SIGN, Desk, NO_SESSION, office_of, sign};
use super::town::Town;
use crate::store::world::{World, digest, on_both};

async fn enrol_again(town: &mut Town<'_>, person: PersonId) {
    let code = [7; 32];
    if town.policy.snapshot().holds_power(person) {
        town.split_code(person, code).await.unwrap();
    } else {
        town.code(person, code).await.unwrap();
    }
    town.enrol(person, code).await.unwrap();
}

/// Takes the rows of a table away while something is done, as its owner can.
struct Hidden {
    table: &'static str,
}

impl Hidden {
    fn from(town: &Town<'_>, table: &'static str) -> Self {
        let copy = format!("CREATE TABLE hidden AS SELECT * FROM {table}; DELETE FROM {table};");
        town.world.as_owner(table, &copy);
        Self { table }
    }

    fn put_back(self, town: &Town<'_>) {
        let table = self.table;
        town.world.sql(&format!(
            "INSERT INTO {table} SELECT * FROM hidden; DROP TABLE hidden;"
        ));
    }
}

async fn refresh(
    town: &Town<'_>,
    family: TokenFamilyId,
    person: PersonId,
    (hash, replaces): (u8, Option<u8>),
) -> Result<(), Refusal> {
    let refresh = RefreshIssue {
        hash: [hash; 32],
        replaces: replaces.map(|old| [old; 32]),
        person: Some(person),
        expires_at: town.later(3_600),
    };
    let issue = TokenIssue {
        family,
        jti: [hash; 16],
        client: None,
        assertion: None,
        refresh: Some(refresh),
    };
    let issued = town.change(Actor::system(), Change::IssueToken(issue));
    issued.await.map(|_| ())
}

async fn a_hidden_refresh_token_does_not_outlive_the_password(world: &mut World) {
    let mut town = Town::found(world).await;
    for reset in [false, true] {
        let person = town.signer(&format!("signer-{reset}")).await;
        let (old, n) = (TokenFamilyId::random(), if reset { 10 } else { 20 });
        refresh(&town, old, person, (n, None)).await.unwrap();
        refresh(&town, old, person, (n + 1, Some(n))).await.unwrap();
        let spent = Hidden::from(&town, "refresh_token");
        let kept = "CREATE TABLE kept AS SELECT * FROM token_family; DELETE FROM token_family;";
        town.world.sql(kept);
        if reset {
            town.power(PowerChange::ResetFactors(person)).await.unwrap();
            enrol_again(&mut town, person).await;
        } else {
            let phc = "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaDI".to_owned();
            let change = Change::ChangePassword(person, phc.into(), town.totp(person));
            town.change(Town::actor(person), change).await.unwrap();
        }
        town.world
            .sql("INSERT INTO token_family SELECT * FROM kept; DROP TABLE kept;");
        spent.put_back(&town);
        let alarms = town.world.entries(Event::AlarmRaised).len();
        let again = refresh(&town, old, person, (n + 2, Some(n + 1))).await;
        assert_eq!(again, Err(Refusal::Tampered), "reset: {reset}");
        assert_eq!(town.world.entries(Event::AlarmRaised).len(), alarms + 1);
        let new = TokenFamilyId::random();
        refresh(&town, new, person, (n + 3, None)).await.unwrap();
        let good = refresh(&town, new, person, (n + 4, Some(n + 3))).await;
        assert_eq!(good, Ok(()), "one that came after");
    }
}

async fn a_hidden_session_does_not_outlive_its_clerks_factor(world: &mut World) {
    let mut town = Town::found(world).await;
    let desk = Desk::new(&mut town).await;
    let session = desk.open(&mut town).await;
    let sad = desk.sad(&town, &session).await;
    // So that the writer knows both by heart.
    assert_eq!(desk.stamps(&town, sad).await, BOTH_SIGN);
    let hidden = Hidden::from(&town, "stamping_session");
    town.power(PowerChange::ResetFactors(desk.clerk))
        .await
        .unwrap();
    assert_eq!(town.world.entries(Event::SessionClosed).len(), 0, "hidden");
    assert_eq!(desk.stamps(&town, sad).await, NO_SESSION);
    enrol_again(&mut town, desk.clerk).await;
    hidden.put_back(&town);
    assert_eq!(desk.stamps(&town, sad).await, NO_SESSION);
    town.world.restart();
    town.policy.install(town.fresh().await);
    assert_eq!(desk.stamps(&town, sad).await, NO_SESSION, "after a restart");
    assert!(!town.world.entries(Event::AlarmRaised).is_empty());
    let session = desk.open(&mut town).await;
    let sad = desk.sad(&town, &session).await;
    assert_eq!(desk.stamps(&town, sad).await, BOTH_SIGN, "one of now");
}

async fn a_hidden_session_does_not_outlive_its_clerks_office(world: &mut World) {
    let mut town = Town::found(world).await;
    let desk = Desk::new(&mut town).await;
    let session = desk.open(&mut town).await;
    let sad = desk.sad(&town, &session).await;
    let hidden = Hidden::from(&town, "stamping_session");
    town.by_manager(Change::RevokeRole(desk.role))
        .await
        .unwrap();
    hidden.put_back(&town);
    assert_eq!(desk.stamps(&town, sad).await, NO_SESSION);
    // In office again, but by another act than when the session was opened.
    office_of(&mut town, desk.clerk, None).await;
    assert_eq!(desk.stamps(&town, sad).await, NO_SESSION);
    town.world.restart();
    town.policy.install(town.fresh().await);
    assert_eq!(desk.stamps(&town, sad).await, NO_SESSION, "after a restart");
}

async fn a_sad_does_not_outlive_its_persons_factor(world: &mut World) {
    let mut town = Town::found(world).await;
    let leader = town.signer("leader").await;
    let own = extensible(&mut town, leader).await;
    let value = |town: &Town<'_>, count| {
        let id = SadId::random();
        Sad {
            id,
            hash: SadHash::of(&id.to_string()),
            client: None,
            person: Some(leader),
            credential: own,
            session: None,
            hash_algorithm: Some(HashAlgorithm::Sha256),
            binding: SadBinding::Hashes(vec![digest(1); count].into()),
            documents: [0; 32],
            expires_at: town.later(300),
            made_by: None,
        }
    };
    let draw = async |town: &mut Town<'_>| {
        let sad = value(town, 3);
        let (hash, totp) = (sad.hash, town.totp(leader));
        let change = Change::AuthorizeSad(sad, Some(totp));
        town.change(Town::actor(leader), change).await.unwrap();
        hash
    };
    let call = |sad| SignRequest {
        id: RequestId::random(),
        credential: own,
        activation: Activation::Sad(sad),
        scheme: SignatureScheme::Ecdsa(HashAlgorithm::Sha256),
        digests: vec![digest(1)],
        contents: Vec::new(),
        documents: Vec::new(),
        idempotency: None,
        client_data: None,
        time_stamp: false,
        ground: None,
        look: None,
    };
    let me = || Town::actor(leader);
    let old = draw(&mut town).await;
    assert_eq!(sign(&town, me(), call(old)).await, Ok(()));
    town.power(PowerChange::ResetFactors(leader)).await.unwrap();
    enrol_again(&mut town, leader).await;
    assert_eq!(town.state(own), CredentialState::Active);
    let late = sign(&town, me(), call(old)).await;
    assert_eq!(late, Err(Refusal::SadExpired));
    let extend = |town: &Town<'_>, sad| Change::ExtendSad(sad, value(town, 1));
    let longer = town.change(me(), extend(&town, old)).await;
    assert_eq!(longer.map(|_| ()), Err(Refusal::SadExpired), "nor extended");
    let new = draw(&mut town).await;
    assert_eq!(sign(&town, me(), call(new)).await, Ok(()));
    town.change(me(), extend(&town, new)).await.unwrap();
}

/// An active credential whose SADs may be extended.
async fn extensible(town: &mut Town<'_>, owner: PersonId) -> CredentialId {
    let mut request = Town::request(Owner::Person(owner));
    request.extensible = true;
    let id = request.id;
    for change in [
        Change::RequestCredential(request),
        Change::CertifyCredential(id, town.certificate(id)),
        Change::HandOverCredential(id, "12/BB".to_owned()),
    ] {
        town.by_manager(change).await.unwrap();
    }
    town.power(PowerChange::ActivateCredential(id))
        .await
        .unwrap();
    id
}

async fn a_spoilt_session_does_not_keep_its_clerk_in_office(world: &mut World) {
    let mut town = Town::found(world).await;
    for how in 0..3 {
        let alarms = town.world.entries(Event::AlarmRaised).len();
        let desk = Desk::new(&mut town).await;
        let session = desk.open(&mut town).await;
        let sad = desk.sad(&town, &session).await;
        let spoil = |limit| format!("UPDATE stamping_session SET total = {limit};");
        town.world.restart();
        town.world.as_owner("stamping_session", &spoil(500));
        let end = match how {
            0 => town.power(PowerChange::ResetFactors(desk.clerk)).await,
            1 => town.by_manager(Change::RevokeRole(desk.role)).await,
            _ => town.by_manager(Change::EndPerson(desk.clerk)).await,
        };
        assert_eq!(end.map(|_| ()), Ok(()), "{how}");
        assert!(
            town.world.entries(Event::AlarmRaised).len() > alarms,
            "{how}"
        );
        town.world.sql(&spoil(10));
        town.world.restart();
        town.policy.install(town.fresh().await);
        assert_eq!(desk.stamps(&town, sad).await, NO_SESSION, "put right again");
    }
}

on_both! {
    a_hidden_refresh_token_does_not_outlive_the_password,
    a_hidden_session_does_not_outlive_its_clerks_factor,
    a_hidden_session_does_not_outlive_its_clerks_office,
    a_sad_does_not_outlive_its_persons_factor,
    a_spoilt_session_does_not_keep_its_clerk_in_office,
}
