//! Systems put documents before signers, many at once, and most of them end at once: nearly all of these are taken
//! back, as each that a signer refuses or returns takes a one-time password of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use kyso_api::csc::Document;
use kyso_api::encoding::encode_base64;
use kyso_api::management::{NewApproval, Urgency};
use rustls::ClientConfig;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::town::Town;
use crate::bench::plan::trusting;
use crate::http::Http;
use crate::load::Connection;
use crate::province::{Account, Province};
use crate::server::Server;

pub(super) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
pub(super) const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
/// Connections that submit.
const CALLERS: usize = 12;
/// One in so many is the leader's.
const LEADERS: u64 = 20;
/// A request that is to expire is open for so long.
const SHORT: time::Duration = time::Duration::seconds(30);

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Waits,
    Opened,
    Approved,
    Expires,
    Withdrawn,
    Refused,
    Returned,
}

/// What becomes of the request with this number among the leader's or the others'. A leader refuses one and returns
/// one.
const fn fate(number: u64, leader: bool) -> Fate {
    match (number % 20, leader) {
        (0..3, true) | (0..6, false) => Fate::Waits,
        (3..6, true) => Fate::Approved,
        (6, _) => Fate::Opened,
        (7, true) => Fate::Expires,
        (7, false) if number % 100 == 7 => Fate::Expires,
        (12, true) if number == 12 => Fate::Refused,
        (13, true) if number == 13 => Fate::Returned,
        _ => Fate::Withdrawn,
    }
}

/// Tokens and credentials of one who asks and one who is asked.
#[derive(Debug)]
struct Pair {
    credential: String,
    system: String,
    signer: String,
}

/// The leader's pair first.
fn pairs(province: &Province, town: &Town) -> anyhow::Result<Vec<Pair>> {
    let office = &province.office;
    let mut pairs = vec![Pair {
        credential: province.credentials.leader_p256.clone(),
        system: province.document_system.token(office)?,
        signer: province.leader.token()?,
    }];
    for signer in &town.signers {
        let quarter = town.quarters.get(signer.quarter).context("no agency")?;
        pairs.push(Pair {
            credential: signer.credential.clone(),
            system: quarter.system.token(office)?,
            signer: signer.account.token()?,
        });
    }
    Ok(pairs)
}

/// Submits so many and lets most of them end; the ids of those that the leader is to approve.
pub(super) fn ask(
    server: &Server,
    province: &Province,
    town: &Town,
    requests: u64,
) -> anyhow::Result<Vec<String>> {
    let asking = Asking {
        address: SocketAddr::from(([127, 0, 0, 1], server.site().public_port())),
        tls: Arc::new(trusting(server.site())?),
        pairs: pairs(province, town)?,
        leader: &province.leader,
        http: server.http(),
        next: AtomicU64::new(0),
        requests,
    };
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| scope.spawn(|| asking.work()))
            .collect();
        let mut ids = Vec::new();
        for caller in callers {
            let end = caller.join();
            ids.extend(end.map_err(|_| anyhow::anyhow!("a caller panicked"))??);
        }
        Ok(ids)
    })
}

struct Asking<'a> {
    address: SocketAddr,
    tls: Arc<ClientConfig>,
    pairs: Vec<Pair>,
    leader: &'a Account,
    http: &'a Http,
    next: AtomicU64,
    requests: u64,
}

