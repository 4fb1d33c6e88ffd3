//! Asking the database, and what its columns mean.

use deadpool_postgres::{GenericClient, PoolError};
use shopbell_protocol::{
    ChannelId, ConversationId, HeldId, MessageId, Page, PictureId, Receipt, Seq, SessionId, ShopId, Side,
    UnixMillis,
};
use std::borrow::Cow;
use tokio_postgres::{
    Row,
    error::SqlState,
    types::{FromSql, ToSql},
};
use uuid::Uuid;

use crate::{Digest, StoreError};

/// What a statement is given.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// What can go wrong between here and the database.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{}", in_words(.0))]
    Sql(#[from] tokio_postgres::Error),
    #[error("{0}")]
    Pool(#[from] PoolError),
    /// A row holds what no Shopbell writes.
    #[error("a row of the database cannot be read: {0}")]
    Odd(&'static str),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

/// The driver's own words are no more than "db error".
fn in_words(error: &tokio_postgres::Error) -> String {
    error
        .as_db_error()
        .map_or_else(|| error.to_string(), |told| format!("{}: {}", told.severity(), told.message()))
}

impl Fault {
    /// Whether the same may work at once when it is tried anew, for another transaction was in the way.
    pub(super) fn was_in_the_way(&self) -> bool {
        let Fault::Sql(error) = self else { return false };
        matches!(error.code(), Some(&SqlState::T_R_DEADLOCK_DETECTED | &SqlState::T_R_SERIALIZATION_FAILURE))
    }

    /// Whether a row of that key is there already.
    pub(super) fn is_known_already(&self) -> bool {
        matches!(self, Fault::Sql(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
    }

    /// Whether the connection is gone, or its server on the way down.
    pub(super) fn is_away(&self) -> bool {
        match self {
            Fault::Sql(error) => {
                error.is_closed()
                    || error.code().is_none()
                    || error.code().is_some_and(|code| code.code().starts_with("57P"))
            }
            Fault::Pool(_) => true,
            Fault::Odd(_) => false,
        }
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        tracing::error!(%fault, "the database failed");
        Self::Unavailable(fault.to_string())
    }
}

/// All rows of an answer.
pub(super) async fn rows(db: &impl GenericClient, sql: &str, params: Params<'_>) -> Result<Vec<Row>> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query(&statement, params).await?)
}

/// The first row of an answer, if it has any.
pub(super) async fn first(db: &impl GenericClient, sql: &str, params: Params<'_>) -> Result<Option<Row>> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query_opt(&statement, params).await?)
}

/// Does something; gives how many rows it was done to.
pub(super) async fn execute(db: &impl GenericClient, sql: &str, params: Params<'_>) -> Result<u64> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.execute(&statement, params).await?)
}

/// A time for a column, whose integers are signed; no real time is cut.
pub(super) fn millis(at: UnixMillis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// A place for a column.
pub(super) fn place(seq: Seq) -> i64 {
    seq.0.into()
}

/// A side for a column.
pub(super) fn side_code(side: Side) -> i16 {
    match side {
        Side::Visitor => 1,
        Side::Owner => 2,
    }
}

/// A count or a limit for a column.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Text for a column: PostgreSQL takes every character but NUL, which nobody can see.
pub(super) fn text(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) }
}

/// The same where there may be none.
pub(super) fn maybe_text(words: Option<&str>) -> Option<Cow<'_, str>> {
    words.map(text)
}

/// An id of the wire for a column.
pub(super) trait Key {
    fn key(&self) -> Uuid;
}

macro_rules! key {
    ($($id:ty),*) => {
        $(impl Key for $id {
            fn key(&self) -> Uuid {
                Uuid::from_bytes(*self.as_bytes())
            }
        })*
    };
}
key!(ChannelId, ConversationId, HeldId, MessageId, PictureId, SessionId);

/// Reads columns by their place in the row.
pub(super) trait Columns {
    fn cell<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T>;

    fn bytes16(&self, column: usize) -> Result<[u8; 16]> {
        Ok(self.cell::<Uuid>(column)?.into_bytes())
    }

    fn at(&self, column: usize) -> Result<UnixMillis> {
        Ok(unix(self.cell(column)?))
    }

    fn maybe_at(&self, column: usize) -> Result<Option<UnixMillis>> {
        Ok(self.cell::<Option<i64>>(column)?.map(unix))
    }

    /// A number that is never negative and was a `u32` when it was written.
    fn number(&self, column: usize) -> Result<u32> {
        u32::try_from(self.cell::<i64>(column)?).map_err(|_| Fault::Odd("a number is out of range"))
    }

    fn seq(&self, column: usize) -> Result<Seq> {
        self.number(column).map(Seq)
    }

    fn side(&self, column: usize) -> Result<Side> {
        match self.cell::<i16>(column)? {
            1 => Ok(Side::Visitor),
            2 => Ok(Side::Owner),
            _ => Err(Fault::Odd("a side is neither")),
        }
    }

    /// `handed` and, in the column after it, `opened`.
    fn receipt(&self, column: usize) -> Result<Receipt> {
        Ok(Receipt { handed: self.seq(column)?, opened: self.seq(column + 1)? })
    }

    fn digest(&self, column: usize) -> Result<Digest> {
        self.maybe_digest(column)?.ok_or(Fault::Odd("a digest is missing"))
    }

    fn maybe_digest(&self, column: usize) -> Result<Option<Digest>> {
        let Some(bytes) = self.cell::<Option<&[u8]>>(column)? else { return Ok(None) };
        bytes
            .try_into()
            .map(|bytes| Some(Digest(bytes)))
            .map_err(|_| Fault::Odd("a digest is too short or long"))
    }

    fn shop_id(&self, column: usize) -> Result<ShopId> {
        ShopId::parse(self.cell(column)?).map_err(|_| Fault::Odd("a shop's id is none"))
    }

    fn conversation_id(&self, column: usize) -> Result<ConversationId> {
        self.bytes16(column).map(ConversationId::from_bytes)
    }

    fn message_id(&self, column: usize) -> Result<MessageId> {
        self.bytes16(column).map(MessageId::from_bytes)
    }

    fn session_id(&self, column: usize) -> Result<SessionId> {
        self.bytes16(column).map(SessionId::from_bytes)
    }

    /// The address and, in the column after it, the title.
    fn maybe_page(&self, column: usize) -> Result<Option<Page>> {
        let url: Option<String> = self.cell(column)?;
        let title: Option<String> = self.cell(column + 1)?;
        Ok(url.map(|url| Page { url, title: title.unwrap_or_default() }))
    }
}

impl Columns for Row {
    fn cell<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T> {
        Ok(self.try_get(column)?)
    }
}

fn unix(at: i64) -> UnixMillis {
    UnixMillis(u64::try_from(at).unwrap_or(0))
}
