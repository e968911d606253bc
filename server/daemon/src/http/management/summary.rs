//! What an approver must see of a change: names, not only ids.

use kyso_api::problem::Language;
use kyso_core::change::PowerChange;
use kyso_core::id::{AgencyId, ClientId, CredentialId, PersonId, RoleGrantId};
use kyso_core::model::{
    AuthorityRecord, ClientGrant, ClientKey, ClientKeyMaterial, GrantTarget, Owner, Picture, Role,
    RoleGrant,
};
use kyso_core::{Snapshot, Timestamp};
use kyso_web::Moment;

/// One sentence in the reader's language, with names and ids.
pub fn summary(
    snapshot: &Snapshot,
    change: &PowerChange,
    language: Language,
    now: Timestamp,
) -> String {
    let told = Told {
        snapshot,
        language,
        now,
    };
    told.change(change)
}

/// The state that names come from, for a reader of this language, at this time.
struct Told<'a> {
    snapshot: &'a Snapshot,
    language: Language,
    now: Timestamp,
}

impl Told<'_> {
    fn change(&self, change: &PowerChange) -> String {
        match change {
            PowerChange::ActivateCredential(id) => {
                self.of(["Kích hoạt", "Activate"], &self.credential(*id))
            }
            PowerChange::UnlockCredential(id) => {
                self.of(["Mở khóa", "Unlock"], &self.credential(*id))
            }
            PowerChange::ResetFactors(id) => self.of(
                ["Đặt lại yếu tố xác thực của", "Reset the factors of"],
                &self.person(*id),
            ),
            PowerChange::ErasePerson(erasure) => self.of(
                [
                    "Xoá vĩnh viễn thông tin nhận dạng của",
                    "Erase for ever who this was:",
                ],
                &self.person(erasure.person),
            ),
            PowerChange::IssueEnrolmentCode(code) => self.of(
                ["Cấp mã kích hoạt cho", "Issue an enrolment code to"],
                &self.person(code.person),
            ),
            PowerChange::RevokeRole(id) => self.withdrawn(*id),
            PowerChange::GrantRole(grant) => self.granted(grant),
            PowerChange::AddClientKey(key) => self.client_key(key),
            PowerChange::GrantClient(grant) => self.client_grant(grant),
            PowerChange::MoveAgency(id, parent, at) => self.moved(*id, *parent, *at),
            PowerChange::RecordAuthority(record) => self.authority(record),
            PowerChange::SetPicture(picture) => self.picture(picture),
            PowerChange::Several(changes) => {
                let each: Vec<String> = changes.iter().map(|one| self.change(one)).collect();
                each.join("; ")
            }
        }
    }

    /// The words of the reader's language, Vietnamese first.
    const fn words<'w>(&self, [vietnamese, english]: [&'w str; 2]) -> &'w str {
        self.language.choose(vietnamese, english)
    }

    fn of(&self, act: [&str; 2], object: &str) -> String {
        format!("{} {object}", self.words(act))
    }

    fn granted(&self, grant: &RoleGrant) -> String {
        let (role, person) = (self.role(grant.role), self.person(grant.person));
        let at = self.reach(grant);
        match self.language {
            Language::Vietnamese => format!("Giao vai trò {role} cho {person}, phạm vi {at}"),
            Language::English => format!("Give the role {role} to {person}, for {at}"),
        }
    }

    fn withdrawn(&self, id: RoleGrantId) -> String {
        let mut roles = self.snapshot.people.roles.iter();
        let Some(grant) = roles.find(|grant| grant.id == id) else {
            let act = ["Thu hồi vai trò", "Take away the role"];
            return self.of(act, &id.to_string());
        };
        let (role, person) = (self.role(grant.role), self.person(grant.person));
        let at = self.reach(grant);
        match self.language {
            Language::Vietnamese => format!("Thu hồi vai trò {role} của {person}, phạm vi {at}"),
            Language::English => format!("Take the role {role} away from {person}, for {at}"),
        }
    }

    /// Where a role counts.
    fn reach(&self, grant: &RoleGrant) -> String {
        let whole = ["toàn hệ thống", "the whole system"];
        let whole = || self.words(whole).to_owned();
        grant.agency.map_or_else(whole, |id| self.agency(id))
    }

    /// What a role is called where its holders work.
    const fn role(&self, role: Role) -> &'static str {
        self.words(match role {
            Role::Operator => ["vận hành", "operator"],
            Role::RecordsClerk => ["văn thư", "records clerk"],
            Role::SecurityOfficer => ["cán bộ an toàn thông tin", "security officer"],
            Role::Signer => ["người ký", "signer"],
            Role::SubscriberManager => ["người quản lý thuê bao", "subscriber manager"],
        })
    }

    fn moved(&self, id: AgencyId, parent: Option<AgencyId>, at: Option<Timestamp>) -> String {
        let (agency, above) = (self.agency(id), self.above(parent));
        let told = match self.language {
            Language::Vietnamese => format!("Chuyển {agency} về trực thuộc {above}"),
            Language::English => format!("Put {agency} under {above}"),
        };
        let told = match (at.map(there), self.language) {
            (None, _) => told,
            (Some(from), Language::Vietnamese) => format!("{told} từ {from} (giờ Việt Nam)"),
            (Some(from), Language::English) => format!("{told} from {from} on (Vietnamese time)"),
        };
        let plans = self.plans_after(id, self.now.or_later(at));
        if plans.is_empty() {
            return told;
        }
        let stay = self.words([
            "Các kế hoạch sau đó vẫn giữ nguyên (giờ Việt Nam)",
            "What is planned after that stays (Vietnamese time)",
        ]);
        format!("{told}. {stay}: {}", plans.join("; "))
    }

    /// Where the agency is to be moved later than that.
    fn plans_after(&self, id: AgencyId, from: Timestamp) -> Vec<String> {
        let agency = self.snapshot.agencies.get(&id);
        let later = agency.into_iter().flat_map(|agency| agency.parent.later());
        let later = later.filter(|(date, _)| **date > from);
        let plan = |(date, above): (&Timestamp, &Option<AgencyId>)| {
            let (from, above) = (there(*date), self.above(*above));
            match self.language {
                Language::Vietnamese => format!("từ {from} trực thuộc {above}"),
                Language::English => format!("from {from} on under {above}"),
            }
        };
        later.map(plan).collect()
    }

    /// The agency above another, if there is one.
    fn above(&self, parent: Option<AgencyId>) -> String {
        let none = ["không cơ quan nào", "no other agency"];
        parent.map_or_else(|| self.words(none).to_owned(), |id| self.agency(id))
    }

    fn authority(&self, record: &AuthorityRecord) -> String {
        let (person, agency) = (self.person(record.person), self.agency(record.agency));
        let (kind, basis) = (record.kind.name(), &record.basis);
        let (from, until) = (there(record.valid_from), there(record.valid_until));
        match self.language {
            Language::Vietnamese => format!(
                "Ghi nhận {person} được ký {kind} tại {agency} từ {from} đến {until} (giờ Việt Nam), theo {basis}"
            ),
            Language::English => format!(
                "Record that {person} may sign {kind} at {agency} from {from} to {until} (Vietnamese time), by {basis}"
            ),
        }
    }

    /// The digest is that of the file that the approver looks at.
    fn picture(&self, picture: &Picture) -> String {
        let whose = match picture.owner {
            Owner::Agency(id) => self.of(
                ["hình con dấu của", "the picture of the seal of"],
                &self.agency(id),
            ),
            Owner::Person(id) => self.of(
                ["hình chữ ký của", "the picture of the signature of"],
                &self.person(id),
            ),
        };
        let (full, tenth) = (picture.width / 10, picture.width % 10);
        let digest = hex::encode(picture.digest);
        match self.language {
            Language::Vietnamese => {
                format!("Dùng {whose}, rộng {full},{tenth} mm, SHA-256 {digest}")
            }
            Language::English => {
                format!("Use {whose}, {full}.{tenth} mm wide, SHA-256 {digest}")
            }
        }
    }

    /// The fingerprint is what the approver compares with what the system's owner says on the phone.
    fn client_key(&self, key: &ClientKey) -> String {
        let hash = super::client_key::fingerprint(&key.material).unwrap_or_default();
        let kind = match &key.material {
            ClientKeyMaterial::CertificateSha256(_) => ["chứng thư SHA-256", "certificate SHA-256"],
            ClientKeyMaterial::PublicKey(_) => ["khóa công khai SHA-256", "public key SHA-256"],
            ClientKeyMaterial::SecretHash(_) => ["mật khẩu dùng chung", "a shared secret"],
        };
        let print = format!("{} {hash}", self.words(kind));
        let act = ["Thêm khóa cho hệ thống", "Add a key to the system"];
        let client = self.client(key.client);
        format!("{} {client}: {}", self.words(act), print.trim_end())
    }

    fn client_grant(&self, grant: &ClientGrant) -> String {
        let target = match grant.target {
            GrantTarget::Agency(id) => {
                self.of(["mọi khóa của", "every credential of"], &self.agency(id))
            }
            GrantTarget::Credential(id) => self.credential(id),
        };
        let client = self.client(grant.client);
        let mut told = match self.language {
            Language::Vietnamese => format!("Cấp quyền cho hệ thống {client} dùng {target}"),
            Language::English => format!("Let the system {client} use {target}"),
        };
        if grant.explicit {
            told.push_str(self.words([
                ", được thu mã xác thực của người ký",
                ", and collect the signer's one-time password",
            ]));
        }
        if grant.raw_hash {
            told.push_str(self.words([
                ", được ký giá trị băm không kèm thông tin văn bản",
                ", and sign hashes of which nothing is said",
            ]));
        }
        told
    }

    fn credential(&self, id: CredentialId) -> String {
        let found = self.snapshot.credentials.get(&id);
        let (kind, owner) = match found.map(|credential| credential.owner) {
            Some(Owner::Person(owner)) => (["khóa ký", "the credential"], self.person(owner)),
            Some(Owner::Agency(owner)) => (["con dấu", "the seal"], self.agency(owner)),
            None => return self.of(["khóa", "the credential"], &id.to_string()),
        };
        format!(
            "{} {id} {} {owner}",
            self.words(kind),
            self.words(["của", "of"])
        )
    }

    fn person(&self, id: PersonId) -> String {
        let found = self.snapshot.people.by_id.get(&id);
        found.map_or_else(
            || id.to_string(),
            |p| format!("{} ({}, {})", p.name, p.login, p.position),
        )
    }

    fn agency(&self, id: AgencyId) -> String {
        let name = self.snapshot.name_of(id, self.now);
        name.map_or_else(|| id.to_string(), str::to_owned)
    }

    fn client(&self, id: ClientId) -> String {
        let found = self.snapshot.clients.by_id.get(&id);
        found.map_or_else(
            || id.to_string(),
            |c| format!("{} ({})", c.display_name, c.name),
        )
    }
}

