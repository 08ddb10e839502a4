//! Small files that are there whole or not at all.
//!
//! A file is written beside its place, put on the disk, and moved there, so that a crash or a full disk leaves what was there before.
//! Files are readable by their owner only.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Makes a folder in another one if it isn't there, and puts it on the disk.
pub(crate) fn make_folder_in(parent: &Path, path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    make_folder(path)?;
    sync_folder(parent)
}

/// Makes a folder if it isn't there, readable by its owner only, and those that it lies in.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a file of a folder; when it returns without an error, it is on the disk.
pub(crate) fn write_whole(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let beside = folder.join(format!("{name}.new"));
    let written = || {
        let mut file = owners_only().create(true).truncate(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, folder.join(name))?;
        // The move itself is on the disk only when the folder is.
        sync_folder(folder)
    };
    written().inspect_err(|_| {
        // What was moved is no longer there, and what wasn't must not fill the disk.
        let _ = std::fs::remove_file(&beside);
    })
}

/// Removes a file of a folder; one that isn't there is removed already.
pub(crate) fn remove(folder: &Path, name: &str) -> io::Result<()> {
    match std::fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => sync_folder(folder),
    }
}

/// Reads a file of at most so many bytes; what is longer is cut off there. `None` if it was never made.
pub(crate) fn read_bounded(path: &Path, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(bytes_max).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// How files that only their owner may read are opened for writing.
pub(crate) fn owners_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
