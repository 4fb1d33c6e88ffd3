//! Others' own programs from npm, held against the far sides of these tests. Their exact
//! versions stand in the lock file of `tests/far-checks/{name}`.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};
use tokio::{io::AsyncWriteExt, process::Command, sync::Mutex};

/// Two tests of one process don't install at once.
static INSTALLING: Mutex<()> = Mutex::const_new(());
const PACKAGE: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];

/// Runs a script of a check with arguments and an input, and gives the JSON that it prints.
///
/// # Panics
/// When Node.js is missing, npm can't fetch the packages, or the script fails.
pub(crate) async fn run(check: &str, script: &str, arguments: &[&str], input: &str) -> Value {
    let folder = installed(check).await;
    let mut node = Command::new("node");
    node.current_dir(&folder).arg(script).args(arguments).env("NO_PROXY", "127.0.0.1");
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = node.spawn().unwrap_or_else(|error| panic!("{WANTED}: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).await.expect("node reads");
    drop(stdin);
    let output = child.wait_with_output().await.expect("node ends");
    assert!(output.status.success(), "{script} fails");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{script} prints no JSON, {error}: {said}"))
}

const WANTED: &str = "this test needs Node.js and npm (on Debian: apt install nodejs npm)";

/// The check's folder among the built files, with its packages as the lock file wants them.
async fn installed(check: &str) -> PathBuf {
    let _alone = INSTALLING.lock().await;
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("far-checks").join(check);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("far-checks").join(check);
    fs::create_dir_all(&folder).expect("a folder");
    let read = |path: PathBuf| fs::read(path).unwrap_or_default();
    let same = PACKAGE.iter().all(|name| read(from.join(name)) == read(folder.join(name)));
    // npm writes this file last.
    let whole = folder.join("node_modules/.package-lock.json").exists();
    for entry in fs::read_dir(&from).expect("the check's folder").flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_file()) {
            fs::copy(entry.path(), folder.join(entry.file_name())).expect("a copy");
        }
    }
    if !(same && whole) {
        let mut npm = Command::new("npm");
        npm.current_dir(&folder).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        let status = npm.stdout(Stdio::null()).status().await;
        let status = status.unwrap_or_else(|error| panic!("{WANTED}: {error}"));
        assert!(status.success(), "npm could not fetch the packages of tests/far-checks/{check}");
    }
    folder
}
