//! May these digests be signed? Each row bends one thing of a call that is allowed.

use std::sync::Arc;

use kyso_evidence::entry::{Builder, Format};

use super::town::{Town, at, digest, document, person_actor};
use crate::actor::{Proof, Subject, TokenRef};
use crate::id::*;
use crate::model::*;
use crate::request::{CLAIM_TOLERANCE, Content, SignRequest};
use crate::*;

fn ask(town: &Town, actor: Actor, request: SignRequest) -> Result<(), Refusal> {
    let end = town.policy().authorize_signing(actor, request);
    end.map(|_| ()).map_err(|refused| refused.refusal)
}

#[test]
fn what_is_in_order_is_allowed() {
    let town = Town::new();
    assert_eq!(ask(&town, person_actor(town.signer()), town.call()), Ok(()));
    assert_eq!(ask(&town, town.system(), town.call()), Ok(()));
    assert_eq!(ask(&town, town.system(), town.stamp()), Ok(()));
}

#[test]
fn only_the_owner_and_granted_systems_see_a_credential() {
    let town = Town::new();
    let unknown = Err(Refusal::UnknownCredential);
    for stranger in Role::ALL.into_iter().filter(|role| *role != Role::Signer) {
        let actor = person_actor(town.by_role[&stranger]);
        assert_eq!(
            ask(&town, actor, town.call()),
            unknown,
            "{}",
            stranger.name()
        );
    }
    assert_eq!(
        ask(&town, person_actor(town.signer()), town.stamp()),
        unknown,
        "a seal"
    );
    let nowhere = SignRequest {
        credential: CredentialId::random(),
        ..town.call()
    };
    assert_eq!(ask(&town, town.system(), nowhere), unknown);
    let mut town = Town::new();
    town.bend_grant(|grant| grant.target = GrantTarget::Agency(AgencyId::random()));
    assert_eq!(
        ask(&town, town.system(), town.call()),
        unknown,
        "another agency's system"
    );
    let in_its_hands = Actor::trust_verified(
        Subject::Person(town.signer()),
        Some(town.client),
        Proof::PasswordAndTotp,
        None,
        None,
    );
    assert_eq!(
        ask(&town, in_its_hands, town.call()),
        unknown,
        "the owner through that system"
    );
}

#[test]
fn only_an_active_and_valid_credential_signs() {
    for state in CredentialState::ALL {
        let mut town = Town::new();
        town.bend_credential(town.personal, |credential| credential.state = state);
        let expected = match state {
            CredentialState::Active => Ok(()),
            CredentialState::Expired => Err(Refusal::CertificateExpired),
            _ => Err(Refusal::CredentialDisabled),
        };
        assert_eq!(
            ask(&town, town.system(), town.call()),
            expected,
            "{}",
            state.name()
        );
    }
    for (from, until, expected) in [
        (0, 0, Ok(())),
        (1, 10, Err(Refusal::CertificateNotYetValid)),
        (-10, -1, Err(Refusal::CertificateExpired)),
    ] {
        let mut town = Town::new();
        town.bend_credential(town.personal, |credential| {
            let certificate = Arc::make_mut(credential.certificate.as_mut().unwrap());
            (certificate.not_before, certificate.not_after) = (at(from), at(until));
        });
        assert_eq!(
            ask(&town, town.system(), town.call()),
            expected,
            "{from}..{until}"
        );
    }
    let mut town = Town::new();
    town.bend_credential(town.personal, |credential| credential.certificate = None);
    assert_eq!(
        ask(&town, town.system(), town.call()),
        Err(Refusal::CredentialDisabled)
    );
}

#[test]
fn an_owner_who_left_signs_nothing() {
    let mut town = Town::new();
    let signer = town.signer();
    town.bend_people(|people| people.by_id.get_mut(&signer).unwrap().ended_at = Some(at(0)));
    assert_eq!(
        ask(&town, town.system(), town.call()),
        Err(Refusal::Forbidden)
    );
    assert_eq!(
        ask(&town, person_actor(signer), town.call()),
        Err(Refusal::TokenInvalid)
    );
    let mut town = Town::new();
    town.bend_people(|people| people.roles.retain(|grant| grant.person != signer));
    town.bend_people(|people| people.roles.retain(|grant| grant.role != Role::Signer));
    assert_eq!(
        ask(&town, town.system(), town.call()),
        Err(Refusal::Forbidden),
        "no signer now"
    );
}

