//! One agency: what a subscriber manager sees of it, does with it, and fills in for a new one.

use askama::Template;

use super::pages;
use crate::{Choice, Foreign, Frame, Moment, Problems};

pages! {
    AgencyPage in Agencies;
    RegisterAgency in Agencies;
}

/// `/ui/agencies/{id}`. Sends `code` to `…/codes` and `…/codes/end`, `above` (a code; empty means none), `moved_from` and
/// `otp` to `…/move`, `name` and `named_from` to `…/rename`, and `at` to `…/end`. Times are Vietnamese; empty means now.
#[derive(Clone, Debug, Template)]
#[template(path = "agency.html")]
pub struct AgencyPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What names it in paths.
    pub id: String,
    /// Its name.
    pub name: Foreign,
    /// The one above it, and what names that in paths.
    pub above: Option<(String, Foreign)>,
    /// Every name by date, where it has had or is to have another.
    pub names: Vec<(Moment, Foreign)>,
    /// Every agency above it by date, where it was or is to be moved; none for a root.
    pub places: Vec<(Moment, Option<Foreign>)>,
    /// Its codes (mã định danh), in the order in which it got them.
    pub codes: Vec<Foreign>,
    /// Codes that it had, in the same order.
    pub former_codes: Vec<Foreign>,
    /// Kind of agency, as it was registered.
    pub kind: Foreign,
    /// Level of government, as it was registered.
    pub level: Foreign,
    /// From when it exists.
    pub from: Moment,
    /// When it ends or ended.
    pub until: Option<Moment>,
    /// Whether it has ended, so that nothing can be done with it any more.
    pub ended: bool,
    /// People in it, without those below.
    pub people: u32,
    /// Who may sign in another's place here.
    pub authorities: Vec<Authorized>,
    /// Whether the reader manages subscribers.
    pub manages: bool,
    /// A further code, as typed.
    pub code: Foreign,
    /// Code of another agency above it, as typed.
    pub new_above: Foreign,
    /// A time to move it at, as typed.
    pub moved_from: String,
    /// Another name, as typed.
    pub new_name: Foreign,
    /// A time from which it is called so, as typed.
    pub named_from: String,
    /// A time to end at, as typed.
    pub at: String,
    /// Errors at `code`, `above`, `moved_from`, `otp`, `name`, `named_from` or `at`.
    pub problems: Problems,
}

/// A person who may sign in another's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorized {
    /// What names the person in paths.
    pub person: String,
    /// Their name.
    pub name: Foreign,
    /// Form of signature (KT., TL., TUQ. …), dates and basis.
    pub how: Foreign,
}

/// `/ui/agencies/new?above=`. Sends `name`, `above` (a code, or empty for an agency without one above it),
/// `code`, `kind`, `level` and `from` (Vietnamese time; empty means now) to `/ui/agencies/new`.
#[derive(Clone, Debug, Template)]
#[template(path = "agency_new.html")]
pub struct RegisterAgency {
    /// What stands around the page.
    pub frame: Frame,
    /// Name, as typed.
    pub name: Foreign,
    /// Code of the agency above it, as typed.
    pub above: Foreign,
    /// Its own code, as typed.
    pub code: Foreign,
    /// Kind, as typed.
    pub kind: Foreign,
    /// Levels to choose from.
    pub levels: Vec<Choice>,
    /// From when it exists, as typed.
    pub from: String,
    /// Errors at the fields above.
    pub problems: Problems,
}
