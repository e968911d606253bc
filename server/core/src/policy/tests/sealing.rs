//! Seal only after signature.

use time::macros::date;

use super::town::{Town, at};
use crate::Timestamp;
use crate::ground::{APPENDIX, Composer, CopyKind, ISSUE, Issue, IssueSigner, SealGround, day};
use crate::id::{AgencyId, AuthorityId, CredentialId};
use crate::model::{AuthorityRecord, CredentialState, Owner, Picture};
use crate::refusal::Refusal;
use crate::request::SignRequest;
use crate::series::Series;

const CERTIFICATE: [u8; 32] = [1; 32];

fn town() -> Town {
    let mut town = Town::new();
    town.asserted_seals = false;
    town
}

fn signed(town: &Town) -> IssueSigner {
    IssueSigner {
        credential: town.personal,
        authority: town.authority,
        at: at(-1),
    }
}

fn issue(signer: IssueSigner) -> SealGround {
    SealGround::Issue(Issue {
        signer,
        number: 12,
        series: Series::new("QĐ-UBND").unwrap(),
        date: day(at(0)).unwrap(),
        revision: [7; 32],
        picture: None,
        composer: Composer::Client,
    })
}

fn sealed(town: &Town, ground: Option<SealGround>) -> Result<(), Refusal> {
    let request = SignRequest {
        ground,
        ..town.stamp()
    };
    let end = town.policy().authorize_signing(town.system(), request);
    end.map(drop).map_err(|refused| refused.refusal)
}

/// A stamp by a digest alone, for this purpose.
fn by_digest(town: &mut Town, purpose: &str) -> Result<(), Refusal> {
    town.bend_session(|session| session.purposes = vec![purpose.to_owned()]);
    let mut request = town.stamp();
    request.documents[0].purpose = Some(purpose.to_owned());
    let end = town.policy().authorize_signing(town.system(), request);
    end.map(drop).map_err(|refused| refused.refusal)
}

#[test]
fn a_digest_alone_gets_the_seal_that_is_for_digests_and_no_other() {
    let copies = [CopyKind::Full, CopyKind::Further, CopyKind::Extract].map(CopyKind::purpose);
    let out = [&copies[..], &[ISSUE, APPENDIX]].concat();
    for believed in [false, true] {
        for marked in [false, true] {
            let mut town = town();
            town.asserted_seals = believed;
            town.bend_credential(town.seal, |seal| seal.by_digest = marked);
            for purpose in [&out[..], &["XAC_NHAN"]].concat() {
                let allowed = if marked {
                    !out.contains(&purpose)
                } else {
                    believed
                };
                let expected = allowed.then_some(()).ok_or(Refusal::EvidenceRequired);
                let found = by_digest(&mut town, purpose);
                assert_eq!(found, expected, "{purpose} {believed} {marked}");
            }
        }
    }
}

#[test]
fn the_seal_for_digests_goes_on_nothing_that_goes_out() {
    let mut town = town();
    town.bend_credential(town.seal, |seal| seal.by_digest = true);
    for believed in [false, true] {
        town.asserted_seals = believed;
        let ground = issue(signed(&town));
        let copy = SealGround::Copy(CopyKind::Full, "12/QĐ-UBND".into(), Composer::Client);
        for ground in [ground, copy] {
            let end = sealed(&town, Some(ground));
            assert_eq!(end, Err(Refusal::PurposeNotAllowed));
        }
    }
}

#[test]
fn an_authorised_signature_is_a_ground() {
    let town = town();
    let found = town
        .policy()
        .issue_signer(town.agency, CERTIFICATE, at(-1), None);
    assert_eq!(found, Some(signed(&town)));
    assert_eq!(sealed(&town, Some(issue(signed(&town)))), Ok(()));
    assert_eq!(
        sealed(
            &town,
            Some(SealGround::Copy(
                CopyKind::Full,
                "12/QĐ-UBND".into(),
                Composer::Client
            ))
        ),
        Ok(())
    );
}

#[test]
fn a_seal_shows_the_picture_that_is_approved_now() {
    let mut town = town();
    let showing = |town: &Town, picture| {
        let SealGround::Issue(mut issue) = issue(signed(town)) else {
            unreachable!()
        };
        issue.picture = picture;
        sealed(town, Some(SealGround::Issue(issue)))
    };
    assert_eq!(showing(&town, Some([1; 32])), Err(Refusal::NotReady));
    let owner = Owner::Agency(town.agency);
    town.bend_people(|people| {
        let picture = Picture {
            owner,
            digest: [2; 32],
            width: 360,
            file: None,
        };
        people.pictures.insert(owner, picture);
    });
    assert_eq!(showing(&town, Some([1; 32])), Err(Refusal::NotReady));
    assert_eq!(showing(&town, Some([2; 32])), Ok(()));
    assert_eq!(showing(&town, None), Ok(()), "it is not shown");
}

