//! `cargo xtask build`: the widget and the inbox for browsers, shrunk, hashed and
//! compressed in `target/web-assets`, then the relay with them inside.

mod assets;
mod compile;
mod glue;
mod node;
mod trim;

use crate::{places::Places, relay, report, shell::Log};
use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::{fs, path::Path, process::ExitCode};

pub(crate) use assets::{Asset, table};
pub(crate) use compile::need_target;
pub(crate) use node::install_packages;

/// Counts up when the steps below give something else for the same input.
const RECIPE: u32 = 1;

/// A room that runs in a browser.
struct Room {
    /// The folder and the name of its files.
    name: &'static str,
    /// The crate.
    package: &'static str,
}

const ROOMS: [Room; 2] =
    [Room { name: "widget", package: "shopbell-widget" }, Room { name: "inbox", package: "shopbell-inbox" }];

/// A room's script and WebAssembly, shrunk. The script has [`glue::WASM_NAME`]
/// where the other file's name belongs.
pub(crate) struct Built {
    name: &'static str,
    js: String,
    wasm: Vec<u8>,
}

/// Builds all, each part with a line of its own.
///
/// # Errors
/// When a part can't be built; its line has told why.
pub(crate) fn everything(places: &Places, profile: relay::Profile) -> Result<ExitCode> {
    report::need(places, "web", |log| web(places, log))?;
    let relay = report::need(places, "relay", |log| relay::build(places, profile, log))?;
    let shown = relay.strip_prefix(&places.root).unwrap_or(&relay);
    eprintln!("\nBuilt {}. It has the widget and the inbox inside and needs nothing else.", shown.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds the browser's rooms into `target/web-assets`.
///
/// # Errors
/// When one can't be compiled, or the tools fail.
pub(crate) fn web(places: &Places, log: &mut Log) -> Result<()> {
    compile::need_target(log)?;
    let tools = node::Tools::fetch(places, log);
    let flags = compile::Flags::best(log);
    let mut built = Vec::new();
    for room in &ROOMS {
        let raw = flags.compile(places, room, log)?;
        built.push(shrink(places, room, &raw, tools.as_ref(), log)?);
    }
    assets::write(places, &built, tools.as_ref(), log)
}

/// From what the compiler made to what a browser loads; taken from the last time
/// when nothing has changed since.
fn shrink(
    places: &Places,
    room: &Room,
    raw: &Path,
    tools: Option<&node::Tools>,
    log: &mut Log,
) -> Result<Built> {
    let bytes = fs::read(raw).with_context(|| format!("{} can't be read.", raw.display()))?;
    let versions = glue::check_versions(places)?;
    let key = digest([&bytes, versions.as_bytes(), tools.map_or("", |t| &t.key).as_bytes(), &[RECIPE as u8]]);
    let shelf = places.web_target().join("shrunk").join(room.name);
    let kept = shelf.join(key.get(..16).unwrap_or(&key));
    if let Some(built) = read_built(room, &kept) {
        log.write(&format!("{}: unchanged", room.name));
        return Ok(built);
    }
    let built = glue::make(room.name, &bytes, tools, log)?;
    if shelf.exists() {
        fs::remove_dir_all(&shelf)?;
    }
    fs::create_dir_all(&kept)?;
    fs::write(kept.join("room.wasm"), &built.wasm)?;
    fs::write(kept.join("room.js"), &built.js)?;
    Ok(built)
}

fn read_built(room: &Room, kept: &Path) -> Option<Built> {
    let js = fs::read_to_string(kept.join("room.js")).ok()?;
    let wasm = fs::read(kept.join("room.wasm")).ok()?;
    Some(Built { name: room.name, js, wasm })
}

/// SHA-256 in hexadecimal digits, over several parts.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    format!("{:x}", hasher.finalize())
}
