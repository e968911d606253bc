//! Signs a PDF with a key in a file, as the tests with other people's validators need it.
//!
//! `sign_pdf IN OUT SCHEME KEY CERTIFICATE,… FIELD PLACE [WORD…]` — scheme `pkcs1`, `pss` or `ecdsa`; key
//! in PKCS#8 and certificates in DER, the signer's first; `=FIELD` for one that exists; place as
//! page, left, bottom, width and height, with commas, or `nowhere`, or as the rules want it:
//! `person,PNG,MM,PAGE,CENTRE,TOP,BOTTOM`, `seal,PNG,MM,FIELD`, `appendix,NUMBER,SYMBOL`,
//! `copy,AGENCY`. The word `stamp` asks `openssl ts` with the `ts.conf` that lies here for a time
//! stamp, `reserve=PLACE;PLACE` keeps fields for number and date, and `lock=FIELD,…` locks fields.
//! `sign_pdf number IN OUT NUMBER SYMBOL` writes the number, and the date of this day;
//! `sign_pdf later IN` says of each signature what was added after it, and
//! `sign_pdf gap IN NAME` where this person signs, by the words on the pages.

use std::io::{Error, Write};
use std::process::Command;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use kyso_documents::appearance::{CopyKind, Drawn, Gap, Mark, Picture, Rules};
use kyso_documents::numbering::{Number, Numbering, fill};
use kyso_documents::pdf::{
    Appearance, Change, Later, Limits, Lock, Pdf, Place, Refusal, Request, Reserved, Target,
    prepare,
};
use kyso_documents::{HashAlgorithm, Scheme, timestamp};
use time::OffsetDateTime;
use time::macros::datetime;

const TIME: OffsetDateTime = datetime!(2026-11-23 15:00:00 +7);

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [word, input, output, number, symbol] if word == "number" => {
            write_number(input, output, number, symbol)
        }
        [word, input] if word == "later" => tell_later(input),
        [word, input, name] if word == "gap" => tell_gap(input, name),
        [
            input,
            output,
            scheme,
            key,
            certificates,
            field,
            place,
            words @ ..,
        ] => {
            let key = [scheme, key, certificates].map(String::as_str);
            sign_file(input, output, key, [field, place], words)
        }
        _ => Err(Error::other(
            "sign_pdf IN OUT SCHEME KEY CERTIFICATE,… FIELD PLACE [WORD…]",
        )),
    }
}

fn write_number(input: &str, output: &str, number: &str, symbol: &str) -> Result<(), Error> {
    let number = number.parse().map_err(Error::other)?;
    let numbering = Numbering {
        number: Number::new(number, Some(symbol)).map_err(Error::other)?,
        date: TIME.date(),
    };
    let mut file = std::fs::read(input)?;
    let update = fill(&file, &numbering, &Limits::default()).map_err(Error::other)?;
    file.extend_from_slice(&update);
    std::fs::write(output, file)
}

/// A line for each signature: its field and, in the order of the file, what was added after it.
fn tell_later(input: &str) -> Result<(), Error> {
    let (file, limits) = (std::fs::read(input)?, Limits::default());
    let refused = |refusal: Refusal| Error::other(refusal.code());
    let pdf = Pdf::read(&file, &limits).map_err(refused)?;
    let all = pdf.signatures().map_err(refused)?;
    for (signature, later) in all.iter().zip(pdf.later(&limits).map_err(refused)?) {
        let later = match later {
            Later::Nothing => "nothing".to_owned(),
            Later::Explained(changes) => changes.iter().map(word).collect::<Vec<_>>().join(" "),
            Later::Unexplained(one) => format!("{} {:?}", one.alteration.code(), one.object),
        };
        writeln!(std::io::stdout(), "{}\t{later}", signature.field)?;
    }
    Ok(())
}

fn tell_gap(input: &str, name: &str) -> Result<(), Error> {
    let (file, limits) = (std::fs::read(input)?, Limits::default());
    let pdf = Pdf::read(&file, &limits).map_err(|refusal| Error::other(refusal.code()))?;
    let gap = pdf
        .gap(name)
        .map_err(|absent| Error::other(absent.code()))?;
    let Gap {
        page,
        centre,
        top,
        bottom,
    } = gap;
    writeln!(std::io::stdout(), "{page},{centre:.1},{top:.1},{bottom:.1}")
}

