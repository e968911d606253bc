//! Attributes made by others: what is signed, and what is not.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST};
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode, Encode};
use kyso_documents::{
    DocumentDigest, HashAlgorithm, Profile, Scheme, WrongAttributes, given, prepare_as,
};
use proptest::prelude::*;
use time::Duration;
use x509_cert::attr::{Attribute, Attributes};

use crate::openssl::verify;
use crate::pki::{Pki, SIGNED_AT};

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
const DOCUMENT: &[u8] = b"a document of theirs";
const FILE: Profile = Profile::File { time: SIGNED_AT };

fn set(pki: &Pki, profile: Profile) -> Vec<u8> {
    let digest = DocumentDigest::of(HASH, DOCUMENT).unwrap();
    let prepared = prepare_as(&digest, &pki.certificate, profile).unwrap();
    prepared.signed_attributes().to_vec()
}

/// The set with its attributes changed.
fn changed(set: &[u8], change: impl FnOnce(&mut Vec<Attribute>)) -> Vec<u8> {
    let mut all = Attributes::from_der(set).unwrap().into_vec();
    change(&mut all);
    SetOfVec::try_from(all).unwrap().to_der().unwrap()
}

fn with_value(oid: ObjectIdentifier, value: Any) -> impl FnOnce(&mut Vec<Attribute>) {
    move |all| {
        let found = all.iter_mut().find(|one| one.oid == oid).unwrap();
        found.values = SetOfVec::try_from(vec![value]).unwrap();
    }
}

#[test]
fn attributes_of_both_profiles_are_read_and_completed() {
    let pki = Pki::p256();
    for profile in [FILE, Profile::Pdf] {
        let set = set(&pki, profile);
        let prepared = given(&set, HASH, &pki.certificate, SIGNED_AT).unwrap();
        assert_eq!(prepared.signed_attributes(), set);
        assert_eq!(prepared.document().as_bytes(), HASH.digest(DOCUMENT));
        let signature = pki.sign(&set, Scheme::Ecdsa, HASH);
        let cms = prepared.complete(&signature, Scheme::Ecdsa, &[]).unwrap();
        let (accepted, said, _) = verify(&cms, &pki, Some(DOCUMENT));
        assert!(accepted, "{profile:?}: {said}");
    }
}

/// Answers why attributes are refused for this signer.
fn refusal(set: &[u8], pki: &Pki) -> Option<WrongAttributes> {
    given(set, HASH, &pki.certificate, SIGNED_AT).err()
}

#[test]
fn attributes_with_another_meaning_are_refused() {
    let pki = Pki::p256();
    let good = set(&pki, FILE);
    let short = Any::encode_from(&OctetString::new([1; 20]).unwrap()).unwrap();
    let signed_data = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
    let kind = Any::encode_from(&signed_data).unwrap();
    let twice = |all: &mut Vec<Attribute>| {
        let again = all.last().unwrap().clone();
        let oid = ID_CONTENT_TYPE;
        all.push(Attribute { oid, ..again });
    };
    let more = |all: &mut Vec<Attribute>| {
        let values = all[0].values.clone();
        let oid = signed_data;
        all.push(Attribute { oid, values });
    };
    let foreign = |all: &mut Vec<Attribute>| all.last_mut().unwrap().oid = signed_data;
    let two_values = |all: &mut Vec<Attribute>| {
        let values = all[0].values.clone().into_vec();
        all[0].values = SetOfVec::try_from([values, vec![kind.clone()]].concat()).unwrap();
    };
    let less = |all: &mut Vec<Attribute>| drop(all.pop());
    let another = with_value(ID_CONTENT_TYPE, kind.clone());
    let digest = with_value(ID_MESSAGE_DIGEST, short);
    for (set, error) in [
        (changed(&good, twice), WrongAttributes::Kinds),
        (changed(&good, more), WrongAttributes::Kinds),
        (changed(&good, foreign), WrongAttributes::Kinds),
        (changed(&good, less), WrongAttributes::Kinds),
        (vec![0x31, 0], WrongAttributes::Kinds),
        (changed(&good, two_values), WrongAttributes::ContentType),
        (changed(&good, another), WrongAttributes::ContentType),
        (changed(&good, digest), WrongAttributes::MessageDigest),
        (set(&Pki::p256(), FILE), WrongAttributes::OtherCertificate),
    ] {
        assert_eq!(refusal(&set, &pki), Some(error));
    }
}

#[test]
fn what_is_no_set_of_attributes_is_refused() {
    let pki = Pki::p256();
    let good = set(&pki, FILE);
    for (what, set) in [
        ("nothing", vec![]),
        ("a hash", HASH.digest(DOCUMENT)),
        ("a certificate", pki.certificate.clone()),
        ("as stored in a file", [&[0xa0], &good[1..]].concat()),
        ("longer", [good.as_slice(), &[0]].concat()),
        ("too large", vec![0x31; 5000]),
    ] {
        assert_eq!(refusal(&set, &pki), Some(WrongAttributes::Form), "{what}");
    }
    let refused = given(&good, HASH, b"certificate", SIGNED_AT);
    assert_eq!(refused.err(), Some(WrongAttributes::Certificate));
    let refused = given(&good, HashAlgorithm::Sha512, &pki.certificate, SIGNED_AT);
    assert_eq!(refused.err(), Some(WrongAttributes::MessageDigest));
}

#[test]
fn a_claimed_time_is_taken_near_the_clock_only() {
    let pki = Pki::p256();
    let set = set(&pki, FILE);
    for (minutes, taken) in [(-6, false), (-5, true), (0, true), (5, true), (6, false)] {
        let now = SIGNED_AT + Duration::minutes(minutes);
        let answer = given(&set, HASH, &pki.certificate, now).map(drop);
        let expected = if taken {
            Ok(())
        } else {
            Err(WrongAttributes::Time)
        };
        assert_eq!(answer, expected, "{minutes}");
    }
}

proptest! {
    #[test]
    fn any_document_comes_back(document: Vec<u8>, pdf: bool) {
        let pki = Pki::shared();
        let digest = DocumentDigest::of(HASH, document.as_slice()).unwrap();
        let profile = if pdf { Profile::Pdf } else { FILE };
        let prepared = prepare_as(&digest, &pki.certificate, profile).unwrap();
        let back = given(prepared.signed_attributes(), HASH, &pki.certificate, SIGNED_AT).unwrap();
        prop_assert_eq!(back.document(), &digest);
        prop_assert_eq!(back.digest(), prepared.digest());
    }

    #[test]
    fn no_flipped_bit_leaves_the_meaning(place: prop::sample::Index, bit in 0..8) {
        let pki = Pki::shared();
        let good = set(pki, Profile::Pdf);
        let mut bad = good.clone();
        bad[place.index(good.len())] ^= 1u8 << bit;
        if let Ok(read) = given(&bad, HASH, &pki.certificate, SIGNED_AT) {
            prop_assert_eq!(read.signed_attributes(), bad);
            prop_assert_ne!(read.document().as_bytes(), HASH.digest(DOCUMENT));
        }
    }
}
