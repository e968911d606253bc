//! A security officer reads the log; `kysod audit verify` proves it.

use kyso_api::management::{AuditEntry, AuditQuery};
use serde_json::Value;

use super::narrate::{held, say};
use super::patience::patiently;
use crate::deployment::Deployment;
use crate::province::Province;

/// How many of the last entries are shown.
const SHOWN: usize = 24;

pub(super) fn read(province: &Province) -> anyhow::Result<()> {
    let officer = &province.office.officer;
    let client = patiently(&officer.authenticator, |otp| officer.log_in(Some(otp)))?;
    let (mut entries, mut after) = (Vec::new(), None);
    loop {
        let query = AuditQuery {
            after,
            limit: Some(200),
            ..AuditQuery::default()
        };
        let page = client.audit(&query)?;
        entries.extend(page.entries);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    anyhow::ensure!(!entries.is_empty(), "the log is empty");
    say(&format!("{} entries; the last:", entries.len()));
    for entry in entries.iter().skip(entries.len().saturating_sub(SHOWN)) {
        say(&line(entry));
    }
    Ok(())
}

pub(super) fn verify(deployment: &Deployment) -> anyhow::Result<()> {
    let said = deployment.server.site().run(&["audit", "verify"])?;
    for line in said.lines() {
        say(line);
    }
    held("kysod audit verify: every entry, every leaf hash and the head fit together");
    Ok(())
}

fn line(entry: &AuditEntry) -> String {
    let text = |name: &str| {
        let value = entry.entry.get(name).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let leaf = entry.leaf_hash.get(..12).unwrap_or_default();
    format!(
        "{:>5}  {}  {leaf}…  {:<24} {:<10} {}",
        entry.sequence,
        text("time"),
        text("event"),
        text("outcome"),
        text("reason"),
    )
}
