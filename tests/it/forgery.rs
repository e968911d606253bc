//! Another key in the place of one of the token, made as the server makes its own: by its flags nobody can tell them apart.
//!
//! SoftHSM2 reads `SOFTHSM2_CONF` once for each process, and setting a variable of one's own process is unsafe: so the test
//! that wants a forgery starts this binary again, for itself alone, and then does nothing but [`ordered`].

use std::process::Command;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use kyso_tests::server::{PIN, Site};

/// The id of the key to be forged and its kind, `rsa` or `p256`, in the variable of this name.
const ORDER: &str = "KYSO_TEST_FORGERY";

/// The curve's object identifier, DER (RFC 5480 §2.1.1.1).
const P256: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// Puts another key of this kind in the place of the one with this id; `test` is who asks.
pub(crate) fn forge(site: &Site, test: &str, (id, kind): (&str, &str)) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("SOFTHSM2_CONF", site.path("softhsm2.conf"))
        .env(ORDER, format!("{id} {kind}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// Carries out what this process was started for, if it was started to forge.
#[expect(clippy::disallowed_methods, reason = "a test asks how it was started")]
pub(crate) fn ordered() -> bool {
    let Ok(order) = std::env::var(ORDER) else {
        return false;
    };
    let (id, kind) = order.split_once(' ').unwrap();
    let id = hex::decode(id).unwrap();
    let session = enter();
    let class = Attribute::Class(ObjectClass::PRIVATE_KEY);
    let found = session.find_objects(&[class, Attribute::Id(id.clone())]);
    for key in found.unwrap() {
        session.destroy_object(key).unwrap();
    }
    make(&session, id, kind);
    true
}

fn enter() -> Session {
    let pkcs11 = Pkcs11::new("/usr/lib/softhsm/libsofthsm2.so").unwrap();
    let flags = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    pkcs11.initialize(flags).unwrap();
    let slot = pkcs11.get_slots_with_initialized_token().unwrap()[0];
    let session = pkcs11.open_rw_session(slot).unwrap();
    let pin = AuthPin::new(PIN.into());
    session.login(UserType::User, Some(&pin)).unwrap();
    session
}

fn make(session: &Session, id: Vec<u8>, kind: &str) {
    let (mechanism, size) = match kind {
        "rsa" => (
            Mechanism::RsaPkcsKeyPairGen,
            Attribute::ModulusBits(2048.into()),
        ),
        _ => (Mechanism::EccKeyPairGen, Attribute::EcParams(P256.to_vec())),
    };
    let public = [Attribute::Token(true), Attribute::Id(id.clone()), size];
    let private = [
        Attribute::Token(true),
        Attribute::Id(id),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::SignRecover(false),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
        Attribute::Modifiable(false),
        Attribute::Copyable(false),
    ];
    let made = session.generate_key_pair(&mechanism, &public, &private);
    made.unwrap();
}
