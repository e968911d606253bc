//! Attestation: is each key in the token still what it was made to be?
//!
//! A key is not usable before. The token is listed in one search; then every usage flag of each
//! key is read, its public half compared, and a nonce signed and verified. The nonce is hashed
//! with a domain of its own, so this signature can never pass for one of a document.

use std::collections::HashMap;

use cryptoki::error::Error;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use kyso_core::{Digest, HashAlgorithm, KeyAlgorithm, KeyRef, SignatureScheme};
use kyso_hsm_config::{Profile, Scheme, Template};
use sha2::{Digest as _, Sha256};

use crate::error::{self, Fault, HsmError};
use crate::finding::{Finding, Flag};
use crate::keys;
use crate::mechanism;
use crate::seat::Seat;

/// What the nonce is hashed with; no document begins like this.
const DOMAIN: &[u8] = b"kyso attestation v1\0";

/// What each flag must be, where the profile says that the token knows it.
fn wanted(template: Template) -> impl Iterator<Item = (Flag, AttributeType, bool)> {
    use AttributeType as A;
    let always = [
        (Flag::Private, A::Private, true),
        (Flag::Sensitive, A::Sensitive, true),
        (Flag::Extractable, A::Extractable, false),
        (Flag::Sign, A::Sign, true),
        (Flag::SignRecover, A::SignRecover, false),
        (Flag::Decrypt, A::Decrypt, false),
        (Flag::Unwrap, A::Unwrap, false),
        (Flag::Derive, A::Derive, false),
    ];
    let history = [
        (Flag::AlwaysSensitive, A::AlwaysSensitive, true),
        (Flag::NeverExtractable, A::NeverExtractable, true),
    ];
    let modifiable = [(Flag::Modifiable, A::Modifiable, false)];
    let copyable = [(Flag::Copyable, A::Copyable, false)];
    let authenticate = [(Flag::AlwaysAuthenticate, A::AlwaysAuthenticate, false)];
    always
        .into_iter()
        .chain(history.into_iter().filter(move |_| template.history))
        .chain(modifiable.into_iter().filter(move |_| template.modifiable))
        .chain(copyable.into_iter().filter(move |_| template.copyable))
        .chain(authenticate.into_iter().filter(move |_| template.history))
}

/// Every private key of the token, from one search.
pub(crate) struct Listing(HashMap<[u8; 16], Vec<ObjectHandle>>);

impl Listing {
    pub(crate) fn of(seat: &Seat) -> Result<Self, HsmError> {
        let mut keys: HashMap<_, Vec<_>> = HashMap::new();
        for handle in seat.search(&[Attribute::Class(ObjectClass::PRIVATE_KEY)])? {
            let id = seat.session.get_attributes(handle, &[AttributeType::Id])?;
            if let [Attribute::Id(id)] = id.as_slice()
                && let Ok(id) = <[u8; 16]>::try_from(id.as_slice())
            {
                keys.entry(id).or_default().push(handle);
            }
        }
        Ok(Self(keys))
    }

    /// Those with this id alone.
    pub(crate) fn of_one(seat: &Seat, id: [u8; 16]) -> Result<Self, HsmError> {
        let class = Attribute::Class(ObjectClass::PRIVATE_KEY);
        let found = seat.search(&[class, Attribute::Id(id.to_vec())])?;
        Ok(Self(HashMap::from([(id, found)])))
    }

    fn single(&self, id: &[u8; 16]) -> Result<ObjectHandle, Finding> {
        match self.0.get(id).map(Vec::as_slice) {
            None | Some([]) => Err(Finding::Missing),
            Some([handle]) => Ok(*handle),
            Some(_) => Err(Finding::Ambiguous),
        }
    }
}

/// Which look at a key this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    First,
    /// From a new session, since an error of the token came the first time.
    Again,
}

/// Looks at a key once more where all that was found may be a stray error of the token: two people
/// would have to unlock a key that nothing is wrong with.
///
/// # Errors
/// Those of a look.
pub(crate) fn surely(
    mut look: impl FnMut(Turn) -> Result<Vec<Finding>, HsmError>,
) -> Result<Vec<Finding>, HsmError> {
    let first = look(Turn::First)?;
    let stray = !first.is_empty() && first.iter().all(|finding| finding.may_be_stray());
    if stray { look(Turn::Again) } else { Ok(first) }
}

