//! A system stamps files, within the stamping session that a clerk opened.

use kyso_api::csc::Document;
use kyso_api::management::NewSignatures;
use kyso_client::{Client, ClientProof, Identity, JwtKey};

use super::pdf::Shape;
use super::read_text;
use super::result::{FileResult, report};
use super::signature::{Signer, Waiting, signed};
use super::target::Wish;
use super::time_stamp;
use crate::args::{DocumentArgs, Global, StampArgs, SystemProof};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::profile::Place;
use crate::prompt::secret_file;
use crate::screen::Screen;

pub(crate) fn stamp(screen: &Screen, global: &Global, args: &StampArgs) -> Result<(), Failure> {
    let client = log_in(screen, global, &args.proof)?;
    let signer = Signer::find(&client, &args.credential, args.hash)?;
    let mut waiting = signer.prepare(screen, &wish(args))?;
    let mut results = Vec::with_capacity(waiting.len());
    let tell = |done| screen.progress(Message::FilesSigned, done, args.files.len());
    tell(0);
    while !waiting.is_empty() {
        let rest = waiting.split_off(signer.multisign.min(waiting.len()));
        let batch = std::mem::replace(&mut waiting, rest);
        let before = results.len();
        match stamp_batch(screen, &client, args, &signer, batch, |done| {
            tell(before + done);
        }) {
            Ok(stamped) => results.extend(stamped),
            // What was stamped before stays stamped, and is said.
            Err(failure) if results.is_empty() => return Err(failure),
            Err(failure) => {
                screen.failure(&failure);
                time_stamp::complete(screen, &client, &mut results, args.stamping);
                return report(screen, &results).and(Err(Failure::Partial));
            }
        }
    }
    time_stamp::complete(screen, &client, &mut results, args.stamping);
    report(screen, &results)
}

/// A stamp stays outside its document.
fn wish(args: &StampArgs) -> Wish<'_> {
    Wish {
        files: &args.files,
        inside: false,
        shape: Shape::default(),
        force: args.force,
    }
}

fn stamp_batch(
    screen: &Screen,
    client: &Client,
    args: &StampArgs,
    signer: &Signer,
    batch: Vec<Waiting>,
    tell: impl FnMut(usize),
) -> Result<Vec<FileResult>, Failure> {
    let describe = |one: &Waiting| document(&args.document, one);
    let request = NewSignatures {
        time_stamp: args.stamping.time_stamp,
        ..signer.request(&args.credential, &batch, describe)
    };
    let reply = signed(client, &request)?;
    Ok(Signer::write(screen, batch, reply, tell))
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

pub(crate) fn log_in(
    screen: &Screen,
    global: &Global,
    args: &SystemProof,
) -> Result<Client, Failure> {
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
