//! Keys and certificates, from request to activation by two managers.

use kyso_api::management::{CredentialKind, NewCredential, Subject};

use super::{Account, Office, SEAL_MULTISIGN};

/// Whose a new credential is.
#[derive(Debug, Clone, Copy)]
pub enum Holder<'a> {
    /// A person's, in the service of an agency.
    Person(&'a Account, &'a str, &'a str),
    /// An agency's seal.
    Agency(&'a str, &'a str),
}

impl Office {
    /// Makes a key of this kind, has it certified by the evaluation CA, hands it over and activates
    /// it; its id.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn credential(
        &self,
        holder: Holder<'_>,
        algorithm: &str,
        multisign: u32,
    ) -> anyhow::Result<String> {
        let id = self.certified(holder, algorithm, multisign)?;
        self.activate(&id)?;
        Ok(id)
    }

    /// The same up to the certificate: not handed over, not active.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn certified(
        &self,
        holder: Holder<'_>,
        algorithm: &str,
        multisign: u32,
    ) -> anyhow::Result<String> {
        self.certified_with(holder, algorithm, multisign, None)
    }

    pub(super) fn certified_with(
        &self,
        holder: Holder<'_>,
        algorithm: &str,
        multisign: u32,
        sad_seconds: Option<u32>,
    ) -> anyhow::Result<String> {
        let mut request = self.request(holder, algorithm, multisign);
        request.sad_seconds = sad_seconds;
        self.certified_as(&request)
    }

    fn certified_as(&self, request: &NewCredential) -> anyhow::Result<String> {
        self.manager1.acting(|manager| {
            let id = manager.add_credential(request)?.id;
            manager.issue_certificate(&id)?;
            Ok(id)
        })
    }

    /// An agency's seal for what systems vouch for by its digest, active; its id.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn seal_for_digests(&self, holder: Holder<'_>, algorithm: &str) -> anyhow::Result<String> {
        let mut request = self.request(holder, algorithm, SEAL_MULTISIGN);
        request.by_digest = true;
        let id = self.certified_as(&request)?;
        self.activate(&id)?;
        Ok(id)
    }

    /// Hands a certified credential over and activates it.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn activate(&self, id: &str) -> anyhow::Result<()> {
        let change = self.manager1.acting(|manager| {
            manager.hand_over(id, "Biên bản bàn giao số 07/BB-STTTT ngày 20/11/2026")?;
            manager.activate_credential(id, None)
        })?;
        self.approve(&change.id)
    }

    /// What a manager asks for on behalf of this holder.
    pub fn request(&self, holder: Holder<'_>, algorithm: &str, multisign: u32) -> NewCredential {
        let (kind, person, agency, common_name) = match holder {
            Holder::Person(account, agency, name) => (
                CredentialKind::Personal,
                Some(account.person_id.clone()),
                agency,
                name,
            ),
            Holder::Agency(agency, name) => (CredentialKind::Seal, None, agency, name),
        };
        let unit = person.as_ref().map(|_| "Văn phòng UBND tỉnh");
        NewCredential {
            kind,
            owner_person: person,
            owner_agency: Some(agency.to_owned()),
            algorithm: algorithm.to_owned(),
            multisign: Some(multisign),
            sad_seconds: None,
            by_digest: false,
            // As public authorities write it: a position and a unit tell a person from an agency.
            subject: Subject {
                common_name: common_name.to_owned(),
                title: unit.map(|_| "Cán bộ".to_owned()),
                organizational_units: unit.map(str::to_owned).into_iter().collect(),
                organization: Some(self.name.clone()),
                locality: Some("Huế".to_owned()),
                country: Some("VN".to_owned()),
                ..Subject::default()
            },
        }
    }
}
