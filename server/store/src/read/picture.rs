//! Files of pictures.

use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::connection::Db;
use crate::dialect::on_each;
use crate::error::StoreError;
use crate::schema::picture_file;

/// The PNG with this SHA-256; `None` if there is none, or it is another now.
///
/// # Errors
/// If the database fails.
pub fn picture(db: &mut Db, digest: [u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    let png: Option<Vec<u8>> = on_each!(db, db => picture_file::table
        .find(digest.as_slice())
        .select(picture_file::png)
        .first(db)
        .optional())?;
    Ok(png.filter(|png| <[u8; 32]>::from(Sha256::digest(png)) == digest))
}
