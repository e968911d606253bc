//! A time stamp of somebody else (RFC 3161) in a finished signature: CAdES-B-T.
//!
//! The stamp is an unsigned attribute (EN 319 122-1 §5.3), so it can come seconds or days after
//! the signature without changing it.

use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo, SignerInfos};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::ID_SIGNED_DATA;
use der::asn1::{Any, AnyRef, ObjectIdentifier as Oid, OctetStringRef, SetOfVec};
use der::{Decode, Encode, Header, Reader, SliceReader, Tag, TagNumber};
use spki::AlgorithmIdentifierRef;
use x509_cert::attr::Attribute;

use crate::hash::HashAlgorithm;

/// `id-aa-signatureTimeStampToken` (RFC 3161 appendix A).
pub(crate) const SIGNATURE_TIME_STAMP: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.14");

/// `id-ct-TSTInfo` (RFC 3161 §2.4.2).
pub(crate) const TST_INFO: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");

/// Why a time stamp is not put into a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// The signature is not CMS `SignedData` in DER with one signer.
    #[error("not a CMS SignedData in DER with one signer")]
    Signature,
    /// The token is not a time-stamp token.
    #[error("not a time-stamp token")]
    Token,
    /// The token stamps something else than this signature.
    #[error("the time stamp is over something else than this signature")]
    OtherSignature,
    /// The token's hash is not one that a signature may rest on.
    #[error("the time stamp uses a hash that is not accepted")]
    Hash,
    /// The signature has a time stamp already.
    #[error("the signature has a time stamp already")]
    Stamped,
    /// Something is too large for DER.
    #[error("the signature file cannot be encoded")]
    Encoding,
}

/// The digest that a time-stamp authority is asked to stamp: that of the signature value.
///
/// # Errors
///
/// [`TimestampError::Signature`].
pub fn imprint(cms: &[u8], hash: HashAlgorithm) -> Result<Vec<u8>, TimestampError> {
    let (_, signer) = parse(cms).ok_or(TimestampError::Signature)?;
    Ok(hash.digest(signer.signature.as_bytes()))
}

/// Puts the token into the signature. The token is looked at only as far as it says what it
/// stamps; who made it and when is for the verifier.
///
/// # Errors
///
/// [`TimestampError`] if there is nothing to stamp, or the token stamps something else.
pub fn attach(cms: &[u8], token: &[u8]) -> Result<Vec<u8>, TimestampError> {
    let (data, mut signer) = parse(cms).ok_or(TimestampError::Signature)?;
    let mut unsigned = signer.unsigned_attrs.take().unwrap_or_default().into_vec();
    if unsigned.iter().any(|one| one.oid == SIGNATURE_TIME_STAMP) {
        return Err(TimestampError::Stamped);
    }
    check_imprint(token, signer.signature.as_bytes())?;
    let token = Any::from_der(token).map_err(|_| TimestampError::Token)?;
    let stamp = stamp(token).map_err(|_| TimestampError::Encoding)?;
    unsigned.push(stamp);
    encode(data, signer, unsigned).map_err(|_| TimestampError::Encoding)
}

fn stamp(token: Any) -> der::Result<Attribute> {
    Ok(Attribute {
        oid: SIGNATURE_TIME_STAMP,
        values: SetOfVec::try_from(vec![token])?,
    })
}

fn encode(
    mut data: SignedData,
    mut signer: SignerInfo,
    unsigned: Vec<Attribute>,
) -> der::Result<Vec<u8>> {
    signer.unsigned_attrs = Some(SetOfVec::try_from(unsigned)?);
    data.signer_infos = SignerInfos(SetOfVec::try_from(vec![signer])?);
    ContentInfo {
        content_type: ID_SIGNED_DATA,
        content: Any::encode_from(&data)?,
    }
    .to_der()
}

fn parse(cms: &[u8]) -> Option<(SignedData, SignerInfo)> {
    let content = ContentInfo::from_der(cms).ok()?;
    if content.content_type != ID_SIGNED_DATA || content.to_der().ok()? != cms {
        return None;
    }
    let data: SignedData = content.content.decode_as().ok()?;
    match data.signer_infos.0.as_slice() {
        [only] => {
            let only = only.clone();
            Some((data, only))
        }
        _ => None,
    }
}

fn check_imprint(token: &[u8], signature: &[u8]) -> Result<(), TimestampError> {
    let info = tst_info(token).map_err(|_| TimestampError::Token)?;
    let (oid, digest) = message_imprint(info).map_err(|_| TimestampError::Token)?;
    let hash = HashAlgorithm::from_oid(oid).ok_or(TimestampError::Hash)?;
    if hash.digest(signature) == digest {
        Ok(())
    } else {
        Err(TimestampError::OtherSignature)
    }
}

/// The encoded `TSTInfo` in a token. Read by hand: a token's certificates and signers need not be
/// in strict DER for it to be stored as it came.
pub(crate) fn tst_info(token: &[u8]) -> der::Result<&[u8]> {
    let mut data = signed_data(token)?;
    AnyRef::decode(&mut data)?; // version
    AnyRef::decode(&mut data)?; // digest algorithms
    let mut encapsulated = sequence(&mut data)?;
    if Oid::decode(&mut encapsulated)? != TST_INFO {
        return Err(NOT_A_TOKEN.into());
    }
    let mut wrapped = explicit(&mut encapsulated)?;
    Ok(OctetStringRef::decode(&mut wrapped)?.as_bytes())
}

/// What stands inside the `SignedData` of a token.
pub(crate) fn signed_data(token: &[u8]) -> der::Result<SliceReader<'_>> {
    let mut token = SliceReader::new(token)?;
    let (mut content, rest) = (sequence(&mut token)?, token.is_finished());
    if !rest || Oid::decode(&mut content)? != ID_SIGNED_DATA {
        return Err(NOT_A_TOKEN.into());
    }
    let mut wrapped = explicit(&mut content)?;
    sequence(&mut wrapped)
}

const NOT_A_TOKEN: der::ErrorKind = der::ErrorKind::Failed;

/// Hash and digest of `MessageImprint`, the third member of `TSTInfo` (RFC 3161 §2.4.2).
fn message_imprint(info: &[u8]) -> der::Result<(ObjectIdentifier, &[u8])> {
    let mut info = SliceReader::new(info)?;
    let mut members = sequence(&mut info)?;
    AnyRef::decode(&mut members)?; // version
    AnyRef::decode(&mut members)?; // policy
    let mut imprint = sequence(&mut members)?;
    let algorithm = AlgorithmIdentifierRef::decode(&mut imprint)?;
    Ok((
        algorithm.oid,
        OctetStringRef::decode(&mut imprint)?.as_bytes(),
    ))
}

/// What stands inside the next value, which is a `SEQUENCE`.
pub(crate) fn sequence<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    inside(reader, Tag::Sequence)
}

/// What stands inside the next value, which is `[0] EXPLICIT`.
fn explicit<'a>(reader: &mut SliceReader<'a>) -> der::Result<SliceReader<'a>> {
    let tag = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber::N0,
    };
    inside(reader, tag)
}

pub(crate) fn inside<'a>(reader: &mut SliceReader<'a>, tag: Tag) -> der::Result<SliceReader<'a>> {
    let header = Header::decode(reader)?;
    header.tag.assert_eq(tag)?;
    SliceReader::new(reader.read_slice(header.length)?)
}
