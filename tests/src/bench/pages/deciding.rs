//! The leader approves, fifty at a time: as many as their one-time passwords allow while the rest goes on.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use kyso_api::encoding::encode_base64;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::province::{Account, Granted, Province};
use crate::server::Server;

/// Most that one one-time password approves.
const AT_ONCE: usize = 50;
/// Requests whose end is left to the system that asked: some it never takes up, which fail; some it still may.
const LEFT: usize = 20;
/// How long a SAD may be used, in seconds: the shortest, and the longest that there is.
const LIVES: [u32; 2] = [30, 3600];

/// The leader, and what is left to approve.
#[derive(Debug)]
pub(super) struct Approver<'a> {
    server: &'a Server,
    leader: &'a Account,
    left: Mutex<Vec<String>>,
}

impl<'a> Approver<'a> {
    pub(super) const fn new(server: &'a Server, leader: &'a Account, left: Vec<String>) -> Self {
        Self {
            server,
            leader,
            left: Mutex::new(left),
        }
    }

    /// Approves while `work` is done, at least once.
    pub(super) fn beside(&self, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let approving = scope.spawn(|| self.approve(&done));
            let worked = work();
            done.store(true, Ordering::Relaxed);
            let approved = approving.join();
            approved.map_err(|_| anyhow::anyhow!("the leader panicked"))??;
            worked
        })
    }

    fn approve(&self, done: &AtomicBool) -> anyhow::Result<()> {
        loop {
            let batch = self.batch();
            if batch.is_empty() {
                return Ok(());
            }
            let ids: Vec<&str> = batch.iter().map(String::as_str).collect();
            let reply = self.leader.give_approvals(self.server.http(), &ids)?;
            anyhow::ensure!(reply.status == 200, "{}", reply.text());
            if done.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
    }

    fn batch(&self) -> Vec<String> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let at = left.len().saturating_sub(AT_ONCE);
        left.split_off(at)
    }
}

/// Asked over CSC and approved, then not signed by the system.
pub(super) fn left_to_systems(server: &Server, province: &Province) -> anyhow::Result<()> {
    let office = &province.office;
    for life in LIVES {
        let credential = province.short_lived(&province.leader, life)?;
        let granted = Granted::Credential(&credential);
        office.grant(&province.document_system.id, granted, false)?;
        let token = province.document_system.token(office)?;
        for number in 0..LEFT {
            let hash = encode_base64(&Sha256::digest(format!("left/{life}/{number}")));
            let call = server.http().post("/csc/v2/credentials/authorize");
            let call = call.bearer(&token).json(&json!({
                "credentialID": credential,
                "numSignatures": 1,
                "hashes": [hash],
                "hashAlgorithmOID": "2.16.840.1.101.3.4.2.1",
                "description": format!("Hồ sơ trình ký số {number}"),
            }));
            call.done()?;
        }
        give_waiting(server, &province.leader)?;
    }
    Ok(())
}

fn give_waiting(server: &Server, leader: &Account) -> anyhow::Result<()> {
    let call = server.http().get("/api/v1/approvals?state=waiting");
    let waiting = call.bearer(&leader.token()?).done()?.json();
    let waiting = waiting["items"].as_array().context("no list")?;
    let ids: Vec<&str> = waiting
        .iter()
        .filter_map(|one| one["id"].as_str())
        .collect();
    let reply = leader.give_approvals(server.http(), &ids)?;
    anyhow::ensure!(reply.status == 200, "{}", reply.text());
    Ok(())
}
