//! Which room may use which, held against `cargo metadata`.

use crate::{places::Places, shell};
use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};
use std::{collections::BTreeMap, path::Path};

/// A room's folder, and the rooms it may use. For tests and build scripts too.
const ARROWS: &[(&str, &[&str])] = &[
    ("protocol", &[]),
    ("client", &["protocol"]),
    ("widget", &["client", "protocol"]),
    ("inbox", &["client", "protocol"]),
    ("server/store", &["protocol", "tests/servers"]),
    ("server/channels", &["protocol"]),
    ("server", &["server/store", "server/channels", "protocol"]),
    ("tests", &["client", "protocol", "server/channels", "tests/servers"]),
    ("tests/servers", &[]),
    ("xtask", &[]),
];

/// What a room may use besides in its tests only.
const IN_TESTS: &[(&str, &str)] = &[("server", "client")];

/// For each room's folder, the folders of the rooms it uses.
pub(super) type Graph = BTreeMap<String, Vec<String>>;

/// The rooms as cargo sees them.
///
/// # Errors
/// When a manifest can't be read.
pub(super) fn read(places: &Places) -> Result<Graph> {
    let mut command = MetadataCommand::new();
    command.cargo_path(shell::cargo(places).get_program()).current_dir(&places.root).no_deps();
    let metadata = command.exec().context("cargo can't read the workspace.")?;
    let folder = |path: &Path| {
        let path = path.strip_prefix(&metadata.workspace_root).unwrap_or(path);
        path.to_string_lossy().replace('\\', "/")
    };
    let mut graph = Graph::new();
    for package in &metadata.packages {
        let room = package.manifest_path.parent().context("A manifest has no folder.")?;
        let room = folder(room.as_std_path());
        let uses = package.dependencies.iter().filter_map(|dependency| {
            let used = folder(dependency.path.as_ref()?.as_std_path());
            let in_tests = dependency.kind == DependencyKind::Development;
            (!in_tests || !IN_TESTS.contains(&(room.as_str(), used.as_str()))).then_some(used)
        });
        let uses = uses.collect();
        graph.insert(room, uses);
    }
    Ok(graph)
}

/// A sentence for each arrow that points where it may not.
pub(super) fn check(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for (room, uses) in graph {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| name == room) else {
            found.push(format!(
                "{room} is not a room of the map. Add it to xtask/src/tidy/arrows.rs and to ARCHITECTURE.md."
            ));
            continue;
        };
        for used in uses.iter().filter(|used| !allowed.contains(&used.as_str())) {
            let may = if allowed.is_empty() { "no other room".to_owned() } else { allowed.join(" and ") };
            found.push(format!("{room} uses {used}, but may use {may}."));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(rooms: &[(&str, &[&str])]) -> Graph {
        rooms
            .iter()
            .map(|(room, uses)| ((*room).into(), uses.iter().map(|u| (*u).into()).collect()))
            .collect()
    }

    #[test]
    fn arrows_of_the_map_are_fine() {
        let good = graph(&[
            ("protocol", &[]),
            ("client", &["protocol"]),
            ("server", &["server/store", "protocol"]),
            ("tests", &["client"]),
        ]);
        assert_eq!(check(&good), Vec::<String>::new());
    }

    #[test]
    fn arrows_against_the_map_are_told() {
        let bad = graph(&[
            ("protocol", &["client"]),
            ("server/store", &["protocol", "server"]),
            ("widget", &["tests"]),
            ("cellar", &[]),
        ]);
        let found = check(&bad);
        assert_eq!(found.len(), 4, "{found:?}");
        assert!(found.contains(&"protocol uses client, but may use no other room.".to_owned()));
        assert!(
            found.contains(&"server/store uses server, but may use protocol and tests/servers.".to_owned())
        );
        assert!(found.iter().any(|sentence| sentence.starts_with("cellar is not a room")));
    }

    #[test]
    fn nothing_may_use_the_tests() {
        assert!(ARROWS.iter().all(|(_, allowed)| !allowed.contains(&"tests") && !allowed.contains(&"xtask")));
    }
}
