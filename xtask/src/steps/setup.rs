//! Fetches what the tests lack, where that is possible; else each step says what
//! to install.

use crate::{
    build,
    places::Places,
    report::Outcome,
    shell::{self, Log},
};
use anyhow::Result;
use std::{
    env, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

pub(super) use build::need_target;

/// What the relay's memory allocator is built with, beside a C compiler.
const BUILD: [&str; 1] = ["make"];

/// The browser, the bus that its notifications go out on, and letters for what visitors write.
const DEBIAN: [&str; 4] = ["chromium", "dbus-daemon", "fonts-dejavu-core", "fonts-noto-color-emoji"];

/// The browser that really subscribes to pushes, and what its notifications go out with.
const FIREFOX: [&str; 2] = ["firefox-esr", "libnotify4"];

/// Mail servers for the tests of e-mail, and what they are written to and read with.
const MAIL: [&str; 4] = ["postfix", "dovecot-imapd", "dovecot-lmtpd", "python3"];

/// What several relays have in common, and what stands in front of them.
const CLUSTER: [&str; 4] = ["postgresql", "postgresql-client", "nats-server", "nginx-light"];

/// What mounts a disk of the tests' own, and tells a relay another time of day.
const FAULTS: [&str; 2] = ["fuse3", "faketime"];

/// Debian's packages start what they bring, unless this file says no (invoke-rc.d(8)).
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Under which names it may be on the path.
const CHROMIUM: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Likewise.
const FIREFOX_NAMES: [&str; 2] = ["firefox-esr", "firefox"];

/// All of it, so that a fresh machine is ready after this step.
pub(super) fn everything(places: &Places, log: &mut Log) -> Result<Outcome> {
    need_target(log)?;
    if let Err(missing) = make(log) {
        log.note(missing);
    }
    let browser = chromium(log);
    if let Err(missing) = browser {
        log.note(missing);
    }
    if let Err(missing) = firefox(log) {
        log.note(missing);
    }
    if let Err(problem) = browser_packages(places, log) {
        log.note(format!("{problem:#}"));
    }
    if let Err(missing) = mail_servers(log) {
        log.note(missing);
    }
    if let Err(missing) = cluster_servers(log) {
        log.note(missing);
    }
    if let Err(missing) = faults(log) {
        log.note(missing);
    }
    Ok(().into())
}

/// What builds what Cargo does not.
///
/// # Errors
/// With a sentence that says what to install.
fn make(log: &mut Log) -> Result<(), String> {
    let is_there = |name: &str| shell::which(name).is_some();
    install_missing(&BUILD, is_there, log);
    match BUILD.into_iter().all(is_there) {
        true => Ok(()),
        false => Err(format!("There is no make. On Debian: `apt-get install {}`.", BUILD.join(" "))),
    }
}

/// What the fault harness needs beside the relay.
///
/// # Errors
/// With a sentence that says what to install.
fn faults(log: &mut Log) -> Result<(), String> {
    install_missing(&FAULTS, has_package, log);
    match (shell::which("fusermount3"), shell::which("faketime")) {
        (Some(_), Some(_)) => Ok(()),
        _ => Err(format!(
            "There is nothing to mount a disk with, or to set a clock. On Debian: `apt-get install {}`.",
            FAULTS.join(" ")
        )),
    }
}

/// Postfix and Dovecot, which the tests start by themselves, each in a folder of its own.
///
/// # Errors
/// With a sentence that says what to install.
fn mail_servers(log: &mut Log) -> Result<(), String> {
    let is_there = |name: &str| has_package(name) || name == "python3" && shell::which(name).is_some();
    install_asleep(&MAIL, is_there, &["postfix", "dovecot"], log);
    match ["postfix", "dovecot"].into_iter().all(is_here) {
        true => Ok(()),
        false => Err(format!("There are no mail servers. On Debian: `apt-get install {}`.", MAIL.join(" "))),
    }
}

/// PostgreSQL, NATS and nginx, likewise.
///
/// # Errors
/// With a sentence that says what to install.
fn cluster_servers(log: &mut Log) -> Result<(), String> {
    let is_there = |name: &str| match name {
        "postgresql" => Path::new("/usr/lib/postgresql").exists(),
        "postgresql-client" => shell::which("psql").is_some(),
        "nginx-light" => is_here("nginx"),
        name => is_here(name),
    };
    install_asleep(&CLUSTER, is_there, &["postgresql", "nats-server", "nginx"], log);
    match CLUSTER.into_iter().all(is_there) {
        true => Ok(()),
        false => Err(format!(
            "There is no PostgreSQL, NATS or nginx. On Debian: `apt-get install {}`.",
            CLUSTER.join(" ")
        )),
    }
}

/// Installs servers that do not start by themselves: neither now nor with the machine.
fn install_asleep(packages: &[&str], is_there: impl Fn(&str) -> bool, services: &[&str], log: &mut Log) {
    let missing: Vec<_> = packages.iter().copied().filter(|name| !is_there(name)).collect();
    if missing.is_empty() || !may_install() {
        return;
    }
    let is_ours = !Path::new(POLICY).exists() && forbid_starting().is_ok();
    install(&missing, log);
    if is_ours {
        let _ = fs::remove_file(POLICY);
    }
    // Without systemd there is nothing to tell.
    let _ = log.try_run(Command::new("systemctl").arg("disable").args(services));
}

/// Servers stand where a plain user's path does not lead.
fn is_here(name: &str) -> bool {
    shell::which(name).is_some() || Path::new("/usr/sbin").join(name).exists()
}

fn forbid_starting() -> io::Result<()> {
    fs::write(POLICY, "#!/bin/sh\nexit 101\n")?;
    fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))
}

