//! Every page that can be asked for, as whoever may see it, with addresses as their links have them.

use std::time::Duration;

use anyhow::Context as _;
use kyso_core::{Clock, SystemClock};
use serde_json::{Value, json};

use super::cast::{Cast, Looker};
use super::looking::{AT_MOST, cookie_of};
use super::standing;
use crate::http::{Http, percent_encoded};
use crate::province::Account;
use crate::server::Server;

/// One page.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) who: &'static str,
    pub(super) page: &'static str,
    /// The header lines that name whoever looks.
    pub(super) headers: String,
    /// Looked at one after another, over and over.
    pub(super) paths: Vec<String>,
    /// Whether a build without this page is no fault.
    pub(super) may_be_absent: bool,
}

/// Somebody who is logged in.
struct Visitor<'a> {
    http: &'a Http,
    who: &'static str,
    cookie: String,
    token: String,
}

/// So many requests of one document each are approved together: more do not fit the bytes of one page.
const TOGETHER: usize = 35;
/// How far "late" is: so many pages on, or where the list ends.
const LATE: usize = 12;

/// All of them.
pub(super) fn all(server: &Server, cast: &Cast) -> anyhow::Result<Vec<Visit>> {
    let enter = |who, looker: &Looker| Visitor::enter(server, who, &looker.account(server.site())?);
    let the_leader = enter("leader", &cast.leader)?;
    let mut visits = leader(&the_leader)?;
    let pictures = format!("/ui/requests/{}/documents/0", cast.with_file);
    visits.push(the_leader.visit("document, its pages", &pictures));
    visits.extend(clerk(&enter("clerk", &cast.clerk)?));
    let somebody_else = cast.leader.account(server.site())?.person_id;
    visits.extend(manager(&enter("manager", &cast.manager)?, &somebody_else)?);
    let officer = enter("officer", &cast.officer)?;
    visits.extend(officer_lists(&officer));
    visits.extend(stamping(&officer)?);
    visits.extend(explorer(&officer, cast)?);
    visits.extend(entries(&officer)?);
    let operator = enter("operator", &cast.operator)?;
    visits.push(operator.visit("machines", "/ui/machines"));
    visits.extend(stranger(server.http()));
    Ok(visits)
}

impl<'a> Visitor<'a> {
    fn enter(server: &'a Server, who: &'static str, account: &Account) -> anyhow::Result<Self> {
        Ok(Self {
            http: server.http(),
            who,
            cookie: cookie_of(server.http(), account)?,
            token: account.token_with_otp()?,
        })
    }

    fn visit(&self, page: &'static str, path: &str) -> Visit {
        self.visit_each(page, vec![path.to_owned()])
    }

    fn visit_each(&self, page: &'static str, paths: Vec<String>) -> Visit {
        Visit {
            who: self.who,
            page,
            headers: match self.cookie.as_str() {
                "" => String::new(),
                cookie => format!("Cookie: {cookie}\r\n"),
            },
            paths,
            may_be_absent: false,
        }
    }

    fn read(&self, path: &str) -> anyhow::Result<String> {
        let call = self.http.get(path).header("Cookie", &self.cookie);
        Ok(call.done()?.text())
    }

