//! Whose certificate it is, and whether a document has both signatures that it needs.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::{GIVEN_NAME, O, OU, SERIAL_NUMBER, SN, TITLE, UID};
use const_oid::db::rfc5912::ID_CE_SUBJECT_ALT_NAME;
use x509_cert::Certificate;

use super::answers::{Completeness, Party};
use super::certificate::{extension, named};

/// `emailAddress` (PKCS #9).
const EMAIL: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
/// `organizationIdentifier` (ETSI EN 319 412-1 §5.1.4), which only organisations have.
const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");

/// How public authorities in Viet Nam write whose number a `UID` or serial number is: identity card,
/// passport, tax number of an enterprise; and ETSI EN 319 412-1 §5.1.3.
const OF_PERSONS: [&str; 8] = ["CMND:", "CCCD:", "HC:", "DDCN:", "PNO", "PAS", "IDC", "SSN"];
const OF_AGENCIES: [&str; 2] = ["MST:", "MNS:"];

/// What the subject of a certificate tells.
///
/// The Cipher Committee's certificates for persons name a unit and a mail address, those for
/// agencies neither. Nothing is guessed from the words of a name.
pub(super) fn party(certificate: &Certificate) -> Party {
    let subject = &certificate.tbs_certificate.subject;
    let has = |oid| !named(subject, oid).is_empty();
    let starts = |words: &[&str]| {
        let numbers = named(subject, UID)
            .into_iter()
            .chain(named(subject, SERIAL_NUMBER));
        let mut numbers = numbers.map(|number| number.to_uppercase());
        numbers.any(|number| words.iter().any(|word| number.starts_with(word)))
    };
    let of_person = [TITLE, GIVEN_NAME, SN].into_iter().any(has) || starts(&OF_PERSONS);
    let of_agency = has(ORGANISATION) || starts(&OF_AGENCIES);
    let mail = has(EMAIL);
    let other_names = extension(certificate, ID_CE_SUBJECT_ALT_NAME).is_some();
    match (of_person, of_agency) {
        (true, false) => Party::Person,
        (false, true) => Party::Agency,
        (false, false) if mail && has(OU) => Party::Person,
        (false, false) if has(O) && !has(OU) && !mail && !other_names => Party::Agency,
        _ => Party::Unclear,
    }
}

/// Completeness from the parties of the good signatures, in the order in which they were made.
pub(super) fn completeness(parties: &[Party]) -> Completeness {
    let first = |wanted| parties.iter().position(|one| *one == wanted);
    let last_agency = parties.iter().rposition(|one| *one == Party::Agency);
    match (first(Party::Person), last_agency) {
        _ if parties.is_empty() => Completeness::Neither,
        (Some(person), Some(agency)) if person < agency => Completeness::Both,
        _ if parties.contains(&Party::Unclear) => Completeness::Unclear,
        (Some(_), Some(_)) => Completeness::AgencyFirst,
        (Some(_), None) => Completeness::PersonOnly,
        (None, _) => Completeness::AgencyOnly,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_signatures_count_only_in_their_order() {
        use Party::{Agency, Person, Unclear};
        for (parties, expected) in [
            (&[][..], Completeness::Neither),
            (&[Person], Completeness::PersonOnly),
            (&[Agency], Completeness::AgencyOnly),
            (&[Unclear], Completeness::Unclear),
            (&[Person, Unclear], Completeness::Unclear),
            (&[Person, Agency], Completeness::Both),
            (&[Agency, Person], Completeness::AgencyFirst),
            (&[Agency, Person, Agency], Completeness::Both),
            (&[Unclear, Person, Agency], Completeness::Both),
        ] {
            assert_eq!(completeness(parties), expected, "{parties:?}");
        }
    }
}