#[test]
fn whoever_was_not_authorised_on_that_day_is_not_found() {
    let town = town();
    let policy = town.policy();
    let find = |agency, certificate, moment, authority| {
        policy.issue_signer(agency, certificate, moment, authority)
    };
    let home = town.agency;
    let other = Some(AuthorityId::random());
    assert_eq!(find(AgencyId::random(), CERTIFICATE, at(-1), None), None);
    assert_eq!(find(home, [2; 32], at(-1), None), None);
    assert_eq!(
        find(home, CERTIFICATE, at(-11), None),
        None,
        "before the record"
    );
    assert_eq!(find(home, CERTIFICATE, at(10), None), None, "after it");
    assert_eq!(find(home, CERTIFICATE, at(-1), other), None);
    assert!(find(home, CERTIFICATE, at(-1), Some(town.authority)).is_some());
}

#[test]
fn what_was_signed_before_a_record_was_ended_stays_signed() {
    let mut town = town();
    town.bend_people(|people| {
        let mut ended: Vec<AuthorityRecord> = people.authorities.drain(..).collect();
        ended[0].valid_until = at(-5);
        people.past_authorities = ended;
    });
    let find = |moment| {
        town.policy()
            .issue_signer(town.agency, CERTIFICATE, moment, None)
    };
    assert!(find(at(-6)).is_some());
    assert_eq!(find(at(-5)), None);
    let before = IssueSigner {
        at: at(-6),
        ..signed(&town)
    };
    assert_eq!(sealed(&town, Some(issue(before))), Ok(()));
    assert_eq!(
        sealed(&town, Some(issue(signed(&town)))),
        Err(Refusal::AuthorityInvalid)
    );
}

#[test]
fn a_key_that_may_have_been_anothers_is_no_ground() {
    for state in [
        CredentialState::Active,
        CredentialState::Expired,
        CredentialState::Locked,
        CredentialState::Revoked,
    ] {
        let mut town = town();
        town.bend_credential(town.personal, |one| one.state = state);
        let counts = matches!(state, CredentialState::Active | CredentialState::Expired);
        let found = town
            .policy()
            .issue_signer(town.agency, CERTIFICATE, at(-1), None);
        assert_eq!(found.is_some(), counts, "{state:?}");
        let end = sealed(&town, Some(issue(signed(&town))));
        assert_eq!(end.is_ok(), counts, "{state:?}");
    }
}

#[test]
fn a_ground_is_checked_again_when_the_seal_is_authorized() {
    let town = town();
    for signer in [
        IssueSigner {
            credential: CredentialId::random(),
            ..signed(&town)
        },
        IssueSigner {
            credential: town.seal,
            ..signed(&town)
        },
        IssueSigner {
            authority: AuthorityId::random(),
            ..signed(&town)
        },
        IssueSigner {
            at: at(20),
            ..signed(&town)
        },
    ] {
        assert_eq!(
            sealed(&town, Some(issue(signer))),
            Err(Refusal::AuthorityInvalid)
        );
    }
}

#[test]
fn a_document_is_dated_from_its_signature_until_today() {
    let mut town = town();
    let days = |count: i64| at(count * 86_400);
    town.bend_people(|people| people.authorities[0].valid_from = days(-9));
    let today = day(at(0)).unwrap();
    let signer = IssueSigner {
        at: days(-2),
        ..signed(&town)
    };
    for (offset, expected) in [
        (-3, Err(Refusal::IssueDateRefused)),
        (-2, Ok(())),
        (0, Ok(())),
        (1, Err(Refusal::IssueDateRefused)),
    ] {
        let SealGround::Issue(mut made) = issue(signer) else {
            unreachable!("made so")
        };
        made.date = today.checked_add(time::Duration::days(offset)).unwrap();
        assert_eq!(
            sealed(&town, Some(SealGround::Issue(made))),
            expected,
            "{offset}"
        );
    }
}

#[test]
fn days_begin_at_midnight_in_vietnam() {
    // 2026-11-26T16:59:59Z and a second later.
    let before = Timestamp::from_seconds(1_795_712_399);
    assert_eq!(day(before), Some(date!(2026 - 11 - 26)));
    let after = Timestamp::from_seconds(1_795_712_400);
    assert_eq!(day(after), Some(date!(2026 - 11 - 27)));
    assert_eq!(day(Timestamp::NEVER), None);
}