/// Where Chromium is, after Debian's packages were installed if we may do that.
///
/// # Errors
/// With a sentence that says what to install.
pub(super) fn chromium(log: &mut Log) -> Result<PathBuf, String> {
    if let Some(file) = env::var_os("SHOPBELL_CHROMIUM") {
        return Ok(file.into());
    }
    install_missing(&DEBIAN, |name| is_browser_here(name, "chromium", &CHROMIUM), log);
    on_path(&CHROMIUM).ok_or_else(|| {
        format!(
            "There is no Chromium. On Debian: `apt-get install {}`. Elsewhere, set SHOPBELL_CHROMIUM to its \
             executable.",
            DEBIAN.join(" ")
        )
    })
}

/// Where Firefox is, likewise.
///
/// # Errors
/// With a sentence that says what to install.
pub(super) fn firefox(log: &mut Log) -> Result<PathBuf, String> {
    if let Some(file) = env::var_os("SHOPBELL_FIREFOX") {
        return Ok(file.into());
    }
    install_missing(&FIREFOX, |name| is_browser_here(name, "firefox-esr", &FIREFOX_NAMES), log);
    on_path(&FIREFOX_NAMES).ok_or_else(|| {
        format!(
            "There is no Firefox. On Debian: `apt-get install {}`. Elsewhere, set SHOPBELL_FIREFOX to its \
             executable.",
            FIREFOX.join(" ")
        )
    })
}

/// Whether a package of a browser's is here; the browser itself need not be Debian's, when it is on
/// the path under any of its names.
fn is_browser_here(package: &str, browser: &str, names: &[&str]) -> bool {
    has_package(package) || package == browser && on_path(names).is_some()
}

/// Installs those packages that are not here, if we may.
fn install_missing(packages: &[&'static str], is_here: impl Fn(&str) -> bool, log: &mut Log) {
    if may_install() {
        let missing: Vec<_> = packages.iter().copied().filter(|name| !is_here(name)).collect();
        if !missing.is_empty() {
            install(&missing, log);
        }
    }
}

/// npm's packages for the browser tests.
///
/// # Errors
/// When there is no Node.js, or npm fails.
pub(super) fn browser_packages(places: &Places, log: &mut Log) -> Result<()> {
    if shell::which("npm").is_none() {
        anyhow::bail!("There is no Node.js. On Debian: `apt-get install nodejs npm`.");
    }
    let folder = places.root.join("tests/browser");
    build::install_packages(&folder, &folder, log)?;
    Ok(())
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    names.iter().copied().find_map(shell::which)
}

fn may_install() -> bool {
    let is_root = shell::capture("id", &["-u"]).is_some_and(|user| user == "0");
    is_root && shell::which("apt-get").is_some() && shell::which("dpkg-query").is_some()
}

fn has_package(name: &str) -> bool {
    shell::capture("dpkg-query", &["--show", "--showformat=${Status}", name])
        .is_some_and(|status| status.ends_with(" installed"))
}

fn install(names: &[&str], log: &mut Log) {
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    // What fails here is told by the step that needs it.
    let _ = log.try_run(apt().arg("update"));
    let _ = log.try_run(apt().args(["install", "--yes", "--no-install-recommends"]).args(names));
}
