//! Writes the finished web files: under names that change with their content
//! where they may be kept for ever, each with a compressed neighbour, and a table
//! by which the relay finds them.

use super::{Built, digest, glue, node::Tools};
use crate::{places::Places, shell::Log};
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The table's file, by which the relay finds the others.
const TABLE: &str = "assets.json";

/// What `sw.js` has where the list of the inbox's files belongs, and where a word
/// that changes with any of them.
const SHELL: &str = "/*SHELL*/[]";
const VERSION: &str = "/*VERSION*/\"\"";

/// A line of the table: what stands behind a logical name like `widget.js`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asset {
    /// Relative to the folder, and to the relay's root.
    pub(crate) path: String,
    /// Of the plain bytes, in hexadecimal digits.
    pub(crate) sha256: String,
    /// The plain size.
    pub(crate) bytes: usize,
    /// The size of the brotli neighbour, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) brotli_bytes: Option<usize>,
}

/// By logical name.
pub(crate) type Table = BTreeMap<String, Asset>;

/// The table of what was built last.
///
/// # Errors
/// When nothing was built yet.
pub(crate) fn table(places: &Places) -> Result<Table> {
    let text = fs::read(places.web_assets().join(TABLE)).context("`cargo xtask build` has not run yet.")?;
    Ok(serde_json::from_slice(&text)?)
}

/// Writes all files, and removes those of earlier builds.
///
/// # Errors
/// When a source is missing or a file can't be written.
pub(super) fn write(places: &Places, built: &[Built], tools: Option<&Tools>, log: &mut Log) -> Result<()> {
    let mut shelf = Shelf { folder: places.web_assets(), table: Table::new(), paths: BTreeSet::new() };
    for room in built {
        let name = room.name;
        let wasm = shelf.put(&format!("{name}.wasm"), &hashed(name, "wasm", &room.wasm), &room.wasm)?;
        let file = wasm.rsplit('/').next().unwrap_or(&wasm);
        let js = room.js.replace(glue::WASM_NAME, file);
        shelf.put(&format!("{name}.js"), &hashed(name, "js", js.as_bytes()), js.as_bytes())?;
    }
    let source = Source { root: &places.root, tools };
    let inbox_css = source.joined("inbox/static/css", "css")?;
    shelf.put("inbox.css", &hashed("inbox", "css", inbox_css.as_bytes()), inbox_css.as_bytes())?;
    shelf.put("widget.css", "widget.css", source.text("widget/widget.css", Some("css"))?.as_bytes())?;
    shelf.put(
        "shopbell.js",
        "shopbell.js",
        source.text("widget/loader/shopbell.js", Some("js"))?.as_bytes(),
    )?;
    let manifest = source.text("inbox/static/manifest.webmanifest", None)?;
    let manifest: serde_json::Value =
        serde_json::from_str(&manifest).context("inbox/static/manifest.webmanifest is not JSON.")?;
    shelf.put("manifest.webmanifest", "manifest.webmanifest", manifest.to_string().as_bytes())?;
    for icon in source.files("inbox/static/icons")? {
        let path = format!("icons/{icon}");
        shelf.put(&path, &path, &fs::read(places.root.join("inbox/static").join(&path))?)?;
    }
    // Both service workers show what is pushed in the same manner.
    let shown = source.text("inbox/static/shown.js", None)?;
    let worker = shown.clone() + &source.text("inbox/static/sw.js", None)?;
    let worker = source.minify(&with_shell(&worker, &shelf.table)?, "js")?;
    shelf.put("sw.js", "sw.js", worker.as_bytes())?;
    let worker = source.minify(&(shown + &source.text("widget/notify/sw.js", None)?), "js")?;
    shelf.put("talk-sw.js", "talk-sw.js", worker.as_bytes())?;
    let notify = source.text("widget/notify/notify.js", Some("js"))?;
    shelf.put("notify.js", &hashed("notify", "js", notify.as_bytes()), notify.as_bytes())?;
    shelf.finish()?;
    for (name, asset) in &shelf.table {
        log.write(&format!("{name:24} {:8} bytes, brotli {:?}", asset.bytes, asset.brotli_bytes));
    }
    Ok(())
}

/// Where files come from, and how they are made shorter.
struct Source<'a> {
    root: &'a Path,
    tools: Option<&'a Tools>,
}

impl Source<'_> {
    fn text(&self, path: &str, kind: Option<&str>) -> Result<String> {
        let text =
            fs::read_to_string(self.root.join(path)).with_context(|| format!("{path} can't be read."))?;
        match kind {
            Some(kind @ ("js" | "css")) => self.minify(&text, kind),
            _ => Ok(text),
        }
    }

    /// All files of a folder as one, in the order of their names.
    fn joined(&self, folder: &str, kind: &str) -> Result<String> {
        let mut whole = String::new();
        for file in self.files(folder)? {
            whole += &self.text(&format!("{folder}/{file}"), None)?;
        }
        self.minify(&whole, kind)
    }

    fn minify(&self, text: &str, kind: &str) -> Result<String> {
        self.tools.map_or_else(|| Ok(text.to_owned()), |tools| tools.minify(text, kind))
    }

    fn files(&self, folder: &str) -> Result<BTreeSet<String>> {
        let entries =
            fs::read_dir(self.root.join(folder)).with_context(|| format!("{folder} can't be read."))?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }
}

/// The folder of finished files.
struct Shelf {
    folder: PathBuf,
    table: Table,
    paths: BTreeSet<String>,
}

