//! Whose checkpoints count, and whether a bundle's are theirs.

use std::io::Read;

use super::beside::{Beside, Judged};
use super::fault::{Fault, VerifyError};
use super::keys::Keys;
use super::name::Name;
use super::parts::Parts;
use super::statement::Statement;
use super::verifier::Trust;
use crate::checkpoint::{Checkpoint, SignedCheckpoint};
use crate::policy::{Cosignature, Policy};

/// The largest checkpoint of a bundle, unverified.
pub(super) fn checkpoint_of(input: impl Read) -> Result<SignedCheckpoint, VerifyError> {
    let mut parts = Parts::new(input)?;
    for name in [Name::Page, Name::Statement, Name::Keys] {
        parts.take(name)?;
    }
    let mut checkpoints = checkpoints(&mut parts)?;
    let largest = checkpoints.pop();
    Ok(largest.ok_or_else(|| parts.out_of_place("checkpoint/"))?)
}

/// The checkpoints, of growing size.
pub(super) fn checkpoints<I: Read>(
    parts: &mut Parts<I>,
) -> Result<Vec<SignedCheckpoint>, VerifyError> {
    let mut read: Vec<SignedCheckpoint> = Vec::new();
    while let Some(Name::Checkpoint(size)) = parts.peek() {
        let before = read.last().map(|signed| signed.unverified().size());
        if before >= Some(size) {
            return Err(parts.out_of_place("a larger checkpoint").into());
        }
        let name = Name::Checkpoint(size);
        let signed = SignedCheckpoint::parse(&parts.take(name)?)
            .map_err(|error| Fault::Checkpoint { size, error })?;
        if signed.unverified().size() != size {
            return Err(Fault::Form(name.to_string()).into());
        }
        read.push(signed);
    }
    Ok(read)
}

/// The policy that counts: the one that is given, or the log's key of the bundle with whatever
/// witnesses it names.
pub(super) fn policy(keys: &Keys, trust: &Trust) -> Result<Policy, Fault> {
    let policy = match &trust.policy {
        Some(policy) => policy.clone(),
        None => Policy::new(keys.log.clone(), keys.witnesses.clone(), 0)
            .map_err(|_| Fault::Form(Name::Keys.to_string()))?,
    };
    let export = trust.export.as_ref().unwrap_or(&keys.export);
    if export.is(policy.log()) {
        return Err(Fault::OneKey);
    }
    Ok(policy)
}

/// The checkpoints, each believed by the policy, and who cosigned the largest.
pub(super) fn judged(
    signed: &[SignedCheckpoint],
    policy: &Policy,
) -> Result<(Vec<Checkpoint>, Vec<Cosignature>), Fault> {
    let mut checkpoints = Vec::new();
    let mut cosignatures = Vec::new();
    for one in signed {
        let size = one.unverified().size();
        let trusted = policy
            .judge(one)
            .map_err(|why| Fault::Distrust { size, why })?;
        cosignatures = trusted.cosignatures().to_vec();
        checkpoints.push(trusted.checkpoint().clone());
    }
    Ok((checkpoints, cosignatures))
}

pub(super) fn beside(trust: &Trust, policy: &Policy) -> Result<Vec<Judged>, Fault> {
    let judge = |(one, number): (&Beside, usize)| {
        let judged = one.judge(policy);
        judged.map_err(|why| Fault::Beside { number, why })
    };
    trust.beside.iter().zip(1..).map(judge).collect()
}

/// The statement is about the largest checkpoint, and none is of a tree that ends before the range.
pub(super) fn states_largest(
    statement: &Statement,
    checkpoints: &[Checkpoint],
) -> Result<(), Fault> {
    let largest = checkpoints.last().filter(|largest| {
        largest.size() == statement.size
            && *largest.root() == statement.root
            && largest.origin() == statement.origin
    });
    let early = checkpoints
        .iter()
        .any(|one| one.size() < statement.range.start);
    if largest.is_none() || early {
        return Err(Fault::Form(Name::Statement.to_string()));
    }
    Ok(())
}
