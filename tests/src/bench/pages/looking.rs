//! Looks at pages over one kept-alive connection, and keeps the time to the first byte of each.

use std::net::SocketAddr;
use std::sync::Arc;

use super::table::Looked;
use super::visits::Visit;
use crate::bench::plan::trusting;
use crate::http::{Http, Reply};
use crate::load::Connection;
use crate::province::Account;
use crate::server::Site;

/// Looks before those that count.
const WARM_UP: usize = 5;
/// Codes that are tried before somebody counts as refused.
const MOST_CODES: usize = 6;
/// The most looks at one page that there are documents nobody has seen for.
pub(super) const AT_MOST: usize = 55;

/// The cookie of somebody who logs in on the page; codes that they used while the database was filled are of no use
/// any more.
pub(super) fn cookie_of(http: &Http, account: &Account) -> anyhow::Result<String> {
    for _ in 0..MOST_CODES {
        let entered = account.with_code(|otp| enter(http, account, &otp))??;
        let set = entered.header("set-cookie");
        if let Some(set) = set.filter(|_| entered.status == 303) {
            return Ok(set.split(';').next().unwrap_or_default().to_owned());
        }
    }
    anyhow::bail!("{} cannot log in", account.login)
}

fn enter(http: &Http, account: &Account, otp: &str) -> anyhow::Result<Reply> {
    let fields = [
        ("login", account.login.as_str()),
        ("password", account.password.as_str()),
        ("otp", otp),
        ("next", ""),
    ];
    let call = http.post("/ui/login").header("Origin", http.base());
    call.form(&fields).send()
}

/// Looks at each so many times.
pub(super) fn look(
    site: &Site,
    visits: &[Visit],
    times: usize,
    mut each: impl FnMut(&Looked),
) -> anyhow::Result<Vec<Looked>> {
    let address = SocketAddr::from(([127, 0, 0, 1], site.public_port()));
    let tls = Arc::new(trusting(site)?);
    let mut all = Vec::with_capacity(visits.len());
    for visit in visits {
        let mut connection = Connection::open(address, &tls)?;
        if let Some(looked) = one(&mut connection, visit, times)? {
            each(&looked);
            all.push(looked);
        }
    }
    Ok(all)
}

/// `None` for a page that this build need not have and has not.
fn one(connection: &mut Connection, visit: &Visit, times: usize) -> anyhow::Result<Option<Looked>> {
    let (mut micros, mut bytes) = (Vec::with_capacity(times), 0);
    for (number, path) in visit.paths.iter().cycle().take(WARM_UP + times).enumerate() {
        let (reply, first_byte) = connection.get(path, &visit.headers)?;
        if visit.may_be_absent && reply.status == 404 {
            return Ok(None);
        }
        let page = visit.page;
        anyhow::ensure!(reply.status == 200, "{page}: {path}: {}", reply.status);
        if number >= WARM_UP {
            micros.push(u64::try_from(first_byte.as_micros())?);
            bytes = bytes.max(reply.body.len());
        }
    }
    Ok(Some(Looked::new(visit.who, visit.page, &mut micros, bytes)))
}
