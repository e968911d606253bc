//! An agency seals an outgoing PDF, or signs a copy: the server reads the file first.

use std::path::{Path, PathBuf};

use kyso_api::csc::Document;
use kyso_api::encoding::{decode_base64, encode_base64};
use kyso_api::management::{PreparedFile, SealKind, SealReply, SealRequest};
use kyso_client::Client;
use kyso_documents::HashAlgorithm;
use kyso_documents::pdf::{Lock, Reserved};
use serde::Serialize;

use super::look::{Look, approved, picture};
use super::pdf::{Shape, Waiting, read};
use super::result::FileResult;
use super::signature::{Signer, until_known};
use super::stamp::log_in;
use super::target::{beside, check_free, name, write_whole};
use super::time_stamp;
use crate::args::{AppendixArgs, CopyArgs, Global, SealArgs, Sealing};
use crate::catalogue::Message;
use crate::failure::Failure;
use crate::screen::Screen;

/// What the server answered, and where the file is.
#[derive(Debug, Serialize)]
struct Sealed {
    file: PathBuf,
    #[serde(flatten)]
    reply: SealReply,
    /// Why the time stamp is not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Sealed {
    /// The seal is on the file, whatever became of its time stamp.
    fn stamped(&self, screen: &Screen) -> Result<(), Failure> {
        let Some(error) = &self.error else {
            return Ok(());
        };
        screen.note(Message::Unstamped, &[error]);
        Err(Failure::Partial)
    }
}

/// A file that waits for its seal, and whoever is to make it.
struct Desk<'a> {
    args: &'a Sealing,
    target: PathBuf,
    client: Client,
    signer: Signer,
    draft: Draft,
}

/// The file before its seal.
enum Draft {
    /// As the server is to draw upon it.
    Plain(Vec<u8>),
    /// Drawn upon and prepared here.
    Prepared(Waiting),
}

impl Draft {
    fn of(args: &Sealing, shape: &Shape<'_>, hash: HashAlgorithm) -> Result<Self, Failure> {
        if args.compose {
            return read(&args.file).map(Self::Plain);
        }
        Waiting::prepare(&args.file, shape, hash).map(Self::Prepared)
    }

    /// The file as it is put into a request, or where signatures stand in the one that follows.
    fn asked(
        &self,
        path: &Path,
        kind: SealKind,
    ) -> Result<(Option<String>, Option<PreparedFile>), Failure> {
        match self {
            Self::Plain(file) => Ok((Some(encode_base64(file)), None)),
            Self::Prepared(waiting) => {
                let mut places = waiting.places(path)?;
                if kind != SealKind::Issue {
                    places.signed.clear();
                }
                Ok((None, Some(places)))
            }
        }
    }

    /// Has it sealed: one that is prepared follows its request.
    fn seal(
        &self,
        path: &Path,
        client: &Client,
        request: &SealRequest,
    ) -> Result<SealReply, Failure> {
        let key = uuid::Uuid::now_v7().to_string();
        let reply = match self {
            Self::Plain(_) => until_known(|| client.seal_document(&key, request)),
            Self::Prepared(waiting) => {
                let file = waiting.unsigned(path)?;
                until_known(|| client.seal_prepared(&key, request, &mut file.as_slice()))
            }
        };
        Ok(reply?)
    }

    /// The sealed file.
    fn complete(self, path: &Path, reply: &mut SealReply) -> Result<Vec<u8>, Failure> {
        let wrong = |error| Failure::file(path, error);
        match self {
            Self::Plain(file) => {
                let update = reply.update.take().unwrap_or_default();
                let update = decode_base64(&update).map_err(wrong)?;
                Ok([file, update].concat())
            }
            Self::Prepared(waiting) => {
                let cms = decode_base64(&reply.signature).map_err(wrong)?;
                waiting.complete(path, &cms)
            }
        }
    }
}

