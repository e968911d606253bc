//! What an access token is for: who acts with it, and where it counts.

use std::net::IpAddr;

use kyso_core::actor::{Proof, Subject, TokenRef};
use kyso_core::id::{ClientId, ClientKeyId, TokenFamilyId};
use kyso_core::{Actor, Timestamp};

use crate::config::Network;
use crate::http::frame::Call;

/// Which of our interfaces take a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Each, as far as its holder may.
    Whole,
    /// CSC's methods, whose scope `service` is. What `auth/login` gives lies in systems, and in their logs and
    /// backups: found there, it must not read or decide what others ask of that person. Against a system that
    /// keeps the password itself this does nothing: it can log in as the person does.
    Service,
}

impl Scope {
    /// The word in the token; none for the whole.
    pub const fn word(self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Service => Some("service"),
        }
    }

    /// The scope with this word.
    pub fn of_word(word: Option<&str>) -> Option<Self> {
        let all = [Self::Whole, Self::Service];
        all.into_iter().find(|scope| scope.word() == word)
    }
}

/// Who a token is for.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// Who acts.
    pub subject: Subject,
    /// The system it was given to, if a person's was.
    pub client: Option<ClientId>,
    /// How they proved who they are.
    pub proof: Proof,
    /// The log-in it descends from.
    pub family: TokenFamilyId,
    /// When a one-time password was proved, if one was.
    pub otp_at: Option<Timestamp>,
    /// SHA-256 of the client certificate it is bound to (RFC 8705 §3).
    pub certificate: Option<[u8; 32]>,
    /// The key that a system proved itself by; the token ends with it.
    pub key: Option<ClientKeyId>,
    /// The entry that set the password a person logged in with; the token ends with that password.
    pub password: Option<i64>,
    /// The network it may be used from, if it is bound to one: a browser's cookie is.
    pub network: Option<Network>,
    /// Which of our interfaces take it.
    pub scope: Scope,
}

/// A token that was verified.
#[derive(Debug, Clone, Copy)]
pub struct Verified {
    pub(super) grant: Grant,
    pub(super) token: TokenRef,
}

impl Verified {
    /// The certificate whose holder alone may use it, if it is bound to one.
    pub const fn certificate(&self) -> Option<[u8; 32]> {
        self.grant.certificate
    }

    /// Whether it may be used from here.
    pub fn is_at(&self, source: Option<IpAddr>) -> bool {
        self.grant
            .network
            .is_none_or(|network| source.is_some_and(|source| network.contains(source)))
    }

    /// Whether the interface that this path belongs to takes it.
    pub fn is_for(&self, path: &str) -> bool {
        match self.grant.scope {
            Scope::Whole => true,
            Scope::Service => path.starts_with("/csc/"),
        }
    }

    /// Whether it was made for a person's browser. A program's is no cookie: whoever runs the program
    /// holds it, and a page shows what other systems asked for too.
    pub const fn is_of_a_page(&self) -> bool {
        let Grant {
            subject,
            client,
            network,
            scope,
            ..
        } = &self.grant;
        let whole = matches!(scope, Scope::Whole);
        whole && matches!(subject, Subject::Person(_)) && client.is_none() && network.is_some()
    }

    /// Who makes this call with it.
    pub fn actor(&self, call: Call) -> Actor {
        let Grant {
            subject,
            client,
            proof,
            ..
        } = self.grant;
        let mut actor =
            Actor::trust_verified(subject, client, proof, Some(self.token), call.source)
                .in_call(call.request);
        if let Some(at) = self.grant.otp_at {
            actor = actor.with_otp_at(at);
        }
        if let Some(set_by) = self.grant.password {
            actor = actor.with_password(set_by);
        }
        match self.grant.key {
            Some(key) => actor.with_client_key(key),
            None => actor,
        }
    }
}

#[cfg(test)]
mod tests {
    use kyso_core::id::PersonId;

    use super::*;

    fn verified(grant: Grant) -> Verified {
        let (family, expires_at) = (grant.family, Timestamp::NEVER);
        let token = TokenRef {
            jti: [0; 16],
            family,
            expires_at,
        };
        Verified { grant, token }
    }

    fn of_a_page() -> Grant {
        Grant {
            subject: Subject::Person(PersonId::random()),
            client: None,
            proof: Proof::Password,
            family: TokenFamilyId::random(),
            otp_at: None,
            certificate: None,
            key: None,
            password: Some(7),
            network: "203.0.113.0/24".parse().ok(),
            scope: Scope::Whole,
        }
    }

    #[test]
    fn only_what_was_made_for_a_browser_is_of_a_page() {
        let (page, other) = (of_a_page(), Some(ClientId::random()));
        let system = Subject::Client(ClientId::random());
        for (grant, of_a_page) in [
            (page, true),
            (
                Grant {
                    network: None,
                    ..page
                },
                false,
            ),
            (
                Grant {
                    client: other,
                    ..page
                },
                false,
            ),
            (
                Grant {
                    subject: system,
                    ..page
                },
                false,
            ),
            (
                Grant {
                    scope: Scope::Service,
                    ..page
                },
                false,
            ),
        ] {
            assert_eq!(verified(grant).is_of_a_page(), of_a_page, "{grant:?}");
        }
    }

    #[test]
    fn what_is_for_the_service_counts_at_csc_only() {
        let page = of_a_page();
        let service = Grant {
            scope: Scope::Service,
            ..page
        };
        for (path, is_csc) in [
            ("/csc/v1/credentials/list", true),
            ("/csc/v2/signatures/signHash", true),
            ("/api/v1/approvals", false),
            ("/api/v1/csc/", false),
            ("/ui/inbox", false),
            ("/cscx", false),
            ("", false),
        ] {
            assert!(verified(page).is_for(path), "{path}");
            assert_eq!(verified(service).is_for(path), is_csc, "{path}");
        }
    }
}
