//! A person signs files: one one-time password for the whole list.

use kyso_api::csc::Document;
use kyso_api::management::NewSignatures;
use kyso_client::Client;
use kyso_documents::pdf::Reserved;

use super::look::{Look, approved, picture};
use super::pdf::Shape;
use super::result::report;
use super::signature::{Signer, Waiting, signed};
use super::target::Wish;
use super::time_stamp;
use crate::args::{PersonLook, SignArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn sign(screen: &Screen, client: &Client, args: &SignArgs) -> Result<(), Failure> {
    let signer = Signer::find(client, &args.credential, args.hash)?;
    if args.files.len() > signer.multisign {
        let values = vec![args.files.len().to_string(), signer.multisign.to_string()];
        return Err(Failure::Usage(Message::TooManyFiles, values));
    }
    let look = look(client, &args.credential, &args.look)?;
    let waiting = signer.prepare(screen, &wish(args, look.as_ref()))?;
    let request = signer.request(&args.credential, &waiting, |one| document(args, one));
    let request = NewSignatures {
        otp: Some(args.otp.read(screen)?),
        time_stamp: args.stamping.time_stamp,
        ..request
    };
    let all = waiting.len();
    let tell = |done| screen.progress(Message::FilesSigned, done, all);
    // The server signs all in one call, which may take a while: that it has begun is seen.
    tell(0);
    let reply = signed(client, &request)?;
    let mut results = Signer::write(screen, waiting, reply, tell);
    time_stamp::complete(screen, client, &mut results, args.stamping);
    report(screen, &results)
}

fn wish<'a>(args: &'a SignArgs, look: Option<&'a Look>) -> Wish<'a> {
    let spots = args.look.number_at.zip(args.look.date_at);
    let reserved = spots.map(|(number, date)| Reserved {
        number: number.0,
        date: date.0,
    });
    Wish {
        files: &args.files,
        inside: !args.detached,
        shape: Shape {
            field: args.field.as_deref(),
            lock: None,
            look,
            reserved,
        },
        force: args.force,
    }
}

fn look(client: &Client, credential: &str, args: &PersonLook) -> Result<Option<Look>, Failure> {
    let Some(name) = &args.signer_name else {
        return Ok(None);
    };
    let (picture, width) = match &args.image {
        Some(image) => (picture(image)?, args.image_width),
        None => approved(client, credential)?,
    };
    Ok(Some(Look::Person {
        picture,
        width,
        name: name.clone(),
    }))
}

fn document(args: &SignArgs, one: &Waiting) -> Document {
    Document {
        authority: args.authority.clone(),
        label: Some(one.name()),
        summary: args.description.clone(),
        ..Document::default()
    }
}
