//! BER to DER, as far as signature files need it (ITU-T X.690 §8 and §10).
//!
//! One signature in twelve comes with lengths that are known only at the end. They become definite
//! here, strings in pieces become whole, and lengths become as short as they can be. The order of
//! what stands in a `SET` is kept: what is already DER comes out byte for byte, so a hash over a part
//! of it is the hash that was signed.

use super::asn1::header;

/// How deep values may stand in values; certificates need about ten.
const MAX_DEPTH: usize = 32;

const END: [u8; 2] = [0, 0];
const BOOLEAN: u8 = 0x01;
const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;

/// The bytes are not one value in BER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one value in BER, or too deep")]
pub struct NotBer;

/// The value at the beginning in DER, and how many bytes it took.
///
/// # Errors
///
/// [`NotBer`], also for a string in pieces that is not of octets, and for more than 32 values in
/// one another.
pub fn read(bytes: &[u8]) -> Result<(Vec<u8>, usize), NotBer> {
    let mut out = Vec::with_capacity(bytes.len());
    let taken = value(bytes, &mut out, MAX_DEPTH).ok_or(NotBer)?;
    Ok((out, taken))
}

/// The one value that these bytes are, in DER.
///
/// # Errors
///
/// As [`read`], and for anything after it.
pub fn to_der(bytes: &[u8]) -> Result<Vec<u8>, NotBer> {
    let (der, taken) = read(bytes)?;
    (taken == bytes.len()).then_some(der).ok_or(NotBer)
}

