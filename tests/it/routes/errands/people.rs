//! Agencies, people, their factors and their powers.

use std::time::Duration;

use kyso_api::encoding::encode_base64;
use kyso_core::{Clock, SystemClock};
use kyso_tests::authenticator::Authenticator;
use serde_json::{Value, json};

use super::{Errands, id_of};

/// Registers an agency in each way there is; the id of the first.
pub(super) fn agencies(errands: &Errands<'_>) -> String {
    let top = &errands.world.province().agencies.province;
    let agency = json!({"name": "Phòng thử", "parent": top, "kind": "state", "level": "department",
        "codes": [{"format": "modern", "code": "H27.77"}]});
    let agency = errands.manage("POST /agencies", &[], "agency.registered", &agency);
    let agency = id_of(&agency);
    let alias = json!({"format": "legacy", "code": "000.00.77.H27"});
    let (route, event) = ("POST /agencies/{id}/codes", "agency.alias_added");
    errands.manage(route, &[&agency], event, &alias);
    let (route, event) = ("POST /agencies/{id}/codes/end", "agency.code_ended");
    errands.manage(route, &[&agency], event, &alias);
    let apart = json!({"name": "Phòng chuyển đi", "parent": top, "kind": "state", "level": "department", "codes": []});
    let apart = errands.manage("POST /agencies", &[], "agency.registered", &apart);
    errands.agree(
        "POST /agencies/{id}/move",
        &[&id_of(&apart)],
        &json!({"parent": agency}),
    );
    let (route, event) = ("POST /agencies/{id}/rename", "agency.renamed");
    let name = json!({"name": "Phòng đã chuyển"});
    errands.manage(route, &[&id_of(&apart)], event, &name);
    for (route, csv) in [
        (
            "POST /imports/agencies",
            "code,name,parent,kind,level\nH27.78,Phòng nhập,H27,state,department\n",
        ),
        (
            "POST /imports/persons",
            "login,name,agency,position,email,position_required\n\
             nhap-1,Người Nhập,H27.78,Chuyên viên,nhap@hue.example.vn,true\n",
        ),
    ] {
        errands.manage(route, &[], "import.applied", &json!(csv));
    }
    agency
}

/// Somebody who registers, enrols, logs in, changes the password and logs out; their id.
pub(super) fn newcomer(errands: &Errands<'_>, agency: &str) -> String {
    let person = json!({"login": "moi", "name": "Người Mới", "agency": agency,
        "position": "Chuyên viên", "email": "moi@hue.example.vn"});
    let person = errands.manage("POST /persons", &[], "person.registered", &person);
    let person = id_of(&person);
    let authenticator = enrol(errands, &person);
    let token = log_in(errands, "Mat-khau-rat-dai-1");
    let change = json!({"old": "Mat-khau-rat-dai-1", "new": "Mat-khau-rat-dai-2",
        "otp": authenticator.code().unwrap()});
    let (route, event) = ("POST /me/password", "password.changed");
    errands.run(&token, route, &[], event, &change);
    let token = log_in(errands, "Mat-khau-rat-dai-2");
    log_in(errands, "Mat-khau-rat-dai-2");
    let (route, event) = ("DELETE /sessions/{id}", "token.revoked");
    errands.run(
        &token,
        route,
        &[&other(errands, &token)],
        event,
        &Value::Null,
    );
    let route = "DELETE /sessions/current";
    errands.run(&token, route, &[], event, &Value::Null);
    person
}

fn enrol(errands: &Errands<'_>, person: &str) -> Authenticator {
    let (route, event) = ("POST /persons/{id}/enrolment-code", "factor.code_issued");
    let code = errands.manage(route, &[person], event, &json!({}));
    let code = json!({"code": code.member("code").unwrap()});
    let begun = errands.call("", "POST", "/enrolments", &code);
    let authenticator = Authenticator::scan(&begun.member("otpauth_uri").unwrap()).unwrap();
    let confirmation = json!({
        "enrolment_token": begun.member("enrolment_token").unwrap(),
        "password": "Mat-khau-rat-dai-1",
        "otp": authenticator.code().unwrap(),
    });
    let (route, event) = ("POST /enrolments/confirm", "factor.enrolled");
    errands.run("", route, &[], event, &confirmation);
    authenticator
}

