//! A small province, set up over the server's own API: what a deployment's first day looks like.

mod account;
mod approvals;
mod credentials;
pub mod description;
mod people;
mod system;

use std::path::Path;

use anyhow::Context;
use kyso_api::management::RoleName;
use kyso_client::{Client, Options};

pub use account::Account;
pub use credentials::Holder;
pub use description::{Agencies, Credentials, SignerCredentials};
pub use people::Plan;
pub use system::{Granted, System};

use crate::server::{Site, tls};

/// Most signatures under one authorization of a person's.
pub const PERSON_MULTISIGN: u32 = 50;
/// Most signatures in one call with a seal.
pub const SEAL_MULTISIGN: u32 = 100;

/// Whoever runs the province: two managers and an officer.
#[derive(Debug)]
pub struct Office {
    /// Proposes.
    pub manager1: Account,
    /// Approves.
    pub manager2: Account,
    /// Reads the audit log.
    pub officer: Account,
    /// Name of the agency at the top.
    pub name: String,
    options: Options,
}

/// The people, agencies, credentials and systems of one deployment.
#[derive(Debug)]
pub struct Province {
    /// Whoever runs it.
    pub office: Office,
    /// Ids of the agencies.
    pub agencies: Agencies,
    /// Signs with a one-time password.
    pub leader: Account,
    /// Opens stamping sessions.
    pub clerk: Account,
    /// Further people who sign.
    pub signers: Vec<Signer>,
    /// Credentials with a name.
    pub credentials: Credentials,
    /// The document system.
    pub document_system: System,
}

/// A person who signs, with a credential of each kind.
#[derive(Debug)]
pub struct Signer {
    /// The person.
    pub account: Account,
    /// Their credentials.
    pub credentials: SignerCredentials,
}

/// How to reach the server at `base` whose certificate comes from the CA in `ca`.
pub fn options(base: &str, ca: &Path) -> Options {
    Options {
        ca_file: Some(ca.to_owned()),
        ..Options::new(base)
    }
}

/// What `kysod bootstrap` printed, one-time codes: two managers', then the officer's.
#[derive(Debug, Clone)]
pub struct Codes {
    codes: [String; 3],
}

impl Codes {
    /// The codes in what `kysod bootstrap` printed.
    ///
    /// # Errors
    /// If there are not three.
    pub fn read(printed: &str) -> anyhow::Result<Self> {
        let lines = printed.lines().filter_map(|line| line.split_once("code"));
        let codes: Vec<String> = lines
            .filter_map(|(_, rest)| rest.split_whitespace().last())
            .map(str::to_owned)
            .collect();
        let codes = codes.try_into();
        let codes = codes.map_err(|_| anyhow::anyhow!("no three codes in {printed:?}"))?;
        Ok(Self { codes })
    }
}

impl Office {
    /// The three whom the bootstrap named enrol.
    ///
    /// # Errors
    /// If the server refuses a code.
    pub fn open(site: &Site, codes: &Codes) -> anyhow::Result<Self> {
        Self::enrol(&options(&site.base_url(), &site.path(tls::CA)), codes)
    }

    /// The same, on a server that is reached so.
    ///
    /// # Errors
    /// If the server refuses a code.
    pub fn enrol(options: &Options, codes: &Codes) -> anyhow::Result<Self> {
        let [one, two, officer] = &codes.codes;
        let enrolled = |code: &str| {
            let mut account = Account::enrol(options, code, "")?;
            let me = account.acting(Client::me)?;
            account.person_id = me.id;
            anyhow::Ok(account)
        };
        Ok(Self {
            manager1: enrolled(one)?,
            manager2: enrolled(two)?,
            officer: enrolled(officer)?,
            name: String::new(),
            options: options.clone(),
        })
    }

