//! Where the shop's memory lies, and how what it lies on fails.

use super::wire::Wire;
use crate::{
    Relay,
    disk::Disk,
    relay::Setup,
    stored::{self, StoredMessage},
};
use anyhow::{Context, Result};
use shopbell_protocol::{ConversationId, MessageId};
use shopbell_servers::{Nats, Postgres};
use std::collections::HashMap;
use tokio::task::{block_in_place, spawn};
use tokio_postgres::{Client, NoTls};

/// What was found in each conversation.
pub(super) type Stored = HashMap<ConversationId, Vec<StoredMessage>>;

/// Nothing but a commit that waits for it has the log written out.
const SETTINGS: [&str; 6] = [
    "wal_writer_delay=10s",
    "wal_writer_flush_after=1GB",
    "wal_buffers=64MB",
    "bgwriter_lru_maxpages=0",
    "autovacuum=off",
    "max_connections=200",
];
/// The server's own setting says that none does: what counts is what the relays ask for.
const UNSYNCED: &str = "synchronous_commit=off";

/// Where the shop's memory lies.
pub(super) enum Memory {
    /// In SQLite, on a disk whose power can be cut.
    Disk(Disk),
    /// In a PostgreSQL that several relays share.
    Shared(Box<Shared>),
}

/// What several relays have in common.
pub(super) struct Shared {
    postgres: Postgres,
    database: String,
    /// The relays' line to the database.
    pub(super) to_postgres: Wire,
    pub(super) nats: Nats,
    /// Each relay's line to NATS.
    pub(super) to_nats: Vec<Wire>,
}

impl Shared {
    /// A database and a NATS, for so many relays; `synced` by the database's own setting, for
    /// relays that once relied on it.
    pub(super) async fn start(relays: usize, synced: bool) -> Result<Self> {
        let mut settings = SETTINGS.to_vec();
        settings.extend((!synced).then_some(UNSYNCED));
        let (postgres, nats) = block_in_place(|| (Postgres::start(&settings), Nats::start()));
        let address = block_in_place(|| postgres.database());
        let database = address.rsplit('/').next().context("a database's name")?.to_owned();
        let to_postgres = Wire::to(vec![([127, 0, 0, 1], postgres.port()).into()]).await?;
        let mut to_nats = Vec::new();
        for _ in 0..relays {
            to_nats.push(Wire::to(vec![([127, 0, 0, 1], nats.port()).into()]).await?);
        }
        Ok(Self { postgres, database, to_postgres, nats, to_nats })
    }

    /// How the relay at this place reaches them.
    pub(super) fn setup(&self, setup: Setup, place: usize) -> Setup {
        let address = format!("postgresql://shopbell@{}/{}", self.to_postgres.address(), self.database);
        setup
            .set("STORE__POSTGRES", address)
            .set("CLUSTER__NATS", format!("nats://{}", self.to_nats[place].address()))
    }

    /// The database crashes: what it has not on its disk is gone.
    pub(super) fn crash(&mut self) {
        block_in_place(|| self.postgres.stop());
    }

    /// It starts again.
    pub(super) fn recover(&mut self) {
        block_in_place(|| self.postgres.start_again());
    }

    async fn open(&self) -> Result<Client> {
        let (client, connection) = tokio_postgres::connect(&self.postgres.url(&self.database), NoTls).await?;
        // It ends with the client.
        spawn(connection);
        Ok(client)
    }
}

impl Memory {
    /// Writes out what was not synced, as a machine does that has had nothing to do for a while.
    pub(super) async fn settle(&self) -> Result<()> {
        match self {
            Self::Disk(disk) => disk.settle(),
            Self::Shared(shared) => shared.open().await?.batch_execute("CHECKPOINT").await?,
        }
        Ok(())
    }

    /// What is damaged in it.
    pub(super) fn damage(&self, relay: &Relay) -> Result<Option<String>> {
        let Self::Disk(_) = self else { return Ok(None) };
        let whole: String = stored::open(relay).query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
        Ok((whole != "ok").then(|| format!("the database is damaged: {whole}")))
    }

    /// All messages of these conversations.
    pub(super) async fn messages(&self, relay: &Relay, conversations: &[ConversationId]) -> Result<Stored> {
        match self {
            Self::Disk(_) => {
                let db = stored::open(relay);
                Ok(conversations.iter().map(|id| (*id, stored::messages(&db, *id))).collect())
            }
            Self::Shared(shared) => {
                let db = shared.open().await?;
                let mut all = Stored::new();
                for conversation in conversations {
                    all.insert(*conversation, of_conversation(&db, *conversation).await?);
                }
                Ok(all)
            }
        }
    }

    /// How far the first message's time is from the last one's.
    pub(super) async fn span_ms(&self, relay: &Relay) -> Result<u64> {
        let sql = "SELECT max(at) - min(at) FROM messages";
        let span: i64 = match self {
            Self::Disk(_) => stored::open(relay).query_row(sql, [], |row| row.get(0))?,
            Self::Shared(shared) => shared.open().await?.query_one(sql, &[]).await?.get(0),
        };
        Ok(span.unsigned_abs())
    }

    /// The power goes, and comes back. Of what a disk had not synced, `kept` says of each sector
    /// whether it is there.
    pub(super) fn lose(&mut self, relays: &mut [Relay], kept: impl FnMut() -> bool) -> Result<()> {
        match self {
            Self::Disk(disk) => {
                disk.cut();
                relays.iter_mut().for_each(Relay::kill);
                disk.restore(kept)?;
            }
            Self::Shared(shared) => {
                shared.crash();
                relays.iter_mut().for_each(Relay::kill);
                shared.recover();
            }
        }
        Ok(())
    }
}

async fn of_conversation(db: &Client, conversation: ConversationId) -> Result<Vec<StoredMessage>> {
    let sql = format!(
        "SELECT seq, id::text, body FROM messages WHERE conversation = '{conversation}' ORDER BY seq"
    );
    let rows = db.query(&sql, &[]).await?;
    rows.iter()
        .map(|row| {
            let seq = u32::try_from(row.get::<_, i64>(0))?;
            let id = MessageId::parse(row.get(1)).context("a message's id")?;
            Ok(StoredMessage { seq, id, body: row.get(2) })
        })
        .collect()
}