impl<'a> Desk<'a> {
    /// Nothing is sealed before the result has a place.
    fn open(
        client: Client,
        args: &'a Sealing,
        (word, shape): (&str, &Shape<'_>),
    ) -> Result<Self, Failure> {
        let target = beside(&args.file, word);
        check_free(&target, args.force)?;
        let signer = Signer::find(&client, &args.credential, args.hash)?;
        Ok(Self {
            draft: Draft::of(args, shape, signer.hash)?,
            args,
            target,
            client,
            signer,
        })
    }

    fn asked(&self, kind: SealKind) -> Result<SealRequest, Failure> {
        let (file, prepared) = self.draft.asked(&self.args.file, kind)?;
        Ok(SealRequest {
            credential: self.args.credential.clone(),
            kind,
            file,
            prepared,
            compose: self.args.compose,
            hash_algorithm: self.signer.hash.oid().to_string(),
            sign_algorithm: self.signer.sign_algorithm.to_owned(),
            sign_algorithm_params: None,
            document: Document {
                label: Some(name(&self.args.file)),
                ..Document::default()
            },
            series: None,
            authority: None,
            source: None,
            time_stamp: self.args.stamping.time_stamp,
        })
    }

    /// Has the server seal what waits, and writes the file, with its time stamp if that comes soon.
    fn seal(self, screen: &Screen, request: &SealRequest) -> Result<Sealed, Failure> {
        let (file, target) = (&self.args.file, self.target);
        let mut reply = self.draft.seal(file, &self.client, request)?;
        let whole = self.draft.complete(file, &mut reply)?;
        let written = write_whole(&target, &whole, Some(file));
        written.map_err(|error| Failure::file(&target, error))?;
        let stamp = reply.time_stamps.pop();
        let mut results = [FileResult::of(file, &target, stamp)];
        time_stamp::complete(screen, &self.client, &mut results, self.args.stamping);
        let [stamped] = results;
        reply.time_stamps.extend(stamped.time_stamp);
        Ok(Sealed {
            file: target,
            reply,
            error: stamped.error,
        })
    }
}

pub(crate) fn seal(screen: &Screen, global: &Global, args: &SealArgs) -> Result<(), Failure> {
    let client = log_in(screen, global, &args.sealing.proof)?;
    let shown = match &args.image {
        Some(image) => Some((picture(image)?, args.image_width)),
        None if args.approved_image => Some(approved(&client, &args.sealing.credential)?),
        None => None,
    };
    let look = shown.map(|(picture, width)| Look::Seal { picture, width });
    let names = [Reserved::NUMBER, Reserved::DATE].map(str::to_owned);
    let shape = Shape {
        lock: Some(Lock::Include(names.to_vec())),
        look: look.as_ref(),
        ..Shape::default()
    };
    let desk = Desk::open(client, &args.sealing, ("sealed", &shape))?;
    let mut request = desk.asked(SealKind::Issue)?;
    request.document.symbol.clone_from(&args.given_symbol);
    request.series.clone_from(&args.series);
    request.authority.clone_from(&args.authority);
    let sealed = desk.seal(screen, &request)?;
    let shown = sealed.file.display().to_string();
    let issue = sealed.reply.issue.as_ref();
    let (number, date) = issue.map_or_else(Default::default, |issue| {
        (
            format!("{}, {}", issue.number, issue.series),
            issue.date.clone(),
        )
    });
    screen.result(&sealed, Message::Sealed, &[&shown, &number, &date]);
    sealed.stamped(screen)
}

pub(crate) fn appendix(
    screen: &Screen,
    global: &Global,
    args: &AppendixArgs,
) -> Result<(), Failure> {
    let (number, symbol) = (format!("{:02}", args.given_number), &args.given_symbol);
    let look = Look::Appendix {
        number: number.clone(),
        symbol: symbol.clone(),
    };
    let shape = Shape {
        look: Some(&look),
        ..Shape::default()
    };
    let client = log_in(screen, global, &args.sealing.proof)?;
    let desk = Desk::open(client, &args.sealing, ("appendix", &shape))?;
    let mut request = desk.asked(SealKind::Appendix)?;
    request.document.number = Some(number.clone());
    request.document.symbol = Some(symbol.clone());
    request.series.clone_from(&args.series);
    let sealed = desk.seal(screen, &request)?;
    let shown = sealed.file.display().to_string();
    let main = format!("{number}/{symbol}");
    screen.result(&sealed, Message::AppendixSigned, &[&shown, &main]);
    sealed.stamped(screen)
}

pub(crate) fn copy(screen: &Screen, global: &Global, args: &CopyArgs) -> Result<(), Failure> {
    let look = args.agency_name.as_ref().map(|agency| Look::Copy {
        kind: args.copy_kind.into(),
        agency: agency.clone(),
    });
    let shape = Shape {
        look: look.as_ref(),
        ..Shape::default()
    };
    let client = log_in(screen, global, &args.sealing.proof)?;
    let desk = Desk::open(client, &args.sealing, ("copy", &shape))?;
    let mut request = desk.asked(args.copy_kind.into())?;
    request.source = Some(args.source.clone());
    let sealed = desk.seal(screen, &request)?;
    let shown = sealed.file.display().to_string();
    screen.result(&sealed, Message::Copied, &[&shown]);
    sealed.stamped(screen)
}
