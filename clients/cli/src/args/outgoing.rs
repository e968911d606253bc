//! Arguments for outgoing documents: what a signature shows, number and date, seal, copy.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use kyso_api::management::SealKind;
use kyso_documents::appearance::{CopyKind, POINTS};
use kyso_documents::pdf::Place;
use time::Date;
use time::macros::format_description;

use super::{Hash, StampWish, SystemProof};

/// A handwritten signature, where it goes, and room for what a later step writes. It goes to one of three places: above the
/// signer's name, where somebody measured, or into the field that is signed.
#[derive(Debug, Args)]
pub(crate) struct PersonLook {
    #[arg(
        long,
        value_name = "FILE",
        group = "picture",
        requires = "spot",
        conflicts_with = "detached"
    )]
    pub(crate) image: Option<PathBuf>,
    #[arg(long, value_name = "MM", default_value_t = 40.0, requires = "image")]
    pub(crate) image_width: f64,
    #[arg(
        long,
        group = "picture",
        requires = "spot",
        conflicts_with = "detached"
    )]
    pub(crate) approved_image: bool,
    #[arg(long, group = "spot", requires = "picture")]
    pub(crate) signer_name: Option<String>,
    #[arg(
        long,
        value_name = "PAGE,LEFT,BOTTOM,WIDTH,HEIGHT",
        group = "spot",
        requires = "picture"
    )]
    pub(crate) image_at: Option<Spot>,
    #[arg(long, value_name = "PAGE,LEFT,BOTTOM,WIDTH,HEIGHT", requires = "date_at", conflicts_with_all = ["detached", "field"])]
    pub(crate) number_at: Option<Spot>,
    #[arg(
        long,
        value_name = "PAGE,LEFT,BOTTOM,WIDTH,HEIGHT",
        requires = "number_at"
    )]
    pub(crate) date_at: Option<Spot>,
}

#[derive(Debug, Args)]
pub(crate) struct NumberArgs {
    pub(crate) file: PathBuf,
    #[arg(long = "number", value_name = "NUMBER")]
    pub(crate) given_number: u32,
    #[arg(long = "symbol", value_name = "SYMBOL")]
    pub(crate) given_symbol: Option<String>,
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub(crate) date: Option<Date>,
    #[arg(long)]
    pub(crate) force: bool,
}

/// The file and whose seal goes on it, by which system.
#[derive(Debug, Args)]
pub(crate) struct Sealing {
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) proof: SystemProof,
    #[arg(long)]
    pub(crate) credential: String,
    #[arg(long, value_enum)]
    pub(crate) hash: Option<Hash>,
    #[arg(long)]
    pub(crate) compose: bool,
    #[command(flatten)]
    pub(crate) stamping: StampWish,
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    #[command(flatten)]
    pub(crate) sealing: Sealing,
    #[arg(long = "symbol", value_name = "SYMBOL")]
    pub(crate) given_symbol: Option<String>,
    #[arg(long)]
    pub(crate) series: Option<String>,
    #[arg(long, value_name = "ID")]
    pub(crate) authority: Option<String>,
    #[arg(long, value_name = "FILE", conflicts_with_all = ["approved_image", "compose"])]
    pub(crate) image: Option<PathBuf>,
    #[arg(long, value_name = "MM", default_value_t = 36.0, requires = "image")]
    pub(crate) image_width: f64,
    #[arg(long, conflicts_with = "compose")]
    pub(crate) approved_image: bool,
}

#[derive(Debug, Args)]
pub(crate) struct AppendixArgs {
    #[command(flatten)]
    pub(crate) sealing: Sealing,
    #[arg(long = "number", value_name = "NUMBER")]
    pub(crate) given_number: u32,
    #[arg(long = "symbol", value_name = "SYMBOL")]
    pub(crate) given_symbol: String,
    #[arg(long)]
    pub(crate) series: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CopyArgs {
    #[command(flatten)]
    pub(crate) sealing: Sealing,
    #[arg(long = "kind", value_enum)]
    pub(crate) copy_kind: CopyName,
    #[arg(long)]
    pub(crate) source: String,
    #[arg(long, required_unless_present = "compose", conflicts_with = "compose")]
    pub(crate) agency_name: Option<String>,
}

/// A kind of copy by its name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum CopyName {
    #[value(name = "sao_y")]
    Whole,
    #[value(name = "sao_luc")]
    Transcript,
    #[value(name = "trich_sao")]
    Extract,
}

impl From<CopyName> for CopyKind {
    fn from(name: CopyName) -> Self {
        match name {
            CopyName::Whole => Self::Whole,
            CopyName::Transcript => Self::Transcript,
            CopyName::Extract => Self::Extract,
        }
    }
}

impl From<CopyName> for SealKind {
    fn from(name: CopyName) -> Self {
        match name {
            CopyName::Whole => Self::Full,
            CopyName::Transcript => Self::Further,
            CopyName::Extract => Self::Extract,
        }
    }
}

/// A place on a page: the page from 1, then millimetres from its left and lower edge, and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spot(pub(crate) Place);

impl FromStr for Spot {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (page, rest) = text.split_once(',').ok_or("five numbers")?;
        let page = page
            .trim()
            .parse()
            .map_err(|_| "the page is a number from 1")?;
        let points = |one: &str| {
            let number: Option<f64> = one.trim().parse().ok();
            number.filter(|one| one.is_finite()).map(|one| one * POINTS)
        };
        let numbers: Option<Vec<f64>> = rest.split(',').map(points).collect();
        let numbers = numbers.and_then(|all| <[f64; 4]>::try_from(all).ok());
        let [left, bottom, width, height] = numbers.ok_or("five numbers")?;
        Ok(Self(Place {
            page,
            left,
            bottom,
            width,
            height,
        }))
    }
}

/// A length of millimetres with one decimal, as the server counts them: in tenths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenths(pub(crate) u16);

impl FromStr for Tenths {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "millimetres, as 36 or 36.5";
        let (whole, tenth) = text.split_once('.').unwrap_or((text, "0"));
        let whole: u16 = whole.parse().map_err(|_| WRONG)?;
        let tenth: u16 = tenth.parse().map_err(|_| WRONG)?;
        let tenths = whole.checked_mul(10).filter(|_| tenth < 10);
        tenths
            .map(|all| Self(all.saturating_add(tenth)))
            .ok_or(WRONG)
    }
}

fn day(text: &str) -> Result<Date, time::error::Parse> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_has_one_decimal_at_most() {
        for (text, tenths) in [
            ("36", Some(360)),
            ("36.5", Some(365)),
            ("0.1", Some(1)),
            ("36.55", None),
            ("36,5", None),
            ("-1", None),
            ("7000", None),
            ("", None),
        ] {
            let read = text.parse::<Tenths>().ok().map(|read| read.0);
            assert_eq!(read, tenths, "{text}");
        }
    }

    #[test]
    fn a_place_is_a_page_and_four_lengths() {
        let Spot(place) = "2, 25.4, 50.8, 12.7,6.35".parse().unwrap();
        assert_eq!(place.page, 2);
        let found = [place.left, place.bottom, place.width, place.height];
        for (found, right) in found.into_iter().zip([72.0, 144.0, 36.0, 18.0]) {
            assert!((found - right).abs() < 1e-9, "{found}");
        }
        for wrong in [
            "",
            "1",
            "1,2,3,4",
            "1,2,3,4,5,6",
            "x,1,1,1,1",
            "1,NaN,1,1,1",
            "1,a,1,1,1",
        ] {
            assert!(wrong.parse::<Spot>().is_err(), "{wrong}");
        }
    }
}
