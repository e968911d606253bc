//! Every call that concerns a key or a factor: what the log says of it, and under which id.

mod ids;
mod refusals;
mod sums;
