//! Policy over a small town: one person a role, one system, one key of each kind.

mod agencies;
mod authority;
mod matrix;
mod power;
mod sads;
mod signing;
mod town;
