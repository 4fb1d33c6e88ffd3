//! Looks into the relay's database from outside, without any of its code.

use crate::relay::Relay;
use rusqlite::{Connection, OpenFlags};
use shopbell_protocol::{ConversationId, MessageId, PictureId};

/// A message as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMessage {
    /// Its place.
    pub seq: u32,
    /// Made by the sender.
    pub id: MessageId,
    /// The text.
    pub body: String,
}

/// Opens the database for reading.
///
/// # Panics
/// When there is none.
pub fn open(relay: &Relay) -> Connection {
    let folder = std::fs::read_dir(relay.data()).expect("a data folder");
    let mut files = folder.filter_map(Result::ok).map(|entry| entry.path());
    let is_database = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|end| ["db", "sqlite", "sqlite3"].iter().any(|known| end == *known))
    };
    let file = files.find(is_database).expect("a database in the data folder");
    // Reading a WAL database needs write access to its index.
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("the database opens")
}

/// A conversation's messages, by place.
///
/// # Panics
/// When the database can't be read.
pub fn messages(db: &Connection, conversation: ConversationId) -> Vec<StoredMessage> {
    let sql = "SELECT m.seq, m.id, m.body FROM messages m JOIN conversations c USING (conversation) \
               WHERE c.id = ?1 ORDER BY m.seq";
    let mut query = db.prepare(sql).expect("the schema is known");
    let rows = query.query_map([conversation.as_bytes().as_slice()], |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, String>(2)?))
    });
    let each = |row: rusqlite::Result<(u32, Vec<u8>, String)>| {
        let (seq, id, body) = row.expect("a row");
        let id = MessageId::from_bytes(id.try_into().expect("16 bytes"));
        StoredMessage { seq, id, body }
    };
    rows.expect("rows").map(each).collect()
}

/// Puts a picture to a conversation's first message, of bytes that nobody looks at.
///
/// # Panics
/// When the database can't be written.
pub fn add_picture(relay: &Relay, conversation: ConversationId, bytes: &[u8]) -> PictureId {
    let id = PictureId::from_bytes(*b"picture number 1");
    let sql = "INSERT INTO pictures (conversation, seq, place, id, width, height, kind, bytes)
               SELECT conversation, 1, 0, ?1, 40, 30, 'image/png', ?2 FROM conversations WHERE id = ?3";
    let rows = open(relay).execute(sql, (id.as_bytes(), bytes, conversation.as_bytes()));
    assert_eq!(rows.expect("the schema is known"), 1);
    id
}

/// How many rows a table has.
///
/// # Panics
/// When the database can't be read.
pub fn count(db: &Connection, table: &str) -> i64 {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("a count")
}
