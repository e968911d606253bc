//! A credential from its request to its end.

use kyso_core::Timestamp;
use serde_json::json;

use super::{Errands, id_of};

pub(super) fn life_of_a_credential(errands: &Errands<'_>, agency: &str, person: &str) {
    let (request, requested) = ("POST /credentials", "credential.requested");
    let wanted = json!({"kind": "personal", "owner_person": person, "owner_agency": agency,
        "algorithm": "p-256", "subject": {"common_name": "Người Mới", "country": "VN"}});
    let credential = id_of(&errands.manage(request, &[], requested, &wanted));
    let ids = [&*credential];
    let (issue, issued) = ("POST /credentials/{id}/issue", "certificate.issued");
    errands.manage(issue, &ids, issued, &json!({}));
    let (hand_over, handed_over) = ("POST /credentials/{id}/hand-over", "credential.handed_over");
    errands.manage(hand_over, &ids, handed_over, &json!({"basis": "BB 1"}));
    errands.agree("POST /credentials/{id}/activate", &ids, &json!({}));
    let reason = json!({"reason": "thử"});
    let (lock, locked) = ("POST /credentials/{id}/lock", "credential.locked");
    errands.manage(lock, &ids, locked, &reason);
    errands.agree("POST /credentials/{id}/unlock", &ids, &json!({}));
    let (revoke, revoked) = ("POST /credentials/{id}/revoke", "credential.revoked");
    errands.manage(revoke, &ids, revoked, &reason);

    let other = errands.manage(request, &[], requested, &wanted);
    let chain = issued_elsewhere(&other.member("csr_pem").unwrap(), None);
    let (bring, certified) = ("POST /credentials/{id}/certificate", "credential.certified");
    let chain = json!({"chain_pem": chain});
    errands.manage(bring, &[&id_of(&other)], certified, &chain);
}

/// A chain for this request from a CA that is not ours; its end, if it must come soon.
pub(crate) fn issued_elsewhere(csr: &str, until: Option<Timestamp>) -> String {
    let mut ca = rcgen::CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    ca.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name
        .push(rcgen::DnType::CommonName, "CA khác");
    let ca = rcgen::CertifiedIssuer::self_signed(ca, rcgen::KeyPair::generate().unwrap()).unwrap();
    let mut request = rcgen::CertificateSigningRequestParams::from_pem(csr).unwrap();
    request.params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    if let Some(until) = until {
        let seconds = time::OffsetDateTime::from_unix_timestamp(until.as_seconds());
        request.params.not_after = seconds.unwrap();
    }
    let leaf = request.signed_by(&ca).unwrap();
    format!("{}{}", leaf.pem(), ca.pem())
}
