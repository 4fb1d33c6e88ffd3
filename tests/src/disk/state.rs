//! What is on the disk: as programs see it, and as it would be after a power cut.

use fuser::Errno;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::{OsStr, OsString},
};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What the disk does to those who use it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mood {
    /// What is asked of it.
    #[default]
    Well,
    /// Nothing more fits on it.
    Full,
    /// It can only be read.
    ReadOnly,
    /// Syncing fails, and what was to be synced is lost from the memory all the same.
    FailsToSync,
    /// It has no power: nothing works, and nothing reaches it.
    Off,
}

/// A file.
#[derive(Debug, Default, Clone)]
pub(super) struct File {
    seen: Vec<u8>,
    safe: Vec<u8>,
    /// Sectors that were written and not synced.
    dirty: BTreeSet<usize>,
    /// Names and open handles.
    pub(super) uses: usize,
    pub(super) mode: u16,
}

/// The disk.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) mood: Mood,
    pub(super) files: BTreeMap<u64, File>,
    seen_names: BTreeMap<OsString, u64>,
    safe_names: BTreeMap<OsString, u64>,
    last: u64,
    pub(super) syncs: u64,
    /// What it did not do while it was full, could only be read, or failed to sync.
    pub(super) refused: u64,
}

impl File {
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    pub(super) fn read(&self, from: usize, size: usize) -> &[u8] {
        let to = from.saturating_add(size).min(self.seen.len());
        self.seen.get(from..to).unwrap_or_default()
    }

    fn write(&mut self, from: usize, bytes: &[u8]) {
        let to = from + bytes.len();
        let old = self.seen.len();
        if to > old {
            self.seen.resize(to, 0);
        }
        self.seen[from..to].copy_from_slice(bytes);
        // A hole before it is written as well.
        self.dirty.extend(from.min(old) / SECTOR..to.div_ceil(SECTOR));
    }

    fn set_len(&mut self, len: usize) {
        let old = self.seen.len();
        self.seen.resize(len, 0);
        self.dirty.extend(old.min(len) / SECTOR..len.div_ceil(SECTOR));
    }

    fn sync(&mut self) {
        self.safe.resize(self.seen.len(), 0);
        for sector in std::mem::take(&mut self.dirty) {
            copy(&self.seen, &mut self.safe, sector);
        }
    }

