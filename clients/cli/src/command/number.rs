//! Number and date go into the fields that the leader's signature left open.

use std::path::PathBuf;

use kyso_documents::numbering::{Number, Numbering, fill};
use kyso_documents::pdf::Limits;
use serde::Serialize;

use super::pdf;
use super::target::{beside, check_free, write_whole};
use crate::args::NumberArgs;
use crate::catalogue::Message;
use crate::environment;
use crate::failure::Failure;
use crate::screen::Screen;

#[derive(Debug, Serialize)]
struct Numbered {
    file: PathBuf,
    number: String,
    date: String,
}

pub(crate) fn number(screen: &Screen, args: &NumberArgs) -> Result<(), Failure> {
    let (path, target) = (&args.file, beside(&args.file, "numbered"));
    check_free(&target, args.force)?;
    let number = Number::new(args.given_number, args.given_symbol.as_deref());
    let today = environment::day(environment::now());
    let numbering = Numbering {
        number: number.map_err(|error| Failure::file(path, error))?,
        date: args.date.unwrap_or(today),
    };
    let mut file = pdf::read(path)?;
    let update = fill(&file, &numbering, &Limits::default());
    file.extend(update.map_err(|error| Failure::file(path, error))?);
    let written = write_whole(&target, &file, Some(path));
    written.map_err(|error| Failure::file(&target, error))?;
    let numbered = Numbered {
        number: numbering.number.to_string(),
        date: numbering.date.to_string(),
        file: target,
    };
    let shown = numbered.file.display().to_string();
    let values = [shown.as_str(), &numbered.number, &numbered.date];
    screen.result(&numbered, Message::Numbered, &values);
    Ok(())
}
