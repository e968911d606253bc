//! Tokens: an assertion once, refresh tokens in turn, revocation at once.

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

on_both! {
    a_used_refresh_token_ends_its_family,
    a_refresh_token_is_found_and_ends,
    an_assertion_counts_once,
    a_revoked_token_is_in_the_snapshot_until_it_ends,
}
