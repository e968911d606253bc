//! The page that verifies a bundle in a browser, without network: a second implementation.

/// The page that bundles carry: one HTML file, which needs no network and asks for none.
pub fn page() -> String {
    include_str!("page/verify.html").to_owned()
}
