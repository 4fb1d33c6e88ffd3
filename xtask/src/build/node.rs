//! The two tools from npm that shrink what a browser loads: binaryen's wasm-opt
//! and esbuild. Without Node.js all goes on without them, and says so.

use super::digest;
use crate::{
    places::Places,
    shell::{self, Log},
};
use anyhow::{Context, Result};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const PACKAGES: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// What WebAssembly may use: what browsers have had since 2022, and no more than
/// rustc uses by itself. wasm-opt has to be told.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// The lowest kilobyte of memory is the far end of Rust's stack, where no pointer
/// points, so additions may move into a load's own offset.
const SHRINK: [&str; 7] = [
    "-Oz",
    "--converge",
    "--low-memory-unused",
    "--zero-filled-memory",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// The tools, ready to run.
pub(super) struct Tools {
    bin: PathBuf,
    /// Another one for other versions or flags.
    pub(super) key: String,
}

impl Tools {
    /// Installs them where they are not yet. `None`, with a note, where there is
    /// no Node.js or npm can't fetch them.
    pub(super) fn fetch(places: &Places, log: &mut Log) -> Option<Self> {
        if shell::which("node").is_none() || shell::which("npm").is_none() {
            log.note(
                "There is no Node.js here, so wasm-opt and esbuild could not shrink the widget. It works all \
                 the same; it is only larger than it has to be.",
            );
            return None;
        }
        match Self::install(places, log) {
            Ok(tools) => Some(tools),
            Err(problem) => {
                log.write(&format!("{problem:#}"));
                log.note(
                    "npm could not fetch wasm-opt and esbuild, so the widget was not shrunk. It works all the \
                     same; target/logs/web.log says why.",
                );
                None
            }
        }
    }

    fn install(places: &Places, log: &mut Log) -> Result<Self> {
        let from = places.root.join("xtask/tools");
        let folder = places.tools().join("web");
        let wanted = install_packages(&from, &folder, log)?;
        let flags = [FEATURES.concat(), SHRINK.concat()].concat();
        let key = digest([wanted.as_bytes(), flags.as_bytes()]);
        Ok(Self { bin: folder.join("node_modules/.bin"), key })
    }

    /// The same WebAssembly, smaller.
    ///
    /// # Errors
    /// When wasm-opt does not take it.
    pub(super) fn shrink_wasm(&self, wasm: &[u8], log: &mut Log) -> Result<Vec<u8>> {
        let scratch = tempfile::tempdir()?;
        let (before, after) = (scratch.path().join("before.wasm"), scratch.path().join("after.wasm"));
        fs::write(&before, wasm)?;
        let mut command = Command::new(self.bin.join("wasm-opt"));
        log.run(command.args(FEATURES).args(SHRINK).arg(&before).arg("-o").arg(&after))?;
        fs::read(&after).context("wasm-opt left no output.")
    }

    /// The same module without what it never uses, still readable.
    ///
    /// # Errors
    /// When esbuild does not take it.
    pub(super) fn shake(&self, js: &str) -> Result<String> {
        self.esbuild(js, &["--bundle", "--format=esm", "--tree-shaking=true", "--minify-syntax"])
    }

    /// The same module, shorter.
    ///
    /// # Errors
    /// When esbuild does not take it.
    pub(super) fn minify_module(&self, js: &str) -> Result<String> {
        self.esbuild(js, &["--minify", "--format=esm"])
    }

    /// The same script (not a module) or style sheet, shorter. `loader` is
    /// esbuild's word for the kind: `js` or `css`.
    ///
    /// # Errors
    /// When esbuild does not take it.
    pub(super) fn minify(&self, text: &str, loader: &str) -> Result<String> {
        self.esbuild(text, &["--minify", &format!("--loader={loader}")])
    }

    fn esbuild(&self, text: &str, args: &[&str]) -> Result<String> {
        let mut command = Command::new(self.bin.join("esbuild"));
        command.args(args).args(["--log-level=warning", "--charset=utf8", "--legal-comments=none"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().context("esbuild can't be started.")?;
        let mut input = child.stdin.take().context("esbuild has no input.")?;
        // It reads all before it writes, so this can't block for good.
        input.write_all(text.as_bytes())?;
        drop(input);
        let output = child.wait_with_output()?;
        if !output.status.success() {
            anyhow::bail!("esbuild failed:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        String::from_utf8(output.stdout).context("esbuild's output is not text.")
    }
}

/// `npm ci` for the package of `from` in `folder`, unless that is done already.
/// Returns what names the installed versions.
///
/// # Errors
/// When npm fails.
pub(crate) fn install_packages(from: &Path, folder: &Path, log: &mut Log) -> Result<String> {
    let lock = fs::read(from.join("package-lock.json"))
        .with_context(|| format!("{} has no package-lock.json.", from.display()))?;
    let wanted = digest([lock.as_slice()]);
    let stamp = folder.join("node_modules/.shopbell-installed");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok(wanted);
    }
    fs::create_dir_all(folder)?;
    if from != folder {
        for name in PACKAGES {
            fs::copy(from.join(name), folder.join(name))?;
        }
    }
    let mut npm = Command::new("npm");
    npm.current_dir(folder).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    log.run(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    fs::write(&stamp, &wanted)?;
    Ok(wanted)
}