impl Shelf {
    /// Puts a file there and into the table; gives its path back.
    fn put(&mut self, name: &str, path: &str, bytes: &[u8]) -> Result<String> {
        let file = self.folder.join(path);
        let packed_path = format!("{path}.br");
        let packed_file = self.folder.join(&packed_path);
        let changed = write_if_changed(&file, bytes)?;
        let mut brotli_bytes = None;
        if is_compressible(path) {
            if changed || !packed_file.is_file() {
                write_if_changed(&packed_file, &brotli(bytes)?)?;
            }
            brotli_bytes = Some(usize::try_from(fs::metadata(&packed_file)?.len())?);
            self.paths.insert(packed_path);
        }
        self.paths.insert(path.to_owned());
        let asset = Asset { path: path.to_owned(), sha256: sha256(bytes), bytes: bytes.len(), brotli_bytes };
        self.table.insert(name.to_owned(), asset);
        Ok(path.to_owned())
    }

    /// Writes the table and removes what does not belong to it.
    fn finish(&mut self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.table)?;
        write_if_changed(&self.folder.join(TABLE), text.as_bytes())?;
        self.paths.insert(TABLE.to_owned());
        remove_others(&self.folder, &self.folder.clone(), &self.paths)
    }
}

fn remove_others(root: &Path, folder: &Path, keep: &BTreeSet<String>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(root, &path, keep)?;
        } else {
            let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            if !keep.contains(&name) {
                fs::remove_file(&path)?;
            }
        }
    }
    Ok(())
}

/// Leaves the file alone, and so its time, when it has these bytes already: cargo
/// would else build the relay again.
fn write_if_changed(file: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(file).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, bytes).with_context(|| format!("{} can't be written.", file.display()))?;
    Ok(true)
}

/// The path of a file that may be kept for ever: other bytes, another name.
fn hashed(name: &str, ending: &str, bytes: &[u8]) -> String {
    let hash = sha256(bytes);
    format!("a/{name}-{}.{ending}", hash.get(..8).unwrap_or(&hash))
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    format!("{:x}", sha2::Sha256::digest(bytes))
}

fn is_compressible(path: &str) -> bool {
    ["js", "wasm", "css", "svg", "webmanifest"].contains(&path.rsplit('.').next().unwrap_or_default())
}

/// As small as brotli makes it.
pub(crate) fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: bytes.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut packed, &params)?;
    Ok(packed)
}

/// The service worker with the list of the files that the inbox needs offline.
fn with_shell(worker: &str, table: &Table) -> Result<String> {
    if !worker.contains(SHELL) {
        bail!("inbox/static/sw.js has no `{SHELL}` for the list of the inbox's files.");
    }
    let belongs =
        |name: &str| name.starts_with("inbox.") || name.starts_with("icons/") || name.ends_with("manifest");
    let shell: Vec<&Asset> = table.iter().filter(|(name, _)| belongs(name)).map(|(_, asset)| asset).collect();
    let paths: Vec<String> = shell.iter().map(|asset| format!("/{}", asset.path)).collect();
    let version = digest(shell.iter().map(|asset| asset.sha256.as_bytes()));
    let version = format!("\"{}\"", version.get(..8).unwrap_or(&version));
    Ok(worker.replace(SHELL, &serde_json::to_string(&paths)?).replace(VERSION, &version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asset(path: &str, sha256: &str) -> Asset {
        Asset { path: path.into(), sha256: sha256.into(), bytes: 1, brotli_bytes: None }
    }

    #[test]
    fn a_name_changes_with_the_bytes() {
        assert_eq!(hashed("widget", "js", b"a"), "a/widget-ca978112.js");
        assert_ne!(hashed("widget", "js", b"a"), hashed("widget", "js", b"b"));
    }

    #[test]
    fn the_worker_gets_the_inboxs_files_and_a_version() {
        let mut table = Table::new();
        table.insert("inbox.js".into(), asset("a/inbox-1.js", "1"));
        table.insert("widget.js".into(), asset("a/widget-1.js", "2"));
        table.insert("icons/bell.png".into(), asset("icons/bell.png", "3"));
        let source = "const v = /*VERSION*/\"\"; const files = /*SHELL*/[];";
        let worker = with_shell(source, &table).unwrap();
        assert!(worker.contains(r#"const files = ["/icons/bell.png","/a/inbox-1.js"];"#), "{worker}");
        table.insert("inbox.js".into(), asset("a/inbox-9.js", "9"));
        let next = with_shell(source, &table).unwrap();
        assert_ne!(worker.split(';').next(), next.split(';').next());
        assert!(with_shell("no marks", &table).is_err());
    }

    #[test]
    fn unchanged_files_keep_their_time_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let shelf =
            || Shelf { folder: folder.path().to_owned(), table: Table::new(), paths: BTreeSet::new() };
        let mut first = shelf();
        first.put("a.js", "a/a-1.js", b"let a = 1").unwrap();
        first.finish().unwrap();
        assert!(folder.path().join("a/a-1.js.br").is_file());
        assert!(!write_if_changed(&folder.path().join("a/a-1.js"), b"let a = 1").unwrap());
        let mut second = shelf();
        second.put("a.js", "a/a-2.js", b"let a = 2").unwrap();
        second.finish().unwrap();
        assert!(!folder.path().join("a/a-1.js").exists() && !folder.path().join("a/a-1.js.br").exists());
    }
}
