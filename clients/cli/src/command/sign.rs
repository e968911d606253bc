//! A person signs files: one one-time password for the whole list.

use kyso_api::csc::{AuthorizeRequest, Document, Factors, OperationMode, SignHashRequest, Version};
use kyso_client::{Client, Secret};

use super::signature::{Signer, Waiting, report, until_known};
use crate::args::SignArgs;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn sign(screen: &Screen, client: &Client, args: &SignArgs) -> Result<(), Failure> {
    let signer = Signer::find(client, &args.credential, args.hash)?;
    if args.files.len() > signer.multisign {
        let values = vec![args.files.len().to_string(), signer.multisign.to_string()];
        return Err(Failure::Usage(Message::TooManyFiles, values));
    }
    let waiting = signer.prepare(screen, &args.files, args.force)?;
    let request = sign_request(args, &signer, &waiting);
    let otp = args.otp.read(screen)?;
    let authorization = authorization(args, &request, otp);
    let sad = client.authorize(Version::V1, &authorization)?.sad;
    let request = SignHashRequest {
        sad: Some(sad),
        ..request
    };
    let key = uuid::Uuid::now_v7().to_string();
    let all = waiting.len();
    let tell = |done| screen.progress(Message::FilesSigned, done, all);
    // The server signs all in one call, which may take a while: that it has begun is seen.
    tell(0);
    let reply = until_known(|| client.sign_hash(Version::V1, &request, Some(&key)))?;
    if reply.signatures.len() != waiting.len() {
        return Err(Failure::Local(Message::WrongNumber, vec![]));
    }
    report(screen, &signer.write(waiting, &reply.signatures, tell))
}

fn sign_request(args: &SignArgs, signer: &Signer, waiting: &[Waiting]) -> SignHashRequest {
    let document = |one: &Waiting| Document {
        authority: args.authority.clone(),
        label: Some(one.name()),
        ..Document::default()
    };
    SignHashRequest {
        credential_id: args.credential.clone(),
        sad: None,
        hashes: waiting.iter().map(Waiting::digest).collect(),
        hash_algorithm: Some(signer.hash.oid().to_string()),
        sign_algorithm: signer.sign_algorithm.to_owned(),
        sign_algorithm_params: None,
        operation_mode: OperationMode::Synchronous,
        documents: Some(waiting.iter().map(document).collect()),
        client_data: None,
    }
}

/// Exactly the hashes and documents that are going to be signed.
fn authorization(args: &SignArgs, request: &SignHashRequest, otp: Secret) -> AuthorizeRequest {
    AuthorizeRequest {
        credential_id: request.credential_id.clone(),
        num_signatures: u32::try_from(request.hashes.len()).unwrap_or(u32::MAX),
        hashes: Some(request.hashes.clone()),
        hash_algorithm: request.hash_algorithm.clone(),
        factors: Factors {
            pin: None,
            otp: Some(otp),
        },
        description: args.description.clone(),
        documents: request.documents.clone(),
        client_data: None,
    }
}
