//! The file of a witness's secret key: one line, `PRIVATE+KEY+<name>+<id>+<base64 of type ‖ key>`.
//!
//! The form is that in which Go's `golang.org/x/mod/sumdb/note` writes signing keys, with the type
//! of cosignatures (C2SP `tlog-cosignature`, "Ed25519 signed message"). The id is computed from
//! the public key, so a line that was cut or changed does not pass.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use kyso_evidence::cosignature::Cosigner;
use kyso_evidence::note::KeyName;
use zeroize::Zeroizing;

const PREFIX: &str = "PRIVATE+KEY+";
const COSIGNATURE: u8 = 4;
/// Base64 of type and key.
const CODED_BYTES: usize = 44;

/// Text that is no secret key of a witness; it does not say what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the file holds no secret key of a witness, or a changed one")]
pub struct SecretError;

/// A new key from the system's randomness, and the line to keep.
pub(crate) fn made(name: KeyName) -> Result<(Cosigner, Zeroizing<String>), getrandom::Error> {
    let mut typed = Zeroizing::new([COSIGNATURE; 33]);
    let (_, secret) = typed.split_at_mut(1);
    getrandom::fill(secret)?;
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(secret);
    let cosigner = Cosigner::new(name, &key);
    let line = line(&cosigner, &typed);
    Ok((cosigner, line))
}

fn line(cosigner: &Cosigner, typed: &[u8; 33]) -> Zeroizing<String> {
    let label = cosigner.key().label();
    let (name, id) = (label.name(), hex::encode(label.id()));
    let coded = Zeroizing::new(BASE64_STANDARD.encode(typed));
    Zeroizing::new(format!("{PREFIX}{name}+{id}+{}\n", *coded))
}

/// Reads what [`made`] gave.
///
/// # Errors
///
/// [`SecretError`].
pub(crate) fn parse(line: &str) -> Result<Cosigner, SecretError> {
    parse_line(line).ok_or(SecretError)
}

fn parse_line(line: &str) -> Option<Cosigner> {
    let mut parts = line.strip_prefix(PREFIX)?.strip_suffix('\n')?.split('+');
    let name = parts.next()?.parse().ok()?;
    let id = parts.next()?;
    // Base64 has plus signs of its own.
    let coded = Zeroizing::new(parts.collect::<Vec<_>>().join("+"));
    let typed = decoded(&coded)?;
    let (kind, key) = typed.split_first_chunk::<1>()?;
    let key = Zeroizing::new(<[u8; 32]>::try_from(key).ok()?);
    let cosigner = Cosigner::new(name, &key);
    let fits = *kind == [COSIGNATURE] && hex::encode(cosigner.key().label().id()) == id;
    fits.then_some(cosigner)
}

fn decoded(coded: &str) -> Option<Zeroizing<Vec<u8>>> {
    let short = coded.len() <= CODED_BYTES;
    short
        .then(|| BASE64_STANDARD.decode(coded).ok())?
        .map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_no_two_are_the_same() {
        let name: KeyName = "witness.example".parse().unwrap();
        for _ in 0..50 {
            let (made, line) = made(name.clone()).unwrap();
            assert_eq!(parse(&line).unwrap().key(), made.key());
            let (other, _) = super::made(name.clone()).unwrap();
            assert_ne!(other.key(), made.key());
        }
    }

    #[test]
    fn a_line_that_was_cut_or_changed_is_no_key() {
        let (_, line) = made("witness.example".parse().unwrap()).unwrap();
        for length in 0..line.len() {
            assert!(parse(&line[..length]).is_err(), "cut to {length}");
        }
        for at in 0..line.len() {
            let mut bytes = line.as_bytes().to_vec();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(parse(&changed).is_err(), "byte {at}");
        }
        assert!(parse(&format!("{}\n", *line)).is_err());
    }

    #[test]
    fn a_key_shows_nothing_of_itself_by_mistake() {
        let (cosigner, line) = made("witness.example".parse().unwrap()).unwrap();
        let coded = line.trim_end().rsplit('+').next().unwrap();
        assert!(!format!("{cosigner:?}").contains(coded));
        assert!(!SecretError.to_string().contains(coded));
    }
}
