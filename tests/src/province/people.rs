//! Agencies and people, registered by a manager, given roles by two.

use kyso_api::management::{AgencyCode, AgencyCodeFormat, NewAgency, NewPerson, NewRole, RoleName};

use super::{Account, Office};

/// An agency before it is registered.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// Its name.
    pub name: &'a str,
    /// The agency above it.
    pub parent: Option<&'a str>,
    /// Its level.
    pub level: &'a str,
    /// Its code in the format before 2025.
    pub legacy: &'a str,
    /// Its code in today's format.
    pub modern: &'a str,
}

impl Office {
    /// Registers an agency; its id.
    ///
    /// # Errors
    /// If the server refuses it.
    pub fn agency(&self, plan: Plan<'_>) -> anyhow::Result<String> {
        let code = |format, code: &str| AgencyCode {
            format,
            code: code.to_owned(),
        };
        let agency = NewAgency {
            name: plan.name.to_owned(),
            parent: plan.parent.map(str::to_owned),
            kind: "state".to_owned(),
            level: plan.level.to_owned(),
            codes: vec![
                code(AgencyCodeFormat::Legacy, plan.legacy),
                code(AgencyCodeFormat::Modern, plan.modern),
            ],
            valid_from: None,
        };
        self.manager1
            .acting(|manager| Ok(manager.add_agency(&agency)?.id))
    }

    /// Registers a person, gives them a role in that agency, and lets them enrol.
    ///
    /// # Errors
    /// If the server refuses a step.
    pub fn person(
        &self,
        login: &str,
        name: &str,
        position: &str,
        agency: &str,
        role: RoleName,
    ) -> anyhow::Result<Account> {
        let person = NewPerson {
            login: login.to_owned(),
            name: name.to_owned(),
            agency: agency.to_owned(),
            position: position.to_owned(),
            email: format!("{login}@hue.example.vn"),
            position_required: Some(role == RoleName::Signer),
        };
        let (id, code, change) = self.manager1.acting(|manager| {
            let id = manager.add_person(&person)?.id;
            let change = manager.grant_role(&NewRole {
                person: id.clone(),
                role,
                agency: Some(agency.to_owned()),
                otp: None,
            })?;
            let code = manager.enrolment_code(&id)?.done();
            Ok((id, code, change))
        })?;
        let code = code.map_err(|change| anyhow::anyhow!("{} waits", change.kind))?;
        // While their code is out nobody is given a role.
        let account = Account::enrol(&self.options, code.code.expose(), &id)?;
        self.approve(&change.id)?;
        Ok(account)
    }

    /// The second manager approves what the first proposed.
    ///
    /// # Errors
    /// If the server refuses it.
    pub fn approve(&self, change: &str) -> anyhow::Result<()> {
        self.manager2
            .acting(|manager| manager.approve(change, None))?;
        Ok(())
    }
}
