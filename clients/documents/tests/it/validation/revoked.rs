//! Revocation, by lists and answers from everywhere they may come from.

use kyso_documents::validation::{
    Basis, Distrust, Evidence, Judgement, Revocation, Standing, detached,
};
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, RevocationReason};
use time::{Duration, OffsetDateTime};

use super::house::{Holder, House, NOW, SIGNED, evidence, person, stamper};
use super::made::{Wish, attribute, cms, response, stamp, tlv};

const DOCUMENT: &[u8] = b"document";
const DAY: Duration = Duration::days(1);

fn judged(cms: &[u8], evidence: &Evidence) -> Judgement {
    let trust = House::shared().trust();
    let basis = Basis {
        trust: &trust,
        evidence,
        now: NOW,
    };
    let digest = |hash: kyso_documents::validation::SeenHash| hash.digest(DOCUMENT);
    detached(cms, &digest, &basis).unwrap().signatures.remove(0)
}

fn good(at: OffsetDateTime) -> Revocation {
    Revocation {
        standing: Standing::Good,
        at: Some(at),
    }
}

const NOT_KNOWN: Revocation = Revocation {
    standing: Standing::NotKnown,
    at: None,
};

fn revoked(standing: Standing, at: OffsetDateTime) -> Revocation {
    Revocation {
        standing,
        at: Some(at),
    }
}

#[test]
fn a_list_answers_for_its_time_and_its_issuer() {
    let (house, other) = (House::shared(), House::new());
    let (signer, neighbour) = (house.certify(&person()), house.certify(&person()));
    let plain = cms(&signer, &Wish::over(DOCUMENT));
    let fresh = (NOW - DAY, NOW + DAY);
    let mut forged = house.list(&[], fresh);
    *forged.last_mut().unwrap() ^= 1;
    for (case, list, expected) in [
        ("fresh", house.list(&[], fresh), good(NOW - DAY)),
        (
            "a neighbour's",
            house.list(&[(&neighbour, NOW)], fresh),
            good(NOW - DAY),
        ),
        (
            "stale",
            house.list(&[], (NOW - DAY * 9, NOW - DAY)),
            NOT_KNOWN,
        ),
        (
            "of tomorrow",
            house.list(&[], (NOW + DAY, NOW + DAY * 2)),
            NOT_KNOWN,
        ),
        (
            "another's with the same name",
            other.list(&[(&signer, SIGNED)], fresh),
            NOT_KNOWN,
        ),
        ("forged", forged, NOT_KNOWN),
        ("no list", b"-----BEGIN X509 CRL-----".to_vec(), NOT_KNOWN),
        (
            "revoked",
            house.list(&[(&signer, SIGNED)], fresh),
            revoked(Standing::Revoked, SIGNED),
        ),
        (
            "revoked, on a stale list",
            house.list(&[(&signer, SIGNED)], (SIGNED, SIGNED + DAY)),
            revoked(Standing::Revoked, SIGNED),
        ),
    ] {
        assert_eq!(
            judged(&plain, &evidence(&[list], &[])).revocation,
            expected,
            "{case}"
        );
    }
}

#[test]
fn only_a_proven_time_helps_against_a_later_revocation() {
    let house = House::shared();
    let signer = house.certify(&person());
    let authority = house.certify(&stamper());
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let stamped = cms(
        &signer,
        &Wish {
            unsigned: &unsigned,
            ..Wish::over(DOCUMENT)
        },
    );
    let time = attribute("1.2.840.113549.1.9.5", &super::made::time(SIGNED));
    let claimed = cms(
        &signer,
        &Wish {
            signed: vec![time],
            ..Wish::over(DOCUMENT)
        },
    );
    for (file, at, standing) in [
        (&stamped, SIGNED + DAY, Standing::RevokedLater),
        (&stamped, SIGNED - DAY, Standing::Revoked),
        (&claimed, SIGNED + DAY, Standing::Revoked),
    ] {
        let list = house.list(&[(&signer, at)], (NOW - DAY, NOW + DAY));
        let one = judged(file, &evidence(&[list], &[]));
        assert_eq!(one.revocation, revoked(standing, at));
        assert_eq!(one.is_good(), standing == Standing::RevokedLater);
    }
    // A list of the time of signing is enough for a proven time alone.
    let old = house.list(&[], (SIGNED - DAY, SIGNED + DAY));
    assert_eq!(
        judged(&stamped, &evidence(std::slice::from_ref(&old), &[])).revocation,
        good(SIGNED - DAY)
    );
    assert_eq!(
        judged(&claimed, &evidence(&[old], &[])).revocation,
        NOT_KNOWN
    );
}