/// Attests one key of the listing. What the token answers about this key alone is a finding about
/// it and keeps no other from being attested.
///
/// # Errors
/// Only if the token is away, so that the rest must wait for it.
pub(crate) fn attest(
    seat: &mut Seat,
    listing: &Listing,
    profile: &Profile,
    key: &KeyRef,
) -> Result<Vec<Finding>, HsmError> {
    let handle = match listing.single(&key.cka_id) {
        Ok(handle) => handle,
        Err(finding) => return Ok(vec![finding]),
    };
    match attest_handle(seat, handle, profile, key) {
        Err(Trouble::Token(error)) => {
            about_the_key(seat, &error)?;
            tracing::error!(?key, %error, "the token does not answer about a key");
            Ok(vec![Finding::Unanswered])
        }
        findings => Ok(findings?),
    }
}

/// Why a key could not be looked at.
pub(crate) enum Trouble {
    /// What the token answered.
    Token(Error),
    /// What was missing here.
    Here(HsmError),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Token(error)
    }
}

impl From<Trouble> for HsmError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Token(error) => error.into(),
            Trouble::Here(error) => error,
        }
    }
}

/// An error of a token that still answers is about the key; one of a token or session that is gone
/// is about none.
fn about_the_key(seat: &Seat, error: &Error) -> Result<(), HsmError> {
    let gone = error::fault(error) == Fault::Away || seat.probe().is_err();
    if gone { Err(HsmError::Away) } else { Ok(()) }
}

/// Attests the key with this handle.
pub(crate) fn attest_handle(
    seat: &mut Seat,
    handle: ObjectHandle,
    profile: &Profile,
    key: &KeyRef,
) -> Result<Vec<Finding>, Trouble> {
    let mut findings = flags(seat, handle, profile.template)?;
    if !has_public_half(seat, handle, key)? {
        findings.push(Finding::OtherPublicKey);
    }
    // It would sign nothing: the token says "not logged in", as one does that went away, and each other key would wait for it.
    if !findings.contains(&Finding::MustBeFalse(Flag::AlwaysAuthenticate)) {
        findings.extend(proof(seat, handle, profile, key)?);
    }
    Ok(findings)
}

/// What is wrong with the usage flags of the key with this handle.
pub(crate) fn flags(
    seat: &Seat,
    handle: ObjectHandle,
    template: Template,
) -> Result<Vec<Finding>, Error> {
    let types: Vec<_> = wanted(template)
        .map(|(_, attribute, _)| attribute)
        .collect();
    let read = seat.session.get_attributes(handle, &types)?;
    Ok(wanted(template)
        .filter_map(|(flag, attribute, must)| judge(&read, flag, attribute, must))
        .collect())
}

fn judge(read: &[Attribute], flag: Flag, attribute: AttributeType, must: bool) -> Option<Finding> {
    match (value(read, attribute), must) {
        (Some(true), true) | (Some(false), false) => None,
        (Some(false), true) => Some(Finding::MustBeTrue(flag)),
        (Some(true), false) => Some(Finding::MustBeFalse(flag)),
        (None, _) => Some(Finding::Unreadable(flag)),
    }
}

fn value(read: &[Attribute], attribute: AttributeType) -> Option<bool> {
    match read
        .iter()
        .find(|found| found.attribute_type() == attribute)?
    {
        Attribute::AlwaysAuthenticate(set)
        | Attribute::AlwaysSensitive(set)
        | Attribute::Copyable(set)
        | Attribute::Decrypt(set)
        | Attribute::Derive(set)
        | Attribute::Extractable(set)
        | Attribute::Modifiable(set)
        | Attribute::NeverExtractable(set)
        | Attribute::Private(set)
        | Attribute::Sensitive(set)
        | Attribute::Sign(set)
        | Attribute::SignRecover(set)
        | Attribute::Unwrap(set) => Some(*set),
        _ => None,
    }
}

