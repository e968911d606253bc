//! A document system: an OAuth client with a key of its own and grants.

use anyhow::Context;
use kyso_api::management::{ClientAuthMethod, NewClient, NewGrant};
use kyso_client::{Client, ClientProof, JwtKey, Outcome, Secret};

use super::Office;
use crate::assertion::ClientKey;

/// A registered system.
#[derive(Debug)]
pub struct System {
    /// Its OAuth name.
    pub client_id: String,
    /// Its id inside the server.
    pub id: String,
    /// Its key.
    pub key: ClientKey,
}

/// What a system is granted.
#[derive(Debug, Clone, Copy)]
pub enum Granted<'a> {
    /// An agency with all its credentials.
    Agency(&'a str),
    /// One credential.
    Credential(&'a str),
}

impl Office {
    /// Registers a system with a new key, approved by the second manager, and grants it something.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn system(&self, client_id: &str, granted: Granted<'_>) -> anyhow::Result<System> {
        let system = self.system_without_grant(client_id)?;
        self.grant(&system.id, granted, false)?;
        Ok(system)
    }

    /// Registers a system with a new key, approved by the second manager.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn system_without_grant(&self, client_id: &str) -> anyhow::Result<System> {
        let key = ClientKey::generate()?;
        let new = NewClient {
            client_id: client_id.to_owned(),
            name: format!("Hệ thống {client_id}"),
            auth_method: ClientAuthMethod::PrivateKeyJwt,
            key: Some(key.public_pem()),
            otp: None,
        };
        let outcome = self
            .manager1
            .acting(|manager| manager.register_system(&new))?;
        if let Outcome::Pending(change) = outcome {
            self.approve(&change.id)?;
        }
        Ok(System {
            client_id: client_id.to_owned(),
            id: self.system_id(client_id)?,
            key,
        })
    }

    /// Grants a system an agency or a credential.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn grant(&self, system: &str, granted: Granted<'_>, explicit: bool) -> anyhow::Result<()> {
        let (agency, credential) = match granted {
            Granted::Agency(id) => (Some(id.to_owned()), None),
            Granted::Credential(id) => (None, Some(id.to_owned())),
        };
        let grant = NewGrant {
            agency,
            credential,
            explicit,
            raw_hash: false,
            otp: None,
        };
        let change = self
            .manager1
            .acting(|manager| manager.grant_system(system, &grant))?;
        self.approve(&change.id)
    }

    fn system_id(&self, client_id: &str) -> anyhow::Result<String> {
        let systems = self.manager1.acting(Client::systems)?;
        let found = systems
            .into_iter()
            .find(|system| system.client_id == client_id);
        Ok(found
            .context("the system that was just registered is not listed")?
            .id)
    }
}

impl System {
    /// A client with a token of this system's.
    ///
    /// # Errors
    /// If the server refuses the assertion.
    pub fn log_in(&self, office: &Office) -> anyhow::Result<Client> {
        let mut client = Client::new(&office.options)?;
        client.authenticate(&self.client_id, &self.proof()?)?;
        Ok(client)
    }

    /// An access token of this system's.
    ///
    /// # Errors
    /// If the server refuses the assertion.
    pub fn token(&self, office: &Office) -> anyhow::Result<String> {
        let mut client = Client::new(&office.options)?;
        let reply = client.authenticate(&self.client_id, &self.proof()?)?;
        Ok(reply.access_token.expose().to_owned())
    }

    fn proof(&self) -> anyhow::Result<ClientProof> {
        let pem = Secret::new(self.key.private_pem());
        Ok(ClientProof::PrivateKeyJwt(JwtKey::from_pem(&pem)?))
    }
}
