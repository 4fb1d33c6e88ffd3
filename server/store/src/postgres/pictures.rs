//! Pictures: written with their message or their held answer, told of with it, and read
//! one by one.

use deadpool_postgres::GenericClient;
use shopbell_protocol::{ConversationId, HeldId, Message, Picture, PictureId, Seq, ShopId};
use std::collections::HashMap;
use tokio_postgres::Row;
use uuid::Uuid;

use super::rows::{Columns, Fault, Key, Result, count, execute, first, place, rows};
use crate::{Held, PictureFile, PictureKind};

/// Bytes of pictures that go to the database in one statement; one picture goes whole.
const BYTES_AT_ONCE: usize = 8 * 1024 * 1024;

/// Writes the pictures of messages: of which conversation and place, and the picture's own
/// place among them.
pub(super) async fn put(
    db: &impl GenericClient,
    pictures: &[(ConversationId, Seq, usize, &PictureFile)],
) -> Result<()> {
    for some in portions(pictures, |(.., file)| file) {
        let conversations: Vec<Uuid> = some.iter().map(|(id, ..)| id.key()).collect();
        let seqs: Vec<i64> = some.iter().map(|(_, seq, ..)| place(*seq)).collect();
        let places: Vec<i64> = some.iter().map(|(_, _, place, _)| count(*place)).collect();
        let files = Files::of(some.iter().map(|(.., file)| *file));
        execute(
            db,
            "INSERT INTO pictures (conversation, seq, place, id, width, height, kind, bytes)
             SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::bigint[],
                                  $6::bigint[], $7::text[], $8::bytea[])",
            &[
                &conversations,
                &seqs,
                &places,
                &files.ids,
                &files.widths,
                &files.heights,
                &files.kinds,
                &files.bytes,
            ],
        )
        .await?;
    }
    Ok(())
}

/// Those of an answer that is held.
pub(super) async fn put_held(db: &impl GenericClient, held: HeldId, pictures: &[PictureFile]) -> Result<()> {
    let numbered: Vec<(usize, &PictureFile)> = pictures.iter().enumerate().collect();
    for some in portions(&numbered, |(_, file)| file) {
        let places: Vec<i64> = some.iter().map(|(place, _)| count(*place)).collect();
        let files = Files::of(some.iter().map(|(_, file)| *file));
        execute(
            db,
            "INSERT INTO held_pictures (held, place, id, width, height, kind, bytes)
             SELECT $1, * FROM unnest($2::bigint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::text[], $7::bytea[])",
            &[&held.key(), &places, &files.ids, &files.widths, &files.heights, &files.kinds, &files.bytes],
        )
        .await?;
    }
    Ok(())
}

/// Columns of many pictures, side by side, for one statement.
#[derive(Default)]
struct Files<'a> {
    ids: Vec<Uuid>,
    widths: Vec<i64>,
    heights: Vec<i64>,
    kinds: Vec<&'static str>,
    bytes: Vec<&'a [u8]>,
}

impl<'a> Files<'a> {
    fn of(pictures: impl Iterator<Item = &'a PictureFile>) -> Self {
        let mut files = Self::default();
        for PictureFile { picture, kind, bytes } in pictures {
            files.ids.push(picture.id.key());
            files.widths.push(picture.width.into());
            files.heights.push(picture.height.into());
            files.kinds.push(kind.media_type());
            files.bytes.push(bytes);
        }
        files
    }
}

/// Cuts pictures into runs that one statement takes.
fn portions<T>(pictures: &[T], file: impl Fn(&T) -> &PictureFile) -> impl Iterator<Item = &[T]> {
    let mut bytes = 0_usize;
    pictures.chunk_by(move |before, next| {
        bytes = bytes.saturating_add(file(before).bytes.len());
        let fits = bytes.saturating_add(file(next).bytes.len()) <= BYTES_AT_ONCE;
        if !fits {
            bytes = 0;
        }
        fits
    })
}

/// Puts to the messages of one conversation, which stand by rising `seq`, what is told of
/// their pictures.
pub(super) async fn add_to(
    db: &impl GenericClient,
    conversation: ConversationId,
    messages: &mut [Message],
) -> Result<()> {
    let (Some(begin), Some(end)) = (messages.first(), messages.last()) else { return Ok(()) };
    let found = rows(
        db,
        "SELECT seq, id, width, height FROM pictures
         WHERE conversation = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq, place",
        &[&conversation.key(), &place(begin.seq), &place(end.seq)],
    )
    .await?;
    for row in &found {
        let seq = row.seq(0)?;
        if let Ok(place) = messages.binary_search_by_key(&seq, |message| message.seq) {
            messages[place].pictures.push(told(row, 1)?);
        }
    }
    Ok(())
}

/// Puts to held answers what is told of their pictures.
pub(super) async fn add_to_held(db: &impl GenericClient, all: &mut [Held]) -> Result<()> {
    let ids: Vec<Uuid> = all.iter().map(|held| held.id.key()).collect();
    let sql = "SELECT held, id, width, height FROM held_pictures WHERE held = ANY($1) ORDER BY held, place";
    let mut pictures: HashMap<Uuid, Vec<Picture>> = HashMap::new();
    for row in &rows(db, sql, &[&ids]).await? {
        pictures.entry(row.cell(0)?).or_default().push(told(row, 1)?);
    }
    for held in all {
        held.pictures = pictures.remove(&held.id.key()).unwrap_or_default();
    }
    Ok(())
}

/// A picture of a conversation of this shop.
pub(super) async fn picture(
    db: &impl GenericClient,
    shop: &ShopId,
    id: ConversationId,
    picture: PictureId,
) -> Result<Option<PictureFile>> {
    let found = first(
        db,
        "SELECT p.id, p.width, p.height, p.kind, p.bytes
         FROM pictures p JOIN conversations c ON c.id = p.conversation
         WHERE p.id = $1 AND c.id = $2 AND c.shop = $3",
        &[&picture.key(), &id.key(), &shop.as_str()],
    )
    .await?;
    found.as_ref().map(file).transpose()
}

/// The pictures of a held answer, or one of them.
pub(super) async fn held(
    db: &impl GenericClient,
    shop: &ShopId,
    held: HeldId,
    only: Option<PictureId>,
) -> Result<Vec<PictureFile>> {
    let found = rows(
        db,
        "SELECT p.id, p.width, p.height, p.kind, p.bytes FROM held_pictures p JOIN held e ON e.id = p.held
         WHERE p.held = $1 AND e.shop = $2 AND ($3::uuid IS NULL OR p.id = $3) ORDER BY p.place",
        &[&held.key(), &shop.as_str(), &only.map(|only| only.key())],
    )
    .await?;
    found.iter().map(file).collect()
}

fn told(row: &Row, column: usize) -> Result<Picture> {
    Ok(Picture {
        id: PictureId::from_bytes(row.bytes16(column)?),
        width: row.number(column + 1)?,
        height: row.number(column + 2)?,
    })
}

fn file(row: &Row) -> Result<PictureFile> {
    let kind = PictureKind::parse(row.cell(3)?).ok_or(Fault::Odd("a picture is of an unknown kind"))?;
    Ok(PictureFile { picture: told(row, 0)?, kind, bytes: row.cell(4)? })
}
