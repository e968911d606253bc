//! The container: a plain tar file (POSIX.1-2001 `ustar`), of which a header is a function of name
//! and size alone, so that one content has one file.

use std::io::{self, Read, Write};
use std::iter;

use super::fault::{Fault, VerifyError};
use super::name::Name;

const BLOCK: usize = 512;

/// The header of a regular file that everybody may read, of 1970.
fn header(name: &str, size: usize) -> Vec<u8> {
    let blank = block(name, size, "        ");
    let sum: u32 = blank.iter().map(|&byte| u32::from(byte)).sum();
    block(name, size, &format!("{sum:06o}\0 "))
}

/// The fields in their order, each with its width.
fn block(name: &str, size: usize, sum: &str) -> Vec<u8> {
    let size = format!("{size:011o}");
    let fields = [
        (name, 100),
        ("0000644", 8),
        ("0000000", 8),
        ("0000000", 8),
        (&size, 12),
        ("00000000000", 12),
        (sum, 8),
        ("0", 101),
        ("ustar\x0000", 72),
        ("0000000", 8),
        ("0000000", 175),
    ];
    let field = |(text, width): (&str, usize)| {
        let padded = text.bytes().chain(iter::repeat(0));
        padded.take(width).collect::<Vec<u8>>()
    };
    fields.into_iter().flat_map(field).collect()
}

/// How many zero bytes follow content of this size.
const fn padding(size: usize) -> usize {
    size.next_multiple_of(BLOCK) - size
}

/// Writes one file into the archive.
pub(super) fn write(out: &mut impl Write, name: &str, content: &[u8]) -> io::Result<()> {
    out.write_all(&header(name, content.len()))?;
    out.write_all(content)?;
    out.write_all(&vec![0; padding(content.len())])
}

/// Ends the archive.
pub(super) fn close(out: &mut impl Write) -> io::Result<()> {
    out.write_all(&[0; 2 * BLOCK])
}

/// A part as it was read.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) name: Name,
    pub(super) content: Vec<u8>,
}

/// Reads an archive front to back, and only one that [`write`] and [`close`] could have written.
#[derive(Debug)]
pub(super) struct Archive<I> {
    input: I,
    offset: u64,
}

impl<I: Read> Archive<I> {
    pub(super) const fn new(input: I) -> Self {
        Self { input, offset: 0 }
    }

    /// Bytes read so far.
    pub(super) const fn offset(&self) -> u64 {
        self.offset
    }

    /// The next part; `None` at the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Member>, VerifyError> {
        let at = self.offset;
        let block = self.bytes(BLOCK)?;
        if block.iter().all(|&byte| byte == 0) {
            return self.end().map(|()| None);
        }
        let (name, size) = parse(&block).ok_or(Fault::Header(at))?;
        if size > name.limit() {
            return Err(Fault::TooLong(name.to_string()).into());
        }
        let content = self.bytes(size)?;
        self.zeros(padding(size))?;
        Ok(Some(Member { name, content }))
    }

    fn end(&mut self) -> Result<(), VerifyError> {
        self.zeros(BLOCK)?;
        let more = self.input.read(&mut [0]).map_err(VerifyError::Read)?;
        if more == 0 {
            Ok(())
        } else {
            Err(Fault::Trailing(self.offset).into())
        }
    }

    fn zeros(&mut self, count: usize) -> Result<(), VerifyError> {
        let at = self.offset;
        if self.bytes(count)?.iter().all(|&byte| byte == 0) {
            Ok(())
        } else {
            Err(Fault::Header(at).into())
        }
    }

    fn bytes(&mut self, count: usize) -> Result<Vec<u8>, VerifyError> {
        let mut bytes = vec![0; count];
        self.input
            .read_exact(&mut bytes)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => Fault::CutOff(self.offset).into(),
                _ => VerifyError::Read(error),
            })?;
        self.offset += u64::try_from(count).unwrap_or(u64::MAX);
        Ok(bytes)
    }
}

/// Name and size, if the header is the one that they have.
fn parse(block: &[u8]) -> Option<(Name, usize)> {
    let text = block.get(..100)?.split(|&byte| byte == 0).next()?;
    let text = std::str::from_utf8(text).ok()?;
    let size = std::str::from_utf8(block.get(124..135)?).ok()?;
    let size = usize::from_str_radix(size, 8).ok()?;
    if header(text, size) != block {
        return None;
    }
    Some((text.parse().ok()?, size))
}
