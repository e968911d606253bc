//! The files of the repository, for tests about what they say.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap().to_owned()
}

/// Paths, relative to the root, of the files with this extension; not of what was built or
/// written by a run.
pub(crate) fn tracked(extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    collect(&repository(), extension, &mut found);
    found
}

fn collect(folder: &Path, extension: &str, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            let others = ["node_modules", "target", "var"]; // what .gitignore names
            if !name.starts_with('.') && !others.contains(&name) {
                collect(&path, extension, found);
            }
        } else if path.extension().is_some_and(|found| found == extension) {
            let relative = path.strip_prefix(repository()).unwrap();
            found.push(relative.to_str().unwrap().to_owned());
        }
    }
}
