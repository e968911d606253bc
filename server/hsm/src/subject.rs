//! Distinguished names as certificates of officials have them: in order, with repeated parts.

use const_oid::db::rfc3280::EMAIL_ADDRESS;
use const_oid::db::rfc4519::{C, CN, L, O, OU, SERIAL_NUMBER, ST, TITLE, UID};
use der::asn1::{Ia5StringRef, ObjectIdentifier, PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{Any, Decode, Encode};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::request::CertReq;

use crate::error::HsmError;

/// The longest value, in bytes; RFC 5280's bounds of 64 characters are too short for the names
/// of some agencies, and no verifier holds to them.
const LONGEST: usize = 512;

/// A part of a distinguished name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectField {
    /// `C`: two letters.
    Country,
    /// `ST`: province (tỉnh).
    Province,
    /// `L`: place.
    Locality,
    /// `O`: the organisation, as in a People's Committee (UBND).
    Organization,
    /// `OU`: a unit; an official's certificate has two, agency and division.
    OrganizationalUnit,
    /// `CN`: the name of the person or agency.
    CommonName,
    /// `T`: position (chức vụ).
    Title,
    /// `serialNumber` of the subject.
    SerialNumber,
    /// `E`: official e-mail address.
    Email,
    /// `UID`, as public certification authorities use it: `CCCD:…`, `MST:…`.
    UserId,
}

impl SubjectField {
    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Country => C,
            Self::Province => ST,
            Self::Locality => L,
            Self::Organization => O,
            Self::OrganizationalUnit => OU,
            Self::CommonName => CN,
            Self::Title => TITLE,
            Self::SerialNumber => SERIAL_NUMBER,
            Self::Email => EMAIL_ADDRESS,
            Self::UserId => UID,
        }
    }

    /// Each field in the string type that RFC 5280 appendix A gives it.
    fn encode(self, text: &str) -> der::Result<Any> {
        match self {
            Self::Country | Self::SerialNumber => Any::encode_from(&PrintableStringRef::new(text)?),
            Self::Email => Any::encode_from(&Ia5StringRef::new(text)?),
            _ => Any::encode_from(&Utf8StringRef::new(text)?),
        }
    }

    fn accepts(self, text: &str) -> bool {
        let length = if self == Self::Country {
            2..=2
        } else {
            1..=LONGEST
        };
        length.contains(&text.len()) && !text.chars().any(char::is_control)
    }
}

/// A distinguished name: its parts in order, one attribute each; parts may repeat.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject(RdnSequence);

impl Subject {
    /// The name with no parts.
    pub fn new() -> Self {
        Self::default()
    }

    /// This name with one more part at its end.
    ///
    /// # Errors
    /// If the text is empty, too long, or has characters that the part cannot have.
    pub fn with(mut self, field: SubjectField, text: &str) -> Result<Self, HsmError> {
        let invalid = HsmError::Encoding("subject");
        if !field.accepts(text) {
            return Err(invalid);
        }
        let value = field
            .encode(text)
            .map_err(|_| HsmError::Encoding("subject"))?;
        let attribute = AttributeTypeAndValue {
            oid: field.oid(),
            value,
        };
        let part = SetOfVec::try_from(vec![attribute]).map_err(|_| invalid)?;
        self.0.0.push(RelativeDistinguishedName(part));
        Ok(self)
    }

    /// DER of the name (RFC 5280 §4.1.2.4).
    ///
    /// # Errors
    /// If it is too long for DER.
    pub fn to_der(&self) -> Result<Vec<u8>, HsmError> {
        self.0.to_der().map_err(|_| HsmError::Encoding("subject"))
    }

    /// The subject that a PKCS#10 request (RFC 2986 §4.1) asks for.
    ///
    /// # Errors
    /// If it is no request.
    pub fn of_request(der: &[u8]) -> Result<Self, HsmError> {
        let request = CertReq::from_der(der).map_err(|_| HsmError::Encoding("request"))?;
        Ok(Self(request.info.subject))
    }

    pub(crate) fn name(&self) -> Name {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_cannot_hold_is_refused() {
        for (field, text) in [
            (SubjectField::Country, "VNM"),
            (SubjectField::Country, "Đ"),
            (SubjectField::CommonName, ""),
            (SubjectField::CommonName, "a\0b"),
            (SubjectField::Email, "thư@example.vn"),
        ] {
            assert!(
                Subject::new().with(field, text).is_err(),
                "{field:?} {text:?}"
            );
        }
    }

    #[test]
    fn a_repeated_part_is_kept_in_order() {
        let subject = ["Sở Tư pháp", "Văn phòng"]
            .iter()
            .try_fold(Subject::new(), |subject, unit| {
                subject.with(SubjectField::OrganizationalUnit, unit)
            });
        assert_eq!(
            subject.unwrap().name().to_string(),
            "OU=Văn phòng,OU=Sở Tư pháp"
        );
    }
}
