//! A system stamps files, within the stamping session that a clerk opened.

use kyso_api::csc::Document;
use kyso_api::encoding::encode_base64;
use kyso_api::management::StampRequest;
use kyso_client::{Client, ClientProof, Identity, JwtKey};

use super::read_text;
use super::signature::{FileResult, Signer, Waiting, report, until_known};
use crate::args::{DocumentArgs, Global, StampArgs, SystemProof};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::profile::Place;
use crate::prompt::secret_file;
use crate::screen::Screen;

pub(crate) fn stamp(screen: &Screen, global: &Global, args: &StampArgs) -> Result<(), Failure> {
    let client = log_in(screen, global, &args.proof)?;
    let signer = Signer::find(&client, &args.credential, args.hash)?;
    let mut waiting = signer.prepare(screen, &args.files, args.force)?;
    let mut results = Vec::with_capacity(waiting.len());
    let tell = |done| screen.progress(Message::FilesSigned, done, args.files.len());
    tell(0);
    while !waiting.is_empty() {
        let rest = waiting.split_off(signer.multisign.min(waiting.len()));
        let batch = std::mem::replace(&mut waiting, rest);
        let before = results.len();
        match stamp_batch(&client, args, &signer, batch, |done| tell(before + done)) {
            Ok(stamped) => results.extend(stamped),
            // What was stamped before stays stamped, and is said.
            Err(failure) if results.is_empty() => return Err(failure),
            Err(failure) => {
                screen.failure(&failure);
                return report(screen, &results).and(Err(Failure::Partial));
            }
        }
    }
    report(screen, &results)
}

fn stamp_batch(
    client: &Client,
    args: &StampArgs,
    signer: &Signer,
    batch: Vec<Waiting>,
    tell: impl FnMut(usize),
) -> Result<Vec<FileResult>, Failure> {
    let request = StampRequest {
        credential: args.credential.clone(),
        hashes: batch
            .iter()
            .map(|one| encode_base64(&one.digest()))
            .collect(),
        hash_algorithm: signer.hash.oid().to_string(),
        sign_algorithm: signer.sign_algorithm.to_owned(),
        sign_algorithm_params: None,
        documents: batch
            .iter()
            .map(|one| document(&args.document, one))
            .collect(),
    };
    let key = uuid::Uuid::now_v7().to_string();
    let reply = until_known(|| client.stamp(&key, &request))?;
    if reply.signatures.len() != batch.len() {
        return Err(Failure::Local(Message::WrongNumber, vec![]));
    }
    Ok(signer.write(batch, &reply.signatures, tell))
}

fn document(args: &DocumentArgs, one: &Waiting) -> Document {
    Document {
        label: Some(one.name()),
        number: Some(args.number.clone()),
        symbol: Some(args.symbol.clone()),
        kind: Some(args.kind.clone()),
        purpose: Some(args.purpose.clone()),
        secrecy: Some(args.secrecy.clone()),
        ..Document::default()
    }
}

fn log_in(screen: &Screen, global: &Global, args: &SystemProof) -> Result<Client, Failure> {
    let mut options = Place::find(global)?.options(screen.language());
    let proof = match (&args.means.key_file, &args.means.secret_file) {
        (Some(file), _) => ClientProof::PrivateKeyJwt(JwtKey::from_pem(&secret_file(file)?)?),
        (None, Some(file)) => ClientProof::Secret(secret_file(file)?),
        (None, None) => ClientProof::MutualTls,
    };
    if let (Some(certificate), Some(key)) =
        (&args.means.certificate_file, &args.certificate_key_file)
    {
        let (chain_pem, key_pem) = (read_text(certificate)?, secret_file(key)?);
        options.identity = Some(Identity { chain_pem, key_pem });
    }
    let mut client = Client::new(&options)?;
    client.authenticate(&args.client_id, &proof)?;
    Ok(client)
}
