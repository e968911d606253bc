//! Seeds for the verifier of others' signatures: an authority that is believed, what is known about revocation, and a file.

use kyso_documents::pdf::Limits;
use kyso_documents::validation::{
    Basis, Evidence, Integrity, Report, SeenHash, Standing, TrustList, detached, enveloping, pdf,
};
use rcgen::KeyPair;
use time::Duration;

use super::house::{Holder, House, NOW, SIGNED, agency, evidence, person, stamper};
use super::inquiries::with_both;
use super::inside::{blank, sign, stamped};
use super::made::{Wish, cms, loosened, response, stamp};
use crate::seeds::{behind, plant};

const DAY: Duration = Duration::days(1);

/// A file, and how it is judged.
enum Seed {
    /// Beside nothing: the target has no document.
    Beside(Vec<u8>),
    Around(Vec<u8>),
    Inside(Vec<u8>),
}

impl Seed {
    fn file(&self) -> &[u8] {
        match self {
            Self::Beside(file) | Self::Around(file) | Self::Inside(file) => file,
        }
    }

    /// What the target finds, where the authority below the root is believed by itself.
    fn judged(&self, known: &Evidence) -> Report {
        let basis = Basis {
            trust: &TrustList::given([middle()]),
            evidence: known,
            now: NOW,
        };
        let digest = |hash: SeenHash| hash.digest(b"");
        match self {
            Self::Beside(file) => detached(file, &digest, &basis).unwrap(),
            Self::Around(file) => enveloping(file, &basis).unwrap().0,
            Self::Inside(file) => pdf(file, &basis, &Limits::default()).unwrap(),
        }
    }

    /// Written, if all is right with it and this is known about the first signer.
    fn plant(&self, name: &str, list: &[u8], answer: &[u8], standing: Standing) {
        let known = evidence(&[list.to_vec()], &[answer.to_vec()]);
        let report = self.judged(&known);
        let first = &report.signatures[0];
        assert!(
            report
                .signatures
                .iter()
                .all(|one| one.integrity == Integrity::Intact && one.trust.is_ok()),
            "{name}: {report:?}"
        );
        assert_eq!(first.revocation.standing, standing, "{name}");
        let asked = !report.inquiries.is_empty();
        assert_eq!(asked, standing == Standing::NotKnown, "{name}");
        // One of them, as a target takes it for either.
        let known = if list.is_empty() { answer } else { list };
        plant("validation", name, &behind([&middle(), known], self.file()));
    }
}

fn middle() -> Vec<u8> {
    House::shared().middle.as_ref().der().to_vec()
}

/// The issuer's answer of just now.
fn answer_about(signer: &Holder) -> Vec<u8> {
    let house = House::shared();
    let issuer = Holder {
        certificate: middle(),
        key: KeyPair::try_from(house.middle.key().serialize_der().as_slice()).unwrap(),
    };
    response(signer, house, None, NOW, (&issuer, &[]))
}

#[test]
fn signature_files_are_seeds() {
    let house = House::shared();
    let signer = house.certify(&with_both());
    let list = house.list(&[], (NOW - DAY, NOW + DAY));
    let revoked = house.list(&[(&signer, SIGNED)], (NOW - DAY, NOW + DAY));
    let answer = answer_about(&signer);
    let plain = || Wish::over(b"");
    let file = cms(&signer, &plain());
    let inside = Wish {
        inside: true,
        ..plain()
    };
    for (name, seed, list, answer, standing) in [
        (
            "open",
            Seed::Beside(file.clone()),
            &[][..],
            &[][..],
            Standing::NotKnown,
        ),
        (
            "list",
            Seed::Beside(file.clone()),
            &list,
            &[],
            Standing::Good,
        ),
        (
            "answer",
            Seed::Beside(file.clone()),
            &[],
            &answer,
            Standing::Good,
        ),
        (
            "revoked",
            Seed::Beside(file.clone()),
            &revoked,
            &[],
            Standing::Revoked,
        ),
        (
            "ber",
            Seed::Beside(loosened(&file)),
            &list,
            &[],
            Standing::Good,
        ),
        (
            "around",
            Seed::Around(cms(&signer, &inside)),
            &list,
            &[],
            Standing::Good,
        ),
    ] {
        seed.plant(name, list, answer, standing);
    }
}

#[test]
fn signed_and_stamped_pdfs_are_seeds() {
    let house = House::shared();
    let authority = house.certify(&stamper());
    let unsigned = |value: &[u8]| stamp(&authority, value, SIGNED);
    let wish = Wish {
        unsigned: &unsigned,
        ..Wish::over(b"")
    };
    let list = house.list(&[], (NOW - DAY, NOW + DAY));
    let one = sign(&blank(), "Leader", &house.certify(&person()), &wish);
    let two = sign(&one, "Seal", &house.certify(&agency()), &Wish::over(b""));
    let three = stamped(&two, &authority, SIGNED + Duration::minutes(3));
    for (name, file) in [("leader", one), ("both", two), ("document-stamp", three)] {
        let seed = Seed::Inside(file);
        seed.plant(name, &list, &[], Standing::Good);
        seed.plant(&format!("{name}-open"), &[], &[], Standing::NotKnown);
    }
}
