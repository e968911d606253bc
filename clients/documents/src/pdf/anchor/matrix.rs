//! Transformations of the plane (ISO 32000-2 §8.3.3, §8.3.4).

/// Where one unit across, one unit up and the origin go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Matrix {
    across: [f64; 2],
    up: [f64; 2],
    origin: [f64; 2],
}

impl Matrix {
    pub(super) const UNIT: Self = Self {
        across: [1.0, 0.0],
        up: [0.0, 1.0],
        origin: [0.0, 0.0],
    };

    /// Six numbers as PDF writes them.
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let [right, rises, leans, high, left, bottom] = *<&[f64; 6]>::try_from(numbers).ok()?;
        Some(Self {
            across: [right, rises],
            up: [leans, high],
            origin: [left, bottom],
        })
    }

    pub(super) const fn shift(right: f64, up: f64) -> Self {
        Self {
            origin: [right, up],
            ..Self::UNIT
        }
    }

    fn vector(&self, [right, high]: [f64; 2]) -> [f64; 2] {
        [
            self.across[0] * right + self.up[0] * high,
            self.across[1] * right + self.up[1] * high,
        ]
    }

    pub(super) fn point(&self, point: [f64; 2]) -> [f64; 2] {
        let [right, high] = self.vector(point);
        [right + self.origin[0], high + self.origin[1]]
    }

    /// This one, then the other.
    pub(super) fn then(&self, next: &Self) -> Self {
        Self {
            across: next.vector(self.across),
            up: next.vector(self.up),
            origin: next.point(self.origin),
        }
    }
}
