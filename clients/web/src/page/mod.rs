//! The pages, one module for each group of people.

pub(crate) mod agency;
pub(crate) mod checking;
pub(crate) mod clerk;
pub(crate) mod content;
pub(crate) mod dispute;
pub(crate) mod everyone;
pub(crate) mod leader;
pub(crate) mod manager;
pub(crate) mod officer;
pub(crate) mod operator;
pub(crate) mod power;
pub(crate) mod registering;
pub(crate) mod results;
pub(crate) mod standing;
pub(crate) mod timeline;
pub(crate) mod watch;

/// Gives each page its place in the navigation and the method that renders it.
macro_rules! pages {
    ($($page:ident in $section:ident;)*) => { $(
        impl $page {
            pub(crate) const SECTION: crate::Section = crate::Section::$section;

            /// The page as HTML.
            pub fn render(&self) -> String {
                crate::page::rendered(askama::Template::render(self))
            }
        }
    )* };
}
pub(crate) use pages;

/// Templates write into memory and no value of ours fails to be shown, so this has an error only if
/// askama has one; a person then reads a sentence rather than nothing.
pub(crate) fn rendered(page: askama::Result<String>) -> String {
    page.unwrap_or_else(|_| {
        "<!doctype html><html lang=\"vi\"><title>Kyso</title><p>Không hiển thị được trang này. \
         This page could not be shown."
            .to_owned()
    })
}
