//! The data folder's small files: made once, whole or not at all, and read again on every later start.
//!
//! A lock keeps two programs that start at once from making two.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::IdentityFault;
use crate::disk;

/// Longest file that is read, in bytes: a chain of certificates takes some thousands.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// The file that is locked while others are made.
const LOCK_FILE: &str = "identity.lock";

/// The data folder, locked while this exists.
pub(super) struct Folder {
    path: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it isn't there, and waits until no other program makes files in it.
    pub(super) fn open(path: &Path) -> Result<Self, IdentityFault> {
        let unusable = |error| IdentityFault::FolderUnusable { path: path.to_owned(), error };
        disk::make_folder(path).map_err(unusable)?;
        let lock = disk::owners_only()
            .create(true)
            .truncate(false)
            .open(path.join(LOCK_FILE))
            .map_err(unusable)?;
        lock.lock().map_err(unusable)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where a file of this name lies.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Reads a file; `None` if it was never made.
    pub(super) fn read(&self, name: &str) -> Result<Option<String>, IdentityFault> {
        let path = self.file(name);
        match read_text(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(IdentityFault::Unreadable { path, error }),
        }
    }

    /// Writes a file, whole or not at all.
    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), IdentityFault> {
        disk::write_whole(&self.path, name, text.as_bytes())
            .map_err(|error| IdentityFault::Unwritable { path: self.file(name), error })
    }
}

/// Reads a text file of bounded length.
pub(super) fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}
