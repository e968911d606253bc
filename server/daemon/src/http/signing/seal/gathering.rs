//! Small pieces of a file put together: a sender may send single bytes, and each piece costs a turn of every hash and a write to the
//! process apart.

use actix_web::web::{Bytes, BytesMut};

/// Shortest piece that goes on before all has come.
const LEAST: usize = 16 << 10;

/// What came and has not gone on.
#[derive(Debug)]
pub(super) struct Gathering {
    held: BytesMut,
    /// How much of the file has not gone on.
    left: usize,
}

impl Gathering {
    /// Of a file of this length.
    pub(super) fn new(length: usize) -> Self {
        Self {
            held: BytesMut::new(),
            left: length,
        }
    }

    /// Takes a piece; what goes on now, if it is enough, or the end of the file or more than that.
    pub(super) fn gather(&mut self, piece: Bytes) -> Option<Bytes> {
        let enough = LEAST.min(self.left.max(1));
        let whole = if self.held.is_empty() && piece.len() >= enough {
            piece
        } else {
            self.held.extend_from_slice(&piece);
            if self.held.len() < enough {
                return None;
            }
            self.held.split().freeze()
        };
        self.left = self.left.saturating_sub(whole.len());
        Some(whole)
    }

    /// What is left of a file that ended early.
    pub(super) fn rest(self) -> Bytes {
        self.held.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long the pieces are that go on, and the rest.
    fn gathered(length: usize, pieces: impl IntoIterator<Item = usize>) -> (Vec<usize>, usize) {
        let mut gathering = Gathering::new(length);
        let pieces = pieces.into_iter().map(|length| vec![b'x'; length].into());
        let gone: Vec<Bytes> = pieces.filter_map(|piece| gathering.gather(piece)).collect();
        let gone = gone.iter().map(Bytes::len).collect();
        (gone, gathering.rest().len())
    }

    #[test]
    fn single_bytes_go_on_together_and_long_pieces_as_they_are() {
        let twice = 2 * LEAST;
        assert_eq!(
            gathered(twice + 5, vec![1; twice + 5]),
            (vec![LEAST, LEAST, 5], 0)
        );
        assert_eq!(gathered(3 * LEAST, [twice, LEAST]), (vec![twice, LEAST], 0));
        assert_eq!(gathered(3 * LEAST, [1, LEAST, 1]), (vec![LEAST + 1], 1));
    }

    #[test]
    fn what_is_longer_than_was_said_goes_on_at_once() {
        assert_eq!(gathered(5, [4, 2]), (vec![6], 0));
        assert_eq!(gathered(5, [5, 1]), (vec![5, 1], 0));
        assert_eq!(gathered(0, [1]), (vec![1], 0));
    }

    #[test]
    fn what_ended_early_is_left() {
        assert_eq!(gathered(5, [1, 3]), (vec![], 4));
    }
}
