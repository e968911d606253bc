//! The pages of Kyso as views: given plain data, a page becomes HTML.
//!
//! This crate knows no server, no database and none of our other crates. Each page is a struct whose
//! fields hold what it shows, with a method `render`; its documentation names the path it is served
//! at and the forms it sends. Whoever serves it sets the header [`CONTENT_SECURITY_POLICY`], sends
//! the files of [`assets`], and checks the field `csrf` of every form against [`Frame::csrf`].
//!
//! Text that others wrote (titles, names, reasons) is [`Foreign`]: NFC, escaped, and unable to
//! reorder or hide what stands around it. Nothing is cut: long titles wrap.

mod assets;
mod foreign;
mod form;
mod frame;
mod guide;
mod language;
mod moment;
mod page;
mod sentences;
mod vietnamese;
mod view;
mod weight;
mod words;

pub use assets::{Asset, assets};
pub use foreign::Foreign;
pub use form::{Problem, Problems};
pub use frame::{Frame, Role, Section, Unseen, Viewer};
pub use guide::{GUIDE, GUIDE_PROGRAM};
pub use language::Language;
pub use moment::Moment;
pub use page::agency::*;
pub use page::checking::*;
pub use page::clerk::*;
pub use page::content::*;
pub use page::dispute::*;
pub use page::everyone::*;
pub use page::leader::*;
pub use page::manager::*;
pub use page::officer::*;
pub use page::operator::*;
pub use page::power::*;
pub use page::registering::*;
pub use page::results::*;
pub use page::standing::*;
pub use page::timeline::*;
pub use page::watch::*;
pub use vietnamese::{Order, fold, found_in, person_order, vietnamese_order};
pub use view::*;
pub use weight::{Weighed, cut};

/// The header `Content-Security-Policy` under which every page works.
///
/// No script and no style but our own files, no frame around us, forms only to us: a title that got
/// markup through all escaping would still run nothing and send nothing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
     script-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'";

#[cfg(test)]
mod tests {
    #[test]
    fn the_policy_of_a_page_lets_it_load_our_own_files_and_nothing_else() {
        assert_eq!(
            super::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
        );
    }
}