const fn word(change: &Change) -> &'static str {
    match change {
        Change::Signed { .. } => "signed",
        Change::Stamped { .. } => "stamped",
        Change::Filled { .. } => "filled",
        Change::ValidationData => "validation_data",
        Change::Information => "information",
    }
}

fn sign_file(
    input: &str,
    output: &str,
    [scheme, key, certificates]: [&str; 3],
    [field, place]: [&str; 2],
    words: &[String],
) -> Result<(), Error> {
    let file = std::fs::read(input)?;
    let certificates = certificates.split(',').map(std::fs::read);
    let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
    let drawn = match place {
        "nowhere" => None,
        place => Some(draw(&file, place)?),
    };
    let mut request = request(field, drawn);
    for word in words {
        further(&mut request, word)?;
    }
    let prepared = prepare(&file, &request, &Limits::default());
    let prepared = prepared.map_err(|refusal| Error::other(refusal.code()))?;
    for warning in prepared.warnings() {
        writeln!(std::io::stderr(), "{}", warning.code())?;
    }
    let signer = certificates.first().ok_or(Error::other("no certificate"))?;
    let attributes = prepared.attributes(signer).map_err(Error::other)?;
    let (scheme, signature) = sign(scheme, &std::fs::read(key)?, attributes.signed_attributes())?;
    let cms = attributes.complete(&signature, scheme, &certificates);
    let mut cms = cms.map_err(Error::other)?;
    if words.iter().any(|word| word == "stamp") {
        let digest = timestamp::imprint(&cms, HashAlgorithm::Sha256).map_err(Error::other)?;
        cms = timestamp::attach(&cms, &token(&digest)?).map_err(Error::other)?;
    }
    let whole = prepared.complete(file, &cms).map_err(Error::other)?;
    std::fs::write(output, whole)
}

/// What a word asks besides.
fn further(request: &mut Request, word: &str) -> Result<(), Error> {
    if let Some(names) = word.strip_prefix("lock=") {
        request.lock = Some(Lock::Include(names.split(',').map(str::to_owned).collect()));
    }
    if let Some(places) = word.strip_prefix("reserve=") {
        let places = places.split_once(';');
        let (number, date) = places.ok_or(Error::other("reserve=PLACE;PLACE"))?;
        let (number, date) = (read_place(number)?, read_place(date)?);
        request.reserved = Some(Reserved { number, date });
    }
    Ok(())
}

/// A time-stamp token over this digest.
fn token(digest: &[u8]) -> Result<Vec<u8>, Error> {
    let digest = hex::encode(digest);
    let query = [
        "ts", "-query", "-sha256", "-cert", "-digest", &digest, "-out", "q",
    ];
    let reply = [
        "ts",
        "-reply",
        "-config",
        "ts.conf",
        "-section",
        "here",
        "-queryfile",
        "q",
        "-token_out",
        "-out",
        "token",
    ];
    for arguments in [&query[..], &reply] {
        let status = Command::new("openssl").args(arguments).status()?;
        if !status.success() {
            return Err(Error::other("openssl ts"));
        }
    }
    std::fs::read("token")
}

fn request(field: &str, drawn: Option<Drawn>) -> Request {
    let (place, appearance) = drawn.map(|drawn| (drawn.place, drawn.appearance)).unzip();
    let target = match field.strip_prefix('=') {
        Some(name) => Target::Existing {
            name: name.to_owned(),
        },
        None => Target::New {
            name: field.to_owned(),
            place,
        },
    };
    Request {
        name: Some("Nguyễn Thị Bưởi".to_owned()),
        reason: Some("Ký ban hành".to_owned()),
        appearance,
        ..Request::new(target, TIME)
    }
}

