//! Runs other programs: their output goes to a log, and only the end of it is
//! shown when they fail.

use crate::places::Places;
use anyhow::{Context, Result, bail};
use std::{
    env,
    ffi::OsStr,
    fs::{self, File, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How many lines of a log are shown when a step fails.
const TAIL_LINES: usize = 40;

/// What one step prints, kept in a file.
pub(crate) struct Log {
    path: PathBuf,
    shown: String,
    notes: Vec<String>,
}

impl Log {
    /// An empty log for a step.
    pub(crate) fn new(places: &Places, step: &str) -> Result<Self> {
        fs::create_dir_all(places.logs())?;
        let path = places.logs().join(step).with_extension("log");
        File::create(&path).with_context(|| format!("The log {} can't be written.", path.display()))?;
        let shown = format!("target/logs/{step}.log");
        Ok(Self { path, shown, notes: Vec::new() })
    }

    /// Something that a person should know though nothing failed; shown after
    /// the step's line.
    pub(crate) fn note(&mut self, text: impl Into<String>) {
        let text = text.into();
        self.write(&text);
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// The notes so far, each only once.
    pub(crate) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// A line that only the log has.
    pub(crate) fn write(&mut self, text: &str) {
        if let Ok(mut file) = OpenOptions::new().append(true).open(&self.path) {
            let _ = writeln!(file, "{text}");
        }
    }

    /// All that was logged.
    pub(crate) fn text(&self) -> String {
        fs::read(&self.path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Runs a program with its output in the log.
    ///
    /// # Errors
    /// When it can't be started, or ends badly: then with the end of the log.
    pub(crate) fn run(&mut self, command: &mut Command) -> Result<()> {
        if self.try_run(command)? {
            return Ok(());
        }
        bail!("{} failed. {}", name(command), self.tail())
    }

    /// Like [`Self::run`], but a bad end is an answer and not an error.
    pub(crate) fn try_run(&mut self, command: &mut Command) -> Result<bool> {
        self.write(&format!("$ {}", line(command)));
        let out = OpenOptions::new().append(true).open(&self.path)?;
        let err = out.try_clone()?;
        let status = command.stdin(Stdio::null()).stdout(out).stderr(err).status();
        Ok(status.with_context(|| format!("{} can't be started.", name(command)))?.success())
    }

    /// Where the log is, as seen from the checkout.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The end of the log, and where the rest is.
    pub(crate) fn tail(&self) -> String {
        let text = self.text();
        let lines: Vec<&str> = text.lines().collect();
        let end = lines.get(lines.len().saturating_sub(TAIL_LINES)..).unwrap_or_default();
        format!("The end of {}:\n\n{}\n", self.shown, end.join("\n"))
    }
}

/// A cargo command for this checkout, with the cargo that runs us.
pub(crate) fn cargo(places: &Places) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(&places.root).env("CARGO_TERM_COLOR", "never");
    // Set for us by `cargo run`; what we start must find its own.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(name);
    }
    command
}

/// What a program prints, or `None` when it isn't there or ends badly.
pub(crate) fn capture(program: impl AsRef<OsStr>, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether a program is on the path; and where.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(file).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

/// The program without its folder.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program());
    program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()
}

fn line(command: &Command) -> String {
    let mut words = vec![name(command)];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy().into_owned()));
    words.join(" ")
}
