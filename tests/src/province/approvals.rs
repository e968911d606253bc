//! A signer decides on what systems put before them, over the server's own API.

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::Account;
use crate::http::{Http, Reply};

impl Account {
    /// Has these requests for approval shown.
    ///
    /// # Errors
    /// If the server refuses it.
    pub fn open_approvals(&self, http: &Http, ids: &[&str]) -> anyhow::Result<Vec<Value>> {
        let call = http.post("/api/v1/approvals/open").bearer(&self.token()?);
        let reply = call.json(&json!({"approvals": ids})).done()?.json();
        let items = reply["items"].as_array().context("no list")?;
        Ok(items.clone())
    }

    /// Has them shown and approves exactly that with a fresh one-time password.
    ///
    /// # Errors
    /// If the server refuses to show them, or cannot be reached.
    pub fn give_approvals(&self, http: &Http, ids: &[&str]) -> anyhow::Result<Reply> {
        let shown = self.open_approvals(http, ids)?;
        let given = shown
            .iter()
            .map(|one| json!({"id": one["id"], "shown": one["shown"]}));
        let given: Vec<Value> = given.collect();
        let token = self.token()?;
        self.with_code(|otp| {
            let call = http.post("/api/v1/approvals/give").bearer(&token);
            call.json(&json!({"approvals": given, "otp": otp})).send()
        })?
    }

    /// Approves one, which the server then takes as that.
    ///
    /// # Errors
    /// If it does not.
    pub fn approve_request(&self, http: &Http, id: &str) -> anyhow::Result<()> {
        let reply = self.give_approvals(http, &[id])?;
        ensure!(reply.status == 200, "{}", reply.text());
        let state = reply.member("/items/0/state")?;
        ensure!(
            ["approved", "signed"].contains(&&*state),
            "{}",
            reply.text()
        );
        Ok(())
    }

    /// Decides otherwise with a fresh one-time password: `refuse` or `return`, and says why.
    ///
    /// # Errors
    /// If the server refuses it.
    pub fn decline_request(
        &self,
        http: &Http,
        id: &str,
        how: &str,
        why: &str,
    ) -> anyhow::Result<()> {
        let (path, token) = (format!("/api/v1/approvals/{id}/{how}"), self.token()?);
        self.with_code(|otp| {
            let body = json!({"reason": why, "otp": otp});
            let call = http.post(&path).bearer(&token).json(&body);
            call.done().map(drop)
        })?
    }
}
