//! Acts that grant power: they answer with a proposal that waits for a second person.

use kyso_api::Secret;
use kyso_api::management::{
    ApprovalReply, Authority, CallbackReply, Change, ChangeQuery, ChangeState, Client as System,
    Created, EndRequest, EraseRequest, List, NewAuthority, NewCallback, NewClient, NewClientKey,
    NewGrant, NewPicture, NewRole, OtpRequest, PendingReply, Picture, ReasonRequest, Role,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ureq::http::Method;

use crate::transport::Content;
use crate::{Client, ClientError};

/// What became of a call that may only have proposed.
#[derive(Debug, Clone)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// It waits for a second person.
    Pending(Change),
}

impl<T> Outcome<T> {
    /// What was done.
    ///
    /// # Errors
    /// The proposal, where it waits; boxed, for it is ten times what most acts make.
    pub fn done(self) -> Result<T, Box<Change>> {
        match self {
            Self::Done(made) => Ok(made),
            Self::Pending(change) => Err(Box::new(change)),
        }
    }
}

impl Client {
    pub(crate) fn propose(&self, path: &str, body: &impl Serialize) -> Result<Change, ClientError> {
        self.post::<PendingReply>(path, body)
            .map(|reply| reply.change)
    }

    pub(crate) fn try_or_propose<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Outcome<T>, ClientError> {
        let answer = self.call(Method::POST, path, &[], Some(Content::json(body)?))?;
        if answer.status == 202 {
            return answer
                .json::<PendingReply>()
                .map(|reply| Outcome::Pending(reply.change));
        }
        answer.json().map(Outcome::Done)
    }