/// A time as people read it, in Vietnam.
fn there(at: Timestamp) -> String {
    Moment::from_micros(at.as_micros()).plain()
}

#[cfg(test)]
mod tests {
    use kyso_core::id::AuthorityId;
    use kyso_core::id::ClientKeyId;
    use kyso_core::model::AuthorityKind;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn told(change: &PowerChange) -> [String; 2] {
        let each = [Language::Vietnamese, Language::English];
        each.map(|language| summary(&Snapshot::default(), change, language, NOW))
    }

    #[test]
    fn what_is_not_known_is_named_by_its_id() {
        let id = PersonId::random();
        for told in told(&PowerChange::ResetFactors(id)) {
            assert!(told.contains(&id.to_string()), "{told}");
        }
    }

    #[test]
    fn a_shared_secret_never_shows_its_hash() {
        let material = ClientKeyMaterial::SecretHash("$argon2id$canary".to_owned());
        let key = ClientKey {
            id: ClientKeyId::random(),
            client: ClientId::random(),
            material,
        };
        for told in told(&PowerChange::AddClientKey(key)) {
            assert!(!told.contains("canary"), "{told}");
        }
    }

    #[test]
    fn times_of_an_authority_are_those_of_vietnam() {
        let record = AuthorityRecord {
            id: AuthorityId::random(),
            person: PersonId::random(),
            agency: AgencyId::random(),
            kind: AuthorityKind::KT,
            basis: "12/QĐ-UBND".into(),
            valid_from: Timestamp::from_seconds(1_735_664_400),
            valid_until: Timestamp::from_seconds(1_735_664_460),
        };
        let [vietnamese, english] = told(&PowerChange::RecordAuthority(record));
        assert!(vietnamese.contains("từ 01/01/2025 00:00 đến 01/01/2025 00:01"));
        assert!(english.contains("from 01/01/2025 00:00 to 01/01/2025 00:01"));
    }
}
