//! Seeds of the fuzz targets: files of the tests that come through every part of what a target calls. They are looked at
//! here; where `KYSO_SEEDS` names a folder, they are written there, too (`tests/fuzz/seeds`).

/// Keeps a seed of a target, if somebody wants it.
pub(crate) fn plant(target: &str, name: &str, seed: &[u8]) {
    let Some(folder) = std::env::var_os("KYSO_SEEDS") else {
        return;
    };
    let folder = std::path::PathBuf::from(folder).join(target);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), seed).unwrap();
}

/// What is believed and known, each behind its length in two bytes, and then the file.
pub(crate) fn behind(parts: [&[u8]; 2], file: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        let length = u16::try_from(part.len()).unwrap();
        out.extend(length.to_be_bytes());
        out.extend(part);
    }
    out.extend(file);
    out
}
