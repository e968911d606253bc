//! `POST imports/{persons,agencies}`: many rows from one CSV file; all of them, or none.
//!
//! A row that is there already as it stands changes nothing, so a file may be sent again; a row
//! that is there otherwise is an error, since an import must not rewrite people behind their backs.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use kyso_api::management::{ImportReply, RowError};
use kyso_api::problem::{Language, ProblemCode};
use kyso_core::id::AgencyId;
use kyso_core::model::{Agency, CodeFormat, Role};
use kyso_core::{Change, Snapshot, Timestamp};
use serde::Deserialize;

use super::import_rows::{agency_row, person_row};
use super::read;
use crate::http::body::check_kind;
use crate::http::desk::Desk;
use crate::http::error::Problem;

/// Most rows of a file.
const ROWS: usize = 5000;

/// The query.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    #[serde(default)]
    dry_run: bool,
}

/// What a row comes to.
#[derive(Debug)]
pub enum Row {
    /// It makes something.
    New(Box<Change>),
    /// It is there already.
    Same,
}

/// What rows are read against: what is there, and what rows above made.
#[derive(Debug)]
pub struct Ground<'a> {
    /// What is there.
    pub snapshot: &'a Snapshot,
    /// The time.
    pub now: Timestamp,
    /// Agencies by each code in force, also those of rows above.
    pub codes: HashMap<String, AgencyId>,
    /// Agencies of rows above.
    pub planned: HashMap<AgencyId, Agency>,
    /// Logins of rows above.
    pub logins: HashMap<String, u32>,
}

impl<'a> Ground<'a> {
    /// Over what is there.
    pub fn new(snapshot: &'a Snapshot, now: Timestamp) -> Self {
        let mut codes = HashMap::new();
        for agency in snapshot.agencies.values() {
            let held = agency
                .codes
                .iter()
                .filter(|code| code.valid_until.is_none_or(|end| now < end));
            codes.extend(held.map(|code| (code.code.clone(), agency.id)));
        }
        let (planned, logins) = (HashMap::new(), HashMap::new());
        Self {
            snapshot,
            now,
            codes,
            planned,
            logins,
        }
    }

    /// The agency with this code, in either format, unless it has ended: nobody joins it, and the
    /// whole file would be refused when it is applied.
    pub fn agency(&self, code: &str) -> Option<AgencyId> {
        let canonical = [CodeFormat::Modern, CodeFormat::Legacy]
            .into_iter()
            .find_map(|format| format.canonical(code).ok())?;
        let id = self.codes.get(&canonical).copied()?;
        (!self.snapshot.has_ended(id, self.now)).then_some(id)
    }
}

/// What is wrong with a row: the column and a word; the sentence follows from the word.
pub type Fault = (&'static str, &'static str);

/// One row by its headings.
pub type Cells = HashMap<String, String>;

/// A row and its number, the heading being 1, as a spreadsheet shows it: blank rows count too.
pub type Numbered = (u32, Cells);

/// `POST imports/persons`.
///
/// # Errors
/// [`Problem`] for a file that is no CSV; what is wrong with rows is in the reply.
pub async fn persons(
    desk: Desk,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    import(desk, &request, &body, person_row).await
}

