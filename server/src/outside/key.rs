//! The relay's own key: what tokens in mails and private links are made from. It lives in
//! the data folder, for nobody else to read, and is the same for as long as the data is.

use crate::entropy::Entropy;
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// Its name in the data folder.
pub(crate) const FILE_NAME: &str = "relay.key";

/// 32 random bytes. `Debug` redacts them.
#[derive(Clone)]
pub(crate) struct RelayKey([u8; 32]);

impl RelayKey {
    /// Reads the key in a folder, or draws one and keeps it there.
    ///
    /// # Errors
    /// A sentence that says what to do.
    pub(crate) fn open(folder: &Path, entropy: &dyn Entropy) -> Result<Self, String> {
        let file = folder.join(FILE_NAME);
        let failed = |error: &dyn fmt::Display| {
            format!(
                "The relay's key {} cannot be used: {error}. Put back a copy of it; without one, move the file \
                 away and start again: then answers to mails that were sent before are held.",
                file.display()
            )
        };
        match fs::read(&file) {
            Ok(bytes) => bytes.try_into().map(Self).map_err(|_| failed(&"it is not 32 bytes long")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let bytes = entropy.secret().map_err(|error| failed(&error))?;
                match write_new(folder, &file, &bytes) {
                    Ok(()) => Ok(Self(bytes)),
                    // Another process was first: its key holds.
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                        let bytes = fs::read(&file).map_err(|error| failed(&error))?;
                        bytes.try_into().map(Self).map_err(|_| failed(&"it is not 32 bytes long"))
                    }
                    Err(error) => Err(failed(&error)),
                }
            }
            Err(error) => Err(failed(&error)),
        }
    }

    /// From bytes that are given.
    #[cfg(test)]
    pub(crate) fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// A key of its own for each purpose: HMAC-SHA-256 (RFC 2104) over its name and what it
    /// is for, each with its length before it.
    pub(crate) fn derive(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).unwrap_or_else(|_| unreachable!("any length will do"));
        for part in [purpose.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// Whole or not at all: it is written beside, synced, and linked into its place.
fn write_new(folder: &Path, file: &Path, bytes: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let beside = folder.join(format!("{FILE_NAME}.{}", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut new = options.open(&beside)?;
    let written =
        new.write_all(bytes).and_then(|()| new.sync_all()).and_then(|()| fs::hard_link(&beside, file));
    fs::remove_file(&beside)?;
    written?;
    // Its name is on the disk too before anything is signed with it.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

impl fmt::Debug for RelayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RelayKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::{SystemEntropy, testing::Counting};

    #[test]
    fn a_key_is_drawn_once_and_read_from_then_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = RelayKey::open(folder.path(), &SystemEntropy).expect("drawn");
        let again = RelayKey::open(folder.path(), &Counting::default()).expect("read");
        assert_eq!(first.0, again.0);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
        fs::write(folder.path().join(FILE_NAME), b"short").expect("written");
        let said = RelayKey::open(folder.path(), &SystemEntropy).expect_err("broken");
        assert!(said.contains("not 32 bytes"), "{said}");
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let key = RelayKey::of([7; 32]);
        assert_eq!(key.derive("a", &[b"bc"]), key.derive("a", &[b"bc"]));
        assert_ne!(key.derive("a", &[b"bc"]), key.derive("ab", &[b"c"]));
        assert_ne!(key.derive("a", &[b"b", b"c"]), key.derive("a", &[b"bc"]));
        assert_ne!(key.derive("a", &[]), RelayKey::of([8; 32]).derive("a", &[]));
    }
}
