//! Pictures that signatures show.

use std::path::Path;

use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{NewPicture, Picture};
use kyso_client::Client;

use super::target::write_whole;
use super::{act, proposed};
use crate::args::PictureCommand;
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

pub(crate) fn run(
    screen: &Screen,
    client: &Client,
    command: PictureCommand,
) -> Result<(), Failure> {
    match command {
        PictureCommand::Propose {
            owner,
            file,
            width,
            otp,
        } => {
            let png = std::fs::read(&file).map_err(|error| Failure::file(&file, error))?;
            let (png, width) = (encode_base64(&png), width.0);
            let change = otp.when_wanted(screen, |otp| {
                let png = png.clone();
                client.propose_picture(&owner, &NewPicture { png, width, otp })
            })?;
            proposed(screen, &change);
            Ok(())
        }
        PictureCommand::Get { owner, output } => write(screen, &client.picture(&owner)?, &output),
        PictureCommand::Remove { owner } => {
            act(screen, &owner, |owner| client.remove_picture(owner))
        }
    }
}

/// Writes a picture where nothing is yet.
pub(crate) fn write(screen: &Screen, picture: &Picture, target: &Path) -> Result<(), Failure> {
    super::target::check_free(target, false)?;
    let png = decode_base64(&picture.png).map_err(|error| Failure::file(target, error))?;
    write_whole(target, &png, None).map_err(|error| Failure::file(target, error))?;
    let told = serde_json::json!({
        "owner": picture.owner, "sha256": picture.sha256, "width": picture.width, "file": target,
    });
    let (file, width) = (target.display().to_string(), width(picture).to_string());
    screen.result(&told, Message::PictureWritten, &[&file, &width]);
    Ok(())
}

/// In millimetres.
pub(crate) fn width(picture: &Picture) -> f64 {
    f64::from(picture.width) / 10.0
}
