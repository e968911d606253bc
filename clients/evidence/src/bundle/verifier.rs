//! Verifying a bundle: one reading, front to back, that stops at the first thing that is wrong.

use std::io::Read;

use super::beside::Beside;
use super::fault::{Fault, VerifyError};
use super::keys::ExportKey;
use super::reading::Reading;
use super::report::{Progress, Report, Watch};
use crate::policy::Policy;
use crate::receipt::Receipt;
use crate::verify::Verifier;

/// What the verifying person has from elsewhere.
///
/// Where a key is missing here the one that the bundle names is taken, and the report says so: that
/// shows damage, and not that somebody else made all of it.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// The log's key, and how many of which witnesses must have cosigned.
    pub policy: Option<Policy>,
    /// The key that signs manifests.
    pub export: Option<ExportKey>,
    /// Checkpoints and receipts to hold the bundle against.
    pub beside: Vec<Beside>,
}

/// Verifies a bundle. What is read is buffered here by part, not by byte: `input` should be.
///
/// # Errors
///
/// [`VerifyError::Read`], or the first [`Fault`].
pub fn verify(
    input: impl Read,
    trust: &Trust,
    watch: &mut impl Watch,
) -> Result<Report, VerifyError> {
    let (reading, verifier) = read(input, trust, None, watch)?;
    Ok(reading.report(verifier, trust)?)
}

/// Verifies a bundle, and makes a receipt for one of its entries.
///
/// # Errors
///
/// As for [`verify`], and [`Fault::NotHeld`].
pub fn receipt(
    input: impl Read,
    trust: &Trust,
    sequence: u64,
    watch: &mut impl Watch,
) -> Result<Receipt, VerifyError> {
    let (reading, _) = read(input, trust, Some(sequence), watch)?;
    Ok(reading.receipt(sequence).ok_or(Fault::NotHeld(sequence))?)
}

/// Reads and checks everything.
fn read<I: Read>(
    input: I,
    trust: &Trust,
    wanted: Option<u64>,
    watch: &mut impl Watch,
) -> Result<(Reading<I>, Verifier), VerifyError> {
    let mut reading = Reading::open(input, trust)?;
    reading.want(wanted)?;
    reading.head()?;
    let range = reading.statement.range.clone();
    let mut verifier = None;
    while reading.next < range.end {
        reading.chunk(&mut verifier, watch)?;
        watch.progress(Progress {
            entries: reading.next - range.start,
            of: range.end - range.start,
            bytes: reading.parts.offset(),
        });
    }
    let verifier = match verifier {
        Some(verifier) => verifier,
        None => reading.start()?,
    };
    reading.finish(verifier.frontier(), trust)?;
    Ok((reading, verifier))
}
