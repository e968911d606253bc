//! Where signatures go: beside the documents, and never over one of them.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::pdf::Shape;
use crate::catalogue::Message;
use crate::failure::Failure;

/// What is wanted of a list of files.
#[derive(Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) files: &'a [PathBuf],
    /// Whether the signature of a PDF goes into it.
    pub(crate) inside: bool,
    /// What each signature in a PDF is to be.
    pub(crate) shape: Shape<'a>,
    pub(crate) force: bool,
}

impl Wish<'_> {
    /// What is wrong with the list whatever is in the files.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let outside = self.files.iter().find(|file| !self.is_inside(file));
        if let (Some(_), Some(file)) = (self.shape.field, outside) {
            let named = vec![file.display().to_string()];
            return Err(Failure::Usage(Message::FieldOnlyInPdf, named));
        }
        let targets: Vec<PathBuf> = self.files.iter().map(|file| self.target(file)).collect();
        check_apart(self.files, &targets)
    }

    pub(crate) fn is_inside(&self, file: &Path) -> bool {
        self.inside && is_pdf(file)
    }

    pub(crate) fn target(&self, file: &Path) -> PathBuf {
        if self.is_inside(file) {
            beside(file, "signed")
        } else {
            signature_file(file)
        }
    }
}

/// `FILE.p7s` beside the file.
pub(crate) fn signature_file(file: &Path) -> PathBuf {
    with_more(file, ".p7s")
}

/// `FILE.signed.pdf` beside `FILE.pdf`, or another word; the end is written as the file writes it.
pub(crate) fn beside(file: &Path, word: &str) -> PathBuf {
    let mut end = OsString::from(format!("{word}."));
    end.push(file.extension().unwrap_or_default());
    file.with_extension(end)
}

/// The file's name without its directories: what an approver may see.
pub(crate) fn name(file: &Path) -> String {
    let name = file.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Whether the name says that it is a PDF: what becomes of a file is known before it is read.
pub(crate) fn is_pdf(file: &Path) -> bool {
    file.extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("pdf"))
}

/// Sees that nothing is in the way and that there can be a file, before a key is used for it.
pub(crate) fn check_free(target: &Path, force: bool) -> Result<(), Failure> {
    if !force && target.symlink_metadata().is_ok() {
        return Err(Failure::local(Message::SignatureExists, target.display()));
    }
    let tried = new_beside(target).and_then(|(new, _)| fs::remove_file(new));
    tried.map_err(|error| Failure::file(target, error))
}

/// Sees that no signature would be written over a document of the list or another signature.
fn check_apart(files: &[PathBuf], targets: &[PathBuf]) -> Result<(), Failure> {
    let mut taken: Vec<PathBuf> = files.iter().map(|file| place(file)).collect();
    for target in targets {
        let place = place(target);
        if taken.contains(&place) {
            let named = vec![target.display().to_string()];
            return Err(Failure::Usage(Message::TargetTaken, named));
        }
        taken.push(place);
    }
    Ok(())
}

/// The path without detours through other directories.
fn place(path: &Path) -> PathBuf {
    let directory = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    match (fs::canonicalize(directory), path.file_name()) {
        (Ok(directory), Some(name)) => directory.join(name),
        _ => path.to_owned(),
    }
}

/// Writes through a new file, so that a signature file is never half there.
///
/// What holds the document itself may be read by those who may read the document: `like`.
pub(crate) fn write_whole(target: &Path, bytes: &[u8], like: Option<&Path>) -> std::io::Result<()> {
    let (new, mut file) = new_beside(target)?;
    let may_be_read = like.map_or(Ok(()), |like| {
        file.set_permissions(fs::metadata(like)?.permissions())
    });
    may_be_read
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&new, target))
        .inspect_err(|_| {
            // What cannot be removed either is named by the error already.
            let _ = fs::remove_file(&new);
        })
}

fn new_beside(target: &Path) -> std::io::Result<(PathBuf, fs::File)> {
    let new = with_more(target, &format!(".{}", uuid::Uuid::now_v7().simple()));
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).open(&new)?;
    Ok((new, file))
}

fn with_more(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_lies_beside_its_document() {
        for (file, detached, inside) in [
            ("a/b.pdf", "a/b.pdf.p7s", "a/b.signed.pdf"),
            ("B.PDF", "B.PDF.p7s", "B.signed.PDF"),
            ("a.signed.pdf", "a.signed.pdf.p7s", "a.signed.signed.pdf"),
        ] {
            let file = Path::new(file);
            assert!(is_pdf(file), "{file:?}");
            assert_eq!(signature_file(file), Path::new(detached));
            assert_eq!(beside(file, "signed"), Path::new(inside));
        }
        for other in ["a.txt", "pdf", ".pdf", "a.pdf.p7s", "a.pdfx"] {
            assert!(!is_pdf(Path::new(other)), "{other}");
        }
    }

    #[test]
    fn nothing_is_written_over_a_document_of_the_list() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("below");
        fs::create_dir(&below).unwrap();
        let here = directory.path().join("a.pdf");
        let around = below.join("../a.pdf");
        let signed = directory.path().join("a.signed.pdf");
        for (files, apart) in [
            (vec![here.clone(), below.join("a.pdf")], true),
            (vec![here.clone(), here.clone()], false),
            (vec![here.clone(), around], false),
            (vec![here, signed], false),
        ] {
            let targets: Vec<_> = files.iter().map(|file| beside(file, "signed")).collect();
            assert_eq!(check_apart(&files, &targets).is_ok(), apart, "{files:?}");
        }
    }

    #[test]
    fn a_file_is_written_whole_and_nothing_is_left_over() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("a.p7s");
        write_whole(&target, b"one", None).unwrap();
        assert!(check_free(&target, false).is_err());
        check_free(&target, true).unwrap();
        write_whole(&target, b"two", None).unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"two");
        let absent = directory.path().join("absent/a.p7s");
        assert!(check_free(&absent, false).is_err());
        assert!(write_whole(&absent, b"x", None).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_signed_document_is_as_secret_as_the_document() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let (file, target) = (directory.path().join("a"), directory.path().join("b"));
        fs::write(&file, b"x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
        write_whole(&target, b"y", Some(&file)).unwrap();
        let mode = fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o400);
    }
}
