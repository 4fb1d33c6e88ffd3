//! The relay's executable: builds it, and starts it for what wants to ask it.

use crate::{
    places::Places,
    report,
    shell::{self, Log},
};
use anyhow::{Context, Result, bail};
use std::{
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
};

/// How it is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// As people run it.
    Release,
    /// As the tests run it: built sooner.
    Dev,
}

impl Profile {
    /// By the flag `--fast`.
    pub(crate) fn pick(fast: bool) -> Self {
        if fast { Self::Dev } else { Self::Release }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "debug",
        }
    }
}

/// Where the executable is, once it is built.
pub(crate) fn executable(places: &Places, profile: Profile) -> PathBuf {
    let name = format!("shopbell{}", std::env::consts::EXE_SUFFIX);
    places.cargo_target.join(profile.folder()).join(name)
}

/// Builds it with what is in `target/web-assets`, and says where it is.
///
/// # Errors
/// With the compiler's last words.
pub(crate) fn build(places: &Places, profile: Profile, log: &mut Log) -> Result<PathBuf> {
    let mut cargo = shell::cargo(places);
    match profile {
        Profile::Release => cargo.args(["build", "--package", "shopbell-server", "--release"]),
        // The same call as for the tests, so that nothing is built twice.
        Profile::Dev => cargo.args(["build", "--workspace", "--all-targets"]),
    };
    log.run(&mut cargo)?;
    let file = executable(places, profile);
    if !file.is_file() {
        bail!("cargo built the relay, but {} is not there.", file.display());
    }
    Ok(file)
}

/// Builds the relay and a program of the tests' that works on it, and hands over to that.
///
/// # Errors
/// When something can't be built or started.
pub(crate) fn hand_over(
    places: &Places,
    profile: Profile,
    program: &str,
    args: &[String],
) -> Result<ExitCode> {
    let executable = report::need(places, "relay", |log| build(places, profile, log))?;
    let mut package = vec!["--quiet", "--package", "shopbell-tests", "--bin", program];
    if profile == Profile::Release {
        package.push("--release");
    }
    let name = format!("{program}-build");
    report::need(places, &name, |log| log.run(shell::cargo(places).arg("build").args(&package)))?;
    eprintln!();
    let mut cargo = shell::cargo(places);
    cargo.arg("run").args(&package).arg("--").args(args).env("SHOPBELL_BIN", executable);
    let status = cargo.status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The relay with the demo shop.
pub(crate) fn demo_command(executable: &Path, listen: &str, data: &Path) -> Command {
    let mut command = Command::new(executable);
    command.args(["serve", "--demo", "--listen", listen, "--data"]).arg(data);
    // These are for the tests; the relay would take them for settings.
    command.env_remove("SHOPBELL_BIN").env_remove("SHOPBELL_CHROMIUM");
    command
}

/// A relay with the demo shop, on ports of its own; ends when this is dropped.
pub(crate) struct Demo {
    child: Child,
    /// The address of the talk page.
    pub(crate) talk: String,
    _data: tempfile::TempDir,
}

impl Demo {
    /// Starts one and waits until it has said its addresses.
    ///
    /// # Errors
    /// When it ends before that.
    pub(crate) fn start(executable: &Path) -> Result<Self> {
        let data = tempfile::tempdir()?;
        let mut command = demo_command(executable, "127.0.0.1:0", data.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child =
            command.spawn().with_context(|| format!("{} can't be started.", executable.display()))?;
        let output = child.stdout.take().context("The relay has no output.")?;
        let talk =
            BufReader::new(output).lines().map_while(Result::ok).find_map(|line| address(&line, "talk"));
        let Some(talk) = talk else {
            let _ = child.kill();
            let status = child.wait()?;
            bail!("The relay did not say its addresses ({status}).");
        };
        Ok(Self { child, talk, _data: data })
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in a line like `talk: http://127.0.0.1:8787/talk/demo`.
fn address(line: &str, kind: &str) -> Option<String> {
    line.strip_prefix(kind)?.strip_prefix(": ").map(|address| address.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relays_lines_are_understood() {
        let line = "talk: http://127.0.0.1:8787/talk/demo";
        assert_eq!(address(line, "talk").as_deref(), Some("http://127.0.0.1:8787/talk/demo"));
        assert_eq!(address("talking: no", "talk"), None);
        assert_eq!(address(line, "shop"), None);
    }
}
