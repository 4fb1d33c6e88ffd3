//! How values of the protocol stand in columns, and back.

use rusqlite::{Error, Result, Row};
use shopbell_protocol::{ConversationId, MessageId, Page, Receipt, Seq, SessionId, Side, UnixMillis};

use crate::Digest;

/// A time for a column. SQLite's integers are signed; no real time is cut.
pub(super) fn millis(at: UnixMillis) -> i64 {
    i64::try_from(at.0).unwrap_or(i64::MAX)
}

/// A side for a column.
pub(super) fn side_code(side: Side) -> i64 {
    match side {
        Side::Visitor => 1,
        Side::Owner => 2,
    }
}

/// Reads columns by their place in the row.
pub(super) trait Columns {
    fn at(&self, column: usize) -> Result<UnixMillis>;
    fn maybe_at(&self, column: usize) -> Result<Option<UnixMillis>>;
    fn seq(&self, column: usize) -> Result<Seq>;
    fn side(&self, column: usize) -> Result<Side>;
    /// `handed` and, in the column after it, `opened`.
    fn receipt(&self, column: usize) -> Result<Receipt>;
    fn digest(&self, column: usize) -> Result<Digest>;
    fn conversation_id(&self, column: usize) -> Result<ConversationId>;
    fn message_id(&self, column: usize) -> Result<MessageId>;
    fn session_id(&self, column: usize) -> Result<SessionId>;
    /// The address and, in the column after it, the title.
    fn maybe_page(&self, column: usize) -> Result<Option<Page>>;
}

impl Columns for Row<'_> {
    fn at(&self, column: usize) -> Result<UnixMillis> {
        Ok(unix(self.get(column)?))
    }

    fn maybe_at(&self, column: usize) -> Result<Option<UnixMillis>> {
        Ok(self.get::<_, Option<i64>>(column)?.map(unix))
    }

    fn seq(&self, column: usize) -> Result<Seq> {
        self.get(column).map(Seq)
    }

    fn side(&self, column: usize) -> Result<Side> {
        match self.get(column)? {
            1 => Ok(Side::Visitor),
            2 => Ok(Side::Owner),
            other => Err(Error::IntegralValueOutOfRange(column, other)),
        }
    }

    fn receipt(&self, column: usize) -> Result<Receipt> {
        Ok(Receipt { handed: self.seq(column)?, opened: self.seq(column + 1)? })
    }

    fn digest(&self, column: usize) -> Result<Digest> {
        self.get(column).map(Digest)
    }

    fn conversation_id(&self, column: usize) -> Result<ConversationId> {
        self.get(column).map(ConversationId::from_bytes)
    }

    fn message_id(&self, column: usize) -> Result<MessageId> {
        self.get(column).map(MessageId::from_bytes)
    }

    fn session_id(&self, column: usize) -> Result<SessionId> {
        self.get(column).map(SessionId::from_bytes)
    }

    fn maybe_page(&self, column: usize) -> Result<Option<Page>> {
        let url: Option<String> = self.get(column)?;
        let title: Option<String> = self.get(column + 1)?;
        Ok(url.map(|url| Page { url, title: title.unwrap_or_default() }))
    }
}

fn unix(at: i64) -> UnixMillis {
    UnixMillis(u64::try_from(at).unwrap_or(0))
}
