//! ejabberd (`tests/peers/ejabberd`): a room for each conversation, with an archive in SQLite or in
//! PostgreSQL; XMPP over WebSocket.

use super::xmpp::{Stream, attribute, is_archived, name};
use super::{Heard, Running, peers};
use crate::load::Writer;
use anyhow::{Context, Result, ensure};
use shopbell_servers::{Folder, Guarded, Postgres, free_port, installed, listening};
use std::path::{Path, PathBuf};
use std::{fs, process::Command};

/// Where the archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Archive {
    Sqlite,
    Postgres,
}

impl Archive {
    /// How the folder of Erlang's library for it begins, and Debian's package.
    fn library(self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite => ("p1_sqlite3-", "erlang-p1-sqlite3"),
            Self::Postgres => ("p1_pgsql-", "erlang-p1-pgsql"),
        }
    }
}

/// What has to be done before it can be measured.
pub(super) fn lacking(archive: Archive) -> Option<String> {
    let (library, package) = archive.library();
    let has_library = !starting(Path::new("/usr/lib/erlang/lib"), library).is_empty();
    if installed("erl").is_none() || libraries().is_none() || !has_library {
        return Some(format!("It is not installed. On Debian: `apt-get install ejabberd {package}`."));
    }
    let lacks_postgres = archive == Archive::Postgres && !Postgres::is_installed();
    lacks_postgres.then(|| "There is no PostgreSQL. On Debian: `apt-get install postgresql`.".into())
}

/// The folder that Debian puts ejabberd in: it has the machine's kind in its name.
fn libraries() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    folders.into_iter().find(|folder| !starting(folder, "ejabberd-").is_empty())
}

/// What in a folder begins like this.
fn starting(folder: &Path, name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let entries = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(name));
    entries.map(|entry| entry.path()).collect()
}

/// Starts it, with somebody in every room who listens.
pub(super) async fn start(archive: Archive, writers: usize) -> Result<Running<Occupant>> {
    let (folder, port) = (Folder::new()?, free_port());
    let libraries = libraries().context("ejabberd")?;
    let mut config = fs::read_to_string(peers().join("ejabberd/ejabberd.yml"))?;
    config = config.replace("port: 5280", &format!("port: {port}"));
    let postgres = (archive == Archive::Postgres).then(|| Postgres::start(&[]));
    if let Some(postgres) = &postgres {
        let name = make_database(postgres)?;
        config = in_postgres(&config, postgres.port(), &name);
    } else {
        // One sync a commit instead of several. The file remembers that; ejabberd makes its tables.
        let db = rusqlite::Connection::open(folder.path().join("ejabberd.db"))?;
        db.pragma_update(None, "journal_mode", "WAL")?;
    }
    fs::write(folder.path().join("ejabberd.yml"), config)?;
    let server = Guarded::start(&command(&libraries, folder.path())?, "KILL", &folder.path().join("log"));
    listening(port, &folder.path().join("log")).map_err(anyhow::Error::msg)?;

    let (mut heard, mut owner) = (Heard::default(), Stream::open(port).await?);
    let mut occupants = Vec::new();
    for number in 0..writers {
        let (room, mut stream) = (format!("talk-{number}@conference.localhost"), Stream::open(port).await?);
        stream.join(&room, "visitor").await?;
        owner.join(&room, "owner").await?;
        occupants.push(Occupant { stream, room, said: 0 });
    }
    heard.listen(|heard| async move {
        loop {
            let stanza = owner.hear().await?;
            if name(&stanza) == "message" && stanza.contains("<body>") {
                heard.count();
            }
        }
    });
    Ok(Running { writers: occupants, heard, server, postgres, _folder: folder })
}

/// Erlang's machine with ejabberd in it, as `ejabberdctl foreground` starts it, but for the port
/// that it would listen on for other nodes.
fn command(libraries: &Path, folder: &Path) -> Result<Command> {
    let mut erl = Command::new(installed("erl").context("Erlang")?);
    // A scheduler that waits busily would be counted as work.
    erl.args(["-noinput", "+K", "true", "+P", "250000", "+sbwt", "none", "-s", "ejabberd"]);
    erl.arg("-mnesia").arg("dir").arg(format!("{:?}", folder.join("mnesia")));
    erl.current_dir(folder).env("ERL_LIBS", libraries);
    erl.env("EJABBERD_CONFIG_PATH", folder.join("ejabberd.yml"));
    erl.env("EJABBERD_LOG_PATH", folder.join("ejabberd.log"));
    Ok(erl)
}

/// A database with the tables that ejabberd brings.
fn make_database(postgres: &Postgres) -> Result<String> {
    let schema = starting(Path::new("/usr/share/ejabberd"), "sql").pop().context("ejabberd's schemas")?;
    let schema = fs::read_to_string(schema.join("pg.sql"))?;
    let url = postgres.database();
    let name = url.rsplit('/').next().context("a name")?.to_owned();
    postgres.sql(&name, &schema).context("ejabberd's schema can't be made")?;
    Ok(name)
}

/// The configuration with what stands there of PostgreSQL instead of SQLite.
fn in_postgres(config: &str, port: u16, name: &str) -> String {
    let lines = config.lines().filter(|line| !line.starts_with("sql_"));
    let config: String = lines
        .map(|line| {
            format!(
                "{}\n",
                line.strip_prefix("# sql_")
                    .map_or_else(|| line.to_owned(), |setting| format!("sql_{setting}"))
            )
        })
        .collect();
    config
        .replace("sql_port: 5432", &format!("sql_port: {port}"))
        .replace("\"ejabberd\"", &format!("\"{name}\""))
}

/// A stream in a room of its own.
pub(super) struct Occupant {
    stream: Stream,
    room: String,
    said: u64,
}

impl Writer for Occupant {
    /// Says it to the room, and waits until the room says it to everybody, the writer too, with
    /// the id that it has in the archive.
    async fn write(&mut self, body: &str) -> Result<()> {
        self.said += 1;
        let (room, id) = (&self.room, self.said.to_string());
        let stanza = format!("<message to='{room}' type='groupchat' id='{id}'><body>{body}</body></message>");
        self.stream.say(stanza).await?;
        loop {
            let stanza = self.stream.hear().await?;
            if name(&stanza) == "message" && attribute(&stanza, "id") == Some(&id) {
                ensure!(is_archived(&stanza, &self.room), "the room has not archived a message: {stanza}");
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_is_turned_to_postgres() -> Result<()> {
        let config = fs::read_to_string(peers().join("ejabberd/ejabberd.yml"))?;
        assert!(config.contains("\nsql_type: sqlite\n") && config.contains("port: 5280"));
        let turned = in_postgres(&config, 7, "shop0");
        assert!(turned.contains("\nsql_type: pgsql\n") && turned.contains("\nsql_port: 7\n"), "{turned}");
        assert!(turned.contains("\nsql_database: \"shop0\"\n") && !turned.contains("sqlite"), "{turned}");
        Ok(())
    }
}