    /// The address that `older` leads to from this page, so many times; the last there is.
    fn late(&self, page: &str) -> anyhow::Result<String> {
        let mut at = page.to_owned();
        for _ in 0..LATE {
            match older(&self.read(&at)?, page) {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(at)
    }

    fn list(&self, path: &str) -> anyhow::Result<Vec<Value>> {
        let list = self.http.get(path).bearer(&self.token).done()?.json();
        Ok(list["items"].as_array().context("no list")?.clone())
    }

    fn first_id(&self, path: &str) -> anyhow::Result<String> {
        let list = self.list(path)?;
        let first = list.first().and_then(|one| one["id"].as_str());
        Ok(first
            .with_context(|| format!("nothing in {path}"))?
            .to_owned())
    }
}

impl Visitor<'_> {
    /// A proposal that waits for a second person: it ends by itself, so each run makes its own.
    fn proposed(&self, person: &str, agency: &str) -> anyhow::Result<String> {
        let day = Duration::from_hours(24);
        let now = SystemClock.now();
        let record = json!({"person": person, "agency": agency, "kind": "TUQ",
            "basis": "Quyết định 12/QĐ-UBND", "from": now.to_string(), "to": now.after(day).to_string()});
        let call = self.http.post("/api/v1/authorities").bearer(&self.token);
        call.json(&record).done()?.member("/change/id")
    }
}

/// The link to what is older, on a page at this path.
fn older(html: &str, page: &str) -> Option<String> {
    let path = page.split('?').next().unwrap_or(page);
    let links = html.split("href=\"").skip(1);
    let mut links = links.filter_map(|rest| rest.split('"').next());
    let is_next = |link: &&str| {
        link.starts_with(&format!("{path}?"))
            && (link.contains("before=") || link.contains("from="))
    };
    let link = links.find(is_next)?;
    Some(link.replace("&#38;", "&").replace("&amp;", "&"))
}

fn leader(leader: &Visitor<'_>) -> anyhow::Result<Vec<Visit>> {
    let mut visits = tabs(leader)?;
    visits.extend(documents(leader)?);
    visits.push(leader.visit("account", "/ui/account"));
    let uses = leader.list("/api/v1/signatures?limit=1")?;
    let call = uses.first().and_then(|one| one["request_id"].as_str());
    let call = call.context("no signature")?;
    visits.push(leader.visit("a receipt", &format!("/ui/signatures/{call}/receipt")));
    visits.push(leader.visit("dispute", &format!("/ui/signatures/{call}/dispute")));
    Ok(visits)
}

fn tabs(leader: &Visitor<'_>) -> anyhow::Result<Vec<Visit>> {
    let mut visits = Vec::new();
    for (first, late, path) in [
        ("inbox, to sign", "inbox, to sign, late", "/ui/inbox"),
        (
            "inbox, in progress",
            "inbox, in progress, late",
            "/ui/inbox?tab=in-progress",
        ),
        (
            "inbox, signed",
            "inbox, signed, late",
            "/ui/inbox?tab=signed",
        ),
        (
            "inbox, failed",
            "inbox, failed, late",
            "/ui/inbox?tab=failed",
        ),
        ("signatures", "signatures, late", "/ui/signatures"),
    ] {
        visits.push(leader.visit(first, path));
        visits.push(leader.visit(late, &leader.late(path)?));
    }
    Ok(visits)
}

fn documents(leader: &Visitor<'_>) -> anyhow::Result<Vec<Visit>> {
    let ids = |state: &str, limit: usize| {
        let found = leader.list(&format!("/api/v1/approvals?state={state}&limit={limit}"))?;
        let ids = found
            .iter()
            .filter_map(|one| one["id"].as_str().map(str::to_owned));
        anyhow::Ok(ids.collect::<Vec<String>>())
    };
    let first = |state| {
        ids(state, 1)?
            .pop()
            .with_context(|| format!("nothing {state}"))
    };
    let path = |id: &String| format!("/ui/requests/{id}");
    let waiting = ids("waiting", AT_MOST + TOGETHER)?;
    let (unseen, together) = waiting.split_at(waiting.len().min(AT_MOST));
    let chosen = if together.is_empty() {
        unseen
    } else {
        together
    };
    let chosen: Vec<String> = chosen.iter().map(|id| format!("id={id}")).collect();
    let (opened, signed) = (first("opened")?, first("signed")?);
    let decline = |way: &str| format!("/ui/requests/{opened}/{way}");
    Ok(vec![
        leader.visit_each(
            "document, unseen (writes an entry)",
            unseen.iter().map(path).collect(),
        ),
        leader.visit("document, seen", &path(&opened)),
        leader.visit("document, signed", &path(&signed)),
        leader.visit("refuse", &decline("refuse")),
        leader.visit("return", &decline("return")),
        leader.visit("approve one", &format!("/ui/approve?id={opened}")),
        leader.visit(
            "approve thirty-five",
            &format!("/ui/approve?{}", chosen.join("&")),
        ),
    ])
}

fn clerk(clerk: &Visitor<'_>) -> Vec<Visit> {
    vec![
        clerk.visit("stamping sessions", "/ui/stamping"),
        clerk.visit("open a session", "/ui/stamping/open"),
    ]
}

/// What an officer sees of stamping: every session of the province.
fn stamping(officer: &Visitor<'_>) -> anyhow::Result<Vec<Visit>> {
    let list = officer.read("/ui/stamping")?;
    let ids = list.split("href=\"/ui/stamping/").skip(1);
    let mut ids = ids.filter_map(|rest| rest.split('"').next());
    let session = ids.next().context("no stamping session")?;
    let session = format!("/ui/stamping/{session}");
    let ended = format!("/ui/stamping?before={}", SystemClock.now().as_micros());
    Ok(vec![
        officer.visit("stamping sessions", "/ui/stamping"),
        officer.visit("stamping sessions that are over", &ended),
        officer.visit("a stamping session", &session),
        officer.visit("a stamping session, late", &officer.late(&session)?),
    ])
}

fn manager(manager: &Visitor<'_>, somebody_else: &str) -> anyhow::Result<Vec<Visit>> {
    let person = manager.first_id("/api/v1/persons")?;
    let credential = manager.first_id("/api/v1/credentials")?;
    let agency = manager.first_id("/api/v1/agencies")?;
    let change = manager.proposed(somebody_else, &agency)?;
    let late = |path: &str| manager.late(path);
    let forms = [
        (
            "register an agency",
            format!("/ui/agencies/new?above={agency}"),
        ),
        ("register a person", "/ui/people/new".to_owned()),
        ("propose a role", format!("/ui/people/{person}/roles/new")),
        (
            "propose an authority",
            format!("/ui/people/{person}/authorities/new"),
        ),
        ("request a credential", "/ui/credentials/new".to_owned()),
        ("a picture", format!("/ui/pictures/{agency}")),
    ];
    let forms = forms.map(|(page, path)| manager.visit(page, &path));
    let lists = vec![
        manager.visit("agencies", "/ui/agencies"),
        manager.visit(
            "agencies, by name",
            &format!("/ui/agencies?q={}", percent_encoded("phuong")),
        ),
        manager.visit("an agency", &format!("/ui/agencies/{agency}")),
        manager.visit("people", "/ui/people"),
        manager.visit("people, late", &late("/ui/people")?),
        manager.visit(
            "people, by name",
            &format!("/ui/people?q={}", percent_encoded("đăng hạnh")),
        ),
        manager.visit(
            "people, of an agency",
            &format!("/ui/people?agency={agency}"),
        ),
        manager.visit("a person", &format!("/ui/people/{person}")),
        manager.visit("credentials", "/ui/credentials"),
        manager.visit("credentials, late", &late("/ui/credentials")?),
        manager.visit("credentials, active", "/ui/credentials?state=active"),
        manager.visit("credentials, expiring", "/ui/credentials?expiring=60"),
        manager.visit("a credential", &format!("/ui/credentials/{credential}")),
        manager.visit(
            "a request for a certificate",
            &format!("/ui/credentials/{credential}/request.pem"),
        ),
        manager.visit("changes", "/ui/changes"),
        manager.visit("a change", &format!("/ui/changes/{change}")),
        manager.visit("coverage", "/ui/coverage"),
        manager.visit("stamping sessions", "/ui/stamping"),
    ];
    Ok(lists.into_iter().chain(forms).collect())
}

fn officer_lists(officer: &Visitor<'_>) -> Vec<Visit> {
    vec![
        officer.visit("credentials", "/ui/credentials"),
        officer.visit("questions", "/ui/audit/views"),
        officer.visit("verify (the form)", "/ui/audit/verify"),
        officer.visit("alarms", "/ui/alarms"),
        officer.visit("proof of the log", "/ui/log"),
        Visit {
            may_be_absent: true,
            ..officer.visit("timeline", "/ui/timeline")
        },
    ]
}

/// The log by filters: those that most entries meet, and those that nearly none does.
fn explorer(officer: &Visitor<'_>, cast: &Cast) -> anyhow::Result<Vec<Visit>> {
    let audit = |query: String| format!("/ui/audit?{query}");
    let [from, to] = cast.minute.each_ref().map(|at| percent_encoded(at));
    let [most, fewest] = &cast.agencies;
    let size = size(officer)?;
    let busy = audit(format!("actor={}", cast.busy_system));
    let rare = audit(format!("actor={}", cast.rare_person));
    let several = format!("agency={most}&outcome=refused&from={from}");
    let visits = [
        ("log", "/ui/audit".to_owned()),
        ("log, a dozen pages on", officer.late("/ui/audit")?),
        ("log, half-way", audit(format!("before={}", size / 2))),
        ("log, its first page", audit("before=50".to_owned())),
        (
            "log, frequent event",
            audit("event=signature.outcome".to_owned()),
        ),
        (
            "log, rare event",
            audit("event=agency.registered".to_owned()),
        ),
        ("log, no such outcome", audit("outcome=unknown".to_owned())),
        ("log, busy system", busy.clone()),
        (
            "log, busy system, half-way",
            format!("{busy}&before={}", size / 2),
        ),
        ("log, rare person", rare),
        ("log, busy agency", audit(format!("agency={most}"))),
        ("log, quiet agency", audit(format!("agency={fewest}"))),
        (
            "log, busy seal",
            audit(format!("credential={}", cast.busy_credential)),
        ),
        (
            "log, rare credential",
            audit(format!("credential={}", cast.rare_credential)),
        ),
        ("log, from a minute on", audit(format!("from={from}"))),
        ("log, until a minute", audit(format!("to={from}"))),
        ("log, between two", audit(format!("from={from}&to={to}"))),
        ("log, three filters", audit(several)),
    ];
    let visits = visits.into_iter().chain(standing::questions(cast));
    let visits = visits.map(|(page, path)| officer.visit(page, &path));
    Ok(visits.collect())
}

fn entries(officer: &Visitor<'_>) -> anyhow::Result<Vec<Visit>> {
    let size = size(officer)?;
    Ok(vec![
        officer.visit("an entry, old", "/ui/audit/3"),
        officer.visit("an entry, half-way", &format!("/ui/audit/{}", size / 2)),
        officer.visit("an entry, young", &format!("/ui/audit/{}", size - 2)),
    ])
}

/// Entries in the log, by the place of the youngest.
fn size(officer: &Visitor<'_>) -> anyhow::Result<u64> {
    let html = officer.read("/ui/audit")?;
    let first = html.split("href=\"/ui/audit/").skip(1);
    let mut first = first.filter_map(|rest| rest.split('"').next()?.parse().ok());
    first.next().context("no entry on the page of the log")
}

fn stranger(http: &Http) -> Vec<Visit> {
    let stranger = Visitor {
        http,
        who: "anybody",
        cookie: String::new(),
        token: String::new(),
    };
    vec![
        stranger.visit("log-in", "/ui/login"),
        stranger.visit("enrol", "/ui/enrol"),
        stranger.visit("integrate", "/ui/integrate"),
        stranger.visit("integrate, as text", "/ui/integrate.md"),
        stranger.visit("integrate, the program", "/ui/integrate.py"),
        stranger.visit("verify a document (the form)", "/ui/verify"),
    ]
}
