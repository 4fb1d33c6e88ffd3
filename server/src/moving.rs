//! `shopbell migrate`: all that is remembered, from SQLite into PostgreSQL.

use crate::{config::Config, outside};
use clap::ValueEnum;
use shopbell_store::{Batches, DATABASE_FILE_NAME as DATABASE, Moved, Moving, StoreError};
use std::{
    fmt::Write as _,
    io::{self, Write as _},
    path::Path,
};

/// Progress is said each time that another one of so many parts of a table is there.
const PARTS: i64 = 10;

/// What a relay can remember by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Memory {
    /// The file in the data folder.
    Sqlite,
    /// The database of [store] postgres.
    Postgres,
}

/// Moves everything, or goes on with it; what it has come to is said on stderr meanwhile.
///
/// # Errors
/// A sentence that says what to do.
pub(crate) async fn migrate(config: &Config, from: Memory, to: Memory) -> Result<String, String> {
    if (from, to) != (Memory::Sqlite, Memory::Postgres) {
        return Err(
            "There is one move that can be made: shopbell migrate --from sqlite --to postgres.".into()
        );
    }
    let Some(address) = &config.store.postgres else {
        return Err("There is no PostgreSQL database to move into. Set [store] postgres, or \
                    SHOPBELL_STORE__POSTGRES in the environment, to its address, like \
                    postgresql://user:password@host/name."
            .into());
    };
    let data = config.data();
    let mut said = (0, "");
    let mut told = |moving: Moving| {
        let part = (moving.moved * PARTS / moving.rows.max(1), moving.table);
        if part != said {
            said = part;
            // A move goes on also when nobody can read how far it is.
            drop(writeln!(io::stderr(), "{}: {} of {}", moving.table, moving.moved, moving.rows));
        }
    };
    let moved = shopbell_store::migrate(&data, &address.0, Batches::default(), &mut told).await;
    moved.map(|moved| report(&moved, &data)).map_err(|error| sentence(&error))
}

fn report(moved: &Moved, data: &Path) -> String {
    let data = data.display();
    let mut text = if moved.before {
        format!("{data} had been moved into the PostgreSQL database before. Both were compared again:\n\n")
    } else {
        format!("Moved {data} into the PostgreSQL database, read it back and compared both:\n\n")
    };
    for table in &moved.tables {
        let name = table.name.replace('_', " ");
        // Writing to a string never fails.
        let _ = writeln!(text, "  {name:<14} {:>12}  the same", table.rows);
    }
    let (database, key) = (DATABASE, outside::KEY_FILE_NAME);
    let _ = write!(
        text,
        "\nStart the relay with the same [store] postgres and the same data folder from now on: {key} stays \
         there, and every further relay needs a copy of it. {database} was left as it was; it is not read \
         any more, and grows old as soon as the relay runs.\n"
    );
    text
}

fn sentence(error: &StoreError) -> String {
    match error {
        StoreError::Unreadable(sentence) => sentence.clone(),
        other => format!(
            "The move was broken off: {other}. Run the same command again; it goes on where it was, and a \
             relay does not start on the PostgreSQL database until it is done."
        ),
    }
}