#[test]
fn a_revoked_time_stamp_authority_proves_nothing_unless_it_only_ended() {
    let house = House::shared();
    let authority = house.certify(&stamper());
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let file = cms(
        &house.certify(&person()),
        &Wish {
            unsigned: &unsigned,
            ..Wish::over(DOCUMENT)
        },
    );
    let period = (NOW - DAY, NOW + DAY);
    let (before, after) = (SIGNED - DAY, SIGNED + DAY);
    for (reason, at, proves) in [
        (Some(RevocationReason::KeyCompromise), before, false),
        (Some(RevocationReason::KeyCompromise), after, false),
        (Some(RevocationReason::CaCompromise), after, false),
        (Some(RevocationReason::CertificateHold), after, false),
        (None, after, false),
        (Some(RevocationReason::CessationOfOperation), before, false),
        (Some(RevocationReason::CessationOfOperation), after, true),
        (Some(RevocationReason::Superseded), after, true),
        (Some(RevocationReason::AffiliationChanged), after, true),
    ] {
        let list = house.list_because(reason, &[(&authority, at)], period);
        let one = judged(&file, &evidence(&[list], &[]));
        assert_eq!(one.time.at == SIGNED, proves, "{reason:?} {at}");
    }
}

#[test]
fn an_answer_counts_from_the_issuer_or_whom_it_certified_to_answer() {
    let house = House::shared();
    let signer = house.certify(&person());
    let neighbour = house.certify(&person());
    let plain = cms(&signer, &Wish::over(DOCUMENT));
    let mut params = person();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    let deputy = house.certify(&params);
    let stranger = House::new().certify(&params);
    let own = Holder {
        certificate: Vec::new(),
        key: KeyPair::try_from(house.middle.key().serialize_der()).unwrap(),
    };
    let none: &[u8] = &[];
    let forger = Holder {
        certificate: Vec::new(),
        key: KeyPair::generate().unwrap(),
    };
    let minute = Duration::minutes(1);
    for (case, about, state, since, by, expected) in [
        ("issuer", &signer, None, NOW, (&own, none), good(NOW)),
        ("deputy", &signer, None, NOW, with(&deputy), good(NOW)),
        ("no deputy", &signer, None, NOW, with(&neighbour), NOT_KNOWN),
        ("stranger", &signer, None, NOW, with(&stranger), NOT_KNOWN),
        ("forger", &signer, None, NOW, (&forger, none), NOT_KNOWN),
        (
            "about a neighbour",
            &neighbour,
            None,
            NOW,
            (&own, none),
            NOT_KNOWN,
        ),
        (
            "without an end, of yesterday",
            &signer,
            None,
            NOW - DAY,
            (&own, none),
            NOT_KNOWN,
        ),
        (
            "revoked",
            &signer,
            Some(SIGNED),
            NOW - minute,
            (&own, none),
            revoked(Standing::Revoked, SIGNED),
        ),
    ] {
        let answer = response(about, house, state, since, by);
        let found = judged(&plain, &evidence(&[], &[answer])).revocation;
        assert_eq!(found, expected, "{case}");
    }
}

/// Who signs and shows a certificate.
fn with(holder: &Holder) -> (&Holder, &[u8]) {
    (holder, &holder.certificate)
}

#[test]
fn what_a_signature_carries_counts_as_what_is_given() {
    let house = House::shared();
    let signer = house.certify(&person());
    let list = house.list(&[(&signer, SIGNED)], (NOW - DAY, NOW + DAY));
    let inside = Wish {
        lists: vec![list.clone()],
        ..Wish::over(DOCUMENT)
    };
    let members = tlv(0x30, &[&tlv(0xa0, &[&tlv(0x30, &[&list])])]);
    let archival = vec![attribute("1.2.840.113583.1.1.8", &members)];
    let archival = Wish {
        signed: archival,
        ..Wish::over(DOCUMENT)
    };
    let kept = |_: &[u8]| vec![attribute("1.2.840.113549.1.9.16.2.24", &members)];
    let kept = Wish {
        unsigned: &kept,
        ..Wish::over(DOCUMENT)
    };
    for wish in [inside, archival, kept] {
        let one = judged(&cms(&signer, &wish), &Evidence::default());
        assert_eq!(one.revocation, revoked(Standing::Revoked, SIGNED));
    }
}

#[test]
fn a_revoked_authority_on_the_path_ends_the_trust() {
    let house = House::shared();
    let plain = cms(&house.certify(&person()), &Wish::over(DOCUMENT));
    let middle = Holder {
        certificate: house.middle.as_ref().der().to_vec(),
        key: KeyPair::generate().unwrap(),
    };
    let list = house.list_of_root(&[(&middle, SIGNED)], (NOW - DAY, NOW + DAY));
    let one = judged(&plain, &evidence(&[list], &[]));
    assert_eq!(one.trust, Err(Distrust::AuthorityRevoked));
}
