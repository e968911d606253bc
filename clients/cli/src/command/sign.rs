//! A person signs files: one one-time password for the whole list.

use kyso_api::csc::Document;
use kyso_api::management::NewSignatures;
use kyso_client::Client;
use kyso_documents::pdf::Reserved;

use super::look::{Look, Where, approved, picture};
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
    let look = look(client, args)?;
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

fn look(client: &Client, args: &SignArgs) -> Result<Option<Look>, Failure> {
    let (picture, width) = match &args.look {
        PersonLook {
            image: Some(image),
            image_width,
            ..
        } => (picture(image)?, *image_width),
        look if look.approved_image => approved(client, &args.credential)?,
        _ => return Ok(None),
    };
    let look = |spot| Look::Person {
        picture,
        width,
        spot,
    };
    Ok(spot(args).map(look))
}

/// There is one of them where there is a picture.
fn spot(args: &SignArgs) -> Option<Where> {
    let above = args.look.signer_name.clone().map(Where::Above);
    let within = args.look.image_at.map(|spot| Where::Within(spot.0));
    let field = args.field.clone().map(Where::Field);
    above.or(within).or(field)
}

fn document(args: &SignArgs, one: &Waiting) -> Document {
    Document {
        authority: args.authority.clone(),
        label: Some(one.name()),
        summary: args.description.clone(),
        ..Document::default()
    }
}
