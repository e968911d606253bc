//! The subject of a request, in the order of the Government CA's profile: C, L, O, OU, OU, CN, E for
//! a person, C, L, O, CN for an agency.

use kyso_api::management::Subject as Wire;
use kyso_hsm::{Subject, SubjectField};

use super::persons::email;
use crate::http::error::Problem;
use crate::http::text;

/// Most organisational units.
const UNITS: usize = 4;

/// Reads the wire's members into a name.
///
/// # Errors
/// `invalid_field` naming `subject`.
pub fn read(wire: &Wire) -> Result<Subject, Problem> {
    if wire.organizational_units.len() > UNITS {
        return Err(bad());
    }
    parts(wire)?
        .into_iter()
        .try_fold(Subject::new(), |subject, (field, text)| {
            subject.with(field, &text).map_err(|_| bad())
        })
}

fn bad() -> Problem {
    Problem::field("subject")
}

fn parts(wire: &Wire) -> Result<Vec<(SubjectField, String)>, Problem> {
    let mut parts = vec![(
        SubjectField::Country,
        wire.country.clone().unwrap_or_else(|| "VN".into()),
    )];
    let mut add = |field, text: Option<&String>| -> Result<(), Problem> {
        let clean = text::clean_optional(text).map_err(|_| bad())?;
        parts.extend(clean.map(|text| (field, text)));
        Ok(())
    };
    add(SubjectField::Province, wire.state.as_ref())?;
    add(SubjectField::Locality, wire.locality.as_ref())?;
    add(SubjectField::Organization, wire.organization.as_ref())?;
    // The wire names the innermost unit first, a name begins at the root.
    for unit in wire.organizational_units.iter().rev() {
        add(SubjectField::OrganizationalUnit, Some(unit))?;
    }
    add(SubjectField::CommonName, Some(&wire.common_name))?;
    add(SubjectField::Title, wire.title.as_ref())?;
    add(SubjectField::UserId, wire.user_id.as_ref())?;
    add(SubjectField::Email, wire.email.as_ref())?;
    if wire.common_name.trim().is_empty() || wire.email.as_ref().is_some_and(|e| email(e).is_err())
    {
        return Err(bad());
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use x509_cert::der::Decode as _;
    use x509_cert::name::Name;

    use super::*;

    fn rfc4514(wire: &Wire) -> String {
        Name::from_der(&read(wire).unwrap().to_der().unwrap())
            .unwrap()
            .to_string()
    }

    #[test]
    fn an_official_has_two_units_and_an_address() {
        let wire = Wire {
            common_name: "Nguyễn Văn An".into(),
            organizational_units: vec!["Văn phòng".into(), "Sở Tư pháp".into()],
            organization: Some("UBND tỉnh Hà Tĩnh".into()),
            locality: Some("Hà Tĩnh".into()),
            email: Some("an@hatinh.gov.vn".into()),
            ..Wire::default()
        };
        let name = rfc4514(&wire);
        assert!(
            name.contains(
                "CN=Nguyễn Văn An,OU=Văn phòng,OU=Sở Tư pháp,O=UBND tỉnh Hà Tĩnh,L=Hà Tĩnh,C=VN"
            ),
            "{name}"
        );
        assert!(
            name.to_ascii_lowercase().contains("=an@hatinh.gov.vn"),
            "{name}"
        );
    }

    #[test]
    fn an_agency_has_four_parts() {
        let wire = Wire {
            common_name: "Sở Y tế".into(),
            organization: Some("UBND tỉnh Hà Tĩnh".into()),
            locality: Some("Hà Tĩnh".into()),
            ..Wire::default()
        };
        assert_eq!(
            rfc4514(&wire),
            "CN=Sở Y tế,O=UBND tỉnh Hà Tĩnh,L=Hà Tĩnh,C=VN"
        );
    }

    #[test]
    fn bad_subjects_are_refused() {
        let bad: [fn(&mut Wire); 5] = [
            |w| w.common_name = "  ".into(),
            |w| w.country = Some("Việt Nam".into()),
            |w| w.email = Some("an".into()),
            |w| w.title = Some("a\u{202E}".into()),
            |w| w.organizational_units = vec!["x".into(); UNITS + 1],
        ];
        for (case, change) in bad.into_iter().enumerate() {
            let mut wire = Wire {
                common_name: "An".into(),
                ..Wire::default()
            };
            change(&mut wire);
            assert!(read(&wire).is_err(), "{case}");
        }
    }
}
