//! Policy over a small town: one person a role, one system, one key of each kind.

mod agencies;
mod approvals;
mod authority;
mod codes;
mod matrix;
mod power;
mod quorum;
mod reach;
mod sads;
mod sealing;
mod signing;
mod town;
