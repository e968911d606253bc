//! The codes that a manager may give are those below the agency above.

use std::sync::Arc;

use super::town::{Town, at, person_actor};
use crate::change::*;
use crate::id::*;
use crate::model::*;
use crate::*;

fn code(text: &str) -> AgencyCode {
    let mut formats = [CodeFormat::Legacy, CodeFormat::Modern].into_iter();
    let format = formats.find(|format| format.canonical(text).is_ok());
    AgencyCode {
        format: format.unwrap(),
        code: text.to_owned(),
        valid_from: at(-1_000),
        valid_until: None,
    }
}

/// Managers of the whole province, of a department and of a commune in it, each agency with its codes.
struct Realm {
    town: Town,
    commune: AgencyId,
    managers: [PersonId; 3],
}

impl Realm {
    fn new(codes: [&[&str]; 3]) -> Self {
        let mut town = Town::new();
        let [province, department, commune] = codes;
        let [outsider, signer] = [town.outsider, town.signer()];
        let managers = [town.by_role[&Role::SubscriberManager], outsider, signer];
        let agencies = Arc::make_mut(&mut town.snapshot.agencies);
        let top = agencies.get_mut(&town.agency).unwrap();
        top.codes = province.iter().map(|text| code(text)).collect();
        let mut above = top.clone();
        let ids = [department, commune].map(|codes| {
            above.parent = Dated::new(Some(above.id));
            above.id = AgencyId::random();
            above.codes = codes.iter().map(|text| code(text)).collect();
            agencies.insert(above.id, above.clone());
            above.id
        });
        let people = managers.into_iter().skip(1);
        let roles: Vec<_> = people.zip(ids).collect();
        town.bend_people(|all| {
            for (person, agency) in roles {
                all.roles.push(RoleGrant {
                    id: RoleGrantId::random(),
                    person,
                    role: Role::SubscriberManager,
                    agency: Some(agency),
                });
            }
        });
        Self {
            town,
            commune: ids[1],
            managers,
        }
    }

    fn alias(&self, by: usize, text: &str) -> Result<(), Refusal> {
        self.change(by, Change::AddAgencyCode(self.commune, code(text)))
    }

    fn register(&self, by: usize, texts: &[&str]) -> Result<(), Refusal> {
        let mut agency = self.town.snapshot.agencies[&self.commune].clone();
        (agency.id, agency.parent) = (AgencyId::random(), Dated::new(Some(self.commune)));
        agency.codes = texts.iter().map(|text| code(text)).collect();
        self.change(by, Change::RegisterAgency(agency))
    }

    fn change(&self, by: usize, change: Change) -> Result<(), Refusal> {
        let actor = person_actor(self.managers[by]);
        let policy = self.town.policy();
        policy.authorize_change(actor, change).map(|_| ())
    }
}

const CODED: [&[&str]; 3] = [
    &["H27", "000.00.00.H27"],
    &["H27.5", "000.00.05.H27"],
    &["H27.5.1", "000.01.05.H27"],
];
const FORBIDDEN: Result<(), Refusal> = Err(Refusal::Forbidden);

#[test]
fn a_code_lies_below_those_of_the_agency_above() {
    let realm = Realm::new(CODED);
    let (province, department, commune) = (0, 1, 2);
    for (text, alias, registered) in [
        ("H27.5.1.9", Ok(()), Ok(())),
        ("007.01.05.H27", Ok(()), Ok(())),
        // What lies beside the commune is not the commune's to name.
        ("H27.5.2", Ok(()), FORBIDDEN),
        ("000.02.05.H27", Ok(()), FORBIDDEN),
        ("H27.5", FORBIDDEN, FORBIDDEN),
        ("H27.51", FORBIDDEN, FORBIDDEN),
        ("000.00.05.H27", FORBIDDEN, FORBIDDEN),
        ("000.00.06.H27", FORBIDDEN, FORBIDDEN),
        ("H27", FORBIDDEN, FORBIDDEN),
        ("G01", FORBIDDEN, FORBIDDEN),
        ("000.00.00.G01", FORBIDDEN, FORBIDDEN),
    ] {
        for manager in [department, commune] {
            let given = realm.alias(manager, text);
            let from_above = manager == department;
            let expected = if from_above { alias } else { FORBIDDEN };
            assert_eq!(given, expected, "{manager} {text}");
            let end = realm.register(manager, &[text]);
            assert_eq!(end, registered, "{manager} {text}");
            // One good code does not carry another.
            let end = realm.register(manager, &["H27.5.1.8", text]);
            assert_eq!(end, registered, "{manager} {text}");
        }
        assert_eq!(realm.alias(province, text), Ok(()), "{text}");
        assert_eq!(realm.register(province, &[text]), Ok(()), "{text}");
    }
    assert_eq!(realm.register(commune, &[]), Ok(()));
}

#[test]
fn the_first_code_of_a_format_is_the_provinces_to_give() {
    let realm = Realm::new([&["H27"], &["H27.5"], &[]]);
    for by in [1, 2] {
        assert_eq!(realm.register(by, &["H27.5.1.9"]), FORBIDDEN);
        assert_eq!(realm.alias(by, "000.01.05.H27"), FORBIDDEN);
    }
    assert_eq!(realm.alias(1, "H27.5.1"), Ok(()));
    assert_eq!(realm.register(0, &["H27.5.1.9"]), Ok(()));
    assert_eq!(realm.alias(0, "000.01.05.H27"), Ok(()));
}

#[test]
fn a_code_that_is_over_has_nothing_below_it() {
    let mut realm = Realm::new(CODED);
    let (department, commune) = (1, realm.commune);
    let agencies = Arc::make_mut(&mut realm.town.snapshot.agencies);
    for code in &mut agencies.get_mut(&commune).unwrap().codes {
        code.valid_until = Some(at(0));
    }
    assert_eq!(realm.register(department, &["H27.5.1.9"]), FORBIDDEN);
}
