//! A leader signs: log-in by password, each signature by a one-time password over exactly its hash.

use kyso_api::csc::{AuthorizeRequest, Factors, OperationMode, SignHashRequest, Version};
use kyso_client::{Client, Secret};

use super::narrate::{held, say};
use super::paper::{self, Paper, RSA_SHA256, SHA256};
use super::patience::{past_throttle, patiently};
use super::verdict::refused;
use crate::province::{Account, Province};

pub(super) fn sign(leader: &Account, credential: &str, paper: &Paper) -> anyhow::Result<()> {
    let client = leader.log_in(None)?;
    held(&format!("{} logged in with a password", leader.login));
    let draft = paper.draft(&paper::certificates(&client, credential)?)?;
    let digest = draft.digest();
    say(&format!(
        "file \"{}\": only this leaves the machine: SHA-256 {}",
        paper.name,
        hex::encode(&digest)
    ));
    let sad = patiently(&leader.authenticator, |otp| {
        client.authorize(Version::V1, &request(credential, &digest, paper, otp))
    })?;
    held("credentials/authorize: a one-time password, bound to this one hash, gave a SAD");
    let signed = client.sign_hash(
        Version::V1,
        &sign_request(credential, &digest, paper, sad.sad),
        None,
    )?;
    paper.complete(draft, signed.signatures.first().map_or("", |s| s))?;
    held(&format!(
        "signatures/signHash: wrote {}",
        paper.signature().display()
    ));
    Ok(())
}

pub(super) fn wrong_otp(province: &Province, paper: &Paper) -> anyhow::Result<()> {
    let (leader, credential) = (&province.leader, &province.credentials.leader);
    let client: Client = leader.log_in(None)?;
    let end = past_throttle(|| {
        let wrong = leader.authenticator.wrong();
        client.authorize(Version::V1, &request(credential, &[7; 32], paper, wrong))
    })?;
    let error = refused("invalid_otp", end)?;
    held(&format!("a wrong one-time password: {error}"));
    Ok(())
}

fn request(credential: &str, digest: &[u8], paper: &Paper, otp: String) -> AuthorizeRequest {
    AuthorizeRequest {
        credential_id: credential.to_owned(),
        num_signatures: 1,
        hashes: Some(vec![digest.to_vec()]),
        hash_algorithm: Some(SHA256.to_owned()),
        factors: Factors {
            otp: Some(Secret::new(otp)),
            ..Factors::default()
        },
        description: Some(format!("Ký {}", paper.name)),
        documents: Some(vec![paper.document("KY_DUYET")]),
        client_data: None,
    }
}

fn sign_request(credential: &str, digest: &[u8], paper: &Paper, sad: Secret) -> SignHashRequest {
    SignHashRequest {
        credential_id: credential.to_owned(),
        sad: Some(sad),
        hashes: vec![digest.to_vec()],
        hash_algorithm: Some(SHA256.to_owned()),
        sign_algorithm: RSA_SHA256.to_owned(),
        sign_algorithm_params: None,
        operation_mode: OperationMode::Synchronous,
        documents: Some(vec![paper.document("KY_DUYET")]),
        client_data: None,
    }
}
