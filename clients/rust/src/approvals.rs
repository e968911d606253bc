//! Requests for approval: what a system asks, and what a signer decides.

use kyso_api::management::{
    Approval, DeclineApproval, GiveApprovals, GivenApproval, List, NewApproval, OpenApprovals,
    ShownApproval,
};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::transport::Content;
use crate::{Client, ClientError, Secret};

impl Client {
    /// Puts documents before a signer. The same key with the same request finds the request that is
    /// there, so a call that got no answer is repeated with the same key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn submit_approval(
        &self,
        idempotency_key: &str,
        request: &NewApproval,
    ) -> Result<Approval, ClientError> {
        let headers = [("idempotency-key", idempotency_key)];
        let content = Content::json(request)?;
        self.call(Method::POST, "/api/v1/approvals", &headers, Some(content))?
            .json()
    }

    /// One request, for the system that asked (with the signatures, once signed) and for its signer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn approval(&self, id: &str) -> Result<Approval, ClientError> {
        self.get(&format!("/api/v1/approvals/{id}"))
    }

    /// Takes a request back.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn withdraw_approval(&self, id: &str) -> Result<(), ClientError> {
        let path = format!("/api/v1/approvals/{id}/withdraw");
        self.post::<Value>(&path, &json!({})).map(drop)
    }

    /// What a signer is about to be shown: they may approve it for a quarter of an hour from now on.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn open_approvals(&self, ids: &[String]) -> Result<Vec<Approval>, ClientError> {
        let approvals = ids.to_vec();
        let path = "/api/v1/approvals/open";
        let list: List<Approval> = self.post(path, &OpenApprovals { approvals })?;
        Ok(list.items)
    }

    /// Approves what was shown, all of it by one one-time password.
    ///
    /// # Errors
    /// [`ClientError`]; then nothing was approved.
    pub fn give_approvals(
        &self,
        shown: &[Approval],
        otp: Secret,
    ) -> Result<Vec<GivenApproval>, ClientError> {
        let approvals = shown.iter().map(|one| ShownApproval {
            id: one.id.clone(),
            shown: one.shown.clone(),
        });
        let approvals = approvals.collect();
        let path = "/api/v1/approvals/give";
        let list: List<GivenApproval> = self.post(path, &GiveApprovals { approvals, otp })?;
        Ok(list.items)
    }

    /// Refuses to sign (từ chối) by a one-time password, and says why.
    ///
    /// # Errors
    /// [`ClientError`]; then the request is as it was.
    pub fn refuse_approval(&self, id: &str, reason: &str, otp: Secret) -> Result<(), ClientError> {
        self.decline_approval(&format!("/api/v1/approvals/{id}/refuse"), reason, otp)
    }

    /// Returns the documents (trả lại) by a one-time password, and says why.
    ///
    /// # Errors
    /// As [`refuse_approval`](Self::refuse_approval).
    pub fn return_approval(&self, id: &str, reason: &str, otp: Secret) -> Result<(), ClientError> {
        self.decline_approval(&format!("/api/v1/approvals/{id}/return"), reason, otp)
    }

    fn decline_approval(&self, path: &str, reason: &str, otp: Secret) -> Result<(), ClientError> {
        let reason = reason.to_owned();
        let body = DeclineApproval { reason, otp };
        self.post::<Value>(path, &body).map(drop)
    }
}
