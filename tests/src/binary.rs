//! Finds the relay's executable, and runs it as a command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The executable under test: `SHOPBELL_BIN`, or the one that was built beside
/// this test.
///
/// # Panics
/// When there is none, saying how to build it.
pub fn shopbell() -> PathBuf {
    if let Some(path) = std::env::var_os("SHOPBELL_BIN") {
        return path.into();
    }
    let own = std::env::current_exe().expect("a running test knows its own path");
    // Tests run from target/PROFILE/deps, binaries from target/PROFILE.
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join("shopbell"));
    let built = beside.into_iter().find(|path| path.is_file());
    built.unwrap_or_else(|| {
        panic!("there is no `shopbell` beside {}: build it with `cargo xtask build --fast`", own.display())
    })
}

/// A call of the executable, with nothing of this process's settings in it.
pub fn command() -> Command {
    command_of(&shopbell())
}

/// The same of another build.
pub(crate) fn command_of(executable: &Path) -> Command {
    let mut command = Command::new(executable);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null());
    command
}

fn is_setting(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("SHOPBELL_"))
}

/// Runs the executable to its end.
///
/// # Panics
/// When it cannot be started.
pub fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    command().args(args).output().expect("the executable starts")
}

/// What it printed, for people.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
