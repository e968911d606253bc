//! Files to sign, and the signature files beside them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;
use kyso_api::csc::{Certificates, CredentialInfoV1, Document};
use kyso_api::encoding::decode_base64;
use kyso_client::Client;
use kyso_core::{Clock, SystemClock};
use kyso_documents::{DocumentDigest, HashAlgorithm, Prepared, Scheme, prepare};

/// Object identifier of SHA-256.
pub(super) const SHA256: &str = "2.16.840.1.101.3.4.2.1";
/// Object identifier of sha256WithRSAEncryption.
pub(super) const RSA_SHA256: &str = "1.2.840.113549.1.1.11";

/// The leader's.
pub(super) const DECISION: &str = "QUYẾT ĐỊNH\nVề việc ban hành Quy chế quản lý, sử dụng chữ ký số\n\n\
    Điều 1. Ban hành kèm theo Quyết định này Quy chế quản lý, sử dụng chữ ký số.\n\
    Điều 2. Quyết định này có hiệu lực kể từ ngày ký.\n";
/// The agency's.
pub(super) const NOTICE: &str = "CÔNG VĂN\nV/v triển khai ký số tại các xã, phường\n\n\
    Kính gửi: Các sở, ban, ngành; UBND các xã, phường.\n";

/// A file on disk.
#[derive(Debug)]
pub(super) struct Paper {
    pub(super) path: PathBuf,
    pub(super) name: String,
}

/// A signature under way: only the signature value is missing.
#[derive(Debug)]
pub(super) struct Draft {
    prepared: Prepared,
    chain: Vec<Vec<u8>>,
}

impl Paper {
    pub(super) fn write(directory: &Path, name: &str, text: &str) -> anyhow::Result<Self> {
        let path = directory.join(name);
        fs::write(&path, text)?;
        Ok(Self {
            path,
            name: name.to_owned(),
        })
    }

    /// The signature file.
    pub(super) fn signature(&self) -> PathBuf {
        self.path.with_file_name(format!("{}.p7s", self.name))
    }

    /// What the server is told of it; the file itself stays here.
    pub(super) fn document(&self, purpose: &str) -> Document {
        let stem = self.name.trim_end_matches(".txt");
        let mut words = stem.rsplitn(2, ' ');
        let (number, kind) = (words.next().unwrap_or_default(), words.next());
        let (number, symbol) = number.split_once('-').unwrap_or((number, ""));
        Document {
            label: Some(stem.to_owned()),
            number: Some(number.to_owned()),
            symbol: Some(symbol.to_owned()),
            kind: kind.map(str::to_owned),
            purpose: Some(purpose.to_owned()),
            secrecy: Some("thường".to_owned()),
            ..Document::default()
        }
    }

    /// Hashes it and makes the attributes that will be signed.
    pub(super) fn draft(&self, info: &CredentialInfoV1) -> anyhow::Result<Draft> {
        let digest = DocumentDigest::of(HashAlgorithm::Sha256, &mut File::open(&self.path)?)?;
        let chain = info.cert.certificates.as_deref().unwrap_or_default();
        let chain: Vec<Vec<u8>> = chain
            .iter()
            .map(|c| decode_base64(c))
            .collect::<Result<_, _>>()?;
        let seconds = SystemClock.now().as_seconds();
        let now = time::OffsetDateTime::from_unix_timestamp(seconds)?;
        let leaf = chain.first().context("the credential has no certificate")?;
        Ok(Draft {
            prepared: prepare(&digest, leaf, now)?,
            chain,
        })
    }

    /// Writes the signature file.
    pub(super) fn complete(&self, draft: Draft, signature: &str) -> anyhow::Result<()> {
        let value = decode_base64(signature)?;
        let file = draft
            .prepared
            .complete(&value, Scheme::RsaPkcs1, &draft.chain)?;
        Ok(fs::write(self.signature(), file)?)
    }
}

impl Draft {
    /// What the server signs.
    pub(super) fn digest(&self) -> Vec<u8> {
        self.prepared.digest()
    }
}

/// A credential's certificate and its issuers.
pub(super) fn certificates(client: &Client, credential: &str) -> anyhow::Result<CredentialInfoV1> {
    Ok(client.credential_info_v1(credential, Certificates::Chain)?)
}
