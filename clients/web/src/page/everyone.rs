//! Log-in, enrolment, one's own account, notices, and the page for integrators.

use askama::Template;

use super::pages;
use crate::guide::sample;
use crate::sentences;
use crate::{Foreign, Frame, Moment, Problems};

pages! {
    Login in None;
    EnrolStart in None;
    EnrolFactor in None;
    Account in Account;
    Notice in None;
    Integrators in Integrators;
}

/// `/ui/login`. Sends `login`, `password`, `otp` (only if asked), `next` to `/ui/login`.
#[derive(Clone, Debug, Template)]
#[template(path = "login.html")]
pub struct Login {
    /// What stands around the page.
    pub frame: Frame,
    /// The login name that was typed before.
    pub login: Foreign,
    /// Whether the person's role asks for a one-time password.
    pub ask_otp: bool,
    /// Why the last attempt was refused.
    pub refusal: Option<LoginRefusal>,
    /// The path to go on to, kept in the form.
    pub next: String,
    /// Whether anybody may have a file verified here.
    pub verifies: bool,
}

/// Why a log-in was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginRefusal {
    /// Name, password or code is wrong; which one is not said.
    WrongCredentials,
    /// Too many attempts; so many seconds to wait.
    Wait(u32),
    /// This code was used already; a new one comes in so many seconds.
    CodeUsed(u32),
    /// The password is right; now the one-time password.
    CodeNeeded,
    /// The session has ended; nothing was wrong.
    SessionEnded,
}

impl Login {
    fn refused(&self) -> Option<String> {
        self.refusal
            .map(|refusal| sentences::login_refusal(self.frame.language, refusal))
    }
}

/// `/ui/enrol`. Sends `code` to `/ui/enrol`.
#[derive(Clone, Debug, Template)]
#[template(path = "enrol_start.html")]
pub struct EnrolStart {
    /// What stands around the page.
    pub frame: Frame,
    /// The one-time code that the subscriber manager handed over.
    pub code: Foreign,
    /// Errors at `code`.
    pub problems: Problems,
}

/// Second step of the enrolment. Sends `handle`, `new_password`, `new_password_again`, `otp` to
/// `/ui/enrol/confirm`.
#[derive(Clone, Template)]
#[template(path = "enrol_factor.html")]
pub struct EnrolFactor {
    /// What stands around the page.
    pub frame: Frame,
    /// The `otpauth://` address as an SVG element made by the server; it goes into the page as it is,
    /// so it must not hold anything that others wrote.
    pub qr_svg: String,
    /// The `otpauth://` address itself: who reads this on the phone that holds the authenticator has
    /// nothing to scan with.
    pub otpauth_uri: String,
    /// Login name of the account.
    pub login: Foreign,
    /// The secret in groups of four letters, for typing it where no camera is.
    pub secret: String,
    /// What names this enrolment to the server.
    pub handle: String,
    /// Errors at `new_password`, `new_password_again`, `otp`.
    pub problems: Problems,
}

impl std::fmt::Debug for EnrolFactor {
    /// Without the secret and its picture.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("EnrolFactor")
            .field("problems", &self.problems)
            .finish_non_exhaustive()
    }
}

/// `/ui/account`. Sends `old_password`, `new_password`, `new_password_again`, `otp` to
/// `/ui/account/password`, nothing to `/ui/logout` to end this session, to
/// `/ui/account/sessions/{id}/end` to end another, and to `/ui/account/sessions/end-others`.
#[derive(Clone, Debug, Template)]
#[template(path = "account.html")]
pub struct Account {
    /// What stands around the page.
    pub frame: Frame,
    /// The reader's login name, so that a password manager knows whose password changes.
    pub login: Foreign,
    /// The reader's factors.
    pub factors: Vec<Factor>,
    /// Where the reader is logged in.
    pub sessions: Vec<OwnSession>,
    /// Whether the password was just changed.
    pub saved: bool,
    /// Errors at the fields of the password form.
    pub problems: Problems,
}

/// A factor of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    /// Its kind in the reader's language.
    pub kind: Foreign,
    /// Since when, where that is known.
    pub since: Option<Moment>,
    /// When it was used last, where that is known.
    pub last_used: Option<Moment>,
}

