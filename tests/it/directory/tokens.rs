//! Tokens: an assertion once, refresh tokens in turn, revocation at once.

use diesel::prelude::*;
use kyso_core::change::{RefreshIssue, TokenIssue};
use kyso_core::id::TokenFamilyId;
use kyso_core::{Actor, Change, Refusal};
use kyso_evidence::Event;

use super::town::Town;
use crate::store::world::{World, on_both};

fn issue(town: &Town<'_>, family: TokenFamilyId, hash: u8, replaces: Option<u8>) -> Change {
    let refresh = RefreshIssue {
        hash: [hash; 32],
        replaces: replaces.map(|old| [old; 32]),
        person: Some(town.managers[0]),
        expires_at: town.later(3_600),
    };
    let (client, assertion) = (None, None);
    Change::IssueToken(TokenIssue {
        family,
        jti: [hash; 16],
        client,
        assertion,
        refresh: Some(refresh),
    })
}

async fn a_used_refresh_token_ends_its_family(world: &mut World) {
    let town = Town::found(world).await;
    let family = TokenFamilyId::random();
    let system = Actor::system;
    town.change(system(), issue(&town, family, 1, None))
        .await
        .unwrap();
    town.change(system(), issue(&town, family, 2, Some(1)))
        .await
        .unwrap();
    let epoch = town.policy.snapshot().epoch;
    let reused = town
        .change(system(), issue(&town, family, 3, Some(1)))
        .await;
    assert_eq!(reused, Err(Refusal::TokenInvalid));
    let snapshot = town.policy.snapshot();
    assert!(
        snapshot.epoch > epoch,
        "policy moved although the call was refused"
    );
    assert!(snapshot.revoked.families.contains(&family));
    let good_one = town
        .change(system(), issue(&town, family, 4, Some(2)))
        .await;
    assert_eq!(
        good_one,
        Err(Refusal::TokenInvalid),
        "the one in force went with it"
    );
    assert_eq!(town.world.entries(Event::TokenIssued).len(), 2);
    assert_eq!(town.world.entries(Event::TokenRevoked).len(), 1);
}

async fn a_refresh_token_is_found_and_ends(world: &mut World) {
    let town = Town::found(world).await;
    let family = TokenFamilyId::random();
    town.change(Actor::system(), issue(&town, family, 1, None))
        .await
        .unwrap();
    let found = town
        .world
        .journal()
        .refresh_token([1; 32])
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.family, found.person),
        (family, Some(town.managers[0]))
    );
    assert_eq!(
        town.world.journal().refresh_token([2; 32]).await.unwrap(),
        None
    );
    let stranger = issue(&town, TokenFamilyId::random(), 2, Some(1));
    assert_eq!(
        town.change(Actor::system(), stranger).await,
        Err(Refusal::TokenInvalid)
    );
    town.world.clock.advance(3_601);
    let late = town
        .change(Actor::system(), issue(&town, family, 2, Some(1)))
        .await;
    assert_eq!(late, Err(Refusal::TokenInvalid));
}

async fn an_assertion_counts_once(world: &mut World) {
    let town = Town::found(world).await;
    let until = town.later(60);
    let issue = |jti| {
        let family = TokenFamilyId::random();
        let assertion = Some(([jti; 32], until));
        Change::IssueToken(TokenIssue {
            family,
            jti: [0; 16],
            client: None,
            assertion,
            refresh: None,
        })
    };
    town.change(Actor::system(), issue(1)).await.unwrap();
    assert_eq!(
        town.change(Actor::system(), issue(1)).await,
        Err(Refusal::TokenInvalid)
    );
    town.change(Actor::system(), issue(2)).await.unwrap();
    town.world.clock.advance(61);
    assert_eq!(
        town.change(Actor::system(), issue(1)).await,
        Err(Refusal::TokenInvalid),
        "ended"
    );
}

