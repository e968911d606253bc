//! The schemas in the reviewed `clients/openapi.json`, held against these types, so that neither
//! drifts from the other. That real requests and replies fit them, the integration tests show.

use std::collections::BTreeMap;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value};

use super::{
    Agency, Approval, ApprovalEvent, ApprovalPage, ApprovalReply, AuditPage, Authority,
    CallbackReply, CertificateChain, Change, ChangePassword, Client, ConfirmEnrolment, Created,
    Credential, DeclineApproval, DisputeSignature, EndRequest, EnrolmentCode, EnrolmentReply,
    EraseRequest, GiveApprovals, GivenApproval, HandOver, ImportReply, KeyDay, LogIn, LogKeys, Me,
    MoveAgency, NewAgency, NewApproval, NewAuthority, NewCallback, NewClient, NewClientKey,
    NewCredential, NewCredentialReply, NewGrant, NewPerson, NewPicture, NewRole, NewSession,
    NewSignatures, NewSignaturesReply, NewStampingSession, OpenApprovals, OtpRequest, PendingReply,
    Person, Picture, ReasonRequest, RenameAgency, Role, SealReply, SealRequest, SessionReply,
    SignatureCounts, SignatureDispute, SignaturePage, StampReply, StampRequest, StampingSession,
    StartEnrolment, TimeStamp, VerifyReply, VerifyRequest, ViewPage, Views,
};
use crate::management::{AgencyCode, Coverage};
use crate::problem::Problem;

type Schemas = BTreeMap<String, Value>;

macro_rules! all {
    ($generator:expr; $($type:ty),+ $(,)?) => {{
        let mut generator: SchemaGenerator = $generator;
        $(drop(generator.subschema_for::<$type>());)+
        generator.take_definitions(true)
    }};
}

fn settings() -> SchemaSettings {
    SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
    })
}

/// What the types say. What is sent and received has its schema as it is received.
fn of_the_types() -> Schemas {
    let replies = all!(settings().for_serialize().into_generator();
        Agency, Approval, ApprovalEvent, ApprovalPage, ApprovalReply, AuditPage, Authority, CallbackReply, Change, Client, Coverage, Created, Credential,
        EnrolmentCode, EnrolmentReply, GivenApproval, ImportReply, LogIn, LogKeys, Me, NewCredentialReply, NewSignaturesReply, PendingReply, Person, Picture,
        Problem, Role, SealReply, SessionReply, SignatureCounts, SignatureDispute, SignaturePage, StampReply, StampingSession, TimeStamp, VerifyReply, ViewPage, Views, KeyDay,
    );
    let requests = all!(settings().for_deserialize().into_generator();
        AgencyCode, CertificateChain, ChangePassword, ConfirmEnrolment, DeclineApproval, DisputeSignature, EndRequest, EraseRequest, GiveApprovals, HandOver,
        MoveAgency, RenameAgency, NewAgency, NewApproval, NewAuthority, NewCallback, NewClient, NewClientKey, NewCredential, NewGrant, NewPerson, NewPicture,
        NewRole, NewSession, NewSignatures, NewStampingSession, OpenApprovals, OtpRequest, ReasonRequest, SealRequest, StampRequest,
        StartEnrolment, VerifyRequest,
    );
    let both = replies.into_iter().chain(requests);
    both.map(|(name, schema)| (name, plain(schema))).collect()
}

/// A generated schema as a person writes it: an optional member may be left out (`null` is taken
/// for that too, which needs no saying), words are a list, and texts are one line.
fn plain(schema: Value) -> Value {
    match schema {
        Value::Object(mut members) => {
            let numeric = members.contains_key("minimum");
            members.retain(|name, value| said(name, value) && !(numeric && name == "format"));
            if let Some(Value::String(text)) = members.get_mut("description") {
                let text_so_far = text.replace("[`", "`").replace("`]", "`");
                *text = text_so_far.split_whitespace().collect::<Vec<_>>().join(" ");
            }
            without_null(&mut members);
            words(&mut members);
            let members = members.into_iter();
            Value::Object(members.map(|(name, value)| (name, plain(value))).collect())
        }
        Value::Array(items) => items.into_iter().map(plain).collect(),
        other => other,
    }
}

/// Whether a keyword says something; a member that has a keyword's name holds a schema, an object.
fn said(name: &str, value: &Value) -> bool {
    match name {
        "title" | "default" => value.is_object(),
        "additionalProperties" => *value != true,
        _ => true,
    }
}

fn without_null(members: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = members.get("type") {
        let first = types[0].clone();
        members.insert("type".to_owned(), first);
    }
    if let Some(Value::Array(choices)) = members.remove("anyOf") {
        let one = choices.into_iter().next().and_then(|choice| match choice {
            Value::Object(choice) => Some(choice),
            _ => None,
        });
        members.extend(one.unwrap_or_default());
    }
}

fn words(members: &mut Map<String, Value>) {
    if let Some(Value::Array(choices)) = members.remove("oneOf") {
        let words = choices.iter().map(|choice| choice["const"].clone());
        members.insert("enum".to_owned(), words.collect());
        members.insert("type".to_owned(), "string".into());
    }
}

/// What the document says, without the formats of ids and times, which these types leave open.
fn of_the_document() -> Schemas {
    fn formless(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.retain(|name, value| {
                    name != "format" || value == "password" || value.is_object()
                });
                members.values_mut().for_each(formless);
            }
            Value::Array(items) => items.iter_mut().for_each(formless),
            _ => {}
        }
    }
    let text = include_str!("../../../../clients/openapi.json");
    let mut document: Value = serde_json::from_str(text).unwrap();
    let mut schemas = document["components"]["schemas"].take();
    formless(&mut schemas);
    serde_json::from_value(schemas).unwrap()
}

#[test]
fn the_document_has_the_schemas_of_the_types() {
    let (types, document) = (of_the_types(), of_the_document());
    let names = |schemas: &Schemas| schemas.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&document), names(&types));
    for (name, schema) in &types {
        let right = serde_json::to_string_pretty(schema).unwrap();
        assert_eq!(&document[name], schema, "{name} is to be {right}");
    }
}
