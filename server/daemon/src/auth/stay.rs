//! How long a log-in lasts, and where it may be used.

use std::net::IpAddr;

use super::grant::Scope;
use crate::config::{Network, Tokens};

/// How long a log-in lasts, and where it may be used.
#[derive(Debug, Clone, Copy)]
pub struct Stay {
    pub(super) seconds: u32,
    pub(super) network: Option<Network>,
    pub(super) scope: Scope,
}

impl Stay {
    /// A program's: it holds its token itself.
    pub const fn of_a_program(tokens: &Tokens) -> Self {
        Self {
            seconds: tokens.person_seconds,
            network: None,
            scope: Scope::Whole,
        }
    }

    /// A system's that was given a person's password (CSC `auth/login`).
    pub const fn of_a_system(tokens: &Tokens) -> Self {
        Self {
            seconds: tokens.person_seconds,
            network: None,
            scope: Scope::Service,
        }
    }

    /// A browser's: longer, and in the network that it came from only, since a cookie can be stolen.
    pub fn on_a_page(tokens: &Tokens, source: Option<IpAddr>) -> Self {
        Self {
            seconds: tokens.page_seconds,
            network: source.map(|source| Network::around(source, tokens.page_network)),
            scope: Scope::Whole,
        }
    }
}