fn content(claimed: Option<Timestamp>) -> Content {
    Content {
        built_by: Builder::Caller,
        claimed,
        digest: digest(),
        file: None,
        format: Format::Cades,
    }
}

#[test]
fn a_time_that_is_claimed_is_near_the_clock() {
    let (town, now) = (Town::new(), at(0));
    let of = |contents| SignRequest {
        contents,
        ..town.call()
    };
    let second = std::time::Duration::from_secs(1);
    let far = CLAIM_TOLERANCE + second;
    let refused = Err(Refusal::SigningTimeRefused);
    for (contents, expected) in [
        (vec![], Ok(())),
        (vec![content(None)], Ok(())),
        (vec![content(Some(now))], Ok(())),
        (vec![content(Some(now.after(CLAIM_TOLERANCE)))], Ok(())),
        (vec![content(Some(now.before(CLAIM_TOLERANCE)))], Ok(())),
        (vec![content(Some(now.after(far)))], refused),
        (vec![content(Some(now.before(far)))], refused),
        (vec![content(None); 2], Err(Refusal::DigestMismatch)),
    ] {
        let shown = format!("{contents:?}");
        assert_eq!(ask(&town, town.system(), of(contents)), expected, "{shown}");
    }
}

#[test]
fn digests_fit_the_scheme_and_the_limit() {
    let town = Town::new();
    let sha512 = Digest::new(HashAlgorithm::Sha512, &[1; 64]).unwrap();
    let of = |digests: Vec<Digest>| SignRequest {
        documents: vec![document("PHAT_HANH"); digests.len()],
        digests,
        ..town.call()
    };
    let scheme = |scheme| SignRequest {
        scheme,
        ..town.call()
    };
    let pss = |salt| SignatureScheme::RsaPss {
        hash: HashAlgorithm::Sha256,
        salt,
    };
    for (request, expected) in [
        (of(vec![]), Err(Refusal::EmptyHashes)),
        (of(vec![digest(); 5]), Ok(())),
        (of(vec![digest(); 6]), Err(Refusal::TooManySignatures)),
        (of(vec![digest(), sha512]), Err(Refusal::DigestMismatch)),
        (
            scheme(SignatureScheme::Ecdsa(HashAlgorithm::Sha256)),
            Err(Refusal::UnsupportedScheme),
        ),
        (scheme(pss(222)), Ok(())),
        (scheme(pss(223)), Err(Refusal::UnsupportedScheme)),
    ] {
        let shown = format!("{:?} {:?}", request.scheme, request.digests.len());
        assert_eq!(ask(&town, town.system(), request), expected, "{shown}");
    }
}

#[test]
fn documents_are_as_many_as_hashes_and_public() {
    let with = |town: &Town, documents| SignRequest {
        documents,
        ..town.call()
    };
    let mut secret = document("PHAT_HANH");
    secret.secrecy = Some("MẬT".to_owned());
    let town = Town::new();
    let leader = || person_actor(town.signer());
    for (actor, documents, expected) in [
        (leader(), vec![], Ok(())),
        (town.system(), vec![], Err(Refusal::DocumentsRequired)),
        (
            leader(),
            vec![document("A"); 2],
            Err(Refusal::DocumentsMismatch),
        ),
        (leader(), vec![secret.clone()], Err(Refusal::SecretDocument)),
    ] {
        assert_eq!(ask(&town, actor, with(&town, documents)), expected);
    }
    let mut town = Town::new();
    town.bend_grant(|grant| grant.raw_hash = true);
    assert_eq!(
        ask(&town, town.system(), with(&town, vec![])),
        Err(Refusal::DocumentsRequired),
        "a row for an agency that says raw_hash gives none"
    );
    let named = GrantTarget::Credential(town.personal);
    town.bend_grant(|grant| grant.target = named);
    assert_eq!(
        ask(&town, town.system(), with(&town, vec![])),
        Ok(()),
        "granted raw_hash"
    );
    let seal = GrantTarget::Credential(town.seal);
    town.bend_grant(|grant| grant.target = seal);
    let opaque = SignRequest {
        documents: vec![],
        ..town.stamp()
    };
    assert_eq!(
        ask(&town, town.system(), opaque),
        Err(Refusal::DocumentsRequired),
        "never a seal"
    );
}

