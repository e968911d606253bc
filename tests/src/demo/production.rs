//! A person who signs on a server that is set up for production: what a runbook is tried with.
//!
//! Nothing there is the evaluation's: the certificate comes from an authority elsewhere, whose own
//! certificate is among the server's trust anchors.

use std::fs;
use std::path::Path;

use anyhow::Context;
use kyso_api::management::RoleName;
use kyso_client::{Client, Options};
use serde::{Deserialize, Serialize};

use super::leader;
use super::paper::{DECISION, Paper};
use crate::authenticator::Authenticator;
use crate::province::{Account, Codes, Holder, Office};
use crate::server::write_private;

/// What `kysod bootstrap` printed.
const CODES: &str = "codes";
/// The authority's certificate, PEM.
const AUTHORITY: &str = "authority.pem";
/// The authority's key, PEM.
const AUTHORITY_KEY: &str = "authority.key";
/// The signer, from the first run on; mode 0600.
const SIGNER: &str = "signer.json";

/// What a later run needs to know.
#[derive(Debug, Serialize, Deserialize)]
struct Remembered {
    person_id: String,
    login: String,
    password: String,
    totp_secret: String,
    credential: String,
}

/// Signs a file, which goes with its signature into the directory. The first run sets the signer
/// up, from the codes of the bootstrap on.
///
/// # Errors
/// If a file is not there or the server refuses a step.
pub fn sign(directory: &Path, server: &Options) -> anyhow::Result<()> {
    let file = directory.join(SIGNER);
    let signer = if file.exists() {
        serde_json::from_str(&fs::read_to_string(&file)?)?
    } else {
        let signer = set_up(directory, server)?;
        write_private(&file, &serde_json::to_string_pretty(&signer)?)?;
        signer
    };
    let authenticator = Authenticator::new(&signer.totp_secret)?;
    let (id, login, password) = (&signer.person_id, &signer.login, &signer.password);
    let account = Account::known(server, id, login, password, authenticator);
    let paper = Paper::write(directory, "Quyết định 12-QĐ-UBND.txt", DECISION)?;
    leader::sign(&account, &signer.credential, &paper)
}

fn set_up(directory: &Path, server: &Options) -> anyhow::Result<Remembered> {
    let codes = Codes::read(&read(directory, CODES)?)?;
    let mut office = Office::enrol(server, &codes)?;
    let agencies = office.manager1.acting(Client::agencies)?;
    let top = agencies.first().context("bootstrap made no agency")?;
    office.name.clone_from(&top.name);
    let name = "Nguyễn Văn An";
    let leader = office.person("lanh-dao", name, "Chủ tịch", &top.id, RoleName::Signer)?;
    let holder = Holder::Person(&leader, &top.id, name);
    let credential = certified_elsewhere(directory, &office, holder)?;
    office.activate(&credential)?;
    Ok(Remembered {
        totp_secret: leader.authenticator.base32().to_owned(),
        person_id: leader.person_id,
        login: leader.login,
        password: leader.password,
        credential,
    })
}

/// A credential whose certificate the authority in the directory has issued; its id.
fn certified_elsewhere(
    directory: &Path,
    office: &Office,
    holder: Holder<'_>,
) -> anyhow::Result<String> {
    let key = rcgen::KeyPair::from_pem(&read(directory, AUTHORITY_KEY)?)?;
    let authority = read(directory, AUTHORITY)?;
    let issuer = rcgen::Issuer::from_ca_cert_pem(&authority, key)?;
    let wanted = office.request(holder, "rsa-2048", 1);
    let made = office
        .manager1
        .acting(|manager| manager.add_credential(&wanted))?;
    let mut request = rcgen::CertificateSigningRequestParams::from_pem(&made.csr_pem)?;
    request.params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let chain = request.signed_by(&issuer)?.pem() + &authority;
    office
        .manager1
        .acting(|manager| manager.import_certificate(&made.id, &chain))?;
    Ok(made.id)
}

fn read(directory: &Path, name: &str) -> anyhow::Result<String> {
    let path = directory.join(name);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}
