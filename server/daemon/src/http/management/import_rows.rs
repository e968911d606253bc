//! What one row of an import means.

use kyso_core::Change;
use kyso_core::id::{AgencyId, PersonId};
use kyso_core::model::{Agency, AgencyCode, CodeFormat, Dated, Person};

use super::imports::{Cells, Fault, Ground, Row};
use super::persons::{email, login};
use super::{NAME, WORD, read};

/// A cell that must hold something.
fn cell<'a>(cells: &'a Cells, name: &'static str) -> Result<&'a str, Fault> {
    let text = cells.get(name).map(String::as_str).unwrap_or_default();
    if text.is_empty() {
        Err((name, "missing"))
    } else {
        Ok(text)
    }
}

fn text(cells: &Cells, name: &'static str, limit: usize) -> Result<String, Fault> {
    read::text(cell(cells, name)?, name, limit).map_err(|_| (name, "invalid"))
}

fn flag(cells: &Cells, name: &'static str) -> Result<bool, Fault> {
    let text = cells
        .get(name)
        .map(|text| text.to_lowercase())
        .unwrap_or_default();
    match text.as_str() {
        "" | "0" | "no" | "false" | "không" => Ok(false),
        "1" | "yes" | "true" | "có" | "x" => Ok(true),
        _ => Err((name, "invalid")),
    }
}

/// A person: `login,name,agency,position,email,position_required`; the agency by a code.
///
/// # Errors
/// The column that is wrong, and how.
pub fn person_row(ground: &mut Ground<'_>, cells: &Cells, row: u32) -> Result<Row, Fault> {
    let person = Person {
        id: PersonId::random(),
        login: login(cell(cells, "login")?).map_err(|_| ("login", "invalid"))?,
        name: text(cells, "name", NAME)?,
        agency: ground
            .agency(cell(cells, "agency")?)
            .ok_or(("agency", "unknown_agency"))?,
        position: text(cells, "position", NAME)?,
        email: email(cell(cells, "email")?).map_err(|_| ("email", "invalid"))?,
        position_required: flag(cells, "position_required")?,
        ended_at: None,
    };
    if ground.logins.insert(person.login.clone(), row).is_some() {
        return Err(("login", "duplicate"));
    }
    let people = &ground.snapshot.people;
    let there = people
        .by_login
        .get(&person.login)
        .and_then(|id| people.by_id.get(id));
    match there {
        None => Ok(Row::New(Box::new(Change::RegisterPerson(person)))),
        Some(there)
            if (Person {
                id: there.id,
                ..person
            }) == *there =>
        {
            Ok(Row::Same)
        }
        Some(_) => Err(("login", "conflict")),
    }
}

/// An agency: `code,name,parent,kind,level` and perhaps `legacy_code`; the parent by a code.
///
/// # Errors
/// The column that is wrong, and how.
pub fn agency_row(ground: &mut Ground<'_>, cells: &Cells, _: u32) -> Result<Row, Fault> {
    let code = cell(cells, "code")?;
    let code = CodeFormat::Modern
        .canonical(code)
        .map_err(|_| ("code", "invalid"))?;
    let mut codes = vec![(CodeFormat::Modern, code)];
    if let Ok(legacy) = cell(cells, "legacy_code") {
        let legacy = CodeFormat::Legacy
            .canonical(legacy)
            .map_err(|_| ("legacy_code", "invalid"))?;
        codes.push((CodeFormat::Legacy, legacy));
    }
    let parent = match cell(cells, "parent") {
        Ok(parent) => Some(ground.agency(parent).ok_or(("parent", "unknown_agency"))?),
        Err(_) => None,
    };
    let made = |(format, code)| AgencyCode {
        format,
        code,
        valid_from: ground.now,
        valid_until: None,
    };
    let agency = Agency {
        id: AgencyId::random(),
        parent: Dated::new(parent),
        name: Dated::new(text(cells, "name", NAME)?),
        kind: text(cells, "kind", WORD)?,
        level: text(cells, "level", WORD)?,
        valid_from: ground.now,
        valid_until: None,
        codes: codes.into_iter().map(made).collect(),
    };
    place(ground, agency)
}

