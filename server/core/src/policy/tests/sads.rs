//! May this SAD be given? Each row bends one thing of a call that is allowed.

use super::town::{Town, at, digest, person_actor, totp};
use crate::change::Change;
use crate::model::*;
use crate::*;

#[test]
fn a_sad_needs_the_owners_factor_and_the_hashes() {
    let town = Town::new();
    let (owner, clerk) = (town.signer(), town.by_role[&Role::RecordsClerk]);
    let sad = |binding| Sad {
        binding,
        ..town.sad()
    };
    let hashes = |count| SadBinding::Hashes(vec![digest(); count].into());
    for (sad, factor, expected) in [
        (town.sad(), Some(owner), Ok(())),
        (town.sad(), None, Err(Refusal::FactorRequired)),
        (town.sad(), Some(clerk), Err(Refusal::FactorRequired)),
        (
            Sad {
                person: Some(clerk),
                ..town.sad()
            },
            Some(owner),
            Err(Refusal::FactorRequired),
        ),
        (
            sad(SadBinding::Count(1)),
            Some(owner),
            Err(Refusal::HashesRequired),
        ),
        (sad(hashes(0)), Some(owner), Err(Refusal::HashesRequired)),
        (sad(hashes(5)), Some(owner), Ok(())),
        (sad(hashes(6)), Some(owner), Err(Refusal::TooManySignatures)),
        (
            Sad {
                credential: town.seal,
                ..town.sad()
            },
            Some(owner),
            Err(Refusal::UnknownCredential),
        ),
        (
            Sad {
                session: Some(town.session),
                ..town.sad()
            },
            Some(owner),
            Err(Refusal::SessionRequired),
        ),
    ] {
        let shown = format!("{sad:?} {factor:?}");
        let change = Change::AuthorizeSad(sad, factor.map(totp));
        let end = town.policy().authorize_change(person_actor(owner), change);
        assert_eq!(end.map(|_| ()), expected, "{shown}");
    }
}

#[test]
fn a_system_passes_on_a_factor_only_where_it_was_granted() {
    let mut town = Town::new();
    let authorize = |town: &Town| {
        let sad = Sad {
            client: Some(town.client),
            ..town.sad()
        };
        let change = Change::AuthorizeSad(sad, Some(totp(town.signer())));
        town.policy()
            .authorize_change(town.system(), change)
            .map(|_| ())
    };
    assert_eq!(authorize(&town), Err(Refusal::UnknownCredential));
    town.bend_grant(|grant| grant.explicit = true);
    assert_eq!(
        authorize(&town),
        Err(Refusal::UnknownCredential),
        "a row for an agency that says explicit gives none"
    );
    let named = GrantTarget::Credential(town.personal);
    town.bend_grant(|grant| grant.target = named);
    assert_eq!(authorize(&town), Ok(()));
    town.bend_people(|people| people.roles.retain(|grant| grant.role != Role::Signer));
    assert_eq!(authorize(&town), Err(Refusal::Forbidden));
}

#[test]
fn a_seals_sad_comes_from_an_open_session_of_a_clerk() {
    let authorize = |town: &Town| {
        let sad = Sad {
            client: Some(town.client),
            person: None,
            credential: town.seal,
            session: Some(town.session),
            binding: SadBinding::Count(3),
            ..town.sad()
        };
        let change = Change::AuthorizeSad(sad, None);
        town.policy()
            .authorize_change(town.system(), change)
            .map(|_| ())
    };
    let mut town = Town::new();
    assert_eq!(authorize(&town), Ok(()));
    town.asserted_seals = false;
    assert_eq!(authorize(&town), Err(Refusal::EvidenceRequired));
    town.bend_credential(town.seal, |seal| seal.by_digest = true);
    assert_eq!(authorize(&town), Ok(()));
    town.bend_session(|session| session.expires_at = at(0));
    assert_eq!(authorize(&town), Err(Refusal::SessionClosed));
    let mut town = Town::new();
    town.bend_people(|people| {
        people
            .roles
            .retain(|grant| grant.role != Role::RecordsClerk);
    });
    assert_eq!(
        authorize(&town),
        Err(Refusal::SessionClosed),
        "the clerk is one no more"
    );
}
