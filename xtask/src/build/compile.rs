//! Compiles a browser's room to WebAssembly, with the flags that make it smallest.
//!
//! The standard library that rustup ships is built for speed, and carries words
//! for panics that nobody reads in a shop's page. Where rustup can add its source,
//! it is built anew for size, and panics end at once without words: measured, that
//! saves a fifth. The flags for it are not stable yet, so they are asked for by
//! `RUSTC_BOOTSTRAP`; where they don't work, the shipped library is good enough.

use super::Room;
use crate::{
    places::Places,
    shell::{self, Log},
};
use anyhow::{Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// The flags for a standard library of our own. Without reference types both the
/// script and the WebAssembly keep one list of objects instead of a table and a list.
const SMALL_RUSTFLAGS: &str = "-Zunstable-options -Cpanic=immediate-abort -Zlocation-detail=none \
                               -Zfmt-debug=none -Ctarget-feature=-reference-types,-multivalue";
const SMALL_CARGO: [&str; 2] = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];

/// How the rooms are compiled.
pub(super) struct Flags {
    small_std: bool,
}

impl Flags {
    /// The best that this machine can do; a note says when that isn't all.
    pub(super) fn best(log: &mut Log) -> Self {
        let small_std = has_std_source(log) && takes_flags();
        if !small_std {
            log.note(
                "The widget is about a fifth larger than it could be: the standard library's source is not \
                 here. `rustup component add rust-src` brings it.",
            );
        }
        Self { small_std }
    }

    /// Compiles a room and says where the WebAssembly is.
    ///
    /// # Errors
    /// With the compiler's last words.
    pub(super) fn compile(&self, places: &Places, room: &Room, log: &mut Log) -> Result<PathBuf> {
        if self.small_std {
            if log.try_run(&mut self.command(places, room))? {
                return Ok(output(places, room));
            }
            // Our own mistakes are told at once; only the library's are got round.
            if log.text().contains("could not compile `shopbell-") {
                bail!("{} does not compile. {}", room.name, log.tail());
            }
            log.note("The standard library could not be built anew for size; the shipped one is used.");
        }
        log.run(&mut Self { small_std: false }.command(places, room))?;
        Ok(output(places, room))
    }

    fn command(&self, places: &Places, room: &Room) -> Command {
        let mut cargo = shell::cargo(places);
        // Each room alone: together, each would get the features of both.
        cargo.args(["build", "--lib", "--profile", "web", "--target", TARGET, "--package", room.package]);
        cargo.env("CARGO_TARGET_DIR", places.web_target()).env_remove("RUSTFLAGS");
        if self.small_std {
            cargo.args(SMALL_CARGO).env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", SMALL_RUSTFLAGS);
        }
        cargo
    }
}

fn output(places: &Places, room: &Room) -> PathBuf {
    let file = room.package.replace('-', "_");
    places.web_target().join(TARGET).join("web").join(file).with_extension("wasm")
}

/// Makes sure that the compiler can build for browsers.
///
/// # Errors
/// When it can't and rustup doesn't bring what is missing.
pub(crate) fn need_target(log: &mut Log) -> Result<()> {
    let has_target = || {
        shell::capture("rustc", &["--print", "target-libdir", "--target", TARGET])
            .is_some_and(|folder| Path::new(&folder).is_dir())
    };
    if has_target() {
        return Ok(());
    }
    if shell::which("rustup").is_some() {
        log.run(Command::new("rustup").args(["target", "add", TARGET]))?;
    }
    if !has_target() {
        bail!("The compiler has no {TARGET} target. With rustup: `rustup target add {TARGET}`.");
    }
    Ok(())
}

/// Whether the standard library's source is here, after rustup was asked for it.
fn has_std_source(log: &mut Log) -> bool {
    let is_here = || {
        shell::capture("rustc", &["--print", "sysroot"])
            .is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
    };
    if !is_here() && shell::which("rustup").is_some() {
        let _ = log.try_run(Command::new("rustup").args(["component", "add", "rust-src"]));
    }
    is_here()
}

/// Whether this compiler knows the flags.
fn takes_flags() -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(SMALL_RUSTFLAGS.split_whitespace()).args(["--target", TARGET, "--print", "cfg"]);
    rustc.env("RUSTC_BOOTSTRAP", "1").output().is_ok_and(|output| output.status.success())
}