    /// How to reach the server.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    fn agencies(&mut self) -> anyhow::Result<Agencies> {
        let agencies = self.manager1.acting(Client::agencies)?;
        let top = agencies.into_iter().find(|agency| agency.parent.is_none());
        let top = top.context("bootstrap made no agency")?;
        let below = |name, level, legacy, modern| Plan {
            name,
            parent: Some(&top.id),
            level,
            legacy,
            modern,
        };
        let department = below("Sở Nội vụ", "department", "000.00.03.H27", "H27.3");
        let commune = below(
            "UBND phường Thuận Hóa",
            "commune",
            "000.01.12.H27",
            "H27.12.1",
        );
        let (department, commune) = (self.agency(department)?, self.agency(commune)?);
        self.name = top.name;
        Ok(Agencies {
            province: top.id,
            department,
            commune,
        })
    }

    fn credentials(&self, leader: &Account, agency: &str) -> anyhow::Result<Credentials> {
        let leader = Holder::Person(leader, agency, "Nguyễn Văn An");
        let seal = Holder::Agency(agency, &self.name);
        Ok(Credentials {
            leader: self.credential(leader, "rsa-2048", PERSON_MULTISIGN)?,
            leader_p256: self.credential(leader, "p-256", PERSON_MULTISIGN)?,
            seal: self.credential(seal, "rsa-2048", SEAL_MULTISIGN)?,
            seal_p256: self.credential(seal, "p-256", SEAL_MULTISIGN)?,
            stamp: None,
        })
    }
}

impl Province {
    /// Sets a province up on a server that was just bootstrapped.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn found(site: &Site, codes: &Codes, signers: usize) -> anyhow::Result<Self> {
        let mut office = Office::open(site, codes)?;
        let agencies = office.agencies()?;
        let top = &agencies.province;
        let (signer, clerk) = (RoleName::Signer, RoleName::RecordsClerk);
        let leader = office.person("lanh-dao", "Nguyễn Văn An", "Chủ tịch", top, signer)?;
        let clerk = office.person("van-thu", "Trần Thị Bình", "Văn thư", top, clerk)?;
        let mut province = Self {
            credentials: office.credentials(&leader, top)?,
            document_system: office.system("he-thong-van-ban", Granted::Agency(top))?,
            office,
            agencies,
            leader,
            clerk,
            signers: Vec::new(),
        };
        for number in 1..=signers {
            let signer = province.signer(&format!("nguoi-ky-{number}"))?;
            province.signers.push(signer);
        }
        province.describe(site)?;
        Ok(province)
    }

    /// Gives the agency a seal for digests, unless an earlier run has.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn add_stamp(&mut self, site: &Site) -> anyhow::Result<()> {
        if self.credentials.stamp.is_none() {
            let holder = Holder::Agency(&self.agencies.province, &self.office.name);
            self.credentials.stamp = Some(self.office.seal_for_digests(holder, "rsa-2048")?);
            self.describe(site)?;
        }
        Ok(())
    }

    /// Registers one more person who signs, with a credential of each kind.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn signer(&self, login: &str) -> anyhow::Result<Signer> {
        self.signer_of(&self.agencies.department, login)
    }

    /// The same in this agency.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn signer_of(&self, agency: &str, login: &str) -> anyhow::Result<Signer> {
        let office = &self.office;
        let name = format!("Người ký {login}");
        let account = office.person(login, &name, "Chuyên viên", agency, RoleName::Signer)?;
        let holder = Holder::Person(&account, agency, &name);
        let credentials = SignerCredentials {
            rsa: office.credential(holder, "rsa-2048", PERSON_MULTISIGN)?,
            p256: office.credential(holder, "p-256", PERSON_MULTISIGN)?,
        };
        Ok(Signer {
            account,
            credentials,
        })
    }

    /// A P-256 credential of this person whose authorizations live only so many seconds.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn short_lived(&self, person: &Account, seconds: u32) -> anyhow::Result<String> {
        let holder = Holder::Person(person, &self.agencies.department, "Người ký");
        let id = self
            .office
            .certified_with(holder, "p-256", 1, Some(seconds))?;
        self.office.activate(&id)?;
        Ok(id)
    }
}
