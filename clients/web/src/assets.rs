//! The files that pages load: one stylesheet, one script, one icon, all inside the program.

use std::sync::LazyLock;

use sha2::{Digest as _, Sha256};

/// A file to serve, with what a server needs to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Path below the host, without the version that pages add (`?v=` and the hash).
    pub path: &'static str,
    /// Value of the header `Content-Type`.
    pub content_type: &'static str,
    /// The file itself.
    pub bytes: &'static [u8],
    /// The first 16 hexadecimal digits of its SHA-256: for `ETag`, and in the links of pages.
    pub hash: String,
}

static ASSETS: LazyLock<[Asset; 3]> = LazyLock::new(|| {
    let css = "text/css; charset=utf-8";
    let js = "text/javascript; charset=utf-8";
    [
        asset(
            "/ui/assets/kyso.css",
            css,
            include_bytes!("../assets/kyso.css"),
        ),
        asset(
            "/ui/assets/kyso.js",
            js,
            include_bytes!("../assets/kyso.js"),
        ),
        asset(
            "/ui/assets/icon.svg",
            "image/svg+xml",
            include_bytes!("../assets/icon.svg"),
        ),
    ]
});

/// Every file that a page may load.
///
/// A link holds the file's hash, so a server may let browsers keep them for a year.
pub fn assets() -> &'static [Asset] {
    &*ASSETS
}

/// The link to the asset at `path`, with its hash.
pub(crate) fn link(path: &str) -> String {
    let found = ASSETS.iter().find(|asset| asset.path == path);
    found.map_or_else(
        || path.to_owned(),
        |asset| format!("{path}?v={}", asset.hash),
    )
}

fn asset(path: &'static str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    let mut hash = hex::encode(Sha256::digest(bytes));
    hash.truncate(16);
    Asset {
        path,
        content_type,
        bytes,
        hash,
    }
}
