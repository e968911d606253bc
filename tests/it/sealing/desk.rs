//! Outgoing documents: signed by a leader, numbered, prepared for the seal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kyso_api::management::AuthorityKind;
use kyso_core::ground::day;
use kyso_core::{Clock, SystemClock};
use kyso_documents::numbering::{Number, Numbering, fill};
use kyso_documents::pdf::{Limits, Lock, Place, Prepared, Request, Reserved, Target, prepare};
use kyso_tests::http::Reply;
use kyso_tests::province::Signer;
use serde_json::{Value, json};
use time::{Date, OffsetDateTime};

use crate::authority;
use crate::building::{Desk, PDF, by_digest, cms, said};
use crate::desk::{RSA_SHA256, SHA256};
use crate::log;
use crate::stamping::{Bench, fresh_key};
use crate::world::World;

const AT: Place = Place {
    page: 1,
    left: 80.0,
    bottom: 700.0,
    width: 200.0,
    height: 20.0,
};

/// A head with a key, a seal of the same agency, and a system with an open session.
pub(super) struct Registry<'a> {
    pub(super) bench: Bench<'a>,
    pub(super) leader: Signer,
    /// The record by which the head signs.
    pub(super) record: String,
    /// Of the numbers here: tests share an agency, and its series must not meet.
    pub(super) symbol: String,
}

/// A file whose seal is missing.
pub(crate) struct Waiting {
    file: Vec<u8>,
    prepared: Prepared,
}

impl<'a> Registry<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let bench = Bench::new(world);
        bench.open(50);
        let leader = world.signer();
        Self {
            record: authority::record(world, &leader, AuthorityKind::Head),
            symbol: world.name("QĐ"),
            bench,
            leader,
        }
    }

    /// What the leader signed: number and date are open. Each text is another document, and another one in each test:
    /// files that are prepared in the same second would be the same.
    pub(super) fn signed(&self, text: &str) -> Vec<u8> {
        let text = format!("{text}, {}", self.symbol);
        signed_by(self.bench.world, &self.leader, &text)
    }

    /// The same with number and today's date, and prepared for the seal.
    pub(super) fn outgoing(&self, text: &str, number: u32) -> Waiting {
        waiting(self.numbered(&self.signed(text), number))
    }

    pub(super) fn numbered(&self, file: &[u8], number: u32) -> Vec<u8> {
        self.dated(file, number, today())
    }

    pub(super) fn dated(&self, file: &[u8], number: u32, date: Date) -> Vec<u8> {
        dated(file, (number, &self.symbol), date)
    }

    pub(super) fn body(&self, file: &Waiting) -> Value {
        self.body_of(&file.unsealed())
    }

    pub(super) fn body_of(&self, file: &[u8]) -> Value {
        body(&self.bench.seal, file)
    }

    pub(super) fn post(&self, key: &str, body: &Value) -> Reply {
        let call = self.bench.world.http().post("/api/v1/seals");
        let call = call
            .bearer(&self.bench.token)
            .header("Idempotency-Key", key);
        call.json(body).send().unwrap()
    }

    pub(super) fn seal(&self, body: &Value) -> Reply {
        self.post(&fresh_key(), body)
    }

    /// Sees that a body is refused with this code, and that an entry says why.
    pub(super) fn assert_refused(&self, body: &Value, (code, reason): (&str, &str)) -> Reply {
        let reply = self.seal(body);
        assert_eq!(reply.json()["code"], code, "{}", reply.text());
        let refused = log::of_credential(self.bench.world, "signature.refused", &self.bench.seal);
        assert_eq!(log::reason(refused.last().unwrap()), reason);
        reply
    }
}

impl Waiting {
    pub(crate) fn unsealed(&self) -> Vec<u8> {
        [&self.file, self.prepared.unsigned()].concat()
    }

    /// `ByteRange` of the signature that is missing.
    pub(super) const fn byte_range(&self) -> [u64; 4] {
        self.prepared.byte_range()
    }

    /// The file before it was prepared.
    pub(crate) fn file(&self) -> &[u8] {
        &self.file
    }

    /// The file with the signature of a person, who names this record.
    pub(super) fn signed(self, world: &World, signer: &Signer, authority: Option<&str>) -> Vec<u8> {
        let mut said = said();
        if let Some(authority) = authority {
            said["authority"] = json!(authority);
        }
        self.signed_saying(world, signer, &said)
    }