    /// Proposals, all or in one state.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn changes(&self, state: Option<ChangeState>) -> Result<Vec<Change>, ClientError> {
        let list: List<Change> = self.query("/api/v1/changes", &ChangeQuery { state })?;
        Ok(list.items)
    }

    /// Approves a proposal of somebody else.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn approve(&self, id: &str, otp: Option<Secret>) -> Result<ApprovalReply, ClientError> {
        let path = format!("/api/v1/changes/{id}/approve");
        Ok(self
            .post::<Option<ApprovalReply>>(&path, &OtpRequest { otp })?
            .unwrap_or_default())
    }

    /// Refuses a proposal.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn reject(&self, id: &str, reason: &str) -> Result<(), ClientError> {
        let body = ReasonRequest {
            reason: reason.to_owned(),
        };
        self.post::<serde_json::Value>(&format!("/api/v1/changes/{id}/reject"), &body)
            .map(drop)
    }

    /// Proposes what the signatures of this person, or the seals of this agency, show; a credential of theirs names them too.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn propose_picture(
        &self,
        owner: &str,
        picture: &NewPicture,
    ) -> Result<Change, ClientError> {
        let (path, body) = (format!("/api/v1/pictures/{owner}"), Content::json(picture)?);
        let answer = self.call(Method::PUT, &path, &[], Some(body))?;
        answer.json::<PendingReply>().map(|reply| reply.change)
    }

    /// What a proposal would have signatures show.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proposed_picture(&self, change: &str) -> Result<Picture, ClientError> {
        self.get(&format!("/api/v1/changes/{change}/picture"))
    }

    /// What the signatures of this person, or the seals of this agency, show.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn picture(&self, owner: &str) -> Result<Picture, ClientError> {
        self.get(&format!("/api/v1/pictures/{owner}"))
    }

    /// Takes it away.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn remove_picture(&self, owner: &str) -> Result<(), ClientError> {
        let path = format!("/api/v1/pictures/{owner}");
        self.call(Method::DELETE, &path, &[], None).map(drop)
    }

    /// Roles that people hold.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn roles(&self) -> Result<Vec<Role>, ClientError> {
        self.get::<List<Role>>("/api/v1/roles")
            .map(|list| list.items)
    }

    /// Proposes a role for a person.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn grant_role(&self, role: &NewRole) -> Result<Change, ClientError> {
        self.propose("/api/v1/roles", role)
    }

    /// Takes a role away at once, or proposes to where it is a security officer's.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn withdraw_role(&self, id: &str, otp: Option<Secret>) -> Result<Outcome<()>, ClientError> {
        let path = format!("/api/v1/roles/{id}/withdraw");
        self.try_or_propose(&path, &OtpRequest { otp })
    }

    /// Proposes to reset a person's password and authenticator.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn reset_factors(&self, person: &str, otp: Option<Secret>) -> Result<Change, ClientError> {
        self.propose(
            &format!("/api/v1/persons/{person}/reset-factors"),
            &OtpRequest { otp },
        )
    }

    /// Proposes to erase what tells who somebody was who has ended; before the time of retention only for a reason.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn erase_person(
        &self,
        person: &str,
        reason: Option<String>,
        otp: Option<Secret>,
    ) -> Result<Change, ClientError> {
        self.propose(
            &format!("/api/v1/persons/{person}/erase"),
            &EraseRequest { otp, reason },
        )
    }

    /// Systems that call the server.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn systems(&self) -> Result<Vec<System>, ClientError> {
        self.get::<List<System>>("/api/v1/clients")
            .map(|list| list.items)
    }

    /// Registers a system; with a key, it only proposes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn register_system(&self, system: &NewClient) -> Result<Outcome<Created>, ClientError> {
        self.try_or_propose("/api/v1/clients", system)
    }

    /// Proposes another key for a system.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn add_system_key(&self, id: &str, key: &NewClientKey) -> Result<Change, ClientError> {
        self.propose(&format!("/api/v1/clients/{id}/keys"), key)
    }

    /// Proposes to grant a system an agency or a credential.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn grant_system(&self, id: &str, grant: &NewGrant) -> Result<Change, ClientError> {
        self.propose(&format!("/api/v1/clients/{id}/grants"), grant)
    }

    /// Withdraws a system's key, at once; what it got with the key ends too.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn withdraw_system_key(&self, id: &str, key: &str) -> Result<(), ClientError> {
        self.delete(&format!("/api/v1/clients/{id}/keys/{key}"))
    }

    /// Withdraws what a system was granted, at once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn withdraw_grant(&self, id: &str, grant: &str) -> Result<(), ClientError> {
        self.delete(&format!("/api/v1/clients/{id}/grants/{grant}"))
    }

    /// Says under which origin a system is called back; the secret in the reply is never shown again, and
    /// the one before signs nothing more.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn set_callback(
        &self,
        id: &str,
        callback: &NewCallback,
    ) -> Result<CallbackReply, ClientError> {
        self.put(&format!("/api/v1/clients/{id}/callback"), callback)
    }

    /// Ends that a system is called back.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn remove_callback(&self, id: &str) -> Result<(), ClientError> {
        self.delete(&format!("/api/v1/clients/{id}/callback"))
    }

    /// Stops a system, at once.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn disable_system(&self, id: &str) -> Result<(), ClientError> {
        let path = format!("/api/v1/clients/{id}/disable");
        self.post::<serde_json::Value>(&path, &serde_json::json!({}))
            .map(drop)
    }

    /// Who may sign for whom.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authorities(&self) -> Result<Vec<Authority>, ClientError> {
        self.get::<List<Authority>>("/api/v1/authorities")
            .map(|list| list.items)
    }

    /// Proposes that a person may sign for another.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn grant_authority(&self, authority: &NewAuthority) -> Result<Change, ClientError> {
        self.propose("/api/v1/authorities", authority)
    }

    /// Ends a person's right to sign for another.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn end_authority(&self, id: &str, end: &EndRequest) -> Result<(), ClientError> {
        self.post::<serde_json::Value>(&format!("/api/v1/authorities/{id}/end"), end)
            .map(drop)
    }

    /// Proposes to let a credential sign for the first time.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn activate_credential(
        &self,
        id: &str,
        otp: Option<Secret>,
    ) -> Result<Change, ClientError> {
        self.propose(
            &format!("/api/v1/credentials/{id}/activate"),
            &OtpRequest { otp },
        )
    }

    /// Proposes to let a locked credential sign again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn unlock_credential(&self, id: &str, otp: Option<Secret>) -> Result<Change, ClientError> {
        self.propose(
            &format!("/api/v1/credentials/{id}/unlock"),
            &OtpRequest { otp },
        )
    }
}
