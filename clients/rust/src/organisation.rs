//! People and agencies: registration, enrolment, import, coverage.

use kyso_api::Secret;
use kyso_api::management::{
    Agency, AgencyCode, Change, ChangePassword, ConfirmEnrolment, Coverage, Created, EndRequest,
    EnrolmentCode, EnrolmentReply, ImportReply, List, Me, MoveAgency, NewAgency, NewPerson, Person,
    RenameAgency, StartEnrolment,
};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::transport::Content;
use crate::{Client, ClientError, Outcome};

impl Client {
    /// Who the token belongs to.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn me(&self) -> Result<Me, ClientError> {
        self.get("/api/v1/me")
    }

    /// Changes one's own password.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn change_password(&self, change: &ChangePassword) -> Result<(), ClientError> {
        self.post::<Value>("/api/v1/me/password", change).map(drop)
    }

    /// Trades a one-time code for an authenticator's secret; needs no token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn start_enrolment(&self, code: Secret) -> Result<EnrolmentReply, ClientError> {
        self.post("/api/v1/enrolments", &StartEnrolment { code })
    }

    /// Proves that the authenticator works, and sets the password; needs no token.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn confirm_enrolment(&self, confirmation: &ConfirmEnrolment) -> Result<(), ClientError> {
        self.post::<Value>("/api/v1/enrolments/confirm", confirmation)
            .map(drop)
    }

    /// Agencies.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn agencies(&self) -> Result<Vec<Agency>, ClientError> {
        self.get::<List<Agency>>("/api/v1/agencies")
            .map(|list| list.items)
    }

    /// Registers an agency.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn add_agency(&self, agency: &NewAgency) -> Result<Created, ClientError> {
        self.post("/api/v1/agencies", agency)
    }

    /// Ends one code of an agency.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn end_agency_code(&self, id: &str, code: &AgencyCode) -> Result<(), ClientError> {
        let path = format!("/api/v1/agencies/{id}/codes/end");
        self.post::<Value>(&path, code).map(drop)
    }

    /// Proposes to put an agency under another one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn move_agency(&self, id: &str, to: &MoveAgency) -> Result<Change, ClientError> {
        self.propose(&format!("/api/v1/agencies/{id}/move"), to)
    }

    /// Gives an agency another name.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn rename_agency(&self, id: &str, to: &RenameAgency) -> Result<(), ClientError> {
        self.post::<Value>(&format!("/api/v1/agencies/{id}/rename"), to)
            .map(drop)
    }

    /// Gives an agency another code.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn add_agency_code(&self, id: &str, code: &AgencyCode) -> Result<(), ClientError> {
        self.post::<Value>(&format!("/api/v1/agencies/{id}/codes"), code)
            .map(drop)
    }

    /// Ends an agency.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn end_agency(&self, id: &str, end: &EndRequest) -> Result<(), ClientError> {
        self.post::<Value>(&format!("/api/v1/agencies/{id}/end"), end)
            .map(drop)
    }

    /// People.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn persons(&self) -> Result<Vec<Person>, ClientError> {
        self.get::<List<Person>>("/api/v1/persons")
            .map(|list| list.items)
    }

    /// Registers a person.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn add_person(&self, person: &NewPerson) -> Result<Created, ClientError> {
        self.post("/api/v1/persons", person)
    }

    /// Makes a one-time code with which a person takes the account over; proposes it, for
    /// somebody who holds power, and shows half of it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn enrolment_code(&self, id: &str) -> Result<Outcome<EnrolmentCode>, ClientError> {
        self.try_or_propose(&format!("/api/v1/persons/{id}/enrolment-code"), &json!({}))
    }

    /// Ends a person's account.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn end_person(&self, id: &str, end: &EndRequest) -> Result<(), ClientError> {
        self.post::<Value>(&format!("/api/v1/persons/{id}/end"), end)
            .map(drop)
    }

    /// Registers people from a CSV file; a dry run only says what would happen.
    ///
    /// # Errors
    /// [`ClientError`]; faults of single rows are in the reply.
    pub fn import_persons(&self, csv: Vec<u8>, dry_run: bool) -> Result<ImportReply, ClientError> {
        self.import("persons", csv, dry_run)
    }

    /// Registers agencies from a CSV file; a dry run only says what would happen.
    ///
    /// # Errors
    /// [`ClientError`]; faults of single rows are in the reply.
    pub fn import_agencies(&self, csv: Vec<u8>, dry_run: bool) -> Result<ImportReply, ClientError> {
        self.import("agencies", csv, dry_run)
    }

    fn import(&self, what: &str, csv: Vec<u8>, dry_run: bool) -> Result<ImportReply, ClientError> {
        let path = format!("/api/v1/imports/{what}?dry_run={dry_run}");
        self.call(Method::POST, &path, &[], Some(Content::csv(csv)))?
            .json()
    }

    /// How far the roll-out has come.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn coverage(&self) -> Result<Coverage, ClientError> {
        self.get("/api/v1/reports/coverage")
    }
}
