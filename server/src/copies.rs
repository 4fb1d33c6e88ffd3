//! `shopbell backup` and `shopbell restore`: all that must be kept, in a folder of its own.

use crate::{
    clock::{Clock, SystemClock},
    config::{self, Config},
    entropy::{Entropy, SystemEntropy},
    outside,
    pages::When,
};
use shopbell_store::{Copied, DATABASE_FILE_NAME as DATABASE, StoreError};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// What else belongs to the data: the key that tokens are made from, and the settings.
const BESIDE: [&str; 2] = [outside::KEY_FILE_NAME, config::FILE_NAME];

/// What follows from a memory that was put back.
const AND_NOW: &str = "Start the relay: devices find out by themselves, and send again what they wrote since \
     and still know. Devices that were signed out since the copy was made are signed in again: look into \
     Devices in the inbox's settings.\n";

/// Copies everything into a new folder, also while a relay runs. It is there whole or not at all.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn back_up(config: &Config, to: &Path) -> Result<String, String> {
    if to.exists() {
        return Err(format!(
            "There is something at {} already. Name a folder that is not there yet.",
            to.display()
        ));
    }
    let data = config.data();
    let partial = beside(to, "partial");
    let failed = |error: io::Error| format!("The copy cannot be written to {}: {error}.", to.display());
    // What a copy that was broken off has left.
    if partial.exists() {
        fs::remove_dir_all(&partial).map_err(failed)?;
    }
    make_folder(&partial).map_err(failed)?;
    let at = SystemClock::new().now();
    let copied = shopbell_store::back_up(&data, &partial.join(DATABASE), at)
        .map_err(|error| sentence(&error))
        .and_then(|copied| copy_beside(&data, &partial).map_err(failed).map(|()| copied));
    let done = copied.and_then(|copied| {
        let placed = sync(&partial).and_then(|()| fs::rename(&partial, to)).and_then(|()| sync(parent(to)));
        placed.map(|()| copied).map_err(failed)
    });
    if done.is_err() {
        // What is left of it is of no use.
        drop(fs::remove_dir_all(&partial));
    }
    done.map(|copied| format!("Copied {} to {}.\n", counted(&copied), to.display()))
}

/// Puts a copy back into a data folder that holds no data.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) fn restore(config: &Config, from: &Path) -> Result<String, String> {
    let data = config.data();
    let database = from.join(DATABASE);
    if !database.exists() {
        return Err(format!(
            "There is no copy at {}: it has no {DATABASE}. Name a folder that `shopbell backup` has made.",
            from.display()
        ));
    }
    let failed = |error: io::Error| format!("The copy cannot be put into {}: {error}.", data.display());
    let epoch = draw_epoch(&SystemEntropy).map_err(failed)?;
    make_folder(&data).map_err(failed)?;
    // The database comes last: a relay that starts on half a folder would draw a key of its own.
    copy_beside(from, &data).map_err(failed)?;
    let copied = shopbell_store::put_back(&database, &data, epoch, SystemClock::new().now())
        .map_err(|error| sentence(&error))?;
    Ok(format!("Put back {} into {}. {AND_NOW}", counted(&copied), data.display()))
}

/// Notes that the PostgreSQL database was put back by its own tools.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn note_restore(config: &Config) -> Result<String, String> {
    let Some(address) = &config.store.postgres else {
        return Err("There is no PostgreSQL database in the configuration. Set [store] postgres, or \
                    SHOPBELL_STORE__POSTGRES in the environment, to the address of the one that was put back."
            .into());
    };
    let epoch = draw_epoch(&SystemEntropy).map_err(|error| format!("No number can be drawn: {error}."))?;
    let noted = shopbell_store::note_put_back(&address.0, epoch, SystemClock::new().now()).await;
    let found = noted.map_err(|error| sentence(&error))?;
    Ok(format!("Noted that the database was put back: there are {} in it. {AND_NOW}", counted(&found)))
}

/// Not 0, which is the epoch of what was never put back.
fn draw_epoch(entropy: &dyn Entropy) -> io::Result<u32> {
    let bytes = entropy.secret().map_err(io::Error::other)?;
    let epoch = bytes.first_chunk().map_or(1, |four| u32::from_be_bytes(*four));
    Ok(epoch.max(1))
}

/// Copies what is there of that which stands beside the database; nothing is written over.
fn copy_beside(from: &Path, to: &Path) -> io::Result<()> {
    for name in BESIDE {
        let (source, target) = (from.join(name), to.join(name));
        if source.exists() && !target.exists() {
            fs::copy(&source, &target)?;
            sync(&target)?;
        }
    }
    Ok(())
}

/// For nobody else to read: people's conversations are in it.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn sync(path: &Path) -> io::Result<()> {
    if path.is_dir() && !cfg!(unix) {
        return Ok(());
    }
    File::open(path)?.sync_all()
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

fn sentence(error: &StoreError) -> String {
    match error {
        StoreError::Unreadable(sentence) => sentence.clone(),
        other => format!("It did not work: {other}."),
    }
}

fn counted(copied: &Copied) -> String {
    let Copied { shops, conversations, messages, made_at } = copied;
    let at = When::for_machines(*made_at);
    format!("{shops} shops, {conversations} conversations and {messages} messages, as of {at},")
}
