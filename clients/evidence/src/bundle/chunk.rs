//! A file of entries, and of what is disclosed of them.

use super::disclosed::Disclosed;
use super::fault::Fault;
use super::name::Name;
use super::report::Watch;
use crate::entry::Entry;
use crate::verify;

/// An entry that is not what its leaf says may be another entry of the log: that is said instead.
pub(super) fn closer(fault: verify::Fault, expected: u64, entry: &[u8]) -> Fault {
    if !matches!(fault, verify::Fault::Changed(_)) {
        return fault.into();
    }
    let Ok(Entry { seq: found, .. }) = Entry::parse(entry) else {
        return fault.into();
    };
    let fault = if found > expected {
        verify::Fault::Gap { expected, found }
    } else if found.checked_add(1) == Some(expected) {
        verify::Fault::Duplicate(found)
    } else if found < expected {
        verify::Fault::Order { expected, found }
    } else {
        fault
    };
    fault.into()
}

/// The first entry, behind its length, and what follows.
pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}

/// Checks what is disclosed of these entries, in their order; answers how many values.
pub(super) fn disclosed(
    first: u64,
    entries: &[u8],
    lines: &[u8],
    watch: &mut impl Watch,
) -> Result<u64, Fault> {
    let malformed = || Fault::Form(Name::Disclosed(first).to_string());
    let text = std::str::from_utf8(lines).ok();
    let text = text
        .and_then(|text| text.strip_suffix('\n'))
        .ok_or_else(malformed)?;
    let (mut rest, mut next, mut count) = (entries, first, 0);
    let mut current: Option<(u64, Entry)> = None;
    for line in text.split('\n') {
        let (sequence, value) = Disclosed::parse(line).ok_or_else(malformed)?;
        while next <= sequence {
            let (entry, after) = split(rest).ok_or_else(malformed)?;
            rest = after;
            if next == sequence {
                current = Entry::parse(entry).ok().map(|entry| (sequence, entry));
            }
            next += 1;
        }
        let at = current.as_ref().filter(|(at, _)| *at == sequence);
        let (_, entry) = at.ok_or_else(malformed)?;
        if !value.opens(entry) {
            let field = value.field;
            return Err(Fault::Disclosed { sequence, field });
        }
        watch.disclosed(sequence, &value);
        count += 1;
    }
    Ok(count)
}