/// What is drawn and where: a frame in a place, or what the rules of that day want.
fn draw(file: &[u8], what: &str) -> Result<Drawn, Error> {
    let words: Vec<&str> = what.split(',').collect();
    let rules = Rules::at(TIME.date()).map_err(Error::other)?;
    let limits = Limits::default();
    let pdf = Pdf::read(file, &limits).map_err(|refusal| Error::other(refusal.code()))?;
    let sheet = pdf
        .sheet(1)
        .map_err(|refusal| Error::other(refusal.code()))?;
    let drawn = match words.as_slice() {
        ["person", png, width, gap @ ..] => {
            rules.person(&picture(png)?, number(width)?, &read_gap(gap)?)
        }
        ["seal", png, width, field] => {
            let person = pdf.shown(field).ok().flatten();
            let person = person.ok_or(Error::other("no such signature is shown"))?;
            rules.seal(&picture(png)?, number(width)?, &person)
        }
        ["appendix", number, symbol] => rules.mark(&Mark::Appendix { number, symbol }, TIME, sheet),
        ["copy", agency] => {
            let kind = CopyKind::Whole;
            rules.mark(&Mark::Copy { kind, agency }, TIME, sheet)
        }
        _ => {
            let place = read_place(what)?;
            let appearance = frame(place.width, place.height);
            return Ok(Drawn { appearance, place });
        }
    };
    drawn.map_err(Error::other)
}

fn picture(path: &str) -> Result<Picture, Error> {
    Picture::read(&std::fs::read(path)?).map_err(Error::other)
}

fn number(text: &str) -> Result<f64, Error> {
    text.parse().map_err(Error::other)
}

fn read_gap(words: &[&str]) -> Result<Gap, Error> {
    let [page, centre, top, bottom] = words else {
        return Err(Error::other("a gap is page,centre,top,bottom"));
    };
    Ok(Gap {
        page: page.parse().map_err(Error::other)?,
        centre: number(centre)?,
        top: number(top)?,
        bottom: number(bottom)?,
    })
}

/// A frame with a stroke from its lower left corner half the way up: what is turned is seen.
fn frame(width: f64, height: f64) -> Appearance {
    let content = format!(
        "0 0 1 RG 1 w 1 1 {} {} re S 1 1 m {} {} l S",
        width - 2.0,
        height - 2.0,
        width / 2.0,
        height / 2.0
    );
    Appearance {
        width,
        height,
        content: content.into_bytes(),
        ..Appearance::default()
    }
}

fn read_place(text: &str) -> Result<Place, Error> {
    let numbers: Vec<f64> = text.split(',').filter_map(|one| one.parse().ok()).collect();
    let page = text.split(',').next().and_then(|page| page.parse().ok());
    match (page, numbers.as_slice()) {
        (Some(page), [_, left, bottom, width, height]) => Ok(Place {
            page,
            left: *left,
            bottom: *bottom,
            width: *width,
            height: *height,
        }),
        _ => Err(Error::other("a place is page,left,bottom,width,height")),
    }
}

fn sign(scheme: &str, key: &[u8], message: &[u8]) -> Result<(Scheme, Vec<u8>), Error> {
    match scheme {
        "pkcs1" => Ok((Scheme::RsaPkcs1, rsa(key, &RSA_PKCS1_SHA256, message)?)),
        "pss" => Ok((
            Scheme::RsaPss { salt: 32 },
            rsa(key, &RSA_PSS_SHA256, message)?,
        )),
        "ecdsa" => {
            let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key);
            let key = key.map_err(Error::other)?;
            let signature = key
                .sign(&SystemRandom::new(), message)
                .map_err(Error::other)?;
            Ok((Scheme::Ecdsa, signature.as_ref().to_vec()))
        }
        _ => Err(Error::other("the scheme is pkcs1, pss or ecdsa")),
    }
}

fn rsa(key: &[u8], padding: &'static dyn RsaEncoding, message: &[u8]) -> Result<Vec<u8>, Error> {
    let key = RsaKeyPair::from_pkcs8(key).map_err(Error::other)?;
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(padding, &SystemRandom::new(), message, &mut signature)
        .map_err(Error::other)?;
    Ok(signature)
}
