//! Uses of a grant, and how they are joined to what one row stands for.

/// One use: which of the grant's occurrences, and how often it was given back before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) ordinal: i64,
    pub(crate) turn: i64,
}

/// Uses of one turn, one after another: what one row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) first: Use,
    pub(crate) span: i64,
}

impl Run {
    /// A run of one.
    pub(crate) const fn single(first: Use) -> Self {
        Self { first, span: 1 }
    }

    /// Each use of it.
    pub(crate) fn uses(self) -> impl Iterator<Item = Use> {
        let Use { ordinal, turn } = self.first;
        (0..self.span).map(move |step| Use {
            ordinal: ordinal.saturating_add(step),
            turn,
        })
    }

    fn grows_by(&mut self, next: Use) -> bool {
        let follows = next.turn == self.first.turn
            && self.first.ordinal.checked_add(self.span) == Some(next.ordinal);
        self.span += i64::from(follows);
        follows
    }
}

/// Joins uses that follow one another.
pub(crate) fn runs(uses: &[Use]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &next in uses {
        if !runs.last_mut().is_some_and(|run| run.grows_by(next)) {
            runs.push(Run::single(next));
        }
    }
    runs
}

/// Its place among all uses of the grant.
pub(super) fn place(made: Use) -> Option<usize> {
    usize::try_from(made.ordinal).ok()
}

/// The ordinal of a place.
pub(super) fn number(index: usize) -> i64 {
    i64::try_from(index).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_that_follow_one_another_are_one_run() {
        let made = |ordinal, turn| Use { ordinal, turn };
        let uses = [made(3, 0), made(4, 0), made(5, 1), made(6, 1), made(9, 1)];
        let joined = runs(&uses);
        let spans: Vec<i64> = joined.iter().map(|run| run.span).collect();
        assert_eq!(spans, [2, 2, 1]);
        let again: Vec<Use> = joined.into_iter().flat_map(Run::uses).collect();
        assert_eq!(again, uses);
        assert!(runs(&[]).is_empty());
    }
}
