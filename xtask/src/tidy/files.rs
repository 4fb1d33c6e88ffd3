//! Files that fit in the head, rooms that say what they are for, and nothing of
//! one developer's machine.

use crate::places::Places;
use anyhow::{Context, Result};
use std::{fs, process::Command};

/// Longest source file by its ending, in lines.
const LINES: [(&str, usize); 4] = [(".rs", 400), (".js", 400), (".mjs", 400), (".css", 600)];

/// Folders of one machine; written in two halves so that this file may stay.
const MACHINE: [&str; 2] = [concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// Endings of files that are not text.
const PICTURES: [&str; 7] = [".png", ".jpg", ".jpeg", ".webp", ".avif", ".ico", ".woff2"];

/// A sentence for each file out of order.
///
/// # Errors
/// When the checkout can't be read.
pub(super) fn check(places: &Places) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for path in listed(places)? {
        if PICTURES.iter().any(|ending| path.ends_with(ending)) {
            continue;
        }
        // A file may be deleted and still be listed.
        let Ok(text) = fs::read_to_string(places.root.join(&path)) else { continue };
        found.extend(check_one(&path, &text));
    }
    Ok(found)
}

/// The files that git has, or would have.
fn listed(places: &Places) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.current_dir(&places.root).args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let output = git.output().context("git can't be started.")?;
    if !output.status.success() {
        anyhow::bail!("git can't list the files: {}", String::from_utf8_lossy(&output.stderr));
    }
    let list = String::from_utf8(output.stdout)?;
    Ok(list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn check_one(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    for (_, most) in LINES.iter().filter(|(ending, most)| path.ends_with(ending) && lines > *most) {
        found.push(format!("{path} has {lines} lines; {most} is the most. Is it two things?"));
    }
    for folder in MACHINE.iter().filter(|folder| text.contains(*folder)) {
        found.push(format!("{path} names a folder of one machine ({folder}…)."));
    }
    let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    if is_root && !text.starts_with("//!") {
        found.push(format!("{path} must begin with `//!` and a sentence that says what the room is for."));
    }
    if path.ends_with("package-lock.json") && text.contains("\"resolved\": \"http") {
        found.push(format!(
            "{path} names a registry. Put `omit-lockfile-registry-resolved=true` into .npmrc and lock again."
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_order_is_not_told() {
        assert_eq!(check_one("client/src/lib.rs", "//! What it is for.\n"), Vec::<String>::new());
        assert_eq!(check_one("client/src/outbox.rs", "use core::fmt;\n"), Vec::<String>::new());
    }

    #[test]
    fn long_files_are_told_styles_may_be_longer() {
        let text = "x\n".repeat(500);
        assert_eq!(check_one("a/src/b.rs", &text).len(), 1);
        assert_eq!(check_one("a/b.css", &text).len(), 0);
        assert_eq!(check_one("a/c.mjs", &text).len(), 1);
    }

    #[test]
    fn a_room_without_a_word_about_itself_is_told() {
        assert_eq!(check_one("client/src/lib.rs", "mod a;\n").len(), 1);
    }

    #[test]
    fn folders_of_one_machine_and_registries_are_told() {
        assert_eq!(check_one("a.md", concat!("see /ro", "ot/x")).len(), 1);
        assert_eq!(check_one("a/package-lock.json", "\"resolved\": \"https://x\"").len(), 1);
    }
}
