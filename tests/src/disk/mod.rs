//! A disk whose power can be cut: a file system of the tests' own over `/dev/fuse` that forgets
//! what was not synced, in the ways in which real disks do.
//!
//! What is synced with `fsync` stays. Of what was written and not synced each sector of 512
//! bytes may be there or not after a cut, in no order; so may a new length. A name that was
//! given, changed or taken away counts when the folder was synced.

mod fs;
mod state;

pub use state::Mood;

use fs::Mounted;
use fuser::{BackgroundSession, Config, MountOption};
use state::State;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// A disk, mounted on a folder.
pub struct Disk {
    state: Arc<Mutex<State>>,
    folder: PathBuf,
    mount: Option<BackgroundSession>,
}

impl Disk {
    /// An empty disk, mounted on a folder that is there.
    ///
    /// # Errors
    /// When nothing can be mounted here: that takes `/dev/fuse`, and either root or `fusermount3`.
    pub fn mount(folder: &Path) -> io::Result<Self> {
        let mut disk = Self { state: Arc::default(), folder: folder.to_owned(), mount: None };
        disk.insert()?;
        Ok(disk)
    }

    /// Makes the disk so.
    pub fn set_mood(&self, mood: Mood) {
        self.state().mood = mood;
    }

    /// How often something was synced.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// How often it refused something while it had power.
    pub fn refused(&self) -> u64 {
        self.state().refused
    }

    /// Writes out all that was not synced, as a machine does that has had nothing to do for a while.
    pub fn settle(&self) {
        self.state().settle();
    }

    /// The power is cut: from now on nothing reaches the disk, and nothing that uses it works.
    pub fn cut(&self) {
        self.set_mood(Mood::Off);
    }

    /// The power is back, after a cut, when nothing uses the disk any more. By `chance` it is
    /// decided of everything that was not synced whether it is there.
    ///
    /// # Errors
    /// When it can't be mounted again.
    pub fn restore(&mut self, mut chance: impl FnMut() -> bool) -> io::Result<()> {
        self.remove()?;
        self.state().lose(&mut chance);
        self.insert()
    }

    /// Takes it off the folder for good.
    pub fn eject(&mut self) {
        // What is left mounted goes when the process ends.
        drop(self.remove());
    }

    fn insert(&mut self) -> io::Result<()> {
        let mut config = Config::default();
        config.mount_options =
            vec![MountOption::FSName("shopbell-tests".into()), MountOption::DefaultPermissions];
        self.mount = Some(fuser::spawn_mount(Mounted(Arc::clone(&self.state)), &self.folder, &config)?);
        Ok(())
    }

    fn remove(&mut self) -> io::Result<()> {
        match self.mount.take().map_or(Ok(()), BackgroundSession::umount_and_join) {
            // That is how the thread which serves it may hear that it is unmounted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => Ok(()),
            done => done,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.eject();
    }
}
