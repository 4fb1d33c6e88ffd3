//! Every room takes its dependencies and lints from the workspace's manifest, so
//! that there is one table of versions.

use crate::places::Places;
use anyhow::{Context, Result};
use std::fs;
use toml::{Table, Value};

const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// A sentence for each dependency that brings its own version, and for each room
/// without the workspace's lints.
///
/// # Errors
/// When a manifest can't be read.
pub(super) fn check(places: &Places) -> Result<Vec<String>> {
    let workspace = read(places, "Cargo.toml")?;
    let members = workspace.get("workspace").and_then(|w| w.get("members")).and_then(Value::as_array);
    let members = members.context("Cargo.toml lists no members.")?;
    let mut found = Vec::new();
    for room in members.iter().filter_map(Value::as_str) {
        let path = format!("{room}/Cargo.toml");
        found.extend(check_one(&path, &read(places, &path)?));
    }
    Ok(found)
}

fn read(places: &Places, path: &str) -> Result<Table> {
    let text =
        fs::read_to_string(places.root.join(path)).with_context(|| format!("{path} can't be read."))?;
    text.parse().with_context(|| format!("{path} is not TOML."))
}

fn check_one(path: &str, manifest: &Table) -> Vec<String> {
    let mut found = Vec::new();
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
    for table in tables.chain([manifest]) {
        for (name, dependency) in KINDS.iter().filter_map(|kind| table.get(*kind)?.as_table()).flatten() {
            if !takes_workspaces(dependency) {
                found.push(format!(
                    "{path}: {name} must say `workspace = true`; its version belongs in the root's Cargo.toml."
                ));
            }
        }
    }
    if !manifest.get("lints").is_some_and(takes_workspaces) {
        found.push(format!("{path}: the workspace's lints are missing: `[lints]` with `workspace = true`."));
    }
    found
}

fn takes_workspaces(value: &Value) -> bool {
    value.get("workspace").and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_versions_and_missing_lints_are_told() {
        let good = "[dependencies]\nserde.workspace = true\n[lints]\nworkspace = true";
        assert_eq!(check_one("a/Cargo.toml", &good.parse().unwrap()), Vec::<String>::new());
        let bad = "
            [dev-dependencies]
            serde = \"1\"
            [target.'cfg(unix)'.dependencies]
            libc = { version = \"0.2\" }
        ";
        let found = check_one("a/Cargo.toml", &bad.parse().unwrap());
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