    /// The power goes: of what was not synced each sector may have been written or not, in no order.
    fn lose(&mut self, chance: &mut impl FnMut() -> bool) {
        let mut left = self.safe.clone();
        if chance() {
            left.resize(self.seen.len(), 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            if chance() {
                copy(&self.seen, &mut left, sector);
            }
        }
        self.seen.clone_from(&left);
        self.safe = left;
    }
}

/// Copies a sector, as far as both have it.
fn copy(from: &[u8], to: &mut [u8], sector: usize) {
    let begin = sector * SECTOR;
    let end = (begin + SECTOR).min(from.len()).min(to.len());
    if let (Some(from), Some(to)) = (from.get(begin..end), to.get_mut(begin..end)) {
        to.copy_from_slice(from);
    }
}

impl State {
    /// The file of this name.
    pub(super) fn find(&self, name: &OsStr) -> Option<u64> {
        self.seen_names.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = (&OsString, &u64)> {
        self.seen_names.iter()
    }

    fn may_write(&mut self) -> Result<(), Errno> {
        let refusal = match self.mood {
            Mood::Well | Mood::FailsToSync => return Ok(()),
            Mood::Full => Errno::ENOSPC,
            Mood::ReadOnly => Errno::EROFS,
            Mood::Off => return Err(Errno::EIO),
        };
        self.refused += 1;
        Err(refusal)
    }

    /// Whether there is power.
    pub(super) fn is_on(&self) -> Result<(), Errno> {
        if self.mood == Mood::Off { Err(Errno::EIO) } else { Ok(()) }
    }

    pub(super) fn create(&mut self, name: &OsStr, mode: u16) -> Result<u64, Errno> {
        self.may_write()?;
        self.last += 1;
        // The first number is the folder's.
        let number = self.last + 1;
        self.files.insert(number, File { mode, uses: 1, ..File::default() });
        if let Some(old) = self.seen_names.insert(name.to_owned(), number) {
            self.release(old);
        }
        Ok(number)
    }

    /// Gives a file one more name.
    pub(super) fn link(&mut self, number: u64, name: &OsStr) -> Result<(), Errno> {
        self.may_write()?;
        if self.seen_names.contains_key(name) {
            return Err(Errno::EEXIST);
        }
        self.files.get_mut(&number).ok_or(Errno::ENOENT)?.uses += 1;
        self.seen_names.insert(name.to_owned(), number);
        Ok(())
    }

    pub(super) fn write(&mut self, number: u64, from: usize, bytes: &[u8]) -> Result<(), Errno> {
        // On a full disk there is still room for what stands there already.
        let room = self.files.get(&number).map_or(0, File::len);
        let fits = self.mood == Mood::Full && from + bytes.len() <= room;
        if !fits {
            self.may_write()?;
        }
        self.files.get_mut(&number).ok_or(Errno::ENOENT)?.write(from, bytes);
        Ok(())
    }

    pub(super) fn set_len(&mut self, number: u64, len: usize) -> Result<(), Errno> {
        let is_less = self.files.get(&number).is_some_and(|file| len <= file.len());
        if self.mood != Mood::Full || !is_less {
            self.may_write()?;
        }
        self.files.get_mut(&number).ok_or(Errno::ENOENT)?.set_len(len);
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &OsStr) -> Result<(), Errno> {
        if self.mood != Mood::Full {
            self.may_write()?;
        }
        let number = self.seen_names.remove(name).ok_or(Errno::ENOENT)?;
        self.release(number);
        Ok(())
    }

    pub(super) fn rename(&mut self, name: &OsStr, new: &OsStr) -> Result<(), Errno> {
        if self.mood != Mood::Full {
            self.may_write()?;
        }
        let number = self.seen_names.remove(name).ok_or(Errno::ENOENT)?;
        if let Some(old) = self.seen_names.insert(new.to_owned(), number) {
            self.release(old);
        }
        Ok(())
    }

    /// Somebody has it open, or calls it by a name, no more.
    pub(super) fn release(&mut self, number: u64) {
        if let Some(file) = self.files.get_mut(&number) {
            file.uses = file.uses.saturating_sub(1);
            if file.uses == 0 && !self.safe_names.values().any(|safe| *safe == number) {
                self.files.remove(&number);
            }
        }
    }

    pub(super) fn sync(&mut self, number: u64) -> Result<(), Errno> {
        let fails = matches!(self.mood, Mood::ReadOnly | Mood::Off | Mood::FailsToSync);
        self.refused += u64::from(fails && self.mood != Mood::Off);
        let file = self.files.get_mut(&number).ok_or(Errno::ENOENT)?;
        if fails {
            // As after a failed write-back: the next sync knows nothing of it.
            file.dirty.clear();
            return Err(Errno::EIO);
        }
        file.sync();
        self.syncs += 1;
        Ok(())
    }

    pub(super) fn sync_names(&mut self) -> Result<(), Errno> {
        self.is_on()?;
        self.safe_names = self.seen_names.clone();
        self.files.retain(|_, file| file.uses > 0);
        Ok(())
    }

    /// All that is seen is safe, as when a machine has had nothing to do for a while.
    pub(super) fn settle(&mut self) {
        self.files.values_mut().for_each(File::sync);
        self.safe_names = self.seen_names.clone();
    }

    /// What is there when the power is back.
    pub(super) fn lose(&mut self, chance: &mut impl FnMut() -> bool) {
        if chance() {
            self.safe_names = self.seen_names.clone();
        }
        self.seen_names = self.safe_names.clone();
        for file in self.files.values_mut() {
            file.lose(chance);
            file.uses = 0;
        }
        for number in self.seen_names.values() {
            if let Some(file) = self.files.get_mut(number) {
                file.uses += 1;
            }
        }
        self.files.retain(|_, file| file.uses > 0);
        self.mood = Mood::Well;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> (State, u64) {
        let mut state = State::default();
        let number = state.create(OsStr::new("a"), 0o600).unwrap();
        (state, number)
    }

    fn seen(state: &State, name: &str) -> Option<Vec<u8>> {
        let number = state.find(OsStr::new(name))?;
        Some(state.files[&number].read(0, usize::MAX).to_vec())
    }

    #[test]
    fn what_was_synced_is_there_and_what_was_not_may_be_gone() {
        let (mut state, number) = disk();
        state.write(number, 0, b"synced").unwrap();
        state.sync(number).unwrap();
        state.sync_names().unwrap();
        state.write(number, 0, b"later!").unwrap();
        let lost = state.create(OsStr::new("b"), 0o600).unwrap();
        state.write(lost, 0, b"gone").unwrap();
        assert_eq!(seen(&state, "a").unwrap(), b"later!");
        state.lose(&mut || false);
        assert_eq!(seen(&state, "a").unwrap(), b"synced");
        assert_eq!(seen(&state, "b"), None);
    }

    #[test]
    fn what_was_not_synced_may_be_there_in_parts() {
        let (mut state, number) = disk();
        state.sync_names().unwrap();
        state.write(number, 0, &[1; 3 * SECTOR]).unwrap();
        let mut turn = 0;
        // The name stays as it is, the length is written, and of the sectors every other one.
        state.lose(&mut || {
            turn += 1;
            turn % 2 == 0
        });
        let left = seen(&state, "a").unwrap();
        assert_eq!(left.len(), 3 * SECTOR);
        let sectors: Vec<_> =
            left.chunks(SECTOR).map(|sector| sector.iter().all(|byte| *byte == 1)).collect();
        assert_eq!(sectors, [false, true, false]);
    }

    #[test]
    fn a_name_that_was_taken_away_is_back_until_the_folder_is_synced() {
        let (mut state, number) = disk();
        state.write(number, 0, b"old").unwrap();
        state.sync(number).unwrap();
        state.sync_names().unwrap();
        state.remove(OsStr::new("a")).unwrap();
        assert_eq!(seen(&state, "a"), None);
        state.lose(&mut || false);
        assert_eq!(seen(&state, "a").unwrap(), b"old");
        state.remove(OsStr::new("a")).unwrap();
        state.sync_names().unwrap();
        state.lose(&mut || false);
        assert_eq!(seen(&state, "a"), None);
    }

    #[test]
    fn without_power_nothing_is_written_synced_or_read() {
        let (mut state, number) = disk();
        state.mood = Mood::Off;
        assert!(state.write(number, 0, b"x").is_err());
        assert!(state.sync(number).is_err());
        assert!(state.sync_names().is_err());
        assert!(state.create(OsStr::new("b"), 0o600).is_err());
    }

    #[test]
    fn a_full_disk_takes_nothing_more_and_a_failed_sync_loses_what_it_was_for() {
        let (mut state, number) = disk();
        state.sync_names().unwrap();
        state.write(number, 0, b"12345678").unwrap();
        state.mood = Mood::Full;
        assert!(state.write(number, 4, b"56789").is_err());
        state.write(number, 0, b"abcd").unwrap();
        state.mood = Mood::FailsToSync;
        assert!(state.sync(number).is_err());
        state.mood = Mood::Well;
        state.sync(number).unwrap();
        state.lose(&mut || false);
        assert_ne!(seen(&state, "a").unwrap(), b"abcd5678");
    }
}