fn log_in(errands: &Errands<'_>, password: &str) -> String {
    let body = json!({"login": "moi", "password": password});
    let session = errands.run("", "POST /sessions", &[], "login.succeeded", &body);
    session.member("access_token").unwrap()
}

/// The log-in that this token is not of.
fn other(errands: &Errands<'_>, token: &str) -> String {
    let own = errands.call(token, "GET", "/sessions", &Value::Null).json();
    let mut own = own["items"].as_array().unwrap().iter();
    let other = own.find(|one| one["current"] == false).unwrap();
    other["id"].as_str().unwrap().to_owned()
}

/// Roles, a rejected one among them, an authority, and a reset that waits.
pub(super) fn powers(errands: &Errands<'_>, agency: &str, person: &str) {
    let role = json!({"person": person, "role": "signer", "agency": agency});
    errands.agree("POST /roles", &[], &role);
    let role = json!({"person": person, "role": "operator"});
    let change = errands.propose("POST /roles", &[], &role);
    let (route, rejected) = ("POST /changes/{id}/reject", "change.rejected");
    let reason = json!({"reason": "không cần"});
    errands.run(&errands.two, route, &[&change], rejected, &reason);
    let entry = errands.last(rejected).pop().unwrap();
    assert_eq!(entry.openings["reason"], "không cần", "the log keeps why");
    let role = errands.id_found("/roles", "person", person);
    let (route, event) = ("POST /roles/{id}/withdraw", "role.revoked");
    errands.manage(route, &[&role], event, &json!({}));
    authority(errands, agency, person);
    picture(errands, agency);
    let route = "POST /persons/{id}/reset-factors";
    errands.propose(route, &[person], &json!({}));
}

fn authority(errands: &Errands<'_>, agency: &str, person: &str) {
    let now = SystemClock.now();
    let record = json!({"person": person, "agency": agency, "kind": "KT",
        "basis": "Quyết định 9/QĐ-UBND", "from": now.to_string(),
        "to": now.after(Duration::from_hours(24)).to_string()});
    errands.agree("POST /authorities", &[], &record);
    let authority = errands.id_found("/authorities", "person", person);
    let (route, event) = ("POST /authorities/{id}/end", "authority.ended");
    errands.manage(route, &[&authority], event, &json!({}));
}

/// A seal's picture, which the second manager looks at and the first takes away.
fn picture(errands: &Errands<'_>, agency: &str) {
    let route = "PUT /pictures/{owner}";
    let change = errands.propose(route, &[agency], &red());
    let (route, read) = ("GET /changes/{id}/picture", "picture.read");
    errands.run(&errands.two, route, &[&change], read, &Value::Null);
    let (route, approved) = ("POST /changes/{id}/approve", "change.approved");
    errands.run(&errands.two, route, &[&change], approved, &json!({}));
    errands.manage("GET /pictures/{owner}", &[agency], read, &Value::Null);
    let (route, event) = ("DELETE /pictures/{owner}", "picture.removed");
    errands.manage(route, &[agency], event, &Value::Null);
}

/// A picture of a seal.
fn red() -> Value {
    let png = include_bytes!("../../../vectors/outgoing/seal.png");
    json!({"png": encode_base64(png), "width": 360})
}

/// The person leaves, then the agency.
pub(super) fn endings(errands: &Errands<'_>, agency: &str, person: &str) {
    let (route, event) = ("POST /persons/{id}/end", "person.ended");
    errands.manage(route, &[person], event, &json!({}));
    let reason = json!({"reason": "Quyết định 1/QĐ-STTTT"});
    errands.agree("POST /persons/{id}/erase", &[person], &reason);
    let (route, event) = ("POST /agencies/{id}/end", "agency.ended");
    errands.manage(route, &[agency], event, &json!({}));
}
