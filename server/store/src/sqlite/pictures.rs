//! Pictures: written with their message or their held answer, told of with it, and read
//! one by one.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use shopbell_protocol::{ConversationId, HeldId, Message, Picture, PictureId, Seq, ShopId};

use super::columns::Columns;
use super::desk::Desk;
use crate::{PictureFile, PictureKind};

/// Puts to the messages of one conversation, which stand by rising `seq`, what is told of
/// their pictures.
pub(super) fn add_to(db: &Connection, conversation: i64, messages: &mut [Message]) -> Result<()> {
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Ok(()) };
    let (first, last) = (first.seq, last.seq);
    let mut select = db.prepare_cached(
        "SELECT seq, id, width, height FROM pictures
         WHERE conversation = ?1 AND seq >= ?2 AND seq <= ?3 ORDER BY seq, place",
    )?;
    let mut rows = select.query(params![conversation, first.0, last.0])?;
    while let Some(row) = rows.next()? {
        let seq: Seq = row.seq(0)?;
        if let Ok(place) = messages.binary_search_by_key(&seq, |message| message.seq) {
            messages[place].pictures.push(told(row, 1)?);
        }
    }
    Ok(())
}

/// A picture of a conversation of this shop.
pub(super) fn picture(
    db: &Connection,
    shop: &ShopId,
    id: ConversationId,
    picture: PictureId,
) -> Result<Option<PictureFile>> {
    db.prepare_cached(
        "SELECT p.id, p.width, p.height, p.kind, p.bytes FROM pictures p
             JOIN conversations c USING (conversation) JOIN shops s USING (shop)
         WHERE p.id = ?1 AND c.id = ?2 AND s.id = ?3",
    )?
    .query_row(params![picture.as_bytes(), id.as_bytes(), shop.as_str()], file)
    .optional()
}

/// What is told of a held answer's pictures.
pub(super) fn of_held(db: &Connection, held: HeldId) -> Result<Vec<Picture>> {
    db.prepare_cached("SELECT id, width, height FROM held_pictures WHERE held = ?1 ORDER BY place")?
        .query_map([held.as_bytes()], |row| told(row, 0))?
        .collect()
}

/// They themselves, or one of them.
pub(super) fn held(
    db: &Connection,
    shop: &ShopId,
    held: HeldId,
    only: Option<PictureId>,
) -> Result<Vec<PictureFile>> {
    db.prepare_cached(
        "SELECT p.id, p.width, p.height, p.kind, p.bytes FROM held_pictures p
             JOIN held h ON h.id = p.held JOIN shops s USING (shop)
         WHERE p.held = ?1 AND s.id = ?2 AND (?3 IS NULL OR p.id = ?3) ORDER BY p.place",
    )?
    .query_map(params![held.as_bytes(), shop.as_str(), only.as_ref().map(PictureId::as_bytes)], file)?
    .collect()
}

fn told(row: &Row<'_>, column: usize) -> Result<Picture> {
    Ok(Picture {
        id: PictureId::from_bytes(row.get(column)?),
        width: row.get(column + 1)?,
        height: row.get(column + 2)?,
    })
}

fn file(row: &Row<'_>) -> Result<PictureFile> {
    let kind: String = row.get(3)?;
    Ok(PictureFile {
        picture: told(row, 0)?,
        kind: PictureKind::parse(&kind).ok_or(rusqlite::Error::InvalidQuery)?,
        bytes: row.get(4)?,
    })
}

impl Desk {
    /// Writes a message's pictures in the transaction under way.
    pub(super) fn put_pictures(&self, conversation: i64, seq: Seq, files: &[PictureFile]) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let mut insert = self.db.prepare_cached(
            "INSERT INTO pictures (conversation, seq, place, id, width, height, kind, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        for (place, PictureFile { picture, kind, bytes }) in files.iter().enumerate() {
            let Picture { id, width, height } = picture;
            let kind = kind.media_type();
            let row = params![conversation, seq.0, place as i64, id.as_bytes(), width, height, kind, bytes];
            insert.execute(row)?;
        }
        Ok(())
    }

    /// Those of an answer that is held.
    pub(super) fn put_held_pictures(&self, held: HeldId, files: &[PictureFile]) -> Result<()> {
        let mut insert = self.db.prepare_cached(
            "INSERT INTO held_pictures (held, place, id, width, height, kind, bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for (place, PictureFile { picture, kind, bytes }) in files.iter().enumerate() {
            let Picture { id, width, height } = picture;
            let kind = kind.media_type();
            let row = params![held.as_bytes(), place as i64, id.as_bytes(), width, height, kind, bytes];
            insert.execute(row)?;
        }
        Ok(())
    }
}