/// A session of the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// What names it in the path.
    pub id: String,
    /// The browser or program.
    pub device: Foreign,
    /// The address it was opened from.
    pub address: Foreign,
    /// When it was opened.
    pub since: Moment,
    /// When it ends by itself, at the latest.
    pub until: Moment,
    /// Whether this page belongs to it.
    pub current: bool,
}

impl Account {
    fn has_others(&self) -> bool {
        self.sessions.iter().any(|session| !session.current)
    }
}

impl OwnSession {
    /// To log out forgets the cookie, too.
    fn end(&self) -> String {
        if self.current {
            "/ui/logout".to_owned()
        } else {
            format!("/ui/account/sessions/{}/end", self.id)
        }
    }
}

/// What the server has to say instead of a page.
#[derive(Clone, Debug, Template)]
#[template(path = "notice.html")]
pub struct Notice {
    /// What stands around the page.
    pub frame: Frame,
    /// What happened.
    pub occasion: Occasion,
    /// What more there is to say, in the reader's language; may be empty.
    pub detail: Foreign,
    /// The request's id, which the log holds, too; may be empty.
    pub request_id: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// 400: the request makes no sense.
    BadRequest,
    /// 403: this reader may not.
    Forbidden,
    /// 403: the form is too old or came from elsewhere.
    StaleForm,
    /// 404: no such thing, or not for this reader.
    NotFound,
    /// The session has ended.
    SessionEnded,
    /// 409: decided elsewhere (another phone, another window).
    DecidedElsewhere,
    /// 409: the system took it back.
    Withdrawn,
    /// 409: its time is over.
    Expired,
    /// 409: the list is not the one that was shown.
    ListChanged,
    /// 400: the reader no longer has the authority to sign this.
    AuthorityChanged,
    /// 409: the credential is locked or revoked, or its certificate has ended.
    CredentialUnusable,
    /// 403: the system may no longer ask this reader.
    GrantEnded,
    /// 409: what was to be changed is in another state by now.
    StateChanged,
    /// 429: too many attempts; so many seconds to wait.
    TooMany(u32),
    /// 500, 503: a fault of the server or the HSM.
    Fault,
    /// Done; not an error.
    Done,
    /// Another site led here, to something whose showing is written down.
    LedHere,
}

impl Occasion {
    /// Every occasion, for showing all notices.
    pub const ALL: [Self; 17] = [
        Self::BadRequest,
        Self::Forbidden,
        Self::StaleForm,
        Self::NotFound,
        Self::SessionEnded,
        Self::DecidedElsewhere,
        Self::Withdrawn,
        Self::Expired,
        Self::ListChanged,
        Self::AuthorityChanged,
        Self::CredentialUnusable,
        Self::GrantEnded,
        Self::StateChanged,
        Self::TooMany(30),
        Self::Fault,
        Self::Done,
        Self::LedHere,
    ];
}

impl Notice {
    fn heading(&self) -> &'static str {
        sentences::notice(self.frame.language, self.occasion).0
    }

    fn next_step(&self) -> &'static str {
        sentences::notice(self.frame.language, self.occasion).1
    }

    fn seconds(&self) -> Option<u32> {
        match self.occasion {
            Occasion::TooMany(seconds) => Some(seconds),
            _ => None,
        }
    }

    /// Where the reader goes on: a step of their own, which no other site takes for them.
    fn onward(&self) -> Option<&str> {
        (self.occasion == Occasion::LedHere).then_some(self.frame.here.as_str())
    }

    fn ended(&self) -> bool {
        self.occasion == Occasion::SessionEnded
    }
}

/// `/ui/integrate`, open to everyone: how a system is connected. It links to `/ui/integrate.md` and
/// `/ui/integrate.py`: [`GUIDE`](crate::GUIDE) and [`GUIDE_PROGRAM`](crate::GUIDE_PROGRAM).
#[derive(Clone, Debug, Template)]
#[template(path = "integrate.html")]
pub struct Integrators {
    /// What stands around the page.
    pub frame: Frame,
    /// The server's address without a path, `https://kyso.example.vn`, for the samples.
    pub base: String,
    /// What an assertion's `aud` must say.
    pub audience: String,
}

impl Integrators {
    fn sample(&self, name: &str) -> String {
        sample(name, &self.base)
    }
}
