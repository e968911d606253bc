//! Names for what the state knows by ids, for those who may see what they belong to.

use kyso_core::Snapshot;
use kyso_core::Timestamp;
use kyso_core::id::{AgencyId, ClientId, CredentialId, PersonId};
use kyso_core::model::{Agency, Credential, Owner};
use kyso_web::{Foreign, Language};

use crate::http::error::Problem;
use crate::http::management::read;

/// What a word of ours is called, by a table of words, in Vietnamese and in English; one that has no name stays as it is.
pub fn word(names: &[(&str, &str, &str)], word: &str, language: Language) -> Foreign {
    let known = names.iter().find(|(known, ..)| *known == word);
    Foreign::new(known.map_or(word, |(_, vi, en)| language.choose(vi, en)))
}

/// A person's name; the id of one that is not known.
pub fn person(snapshot: &Snapshot, id: PersonId) -> Foreign {
    match snapshot.people.by_id.get(&id) {
        Some(person) => Foreign::new(&person.name),
        None => Foreign::new(&id.to_string()),
    }
}

/// What an agency is called now; the id of one that is not known.
pub fn agency(snapshot: &Snapshot, id: AgencyId, now: Timestamp) -> Foreign {
    match snapshot.name_of(id, now) {
        Some(name) => Foreign::new(name),
        None => Foreign::new(&id.to_string()),
    }
}

/// The id that the API is sent for this code: empty where nobody has the code, which it refuses.
pub fn agency_id(snapshot: &Snapshot, typed: &str) -> String {
    agency_of_code(snapshot, typed).map_or(String::new(), |id| id.to_string())
}

/// The agency that has this code, however it is typed.
fn agency_of_code(snapshot: &Snapshot, typed: &str) -> Option<AgencyId> {
    let typed = typed.trim();
    let has = |agency: &&Agency| {
        let mut codes = agency.codes.iter();
        codes.any(|code| code.valid_until.is_none() && code.code.eq_ignore_ascii_case(typed))
    };
    snapshot.agencies.values().find(has).map(|agency| agency.id)
}

/// Whether this id, as the API is sent it, names an agency that has ended.
pub fn has_ended(snapshot: &Snapshot, id: &str, now: Timestamp) -> bool {
    id.parse().is_ok_and(|id| snapshot.has_ended(id, now))
}

/// The person who logs in by this name.
pub fn person_of_login(snapshot: &Snapshot, typed: &str) -> Option<PersonId> {
    let mut people = snapshot.people.by_id.values();
    let found = people.find(|person| person.login.eq_ignore_ascii_case(typed.trim()));
    found.map(|person| person.id)
}

/// What people call a system; the id of one that is not known.
pub fn system(snapshot: &Snapshot, id: ClientId) -> Foreign {
    match snapshot.clients.by_id.get(&id) {
        Some(client) => Foreign::new(&client.display_name),
        None => Foreign::new(&id.to_string()),
    }
}

/// Whose the credential is.
pub fn owner(snapshot: &Snapshot, credential: &Credential, now: Timestamp) -> Foreign {
    match credential.owner {
        Owner::Person(id) => person(snapshot, id),
        Owner::Agency(id) => agency(snapshot, id, now),
    }
}

/// Whose the credential with this id is.
pub fn owner_of(snapshot: &Snapshot, id: CredentialId, now: Timestamp) -> Foreign {
    match snapshot.credentials.get(&id) {
        Some(credential) => owner(snapshot, credential, now),
        None => Foreign::new(&id.to_string()),
    }
}

/// What a document is about: its abstract, or whatever name it has.
pub fn title(summary: Option<&String>, label: Option<&String>) -> Foreign {
    summary
        .or(label)
        .map_or(Foreign::default(), |name| Foreign::new(name))
}

/// A document's number and symbol as one writes them: `12/QĐ-UBND`.
pub fn number(number: Option<&str>, symbol: Option<&str>) -> Foreign {
    let parts: Vec<&str> = [number, symbol].into_iter().flatten().collect();
    Foreign::new(&parts.join("/"))
}

/// A time that a field of a page sent, at +07:00, as the API is told it.
pub fn as_sent(field: &str) -> String {
    format!("{field}:00+07:00")
}

/// The same as a point in time; an empty field is none.
///
/// # Errors
/// `invalid_field` naming the field.
pub fn time(field: &str, name: &'static str) -> Result<Option<Timestamp>, Problem> {
    match field {
        "" => Ok(None),
        text => read::time(&as_sent(text), name).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_fields_are_those_of_vietnam() {
        let read = |text| time(text, "from").map(|at| at.map(Timestamp::as_seconds));
        assert_eq!(read("1970-01-01T07:01").unwrap(), Some(60));
        assert_eq!(read("").unwrap(), None);
        for bad in ["1970-01-01", "07:01", "1970-01-01T07:01Z", "hôm nay"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