/// `POST imports/agencies`.
///
/// # Errors
/// As [`persons`].
pub async fn agencies(
    desk: Desk,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<HttpResponse, Problem> {
    import(desk, &request, &body, agency_row).await
}

async fn import(
    desk: Desk,
    request: &HttpRequest,
    body: &[u8],
    read_row: fn(&mut Ground<'_>, &Cells, u32) -> Result<Row, Fault>,
) -> Result<HttpResponse, Problem> {
    check_kind(request, "text/csv")?;
    let query: Query = read::query(request.query_string())?;
    let person = desk.person()?;
    let snapshot = desk.policy().snapshot();
    let now = desk.now();
    // Rows may be of any agency, and what is said of each tells whether its person is there: also where nothing is changed.
    if !snapshot.holds_at(person, Role::SubscriberManager, None, now) {
        return Err(kyso_core::Refusal::Forbidden.into());
    }
    let rows = parse(body)?;
    let mut ground = Ground::new(&snapshot, now);
    let (changes, reply) = plan(&mut ground, &rows, read_row, desk.call.language);
    if !query.dry_run && reply.errors.is_empty() && !changes.is_empty() {
        desk.change(Change::Batch(changes)).await?;
    }
    Ok(HttpResponse::Ok().json(reply))
}

fn plan(
    ground: &mut Ground<'_>,
    rows: &[Numbered],
    read_row: fn(&mut Ground<'_>, &Cells, u32) -> Result<Row, Fault>,
    language: Language,
) -> (Vec<Change>, ImportReply) {
    let (mut changes, mut errors, mut unchanged) = (Vec::new(), Vec::new(), 0);
    for &(number, ref cells) in rows {
        match read_row(ground, cells, number) {
            Ok(Row::New(change)) => changes.push(*change),
            Ok(Row::Same) => unchanged += 1,
            Err(fault) => errors.push(row_error(number, fault, language)),
        }
    }
    let applied = if errors.is_empty() { changes.len() } else { 0 };
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let reply = ImportReply {
        rows: count(rows.len()),
        applied: count(applied),
        unchanged,
        errors,
    };
    (changes, reply)
}

/// What is wrong, for programs and, in the caller's language, for people.
fn row_error(row: u32, (field, code): Fault, language: Language) -> RowError {
    let (vi, en) = sentences(code);
    let message = match language {
        Language::Vietnamese => vi,
        Language::English => en,
    };
    RowError {
        row,
        field: field.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

fn sentences(code: &str) -> (&'static str, &'static str) {
    match code {
        "conflict" => (
            "Đã có với nội dung khác.",
            "It is there already, and otherwise.",
        ),
        "duplicate" => (
            "Trùng với một dòng phía trên.",
            "A row above says the same.",
        ),
        "unknown_agency" => (
            "Không có cơ quan đang hoạt động mang mã này.",
            "No agency in being has this code.",
        ),
        "missing" => ("Thiếu giá trị.", "The value is missing."),
        _ => ("Giá trị không hợp lệ.", "The value is not valid."),
    }
}

/// Reads the file: UTF-8, a heading line, commas or semicolons, as spreadsheets here write it.
///
/// # Errors
/// `malformed_body`, with the line; `body_too_large` for too many rows.
pub fn parse(body: &[u8]) -> Result<Vec<Numbered>, Problem> {
    let malformed = || Problem::from(ProblemCode::MalformedBody);
    let text = std::str::from_utf8(body).map_err(|_| malformed().because("UTF-8"))?;
    let text = text.trim_start_matches('\u{FEFF}');
    if text.contains('\0') {
        return Err(malformed().because("U+0000"));
    }
    if text.trim().is_empty() {
        return Err(malformed().because("no heading"));
    }
    let heading = text.lines().next().unwrap_or_default();
    let delimiter = if heading.contains(';') && !heading.contains(',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|_| malformed())?.clone();
    let (mut rows, mut number) = (Vec::new(), 1);
    for record in reader.records() {
        if rows.len() >= ROWS {
            return Err(ProblemCode::BodyTooLarge.into());
        }
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            malformed().because(format!("line {line}"))
        })?;
        number += 1 + blank_rows_before(&record, text.as_bytes());
        let cells = headings.iter().zip(&record);
        let cells = cells.map(|(h, c)| (h.to_owned(), c.to_owned()));
        rows.push((number, cells.collect()));
    }
    Ok(rows)
}

/// Blank rows between this record and the one above, which the reader passes over.
fn blank_rows_before(record: &csv::StringRecord, text: &[u8]) -> u32 {
    let start = record.position().map_or(0, csv::Position::byte);
    let (above, rest) = text.split_at(usize::try_from(start).unwrap_or(0).min(text.len()));
    let breaks = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let breaks = breaks.filter(|byte| **byte == b'\n').count();
    // The reader may stop within the line break of the record above.
    let own = usize::from(above.last() == Some(&b'\r') && breaks > 0);
    u32::try_from(breaks - own).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);

    fn agencies(csv: &str, snapshot: &Snapshot) -> ImportReply {
        plan(
            &mut Ground::new(snapshot, NOW),
            &parse(csv.as_bytes()).unwrap(),
            agency_row,
            Language::English,
        )
        .1
    }

    #[test]
    fn a_file_may_name_a_parent_of_its_own() {
        let reply = agencies(
            "\u{FEFF}code,name,parent,kind,level\r\nH27,UBND tỉnh,,ubnd,tinh\r\nh27.12,Sở Y tế,H27,so,tinh\r\n",
            &Snapshot::default(),
        );
        assert_eq!((reply.rows, reply.applied, reply.errors.len()), (2, 2, 0));
    }

    #[test]
    fn errors_name_row_and_column_and_nothing_is_applied() {
        let reply = agencies(
            "code;name;parent;kind;level\nH27;UBND tỉnh;;ubnd;tinh\nH27;Khác;;ubnd;tinh\n;Sở;;so;tinh\nH27.1;Sở;H99;so;tinh\nX!;Sở;;so;tinh\n",
            &Snapshot::default(),
        );
        let found: Vec<_> = reply
            .errors
            .iter()
            .map(|e| (e.row, e.field.as_str(), e.code.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (3, "code", "duplicate"),
                (4, "code", "missing"),
                (5, "parent", "unknown_agency"),
                (6, "code", "invalid")
            ]
        );
        assert_eq!(reply.applied, 0);
    }

    #[test]
    fn what_is_wrong_is_said_in_the_callers_language() {
        for (language, sentence) in [
            (Language::Vietnamese, "Thiếu giá trị."),
            (Language::English, "The value is missing."),
        ] {
            let error = row_error(2, ("name", "missing"), language);
            assert_eq!((&*error.code, &*error.message), ("missing", sentence));
        }
    }

    #[test]
    fn every_row_that_is_wrong_is_named() {
        let rows = "?,Sở,,so,tinh\n".repeat(ROWS);
        let reply = agencies(
            &format!("code,name,parent,kind,level\n{rows}"),
            &Snapshot::default(),
        );
        assert_eq!(reply.errors.len(), ROWS);
    }

    #[test]
    fn blank_rows_and_breaks_within_cells_keep_the_numbers_of_a_spreadsheet() {
        for line_break in ["\n", "\r\n"] {
            let rows = [
                "a,b", "1,2", "", "", "\"x", "y\",4", "5,6", "", "7,8", "", "",
            ];
            let parsed = parse(rows.join(line_break).as_bytes()).unwrap();
            let numbers: Vec<u32> = parsed.iter().map(|(number, _)| *number).collect();
            assert_eq!(numbers, [2, 5, 6, 8], "{line_break:?}");
        }
    }

    #[test]
    fn files_that_are_no_csv_are_refused() {
        for body in [
            &b"\xff\xfe"[..],
            b"",
            b"\n",
            b"a\0b",
            b"a,b\n1,2,3\n",
            b"a,b\n\"1,2\n3",
        ] {
            assert!(parse(body).is_err(), "{body:?}");
        }
    }
}