    /// The same, with this said of the document.
    pub(super) fn signed_saying(self, world: &World, signer: &Signer, said: &Value) -> Vec<u8> {
        let desk = Desk::of(world, signer);
        let mut document = by_digest("pades", self.prepared.digest());
        document["document"] = said.clone();
        let reply = desk.sign(&desk.body_with_otp(&[document], &signer.account));
        self.prepared.complete(self.file, &cms(&reply)[0]).unwrap()
    }

    /// The sealed file.
    pub(super) fn sealed(&self, reply: &Reply) -> Vec<u8> {
        assert_eq!(reply.status, 200, "{}", reply.text());
        self.completed(&reply.member("signature").unwrap())
    }

    /// The file with this CMS, in base64, in its place.
    pub(crate) fn completed(&self, cms: &str) -> Vec<u8> {
        let cms = STANDARD.decode(cms).unwrap();
        self.prepared.complete(self.file.clone(), &cms).unwrap()
    }
}

/// A body that asks for this seal on an outgoing document.
pub(super) fn body(seal: &str, file: &[u8]) -> Value {
    json!({"credential": seal, "kind": "issue", "file": STANDARD.encode(file),
        "hash_algorithm": SHA256, "sign_algorithm": RSA_SHA256,
        "document": {"label": "Quyết định", "secrecy": "thường"}})
}

/// A document of this text, which a signer signs by a one-time password.
pub(super) fn signed_by(world: &World, signer: &Signer, text: &str) -> Vec<u8> {
    for_the_leader(text).signed(world, signer, None)
}

/// A document of this text that waits for a leader, and says that it is signed now.
pub(super) fn for_the_leader(text: &str) -> Waiting {
    prepared(paper(text), &leaders_request())
}

pub(crate) fn prepared(file: Vec<u8>, request: &Request) -> Waiting {
    let prepared = prepare(&file, request, &Limits::default()).unwrap();
    Waiting { file, prepared }
}

/// One empty page, with a comment before its table that makes it another file.
pub(super) fn paper(text: &str) -> Vec<u8> {
    let plain = std::str::from_utf8(PDF).unwrap();
    let (objects, table) = plain.split_once("xref\n0 4").unwrap();
    let (entries, _) = table.split_once("startxref").unwrap();
    let objects = format!("{objects}% {text}\n");
    let start = objects.len();
    format!("{objects}xref\n0 4{entries}startxref\n{start}\n%%EOF\n").into_bytes()
}

/// A signature that leaves number and date open.
pub(super) fn leaders_request() -> Request {
    let reserved = Reserved {
        number: AT,
        date: Place {
            bottom: 660.0,
            ..AT
        },
    };
    Request {
        reserved: Some(reserved),
        ..request("Lãnh đạo")
    }
}

pub(crate) fn request(field: &str) -> Request {
    let target = Target::New {
        name: field.to_owned(),
        place: None,
    };
    Request::new(target, OffsetDateTime::now_utc())
}

pub(super) fn today() -> Date {
    day(SystemClock.now()).unwrap()
}

pub(super) fn dated(file: &[u8], (number, symbol): (u32, &str), date: Date) -> Vec<u8> {
    let numbering = Numbering {
        number: Number::new(number, Some(symbol)).unwrap(),
        date,
    };
    let update = fill(file, &numbering, &Limits::default()).unwrap();
    [file, &update].concat()
}

/// Prepared for a seal that locks number and date.
pub(super) fn waiting(file: Vec<u8>) -> Waiting {
    let names = [Reserved::NUMBER, Reserved::DATE].map(str::to_owned);
    let request = Request {
        lock: Some(Lock::Include(names.to_vec())),
        ..request("Con dấu")
    };
    prepared(file, &request)
}

/// Prepared for the signature of a copy, which locks nothing.
pub(super) fn copy(text: &str) -> Waiting {
    prepared(paper(text), &request("Sao y"))
}

/// The file with this in the place of the signature, whatever it is of.
pub(super) fn forced(file: &[u8], prepared: &Prepared, cms: &[u8]) -> Vec<u8> {
    let mut forced = [file, prepared.unsigned()].concat();
    let room = b"/Contents <";
    let windows = forced.windows(room.len());
    let place = windows.enumerate().rfind(|(_, one)| one == room);
    let begin = place.unwrap().0 + room.len();
    let digits = hex::encode(cms);
    forced[begin..begin + digits.len()].copy_from_slice(digits.as_bytes());
    forced
}
