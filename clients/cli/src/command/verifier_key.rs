//! Verifier keys as the command line names them: the key itself, or `@` and a file that holds it.

use std::path::Path;
use std::str::FromStr;

use kyso_evidence::key::KeyError;

use super::read_text;
use crate::catalogue::Message;
use crate::failure::Failure;

/// The key of a log or of a witness, which are different types of key too.
pub(crate) fn read<K: FromStr<Err = KeyError>>(named: &str) -> Result<K, Failure> {
    let vkey = match named.strip_prefix('@') {
        Some(file) => read_text(Path::new(file))?,
        None => named.to_owned(),
    };
    vkey.trim_end().parse().map_err(|error| unfit(named, error))
}

/// Each of these.
pub(crate) fn read_all<K: FromStr<Err = KeyError>>(named: &[String]) -> Result<Vec<K>, Failure> {
    named.iter().map(|named| read(named)).collect()
}

fn unfit(named: &str, error: KeyError) -> Failure {
    let named = named.to_owned();
    match error {
        KeyError::Type(kind) => {
            Failure::Usage(Message::OtherKindOfKey, vec![named, kind.to_string()])
        }
        KeyError::Form | KeyError::Key | KeyError::Id => {
            Failure::Usage(Message::NoVerifierKey, vec![named])
        }
    }
}