async fn a_revoked_token_is_in_the_snapshot_until_it_ends(world: &mut World) {
    let town = Town::found(world).await;
    let revoke = |until| Change::RevokeToken([6; 16], until);
    town.change(Actor::system(), revoke(town.later(60)))
        .await
        .unwrap();
    assert!(town.policy.snapshot().revoked.tokens.contains(&[6; 16]));
    town.change(Actor::system(), revoke(town.later(60)))
        .await
        .unwrap();
    assert_eq!(
        town.world.entries(Event::TokenRevoked).len(),
        1,
        "twice is no error and no entry"
    );
    town.world.clock.advance(61);
    assert!(town.fresh().await.revoked.tokens.is_empty());
    let family = TokenFamilyId::random();
    town.change(Actor::system(), Change::RevokeFamily(family))
        .await
        .unwrap();
    assert!(town.policy.snapshot().revoked.families.contains(&family));
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

/// How many rows are left: refresh tokens, families, revocations.
fn rows(town: &Town<'_>) -> [i64; 3] {
    ["refresh_token", "token_family", "revoked_family"].map(|table| {
        let query = format!("SELECT count(*) AS number FROM {table}");
        let rows: Rows = diesel::sql_query(query)
            .get_result(&mut town.world.raw())
            .unwrap();
        rows.number
    })
}

async fn tokens_go_when_neither_they_nor_their_family_can_matter(world: &mut World) {
    const DAY: i64 = 24 * 3_600;
    let town = Town::found(world).await;
    let [stolen, used] = [TokenFamilyId::random(), TokenFamilyId::random()];
    let ask = async |change| town.change(Actor::system(), change).await;
    ask(issue(&town, stolen, 1, None)).await.unwrap();
    ask(issue(&town, stolen, 2, Some(1))).await.unwrap();
    ask(issue(&town, used, 3, None)).await.unwrap();
    let purge = async || town.world.journal().purge_tokens().await.unwrap();
    // Another one was revoked a while before, and had no refresh token.
    ask(Change::RevokeFamily(TokenFamilyId::random()))
        .await
        .unwrap();
    town.world.clock.advance(3_599);
    assert_eq!((purge().await, rows(&town)), (0, [3, 2, 1]));
    // In its last second a token that was used before still ends its family.
    let reused = ask(issue(&town, stolen, 9, Some(1))).await;
    assert_eq!(reused, Err(Refusal::TokenInvalid));
    assert!(town.fresh().await.revoked.families.contains(&stolen));
    town.world.clock.advance(DAY - 3_599);
    assert_eq!((purge().await, rows(&town)), (1, [3, 2, 1]));
    town.world.clock.advance(3_599);
    assert_eq!((purge().await, rows(&town)), (0, [3, 2, 1]));
    // The families ended a day ago, and one of them was revoked a second before that.
    town.world.clock.advance(1);
    assert_eq!((purge().await, rows(&town)), (6, [0, 0, 0]));
    for old in [1, 2] {
        let late = ask(issue(&town, stolen, 8, Some(old))).await;
        assert_eq!(late, Err(Refusal::TokenInvalid));
    }
    assert_eq!(rows(&town), [0, 0, 0]);
}

async fn a_revocation_stays_as_long_as_its_family(world: &mut World) {
    let town = Town::found(world).await;
    let family = TokenFamilyId::random();
    let mut lasting = issue(&town, family, 1, None);
    if let Change::IssueToken(TokenIssue {
        refresh: Some(one), ..
    }) = &mut lasting
    {
        one.expires_at = town.later(30 * 24 * 3_600);
    }
    town.change(Actor::system(), lasting).await.unwrap();
    let revoke = Change::RevokeFamily(family);
    town.change(Actor::system(), revoke).await.unwrap();
    let purge = async || town.world.journal().purge_tokens().await.unwrap();
    town.world.clock.advance(30 * 24 * 3_600);
    assert_eq!((purge().await, rows(&town)), (0, [1, 1, 1]));
    town.world.clock.advance(24 * 3_600);
    assert_eq!((purge().await, rows(&town)), (3, [0, 0, 0]));
}

on_both! {
    tokens_go_when_neither_they_nor_their_family_can_matter,
    a_revocation_stays_as_long_as_its_family,
    a_used_refresh_token_ends_its_family,
    a_refresh_token_is_found_and_ends,
    an_assertion_counts_once,
    a_revoked_token_is_in_the_snapshot_until_it_ends,
}
