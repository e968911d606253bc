//! What a person proves themself with: v1's `PIN` and `OTP`, v2's `authData`.

use serde_json::{Map, Value, json};

use super::body::{Body, Kind, Malformed};
use crate::Secret;

/// The factors that came with a request.
#[derive(Debug, Clone, Default)]
pub struct Factors {
    /// The PIN, if one was sent.
    pub pin: Option<Secret>,
    /// The one-time password, if one was sent.
    pub otp: Option<Secret>,
}

impl Factors {
    pub(crate) fn read(body: &Body) -> Result<Self, Malformed> {
        let named = Self {
            pin: body.optional_string("PIN")?.map(Secret::new),
            otp: body.optional_string("OTP")?.map(Secret::new),
        };
        let listed = Self::listed(body.optional_array("authData")?.unwrap_or_default())?;
        Ok(Self {
            pin: same(named.pin, listed.pin, "PIN")?,
            otp: same(named.otp, listed.otp, "OTP")?,
        })
    }

    /// `authData`: an id that was never announced cannot prove anything, so it is refused.
    fn listed(items: &[Value]) -> Result<Self, Malformed> {
        let mut factors = Self::default();
        for item in items {
            let id = item.get("id").and_then(Value::as_str);
            let slot = match id {
                Some("PIN") => &mut factors.pin,
                Some("OTP") => &mut factors.otp,
                Some(_) => return Err(Malformed::Invalid("authData")),
                None => {
                    return Err(Malformed::Missing {
                        kind: Kind::String,
                        name: "id",
                    });
                }
            };
            let value = item.get("value").filter(|value| !value.is_null());
            let value = value.map(|value| value.as_str().ok_or(Malformed::Invalid("authData")));
            if slot.is_some() {
                return Err(Malformed::Invalid("authData"));
            }
            *slot = value.transpose()?.map(Secret::new);
        }
        Ok(factors)
    }

    /// Adds `PIN` and `OTP`.
    pub(crate) fn write_v1(&self, members: &mut Map<String, Value>) {
        for (name, factor) in [("PIN", &self.pin), ("OTP", &self.otp)] {
            if let Some(factor) = factor {
                members.insert(name.to_owned(), factor.expose().into());
            }
        }
    }

    /// Adds `authData`.
    pub(crate) fn write_v2(&self, members: &mut Map<String, Value>) {
        let factors = [("PIN", &self.pin), ("OTP", &self.otp)];
        let items = factors.into_iter().filter_map(|(id, factor)| {
            factor
                .as_ref()
                .map(|factor| json!({ "id": id, "value": factor.expose() }))
        });
        members.insert("authData".to_owned(), items.collect());
    }
}

fn same(
    named: Option<Secret>,
    listed: Option<Secret>,
    name: &'static str,
) -> Result<Option<Secret>, Malformed> {
    match (&named, &listed) {
        (Some(a), Some(b)) if a.expose() != b.expose() => {
            Err(Malformed::Contradiction(name, "authData"))
        }
        _ => Ok(named.or(listed)),
    }
}
