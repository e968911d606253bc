//! Signatures of others verified, each answer apart.

mod beside;
mod forged;
mod generations;
mod house;
mod inquiries;
mod inside;
mod lists;
mod made;
mod others;
mod revoked;
mod seeds;
mod timed;
mod told;