/// Appends one value and says how many bytes it took.
fn value(bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> Option<usize> {
    let depth = depth.checked_sub(1)?;
    let (tag, start, length) = header(bytes)?;
    let definite = match length {
        Some(length) => Some(bytes.get(start..start.checked_add(length)?)?),
        None => None,
    };
    let (content, end) = match definite {
        Some(content) if tag & CONSTRUCTED == 0 => {
            primitive(tag, content, out);
            return start.checked_add(content.len());
        }
        Some(content) => {
            let inner = constructed(tag, content, false, depth)?.0;
            (inner, start.checked_add(content.len())?)
        }
        None if tag & CONSTRUCTED == 0 => return None,
        None => {
            let (inner, taken) = constructed(tag, bytes.get(start..)?, true, depth)?;
            (inner, start.checked_add(taken)?)
        }
    };
    write(plain(tag), &content, out);
    Some(end)
}

/// What stands in a constructed value, and how many bytes it took with the mark of its end.
fn constructed(tag: u8, bytes: &[u8], open: bool, depth: usize) -> Option<(Vec<u8>, usize)> {
    let (mut inner, mut at) = (Vec::new(), 0_usize);
    loop {
        let rest = bytes.get(at..)?;
        if open && rest.starts_with(&END) {
            return Some((inner, at.checked_add(END.len())?));
        }
        if rest.is_empty() {
            return (!open).then_some((inner, at));
        }
        let taken = match tag {
            OCTETS_IN_PIECES => piece(rest, &mut inner, depth)?,
            0x20..=0x3f if !matches!(tag, 0x30 | 0x31 | 0x28 | 0x2b) => return None,
            _ => value(rest, &mut inner, depth)?,
        };
        at = at.checked_add(taken)?;
    }
}

const OCTETS_IN_PIECES: u8 = OCTET_STRING | CONSTRUCTED;

/// Appends the octets of one piece of a string.
fn piece(bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> Option<usize> {
    let mut whole = Vec::new();
    let taken = value(bytes, &mut whole, depth)?;
    let (tag, start, _) = header(&whole)?;
    (tag == OCTET_STRING).then_some(())?;
    out.extend_from_slice(whole.get(start..)?);
    Some(taken)
}

fn primitive(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    match (tag, content) {
        (BOOLEAN, [truth]) if *truth != 0 => write(tag, &[0xff], out),
        _ => write(tag, content, out),
    }
}

const fn plain(tag: u8) -> u8 {
    if tag == OCTETS_IN_PIECES {
        OCTET_STRING
    } else {
        tag
    }
}

fn write(tag: u8, content: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    if let Ok(short @ 0..=0x7f) = u8::try_from(content.len()) {
        out.push(short);
    } else {
        let octets = content.len().to_be_bytes();
        let zeros = octets.iter().take_while(|octet| **octet == 0).count();
        let octets = octets.get(zeros..).unwrap_or_default();
        out.push(0x80 | u8::try_from(octets.len()).unwrap_or(8));
        out.extend_from_slice(octets);
    }
    out.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A value that can be written in many ways.
    #[derive(Clone, Debug)]
    enum Tree {
        Octets(Vec<u8>),
        Integer(Vec<u8>),
        Truth(bool),
        Inside(u8, Vec<Tree>),
    }

    fn trees() -> impl Strategy<Value = Tree> {
        let leaf = prop_oneof![
            vec(any::<u8>(), 0..300).prop_map(Tree::Octets),
            vec(any::<u8>(), 1..20).prop_map(Tree::Integer),
            any::<bool>().prop_map(Tree::Truth),
        ];
        leaf.prop_recursive(5, 40, 6, |inner| {
            let tag = prop_oneof![Just(0x30_u8), Just(0x31), Just(0xa0), Just(0xa1)];
            (tag, vec(inner, 0..6)).prop_map(|(tag, inside)| Tree::Inside(tag, inside))
        })
    }

    fn der(tree: &Tree, out: &mut Vec<u8>) {
        match tree {
            Tree::Octets(octets) => write(0x04, octets, out),
            Tree::Integer(octets) => write(0x02, octets, out),
            Tree::Truth(truth) => write(0x01, &[if *truth { 0xff } else { 0 }], out),
            Tree::Inside(tag, inside) => {
                let mut content = Vec::new();
                for one in inside {
                    der(one, &mut content);
                }
                write(*tag, &content, out);
            }
        }
    }

    /// The same value in BER, as the bits decide.
    fn ber(tree: &Tree, bits: &mut u64, out: &mut Vec<u8>) {
        *bits = bits.rotate_left(5) ^ 0x9e37_79b9_7f4a_7c15;
        let open = *bits & 1 == 1;
        match tree {
            Tree::Octets(octets) if open => {
                out.extend([0x24, 0x80]);
                for piece in octets.chunks(100) {
                    write(0x04, piece, out);
                }
                out.extend(END);
            }
            Tree::Truth(true) => write(0x01, &[1], out),
            Tree::Inside(tag, inside) => {
                let mut content = Vec::new();
                for one in inside {
                    ber(one, bits, &mut content);
                }
                if open {
                    out.extend([*tag, 0x80]);
                    out.extend(content);
                    out.extend(END);
                } else {
                    out.extend([*tag, 0x84]);
                    out.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
                    out.extend(content);
                }
            }
            other => der(other, out),
        }
    }

    proptest! {
        #[test]
        fn der_written_as_ber_comes_back_as_it_was(tree in trees(), mut bits in any::<u64>()) {
            let (mut plain, mut loose) = (Vec::new(), Vec::new());
            der(&tree, &mut plain);
            ber(&tree, &mut bits, &mut loose);
            prop_assert_eq!(to_der(&loose), Ok(plain.clone()));
            prop_assert_eq!(to_der(&plain), Ok(plain));
        }

        #[test]
        fn what_comes_out_of_any_bytes_stays_as_it_is(bytes in vec(any::<u8>(), 0..200)) {
            if let Ok((der, taken)) = read(&bytes) {
                prop_assert!(taken <= bytes.len());
                prop_assert_eq!(to_der(&der), Ok(der));
            }
        }
    }

    #[test]
    fn what_is_not_one_value_is_refused() {
        let deep = |count: usize| [[0x30, 0x80].repeat(count), [0, 0].repeat(count)].concat();
        assert!(to_der(&deep(31)).is_ok());
        for bad in [
            vec![],
            vec![0x30],
            vec![0x30, 0x80],
            vec![0x30, 0x80, 0],
            vec![0x04, 0x80, 0, 0],
            vec![0x30, 0, 0],
            vec![0x30, 3, 0x02, 2, 1],
            vec![0x23, 0x80, 0x03, 1, 0, 0, 0],
            vec![0x24, 0x80, 0x02, 1, 0, 0, 0],
            vec![0x1f, 0x20, 0],
            vec![0x04, 0xff],
            vec![0x04, 0x84, 0xff, 0xff, 0xff, 0xff],
            deep(33),
            deep(100_000),
        ] {
            assert_eq!(to_der(&bad), Err(NotBer), "{:?}", bad.get(..8));
        }
    }
}
