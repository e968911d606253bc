//! A time stamp of an outside authority goes into a finished signature, once the server holds its token.

use std::fs;
use std::path::Path;
use std::time::Duration;

use kyso_api::encoding::decode_base64;
use kyso_api::management::{TimeStamp, TimeStampState};
use kyso_client::Client;
use kyso_documents::pdf::{self, Limits};
use kyso_documents::timestamp::attach;
use serde::Serialize;

use super::result::FileResult;
use super::target::{is_pdf, write_whole};
use crate::args::{StampWish, TimeStampArgs};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// Seconds between two questions.
const PAUSE: u32 = 2;

#[derive(Debug, Serialize)]
struct Stamped<'a> {
    file: &'a Path,
    id: &'a str,
    time: &'a str,
}

/// Puts the token of this time stamp into the file that was signed.
pub(crate) fn time_stamp(
    screen: &Screen,
    client: &Client,
    args: &TimeStampArgs,
) -> Result<(), Failure> {
    let (file, id) = (args.file.as_path(), args.id.as_str());
    let stamp = client.time_stamp(id)?;
    match stamp.state {
        TimeStampState::Held => put(file, &stamp)?,
        TimeStampState::Pending => return Err(told(Message::StampPending, file, id)),
        TimeStampState::GivenUp => return Err(told(Message::StampGivenUp, file, id)),
    }
    let time = stamp.time.as_deref().unwrap_or_default();
    let stamped = Stamped { file, id, time };
    let shown = file.display().to_string();
    screen.result(&stamped, Message::Stamped, &[&shown, time]);
    Ok(())
}

fn told(message: Message, file: &Path, id: &str) -> Failure {
    Failure::Local(message, vec![file.display().to_string(), id.to_owned()])
}

/// Waits for the time stamps of what was signed and puts each into its file. The files are there already: one whose
/// time stamp is late is told, with what completes it.
pub(crate) fn complete(
    screen: &Screen,
    client: &Client,
    results: &mut [FileResult],
    wish: StampWish,
) {
    let all = results.iter().filter(|one| one.waits()).count();
    let mut seconds = wish.time_stamp_wait;
    loop {
        for one in results.iter_mut().filter(|one| one.waits()) {
            ask(client, one, screen);
        }
        let left = results.iter().filter(|one| one.waits()).count();
        screen.progress(Message::FilesStamped, all - left, all);
        if left == 0 || seconds == 0 {
            break;
        }
        pause(seconds.min(PAUSE));
        seconds = seconds.saturating_sub(PAUSE);
    }
    for one in results.iter().filter(|one| one.waits()) {
        let id = one.time_stamp.as_ref().map_or("", |stamp| &stamp.id);
        screen.note(Message::StampPending, &[&one.signature, id]);
    }
}

/// A question that fails is asked again: the signature is there, and its time stamp can be had later.
fn ask(client: &Client, one: &mut FileResult, screen: &Screen) {
    let Some(standing) = &mut one.time_stamp else {
        return;
    };
    let Ok(stamp) = client.time_stamp(&standing.id) else {
        return;
    };
    standing.state = stamp.state;
    let target = Path::new(&one.signature);
    let failure = match stamp.state {
        TimeStampState::Pending => None,
        TimeStampState::Held => put(target, &stamp).err(),
        TimeStampState::GivenUp => Some(told(Message::StampGivenUp, target, &stamp.id)),
    };
    one.error = failure.map(|failure| failure.sentence(screen.language()));
}

/// The token, in the file that holds the signature.
fn put(file: &Path, stamp: &TimeStamp) -> Result<(), Failure> {
    let token = decode_base64(stamp.token.as_deref().unwrap_or_default());
    let token = token.map_err(|error| Failure::file(file, error))?;
    let signed = fs::read(file).map_err(|error| Failure::file(file, error))?;
    let stamped = if is_pdf(file) {
        pdf::stamp(signed, &token, &Limits::default()).map_err(|error| Failure::file(file, error))
    } else {
        attach(&signed, &token).map_err(|error| Failure::file(file, error))
    };
    let written = write_whole(file, &stamped?, Some(file));
    written.map_err(|error| Failure::file(file, error))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the authority is somebody else's and says nothing by itself"
)]
fn pause(seconds: u32) {
    std::thread::sleep(Duration::from_secs(seconds.into()));
}
