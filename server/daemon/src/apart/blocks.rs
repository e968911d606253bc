//! What goes to such a process and comes from it: blocks of bytes, each after its length (64 bits, the greatest byte
//! first).

use std::borrow::Cow;
use std::io::{self, Read};

use super::Pieces;

/// Why what came are not the blocks that were expected.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It ends too early.
    #[error("the question ends in the middle")]
    Cut,
    /// A block says that it is longer than any may be.
    #[error("a part of the question is too long")]
    TooLong,
    /// The first block is another.
    #[error("the question begins with something else")]
    Head,
    /// Something follows.
    #[error("something follows the question")]
    More,
    /// It cannot be read.
    #[error("the question cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// Each block after its length.
pub fn framed<'a>(blocks: impl IntoIterator<Item = Cow<'a, [u8]>>) -> Pieces<'a> {
    let blocks = blocks.into_iter();
    let framed = blocks.flat_map(|block| [Cow::Owned(announced(block.len()).to_vec()), block]);
    framed.collect()
}

/// What stands before a block of this length.
pub fn announced(length: usize) -> [u8; 8] {
    u64::try_from(length).unwrap_or(u64::MAX).to_be_bytes()
}

/// Reads a block, of no more than `most` bytes.
///
/// # Errors
/// [`Misread`].
pub fn block(from: &mut impl Read, most: usize) -> Result<Vec<u8>, Misread> {
    let mut stated = Vec::new();
    from.take(8).read_to_end(&mut stated)?;
    let stated: [u8; 8] = stated.try_into().map_err(|_| Misread::Cut)?;
    let stated = u64::from_be_bytes(stated);
    let length = usize::try_from(stated).map_err(|_| Misread::TooLong)?;
    if length > most {
        return Err(Misread::TooLong);
    }
    // All at once: a file that grows here would be there twice meanwhile.
    let mut bytes = Vec::with_capacity(length);
    from.take(stated).read_to_end(&mut bytes)?;
    if announced(bytes.len()) == stated.to_be_bytes() {
        Ok(bytes)
    } else {
        Err(Misread::Cut)
    }
}

/// That nothing follows.
///
/// # Errors
/// [`Misread::More`].
pub fn end(from: impl Read) -> Result<(), Misread> {
    if from.take(1).read_to_end(&mut Vec::new())? > 0 {
        Err(Misread::More)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A vector that grows has the file twice meanwhile, and room for more than it at the end.
    #[test]
    fn a_block_takes_the_room_that_it_says_and_no_more() {
        let file = vec![b'x'; 100_000];
        let written = [&announced(file.len())[..], &file].concat();
        let read = block(&mut written.as_slice(), file.len()).unwrap();
        assert_eq!((read.len(), read.capacity()), (file.len(), file.len()));
        let shorter = &mut &written[..99];
        assert!(matches!(block(shorter, file.len()), Err(Misread::Cut)));
        let most = file.len() - 1;
        assert!(matches!(
            block(&mut written.as_slice(), most),
            Err(Misread::TooLong)
        ));
    }
}