fn place(ground: &mut Ground<'_>, agency: Agency) -> Result<Row, Fault> {
    let held = agency
        .codes
        .iter()
        .find_map(|code| ground.codes.get(&code.code))
        .copied();
    let Some(held) = held else {
        ground.codes.extend(
            agency
                .codes
                .iter()
                .map(|code| (code.code.clone(), agency.id)),
        );
        ground.planned.insert(agency.id, agency.clone());
        return Ok(Row::New(Box::new(Change::RegisterAgency(agency))));
    };
    if ground.planned.contains_key(&held) {
        return Err(("code", "duplicate"));
    }
    let there = ground
        .snapshot
        .agencies
        .get(&held)
        .ok_or(("code", "conflict"))?;
    let same = there.parent.at(ground.now) == agency.parent.first()
        && there.name.at(ground.now) == agency.name.first()
        && there.kind == agency.kind
        && there.level == agency.level
        && agency
            .codes
            .iter()
            .all(|c| there.codes.iter().any(|t| t.code == c.code));
    if same {
        Ok(Row::Same)
    } else {
        Err(("code", "conflict"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use kyso_core::snapshot::People;
    use kyso_core::{Snapshot, Timestamp};

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn cells(pairs: &[(&str, &str)]) -> Cells {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    fn an() -> Cells {
        cells(&[
            ("login", "an"),
            ("name", "Nguyễn Văn An"),
            ("agency", "H27"),
            ("position", "Giám đốc"),
            ("email", "an@hatinh.gov.vn"),
            ("position_required", "có"),
        ])
    }

    /// One agency with a code, and the people.
    fn snapshot(people: Vec<Person>) -> (Snapshot, AgencyId) {
        let code = AgencyCode {
            format: CodeFormat::Modern,
            code: "H27".into(),
            valid_from: NOW,
            valid_until: None,
        };
        let agency = Agency {
            id: AgencyId::random(),
            parent: Dated::new(None),
            name: Dated::new("UBND tỉnh".into()),
            kind: "ubnd".into(),
            level: "tinh".into(),
            valid_from: NOW,
            valid_until: None,
            codes: vec![code],
        };
        let id = agency.id;
        let by_login = people.iter().map(|p| (p.login.clone(), p.id)).collect();
        let by_id = people.into_iter().map(|p| (p.id, p)).collect();
        let snapshot = Snapshot {
            agencies: Arc::new(HashMap::from([(id, agency)])),
            people: Arc::new(People {
                by_id,
                by_login,
                ..People::default()
            }),
            ..Snapshot::default()
        };
        (snapshot, id)
    }

    fn read_person(snapshot: &Snapshot, cells: &Cells) -> Result<Row, Fault> {
        person_row(&mut Ground::new(snapshot, NOW), cells, 2)
    }

    #[test]
    fn nobody_joins_an_agency_that_has_ended() {
        let (mut snapshot, id) = snapshot(Vec::new());
        let agencies = Arc::get_mut(&mut snapshot.agencies).unwrap();
        agencies.get_mut(&id).unwrap().valid_until = Some(NOW);
        assert_eq!(
            read_person(&snapshot, &an()).unwrap_err(),
            ("agency", "unknown_agency")
        );
    }

    #[test]
    fn a_person_is_new_then_the_same_then_a_conflict() {
        let (empty, _) = snapshot(Vec::new());
        let Ok(Row::New(change)) = read_person(&empty, &an()) else {
            panic!("new")
        };
        let Change::RegisterPerson(mut person) = *change else {
            panic!("a person")
        };
        let (mut there, agency) = snapshot(Vec::new());
        person.agency = agency;
        let people = People {
            by_login: HashMap::from([(person.login.clone(), person.id)]),
            by_id: HashMap::from([(person.id, person)]),
            ..People::default()
        };
        there.people = Arc::new(people);
        assert!(matches!(read_person(&there, &an()), Ok(Row::Same)));
        let mut other = an();
        other.insert("position".into(), "Phó Giám đốc".into());
        assert_eq!(
            read_person(&there, &other).unwrap_err(),
            ("login", "conflict")
        );
    }

    #[test]
    fn each_column_is_named_when_it_is_wrong() {
        let (snapshot, _) = snapshot(Vec::new());
        for (column, value, fault) in [
            ("login", "", ("login", "missing")),
            ("login", "ân", ("login", "invalid")),
            ("name", "", ("name", "missing")),
            ("name", "a\u{202E}", ("name", "invalid")),
            ("agency", "H99", ("agency", "unknown_agency")),
            ("agency", "?", ("agency", "unknown_agency")),
            ("email", "an", ("email", "invalid")),
            (
                "position_required",
                "maybe",
                ("position_required", "invalid"),
            ),
        ] {
            let mut cells = an();
            cells.insert(column.into(), value.into());
            assert_eq!(
                read_person(&snapshot, &cells).unwrap_err(),
                fault,
                "{column} {value:?}"
            );
        }
    }

    #[test]
    fn an_agency_that_is_there_changes_nothing() {
        let (snapshot, _) = snapshot(Vec::new());
        let row = |name: &str| {
            cells(&[
                ("code", "H27"),
                ("name", name),
                ("kind", "ubnd"),
                ("level", "tinh"),
            ])
        };
        let ground = || Ground::new(&snapshot, NOW);
        assert!(matches!(
            agency_row(&mut ground(), &row("UBND tỉnh"), 2),
            Ok(Row::Same)
        ));
        assert_eq!(
            agency_row(&mut ground(), &row("Khác"), 2).unwrap_err(),
            ("code", "conflict")
        );
    }
}
