//! What the test of the pages in a browser needs beside the province: a second leader, an operator,
//! people who never enrolled, and documents that wait.

use std::collections::BTreeMap;
use std::io::{Read, Write, stdin, stdout};
use std::path::Path;
use std::time::Duration;

use kyso_api::encoding::encode_base64;
use kyso_api::management::{NewApproval, NewPerson, RoleName};
use kyso_client::Client;
use kyso_core::{Clock, SystemClock};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::inbox::{WAITING, request, with_file};
use super::paper::{DECISION, Paper};
use super::{kysod, leader};
use crate::deployment::Deployment;
use crate::province::description::{FILE, Person, person};
use crate::province::{Account, Holder, PERSON_MULTISIGN, Province};
use crate::server::{Plan, write_private};

/// The file's name in the deployment's directory.
const STAGE: &str = "pages.json";
/// How often each of the documents is put before each leader, each time as one of its own.
const ROUNDS: usize = 2;

/// What `pages.json` holds beside `demo.json`; mode 0600, since it holds passwords.
#[derive(Debug, Serialize)]
struct Stage {
    /// A second person who signs for the province.
    deputy: Person,
    /// Sees machines and no documents.
    operator: Person,
    /// Log-in names of people who have not enrolled.
    newcomers: [&'static str; 2],
    /// By log-in name, the step of the last one-time password that setting up took.
    last_steps: BTreeMap<String, i64>,
}

/// Serves a province for that test until standard input is closed.
///
/// # Errors
/// If the server cannot be set up or does not stop in order.
pub fn serve(directory: &Path) -> anyhow::Result<()> {
    let deployment = Deployment::open(Plan::new(directory, &kysod()?), 1)?;
    let site = deployment.server.site();
    let stage = stage(&deployment.province, directory)?;
    let json = serde_json::to_string_pretty(&stage)?;
    write_private(&site.path(STAGE), &(json + "\n"))?;
    println!(
        "ready {} {}",
        site.path(FILE).display(),
        site.path(STAGE).display()
    );
    stdout().flush()?;
    stdin().read_to_end(&mut Vec::new())?;
    let status = deployment.server.stop()?;
    anyhow::ensure!(status.success(), "kysod ended with {status}");
    Ok(())
}

fn stage(province: &Province, directory: &Path) -> anyhow::Result<Stage> {
    let (office, top) = (&province.office, &province.agencies.province);
    let (name, signer) = ("Lê Thị Hường", RoleName::Signer);
    let deputy = office.person("pho-chu-tich", name, "Phó Chủ tịch", top, signer)?;
    let holder = Holder::Person(&deputy, top, name);
    let credential = office.credential(holder, "rsa-2048", PERSON_MULTISIGN)?;
    let (engineer, operator) = ("Phạm Quốc Khánh", RoleName::Operator);
    let operator = office.person("van-hanh", engineer, "Kỹ sư", top, operator)?;
    for credential in [&province.credentials.leader, &credential] {
        put_before(province, credential)?;
    }
    // Something to see on the officer's timeline, whoever walks first.
    let paper = Paper::write(directory, "Quyết định 12-QĐ-UBND.txt", DECISION)?;
    leader::sign(&deputy, &credential, &paper)?;
    let newcomers = ["moi-den-1", "moi-den-2"];
    for login in newcomers {
        register(province, login)?;
    }
    Ok(Stage {
        last_steps: last_steps(province, &[&deputy, &operator]),
        deputy: person(&deputy),
        operator: person(&operator),
        newcomers,
    })
}

fn last_steps(province: &Province, further: &[&Account]) -> BTreeMap<String, i64> {
    let office = &province.office;
    let known = [&office.manager1, &office.manager2, &office.officer];
    let all = known.into_iter().chain([&province.leader, &province.clerk]);
    let all = all.chain(further.iter().copied());
    all.map(|account| (account.login.clone(), account.authenticator.last_step()))
        .collect()
}

/// A person who has not enrolled; the walk makes their code on their manager's page.
fn register(province: &Province, login: &str) -> anyhow::Result<()> {
    let person = NewPerson {
        login: login.to_owned(),
        name: format!("Đặng Hữu Nghĩa {login}"),
        agency: province.agencies.department.clone(),
        position: "Chuyên viên".to_owned(),
        email: format!("{login}@hue.example.vn"),
        position_required: Some(false),
    };
    let manager = &province.office.manager1;
    manager.acting(|manager: &Client| manager.add_person(&person).map(drop))
}

/// Documents wait for whoever has this credential; the last request was withdrawn again.
fn put_before(province: &Province, credential: &str) -> anyhow::Result<()> {
    let system = province.document_system.log_in(&province.office)?;
    let shown = with_file(province, credential)?;
    system.submit_approval(&uuid::Uuid::now_v7().to_string(), &shown)?;
    let mut last = None;
    for at in 0..WAITING.len() * ROUNDS {
        if let Some(wanted) = waiting(province, credential, at) {
            let key = uuid::Uuid::now_v7().to_string();
            last = Some(system.submit_approval(&key, &wanted)?);
        }
    }
    if let Some(last) = last {
        system.withdraw_approval(&last.id)?;
    }
    Ok(())
}

/// Of the second round on, each request has two documents, and a day by which it is due.
fn waiting(province: &Province, credential: &str, at: usize) -> Option<NewApproval> {
    let mut wanted = request(province, at % WAITING.len())?;
    credential.clone_into(&mut wanted.credential);
    if at >= WAITING.len() {
        let second = request(province, (at + 1) % WAITING.len())?;
        wanted.documents.extend(second.documents);
        let due = SystemClock.now().after(Duration::from_hours(2 * 24));
        wanted.due_at = Some(due.to_string());
    }
    let digest = |document| encode_base64(&Sha256::digest(format!("{credential} {at} {document}")));
    wanted.hashes = (0..wanted.documents.len()).map(digest).collect();
    Some(wanted)
}