/// The modulus or the curve that the private object tells. A token need not tell the point of
/// an elliptic-curve private key; there the proof below stands for it.
fn has_public_half(seat: &Seat, handle: ObjectHandle, key: &KeyRef) -> Result<bool, Error> {
    use der::Encode;
    let kind = if key.algorithm.is_rsa() {
        AttributeType::Modulus
    } else {
        AttributeType::EcParams
    };
    let read = seat.session.get_attributes(handle, &[kind])?;
    Ok(match read.as_slice() {
        [Attribute::Modulus(modulus)] => {
            let leading = modulus.iter().take_while(|byte| **byte == 0).count();
            keys::modulus_of(&key.spki).as_deref() == modulus.get(leading..)
        }
        [Attribute::EcParams(parameters)] => keys::curve(key.algorithm)
            .and_then(|curve| curve.to_der().ok())
            .is_some_and(|curve| curve == *parameters),
        _ => false,
    })
}

/// Has the key sign a nonce, and says what is wrong with the signature.
fn proof(
    seat: &mut Seat,
    handle: ObjectHandle,
    profile: &Profile,
    key: &KeyRef,
) -> Result<Option<Finding>, Trouble> {
    let scheme = proof_scheme(profile, key.algorithm);
    let digest = nonce_digest().map_err(Trouble::Here)?;
    let input = mechanism::input(key.algorithm, scheme, &digest);
    let mechanism = mechanism::mechanism(scheme);
    let raw = match seat.session.sign(&mechanism, handle, &input) {
        Ok(raw) => raw,
        Err(error) => {
            about_the_key(seat, &error).map_err(Trouble::Here)?;
            return Ok(Some(Finding::NoSignature));
        }
    };
    let checker = seat.checker(key.cka_id, &key.spki);
    let verifies = mechanism::encode(scheme, raw)
        .is_some_and(|signature| checker.verifies(key.algorithm, scheme, &digest, &signature));
    Ok((!verifies).then_some(Finding::NoProof))
}

fn proof_scheme(profile: &Profile, algorithm: KeyAlgorithm) -> SignatureScheme {
    let hash = HashAlgorithm::Sha256;
    if !algorithm.is_rsa() {
        SignatureScheme::Ecdsa(hash)
    } else if profile.mechanisms.schemes.contains(&Scheme::RsaPkcs1) {
        SignatureScheme::RsaPkcs1(hash)
    } else {
        SignatureScheme::RsaPss { hash, salt: 32 }
    }
}

fn nonce_digest() -> Result<Digest, HsmError> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|_| HsmError::Random)?;
    let hashed = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(nonce)
        .finalize();
    Digest::new(HashAlgorithm::Sha256, &hashed).map_err(|_| HsmError::Encoding("nonce"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_must_come_twice_before_it_counts() {
        use Finding as F;
        let flag = F::MustBeFalse(Flag::Decrypt);
        let cases: [(&[&[F]], &[F]); 9] = [
            (&[&[]], &[]),
            (&[&[F::Unanswered], &[]], &[]),
            (&[&[F::NoSignature], &[]], &[]),
            (&[&[F::Unreadable(Flag::Sign)], &[]], &[]),
            (&[&[F::Unanswered], &[F::NoSignature]], &[F::NoSignature]),
            (&[&[F::NoSignature], &[F::NoProof]], &[F::NoProof]),
            // What the key or the token says plainly counts at once.
            (&[&[F::NoProof]], &[F::NoProof]),
            (&[&[F::Missing]], &[F::Missing]),
            (&[&[flag, F::NoSignature]], &[flag, F::NoSignature]),
        ];
        for (looks, end) in cases {
            let mut turns = Vec::new();
            let found = surely(|turn| {
                turns.push(turn);
                Ok(looks[turns.len() - 1].to_vec())
            });
            assert_eq!(found.unwrap(), end, "{looks:?}");
            let expected = &[Turn::First, Turn::Again][..looks.len()];
            assert_eq!(turns, expected, "{looks:?}");
        }
    }

    #[test]
    fn a_token_that_goes_away_says_nothing_about_a_key() {
        let mut looks = 0;
        let end = surely(|_| {
            looks += 1;
            Err(HsmError::Away)
        });
        assert!(matches!(end, Err(HsmError::Away)));
        assert_eq!(looks, 1);
    }
}
