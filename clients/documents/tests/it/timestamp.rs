//! Time stamps made by `openssl ts` in finished signatures.

use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Decode, Encode};
use kyso_documents::timestamp::{TimestampError, attach, imprint};
use kyso_documents::{DocumentDigest, HashAlgorithm, Scheme, prepare};

use crate::openssl::{Authority, verify};
use crate::pki::{Pki, SIGNED_AT};

const HASH: HashAlgorithm = HashAlgorithm::Sha256;
const DOCUMENT: &[u8] = "Quyết định số 12/QĐ-UBND".as_bytes();

fn signed(pki: &Pki) -> Vec<u8> {
    let digest = DocumentDigest::of(HASH, DOCUMENT).unwrap();
    let prepared = prepare(&digest, &pki.certificate, SIGNED_AT).unwrap();
    let signature = pki.sign(prepared.signed_attributes(), Scheme::Ecdsa, HASH);
    prepared.complete(&signature, Scheme::Ecdsa, &[]).unwrap()
}

fn signed_data(cms: &[u8]) -> SignedData {
    let content = ContentInfo::from_der(cms).unwrap().content;
    content.decode_as().unwrap()
}

#[test]
fn a_stamped_signature_is_the_same_signature_with_the_token_in_it() {
    let (pki, authority) = (Pki::p256(), Authority::new());
    let cms = signed(&pki);
    let digest = imprint(&cms, HASH).unwrap();
    let token = authority.stamp(&digest);
    let stamped = attach(&cms, &token).unwrap();
    let (accepted, said, _) = verify(&stamped, &pki, Some(DOCUMENT));
    assert!(accepted, "{said}");

    let before = signed_data(&cms).signer_infos.0.get(0).unwrap().clone();
    let mut after = signed_data(&stamped).signer_infos.0.get(0).unwrap().clone();
    let attributes = after.unsigned_attrs.take().unwrap();
    assert_eq!(before, after);
    let value = attributes.get(0).unwrap().values.get(0).unwrap();
    assert_eq!(
        value.to_der().unwrap(),
        token,
        "the token stands there as it came"
    );
    assert!(authority.accepts(&token, before.signature.as_bytes()));
    assert!(!authority.accepts(&token, DOCUMENT));
    assert_eq!(attach(&stamped, &token), Err(TimestampError::Stamped));
}

#[test]
fn what_does_not_belong_together_is_not_stamped() {
    let (pki, authority) = (Pki::p256(), Authority::new());
    let cms = signed(&pki);
    let token = authority.stamp(&imprint(&cms, HASH).unwrap());
    let of_another = authority.stamp(&HASH.digest(b"another"));
    let longer = [token.as_slice(), &[0]].concat();
    for (cms, token, error) in [
        (&cms, &of_another, TimestampError::OtherSignature),
        (&cms, &cms, TimestampError::Token),
        (&cms, &longer, TimestampError::Token),
        (&cms, &vec![], TimestampError::Token),
        (&vec![0x30, 0], &token, TimestampError::Signature),
        (&longer, &token, TimestampError::Signature),
    ] {
        assert_eq!(attach(cms, token), Err(error));
    }
    for length in 0..token.len() {
        assert!(attach(&cms, &token[..length]).is_err(), "cut to {length}");
    }
}