impl Asking<'_> {
    fn work(&self) -> anyhow::Result<Vec<String>> {
        let mut connection = Connection::open(self.address, &self.tls)?;
        let mut approved = Vec::new();
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.requests {
                return Ok(approved);
            }
            let made = self.make(&mut connection, number);
            let made = made.or_else(|_| {
                // A connection may break in an hour; the same key finds the same request.
                connection = Connection::open(self.address, &self.tls)?;
                self.make(&mut connection, number)
            });
            approved.extend(made.with_context(|| format!("request {number}"))?);
        }
    }

    /// Submits one and lets it end; its id if the leader is to approve it.
    fn make(&self, connection: &mut Connection, number: u64) -> anyhow::Result<Option<String>> {
        let leader = number.is_multiple_of(LEADERS);
        let fate = fate(if leader { number / LEADERS } else { number }, leader);
        let pair = self.pair(number, leader)?;
        let id = submit(connection, pair, number, fate)?;
        self.end(connection, pair, &id, fate)?;
        Ok((fate == Fate::Approved).then_some(id))
    }

    /// What is decided at once, by the system or the signer.
    fn end(
        &self,
        connection: &mut Connection,
        pair: &Pair,
        id: &str,
        fate: Fate,
    ) -> anyhow::Result<()> {
        let why = "Đề nghị bổ sung căn cứ pháp lý và số liệu kèm theo";
        let decline = |how| self.leader.decline_request(self.http, id, how, why);
        let withdraw = format!("/api/v1/approvals/{id}/withdraw");
        let (path, token, body) = match fate {
            Fate::Waits | Fate::Approved | Fate::Expires => return Ok(()),
            Fate::Refused => return decline("refuse"),
            Fate::Returned => return decline("return"),
            Fate::Opened => (
                "/api/v1/approvals/open",
                &pair.signer,
                json!({"approvals": [id]}),
            ),
            Fate::Withdrawn => (&*withdraw, &pair.system, json!({})),
        };
        let headers = format!("Authorization: Bearer {token}\r\n");
        let reply = connection.post(path, &headers, body.to_string().as_bytes())?;
        let text = String::from_utf8_lossy(reply.body);
        anyhow::ensure!(reply.status < 300, "{path}: {} {text}", reply.status);
        Ok(())
    }

    fn pair(&self, number: u64, leader: bool) -> anyhow::Result<&Pair> {
        let others = u64::try_from(self.pairs.len())? - 1;
        let at = if leader { 0 } else { 1 + number % others };
        self.pairs
            .get(usize::try_from(at)?)
            .context("nobody to ask")
    }
}

fn submit(
    connection: &mut Connection,
    pair: &Pair,
    number: u64,
    fate: Fate,
) -> anyhow::Result<String> {
    let headers = format!(
        "Authorization: Bearer {}\r\nIdempotency-Key: pages-{number}\r\n",
        pair.system
    );
    let body = serde_json::to_vec(&request(pair, number, fate)?)?;
    let reply = connection.post("/api/v1/approvals", &headers, &body)?;
    let made: Value = serde_json::from_slice(reply.body).unwrap_or_default();
    let id = made["id"]
        .as_str()
        .filter(|_| [200, 201].contains(&reply.status));
    Ok(id
        .with_context(|| format!("{} {made}", reply.status))?
        .to_owned())
}

fn request(pair: &Pair, number: u64, fate: Fate) -> anyhow::Result<NewApproval> {
    use time::format_description::well_known::Rfc3339;
    let after = |span: time::Duration| (time::OffsetDateTime::now_utc() + span).format(&Rfc3339);
    let text = |text: &str| Some(text.to_owned());
    let kinds = [
        "Quyết định",
        "Công văn",
        "Tờ trình",
        "Thông báo",
        "Kế hoạch",
    ];
    let urgencies = [
        Urgency::Usual,
        Urgency::Usual,
        Urgency::Usual,
        Urgency::Urgent,
        Urgency::Express,
    ];
    let at = usize::try_from(number % 5)?;
    Ok(NewApproval {
        credential: pair.credential.clone(),
        files: Vec::new(),
        compose: Vec::new(),
        hashes: vec![encode_base64(&Sha256::digest(format!("pages/{number}")))],
        hash_algorithm: SHA256.to_owned(),
        sign_algorithm: ECDSA_SHA256.to_owned(),
        sign_algorithm_params: None,
        documents: vec![Document {
            summary: Some(format!(
                "Về việc giao dự toán ngân sách nhà nước đợt {number} cho các đơn vị sự nghiệp trực thuộc"
            )),
            drafter: text("Trần Thị Bình"),
            kind: kinds.get(at).and_then(|kind| text(kind)),
            number: Some(number.to_string()),
            symbol: text("QĐ-UBND"),
            recipients: text("Các sở, ban, ngành; UBND các xã, phường; Lưu: VT, TC"),
            purpose: text("KY_DUYET"),
            secrecy: text("thường"),
            ..Document::default()
        }],
        urgency: urgencies.get(at).copied(),
        due_at: Some(after(time::Duration::hours(i64::try_from(number % 240)?))?),
        open_until: (fate == Fate::Expires).then(|| after(SHORT)).transpose()?,
        callback: None,
    })
}
