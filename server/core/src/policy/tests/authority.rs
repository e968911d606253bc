//! Signing in another's place: each row bends the record or what names it.

use super::town::{Town, at, document, person_actor};
use crate::id::{AuthorityId, PersonId};
use crate::model::AuthorityRecord;
use crate::request::{DocumentFacts, SignRequest};
use crate::{Refusal, draft};

fn under(authority: &str) -> DocumentFacts {
    DocumentFacts {
        authority: Some(authority.to_owned()),
        ..document("PHAT_HANH")
    }
}

fn asked(town: &Town, documents: Vec<DocumentFacts>) -> Result<(), Refusal> {
    let call = town.call();
    let digests = vec![call.digests[0]; documents.len()];
    let call = SignRequest {
        digests,
        documents,
        ..call
    };
    let end = town
        .policy()
        .authorize_signing(person_actor(town.signer()), call);
    end.map(|_| ()).map_err(|refused| refused.refusal)
}

#[test]
fn a_record_supports_its_person_within_its_dates() {
    type Bend = fn(&mut AuthorityRecord);
    let refused = Err(Refusal::AuthorityInvalid);
    let rows: [(Bend, Result<(), Refusal>); 5] = [
        (|_| {}, Ok(())),
        (|record| record.valid_from = at(1), refused),
        (|record| record.valid_until = at(0), refused),
        (|record| record.person = PersonId::random(), refused),
        (|record| record.id = AuthorityId::random(), refused),
    ];
    for (row, (bend, expected)) in rows.into_iter().enumerate() {
        let mut town = Town::new();
        let named = town.authority.to_string();
        town.bend_people(|people| bend(&mut people.authorities[0]));
        assert_eq!(asked(&town, vec![under(&named)]), expected, "row {row}");
    }
}

#[test]
fn all_documents_of_a_call_name_the_same_record() {
    let town = Town::new();
    let named = town.authority.to_string();
    let refused = Err(Refusal::AuthorityInvalid);
    assert_eq!(asked(&town, vec![under(&named); 2]), Ok(()));
    for other in [document("PHAT_HANH"), under("KT."), under("")] {
        assert_eq!(asked(&town, vec![under(&named), other.clone()]), refused);
        assert_eq!(asked(&town, vec![other, under(&named)]), refused);
    }
}

#[test]
fn no_record_goes_with_a_seal() {
    let town = Town::new();
    let call = SignRequest {
        documents: vec![under(&town.authority.to_string())],
        ..town.stamp()
    };
    let refused = town.policy().authorize_signing(town.system(), call);
    let refused = refused.unwrap_err().refusal;
    assert_eq!(refused, Refusal::AuthorityInvalid);
}

#[test]
fn a_one_time_password_is_not_spent_on_a_record_out_of_force() {
    let mut town = Town::new();
    let named = town.authority.to_string();
    let ask = |town: &Town| {
        let actor = person_actor(town.signer());
        let policy = town.policy();
        let end = policy.authorize_sad(actor, town.sad(), &[under(&named)], None);
        end.map(|_| ()).unwrap_err()
    };
    assert_eq!(ask(&town), Refusal::FactorRequired, "the record holds");
    town.bend_people(|people| people.authorities.clear());
    assert_eq!(ask(&town), Refusal::AuthorityInvalid);
}

#[test]
fn the_intent_names_the_record() {
    let town = Town::new();
    let named = town.authority.to_string();
    let call = SignRequest {
        documents: vec![under(&named)],
        ..town.call()
    };
    let signing = town
        .policy()
        .authorize_signing(person_actor(town.signer()), call);
    let draft = draft::intent(&signing.unwrap());
    assert_eq!(draft.entry.authority, Some(named));
}
