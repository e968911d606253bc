//! What an approver must see of a change: names, not only ids.

use kyso_core::Snapshot;
use kyso_core::change::PowerChange;
use kyso_core::id::{AgencyId, ClientId, CredentialId, PersonId};
use kyso_core::model::{ClientGrant, ClientKey, ClientKeyMaterial, GrantTarget, Owner, RoleGrant};

/// One sentence, Vietnamese, with names and ids.
pub fn summary(snapshot: &Snapshot, change: &PowerChange) -> String {
    match change {
        PowerChange::ActivateCredential(id) => {
            format!("Kích hoạt {}", credential(snapshot, *id))
        }
        PowerChange::UnlockCredential(id) => format!("Mở khóa {}", credential(snapshot, *id)),
        PowerChange::ResetFactors(id) => {
            format!("Đặt lại yếu tố xác thực của {}", person(snapshot, *id))
        }
        PowerChange::IssueEnrolmentCode(code) => {
            format!("Cấp mã kích hoạt cho {}", person(snapshot, code.person))
        }
        PowerChange::RevokeRole(id) => {
            let held = snapshot.people.roles.iter().find(|grant| grant.id == *id);
            held.map_or_else(
                || format!("Thu hồi vai trò {id}"),
                |grant| format!("Thu hồi: {}", role(snapshot, grant)),
            )
        }
        PowerChange::GrantRole(grant) => role(snapshot, grant),
        PowerChange::AddClientKey(key) => client_key(snapshot, key),
        PowerChange::GrantClient(grant) => client_grant(snapshot, grant),
        PowerChange::RecordAuthority(record) => format!(
            "Ghi nhận {} được ký {} tại {} từ {} đến {}, theo {}",
            person(snapshot, record.person),
            record.kind.name(),
            agency(snapshot, record.agency),
            record.valid_from,
            record.valid_until,
            record.basis
        ),
        PowerChange::Several(changes) => {
            let each: Vec<String> = changes.iter().map(|c| summary(snapshot, c)).collect();
            each.join("; ")
        }
    }
}

fn role(snapshot: &Snapshot, grant: &RoleGrant) -> String {
    let whole = || "toàn hệ thống".to_owned();
    let at = grant.agency.map_or_else(whole, |id| agency(snapshot, id));
    format!(
        "Giao vai trò {} cho {}, phạm vi {at}",
        grant.role.name(),
        person(snapshot, grant.person)
    )
}

/// The fingerprint is what the approver compares with what the system's owner says on the phone.
fn client_key(snapshot: &Snapshot, key: &ClientKey) -> String {
    let hash = super::client_key::fingerprint(&key.material).unwrap_or_default();
    let print = match &key.material {
        ClientKeyMaterial::CertificateSha256(_) => format!("chứng thư SHA-256 {hash}"),
        ClientKeyMaterial::PublicKey(_) => format!("khóa công khai SHA-256 {hash}"),
        ClientKeyMaterial::SecretHash(_) => "mật khẩu dùng chung".to_owned(),
    };
    format!(
        "Thêm khóa cho hệ thống {}: {print}",
        client(snapshot, key.client)
    )
}

fn client_grant(snapshot: &Snapshot, grant: &ClientGrant) -> String {
    let target = match grant.target {
        GrantTarget::Agency(id) => format!("mọi khóa của {}", agency(snapshot, id)),
        GrantTarget::Credential(id) => credential(snapshot, id),
    };
    let explicit = if grant.explicit {
        ", được thu mã xác thực của người ký"
    } else {
        ""
    };
    let raw = if grant.raw_hash {
        ", được ký giá trị băm không kèm thông tin văn bản"
    } else {
        ""
    };
    format!(
        "Cấp quyền cho hệ thống {} dùng {target}{explicit}{raw}",
        client(snapshot, grant.client)
    )
}

fn credential(snapshot: &Snapshot, id: CredentialId) -> String {
    match snapshot
        .credentials
        .get(&id)
        .map(|credential| credential.owner)
    {
        Some(Owner::Person(owner)) => format!("khóa ký {id} của {}", person(snapshot, owner)),
        Some(Owner::Agency(owner)) => format!("con dấu {id} của {}", agency(snapshot, owner)),
        None => format!("khóa {id}"),
    }
}

fn person(snapshot: &Snapshot, id: PersonId) -> String {
    let found = snapshot.people.by_id.get(&id);
    found.map_or_else(
        || id.to_string(),
        |p| format!("{} ({}, {})", p.name, p.login, p.position),
    )
}

fn agency(snapshot: &Snapshot, id: AgencyId) -> String {
    snapshot
        .agencies
        .get(&id)
        .map_or_else(|| id.to_string(), |agency| agency.name.clone())
}

fn client(snapshot: &Snapshot, id: ClientId) -> String {
    let found = snapshot.clients.by_id.get(&id);
    found.map_or_else(
        || id.to_string(),
        |c| format!("{} ({})", c.display_name, c.name),
    )
}

#[cfg(test)]
mod tests {
    use kyso_core::id::ClientKeyId;

    use super::*;

    #[test]
    fn what_is_not_known_is_named_by_its_id() {
        let snapshot = Snapshot::default();
        let id = PersonId::random();
        assert!(summary(&snapshot, &PowerChange::ResetFactors(id)).contains(&id.to_string()));
    }

    #[test]
    fn a_shared_secret_never_shows_its_hash() {
        let material = ClientKeyMaterial::SecretHash("$argon2id$canary".to_owned());
        let key = ClientKey {
            id: ClientKeyId::random(),
            client: ClientId::random(),
            material,
        };
        assert!(!summary(&Snapshot::default(), &PowerChange::AddClientKey(key)).contains("canary"));
    }
}
