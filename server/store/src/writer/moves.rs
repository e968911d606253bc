//! Which areas of policy this server's own changes moved, remembered where whoever owns the database does not reach it.
//!
//! A counter in the database says at which epoch its area moved last. Were it believed alone, its owner could have another area's
//! counter tell of a change, and a lock or a revocation would not be read by any server until it is started anew.

use std::collections::VecDeque;

use super::tx::Area;

/// Changes that are remembered. Whoever is further behind reads everything.
const REMEMBERED: usize = 4_096;

/// The newest changes, each moving the epoch by one.
#[derive(Debug)]
pub(crate) struct Moves(VecDeque<Move>);

/// The epoch that a change moved to, and the area that moved.
pub(crate) type Move = (i64, Area);

impl Moves {
    pub(crate) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// These were made durable.
    pub(crate) fn note(&mut self, moves: impl IntoIterator<Item = Move>) {
        self.0.extend(moves);
        let forgotten = self.0.len().saturating_sub(REMEMBERED);
        self.0.drain(..forgotten);
    }

    /// What moved after `base` and up to `epoch`, if every one of these changes was this server's own; `None` where another
    /// server made one, or it is too long ago: then nobody here knows what moved.
    pub(crate) fn between(&self, base: i64, epoch: i64) -> Option<Vec<Area>> {
        let own = self.0.iter().filter(|(at, _)| base < *at && *at <= epoch);
        let areas: Vec<Area> = own.map(|(_, area)| *area).collect();
        (i64::try_from(areas.len()) == Ok(epoch - base)).then_some(areas)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_by_others_or_long_ago_nobody_knows() {
        let mut moves = Moves::new();
        moves.note([(3, Area::People), (4, Area::Tokens), (6, Area::People)]);
        assert_eq!(moves.between(2, 3), Some(vec![Area::People]));
        assert_eq!(moves.between(2, 4), Some(vec![Area::People, Area::Tokens]));
        assert_eq!(moves.between(4, 4), Some(Vec::new()), "nothing moved");
        assert_eq!(moves.between(4, 6), None, "another server made the fifth");
        assert_eq!(moves.between(1, 4), None, "before this server's first");
        moves.note((7..).map(|at| (at, Area::Sessions)).take(REMEMBERED));
        assert_eq!(moves.between(2, 4), None, "forgotten");
        assert_eq!(moves.between(6, 8), Some(vec![Area::Sessions; 2]));
    }
}