#[test]
fn a_stamp_needs_a_session_of_this_client_seal_time_purpose_and_clerk() {
    type Bend = fn(&mut StampingSession);
    let cases: [(Bend, Refusal); 6] = [
        (|s| s.client = ClientId::random(), Refusal::SessionRequired),
        (
            |s| s.credential = CredentialId::random(),
            Refusal::SessionRequired,
        ),
        (|s| s.closed_at = Some(at(-1)), Refusal::SessionRequired),
        (|s| s.expires_at = at(0), Refusal::SessionRequired),
        (|s| s.opened_at = at(1), Refusal::SessionRequired),
        (
            |s| s.purposes = vec!["SAO_Y".to_owned()],
            Refusal::PurposeNotAllowed,
        ),
    ];
    for (index, (bend, refusal)) in cases.into_iter().enumerate() {
        let mut town = Town::new();
        town.bend_session(bend);
        assert_eq!(
            ask(&town, town.system(), town.stamp()),
            Err(refusal),
            "case {index}"
        );
    }
    let mut town = Town::new();
    town.bend_people(|people| {
        people
            .roles
            .retain(|grant| grant.role != Role::RecordsClerk);
    });
    assert_eq!(
        ask(&town, town.system(), town.stamp()),
        Err(Refusal::SessionRequired)
    );
}

#[test]
fn of_several_sessions_the_one_for_the_purposes_that_ends_first_comes_first() {
    let mut town = Town::new();
    let session = |ends, opened, purposes: &[&str]| StampingSession {
        id: StampingSessionId::random(),
        expires_at: at(ends),
        opened_at: at(opened),
        purposes: purposes.iter().map(ToString::to_string).collect(),
        ..town.session_value()
    };
    let late = session(50, -1, &["PHAT_HANH"]);
    let soon = session(20, -9, &["SAO_Y", "PHAT_HANH"]);
    let other = session(10, 0, &["SAO_Y"]);
    let over = session(0, -5, &["PHAT_HANH"]);
    let all = [&late, &soon, &other, &over].map(Clone::clone);
    town.snapshot.sessions = Arc::new(all.into_iter().collect());
    let authorized = town.policy().authorize_signing(town.system(), town.stamp());
    let authorized = authorized.unwrap();
    let sessions = authorized.what().sessions.iter().map(|one| one.session);
    assert_eq!(sessions.collect::<Vec<_>>(), [soon.id, late.id]);
}

#[test]
fn what_was_got_with_a_key_ends_with_the_key() {
    let mut town = Town::new();
    let (id, client) = (ClientKeyId::random(), town.client);
    let actor = town.system().with_client_key(id);
    let key = |client| ClientKey {
        id,
        client,
        material: ClientKeyMaterial::PublicKey(vec![1]),
    };
    for (keys, expected) in [
        (vec![key(client)], Ok(())),
        (vec![], Err(Refusal::TokenInvalid)),
        (vec![key(ClientId::random())], Err(Refusal::TokenInvalid)),
    ] {
        Arc::get_mut(&mut town.snapshot.clients).unwrap().keys = keys;
        assert_eq!(ask(&town, actor.clone(), town.call()), expected);
    }
}

#[test]
fn a_token_that_ended_or_was_revoked_does_nothing() {
    let token = |expires_at| TokenRef {
        jti: [1; 16],
        family: TokenFamilyId::random(),
        expires_at,
    };
    let actor = |token| {
        let town = Town::new();
        let subject = Subject::Client(town.client);
        (
            town,
            Actor::trust_verified(subject, None, Proof::PrivateKeyJwt, Some(token), None),
        )
    };
    let (town, living) = actor(token(at(1)));
    assert_eq!(ask(&town, living, town.call()), Ok(()));
    let (town, ended) = actor(token(at(0)));
    assert_eq!(ask(&town, ended, town.call()), Err(Refusal::TokenInvalid));
    let (mut town, revoked) = actor(token(at(1)));
    Arc::get_mut(&mut town.snapshot.revoked)
        .unwrap()
        .tokens
        .insert([1; 16]);
    assert_eq!(ask(&town, revoked, town.call()), Err(Refusal::TokenInvalid));
    let of_family = token(at(1));
    let (mut town, revoked) = actor(of_family);
    Arc::get_mut(&mut town.snapshot.revoked)
        .unwrap()
        .families
        .insert(of_family.family);
    assert_eq!(ask(&town, revoked, town.call()), Err(Refusal::TokenInvalid));
    let (mut town, disabled) = actor(token(at(1)));
    let client = town.client;
    let clients = Arc::get_mut(&mut town.snapshot.clients).unwrap();
    clients.by_id.get_mut(&client).unwrap().disabled_at = Some(at(0));
    assert_eq!(
        ask(&town, disabled, town.call()),
        Err(Refusal::TokenInvalid)
    );
}
