//! Members of requests that are objects: serde would take an array for a struct too, its members in
//! the order of our source, and nobody means that.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

/// Reads one object.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Object::deserialize(deserializer).map(|object| object.0)
}

/// Reads a list of objects.
pub(super) fn objects<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(objects.into_iter().map(|object| object.0).collect())
}

/// Reads one object, if there is one.
pub(super) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let object = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(object.map(|object| object.0))
}

struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use crate::management::{Composition, NewAgency, NewCredential};

    #[test]
    fn an_array_is_no_object() {
        let agency = |code: &str| {
            let json = format!(r#"{{"name":"a","kind":"b","level":"c","codes":[{code}]}}"#);
            serde_json::from_str::<NewAgency>(&json)
        };
        assert!(agency(r#"{"format":"modern","code":"H27"}"#).is_ok());
        assert!(agency(r#"["modern","H27"]"#).is_err());
        assert!(agency(r#"{"format":"modern","code":"H27","colour":"red"}"#).is_err());
        let credential = |subject: &str| {
            let json = format!(r#"{{"kind":"seal","algorithm":"p-256","subject":{subject}}}"#);
            serde_json::from_str::<NewCredential>(&json)
        };
        assert!(credential(r#"{"common_name":"a"}"#).is_ok());
        assert!(credential(r#"["a"]"#).is_err());
        let look = |spot: &str| serde_json::from_str::<Composition>(&format!(r#"{{"at":{spot}}}"#));
        let spot = r#"{"page":1,"left":2,"bottom":3,"width":4,"height":5}"#;
        assert!(look(spot).is_ok_and(|look| look.at.is_some()));
        assert!(look("null").is_ok_and(|look| look.at.is_none()));
        assert!(look("[1,2,3,4,5]").is_err());
    }
}
