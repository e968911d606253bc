//! DER, value by value: what an authority signed is hashed as it came, never as we would write it.

use der::asn1::AnyRef;
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

/// `[n]` with other values in it.
pub(super) const fn constructed(number: TagNumber) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number,
    }
}

/// The next value, if it has this tag.
pub(super) fn optional<'a>(
    reader: &mut SliceReader<'a>,
    tag: Tag,
) -> der::Result<Option<AnyRef<'a>>> {
    if reader.is_finished() || reader.peek_tag()? != tag {
        return Ok(None);
    }
    AnyRef::decode(reader).map(Some)
}

/// The bytes of a non-negative integer, without the zero that only says so.
pub(super) fn unsigned(value: AnyRef<'_>) -> der::Result<&[u8]> {
    value.tag().assert_eq(Tag::Integer)?;
    match value.value() {
        [0] => Ok(&[0]),
        [0, rest @ ..] if rest.first().is_some_and(|byte| *byte >= 0x80) => Ok(rest),
        [first, ..] if (1..0x80).contains(first) => Ok(value.value()),
        _ => Err(Tag::Integer.value_error()),
    }
}

/// That nothing is left.
pub(super) fn finished(reader: &SliceReader<'_>) -> der::Result<()> {
    if reader.is_finished() {
        Ok(())
    } else {
        Err(der::ErrorKind::Failed.into())
    }
}
