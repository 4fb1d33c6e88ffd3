//! [`Store`] in one SQLite file: one thread writes, a few connections read.

mod appends;
mod changes;
mod channel_store;
mod channels;
mod columns;
mod copies;
mod deliveries;
mod desk;
#[cfg(feature = "simulation")]
pub(crate) mod inline;
mod list;
mod moving;
mod outside;
mod owners;
mod pictures;
mod readers;
mod reads;
mod schema;
mod search;
#[cfg(test)]
mod tests;
mod ways;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use shopbell_protocol::{
    ConversationId, Cut, Page, PictureId, Receipt, Seq, Session, SessionId, ShopId, Side, Slice, Summary,
    UnixMillis, Visit,
};

use crate::{
    Append, Arrival, CommitListener, Conversation, ConversationList, Digest, InCommon, ListQuery, NewSession,
    NewShop, OwnerSession, PictureFile, QueueFull, Resumed, Shop, ShopEdit, SignedIn, Store, StoreError,
    Synchronous, Told, Wake, WakeCursor, is_long_ago, limits,
};
pub use copies::{back_up, put_back};
use desk::Desk;
pub(crate) use moving::Source;
use owners::Edited;
use readers::{Reader, Readers};
use reads::Stand;
pub use schema::FILE_NAME;
use writer::Writer;

/// The database as the store opens it, for whoever measures against it.
#[cfg(feature = "bench")]
pub(crate) fn open_database(folder: &Path, busy: Duration) -> Result<rusqlite::Connection, StoreError> {
    schema::open_writer(folder, &SqliteOptions { busy_timeout: busy, ..SqliteOptions::default() })
        .map(|(_, db)| db)
}

/// How a [`SqliteStore`] is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// How long a write waits for another process that writes to the same file.
    pub busy_timeout: Duration,
    /// Whether a commit waits for the disk.
    pub synchronous: Synchronous,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self { busy_timeout: limits::BUSY_TIMEOUT, synchronous: Synchronous::Full }
    }
}

/// What a relay remembers, in `shopbell.db` in one folder. Other processes may
/// have the same file open, as the command line does while the relay runs.
pub struct SqliteStore {
    writer: Writer,
    readers: Readers,
    cut: Option<Cut>,
}

impl SqliteStore {
    /// Opens the store in a folder, and makes both when they are missing.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the file is not Shopbell's, is damaged, or was
    /// written by a newer Shopbell, with a sentence that says what to do; it is left
    /// as it is. [`StoreError::Unavailable`] when it can't be opened or written.
    pub fn open(
        folder: &Path,
        listener: Arc<dyn CommitListener>,
        options: SqliteOptions,
    ) -> Result<Arc<Self>, StoreError> {
        let (file, db) = schema::open_writer(folder, &options)?;
        let cut = copies::last_cut(&db)
            .map_err(|error| StoreError::Unavailable(format!("{} can't be read: {error}", file.display())))?;
        let writer = Writer::start(Desk::new(db), listener)
            .map_err(|error| StoreError::Unavailable(format!("no thread to write with: {error}")))?;
        let readers = Readers::new(file, options.busy_timeout);
        Ok(Arc::new(Self { writer, readers, cut }))
    }

    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Reader) -> rusqlite::Result<T> + Send + 'static,
    {
        self.readers.read(work).await
    }

    async fn slice(&self, shop: &ShopId, id: ConversationId, stand: Stand) -> Result<Slice, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| reads::slice(&reader.db, &shop, id, stand)).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.writer.change(Desk::check).await
    }

    fn cut(&self) -> Option<Cut> {
        self.cut
    }

    async fn close(&self) {
        // The writer last, for only a connection that may write can clear up SQLite's files.
        self.readers.close().await;
        self.writer.close().await;
    }

    // Other processes may read and write the file, but no other relay may.

    async fn in_common(&self, _: u64) -> Result<Option<InCommon>, StoreError> {
        Ok(None)
    }

    async fn wakes(&self, _: &WakeCursor) -> Result<Vec<Told>, StoreError> {
        Ok(Vec::new())
    }

    async fn tell(&self, _: Vec<Wake>) -> Result<Option<i64>, StoreError> {
        Ok(None)
    }

    async fn lease(&self, _: &str) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn agree_on_key(&self, _: Digest) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn forget_wakes(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn add_shop(&self, shop: NewShop) -> Result<(), StoreError> {
        if shop.sites.len() > limits::SITES_PER_SHOP {
            return Err(StoreError::TooManySites);
        }
        let added = self.writer.change(move |desk| desk.add_shop(&shop)).await?;
        if added { Ok(()) } else { Err(StoreError::ShopExists) }
    }

    async fn edit_shop(&self, shop: &ShopId, edit: ShopEdit) -> Result<bool, StoreError> {
        let shop = shop.clone();
        match self.writer.change(move |desk| desk.edit_shop(&shop, &edit)).await? {
            Edited::Done => Ok(true),
            Edited::NoSuchShop => Ok(false),
            Edited::TooManySites => Err(StoreError::TooManySites),
        }
    }

    async fn shops(&self) -> Result<Vec<Shop>, StoreError> {
        self.read(|reader| reads::shops(&reader.db, None)).await
    }

    async fn shop(&self, shop: &ShopId) -> Result<Option<Shop>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| Ok(reads::shops(&reader.db, Some(&shop))?.pop())).await
    }

    async fn owners(&self, site: Option<&str>) -> Result<Vec<(ShopId, String)>, StoreError> {
        let site = site.map(str::to_owned);
        self.read(move |reader| reads::owners(&reader.db, site.as_deref())).await
    }

    async fn bell_seen(&self, origin: &str, at: UnixMillis) -> Result<Vec<ShopId>, StoreError> {
        let site = origin.to_owned();
        let shops = self.read(move |reader| reads::shops_with_site(&reader.db, &site)).await?;
        if shops.iter().any(|(_, seen_at)| seen_at.is_none_or(|seen_at| is_long_ago(seen_at, at))) {
            let site = origin.to_owned();
            self.writer.change(move |desk| desk.bell_seen(&site, at)).await?;
        }
        Ok(shops.into_iter().map(|(shop, _)| shop).collect())
    }

    async fn add_link(&self, shop: &ShopId, code: Digest, until: UnixMillis) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.add_link(&shop, code, until)).await
    }

    async fn link(&self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>, StoreError> {
        self.read(move |reader| reads::link(&reader.db, code, at)).await
    }

    async fn sign_in(&self, code: Digest, session: NewSession) -> Result<Option<SignedIn>, StoreError> {
        self.writer.change(move |desk| desk.sign_in(code, &session)).await
    }

    async fn session(&self, token: Digest, at: UnixMillis) -> Result<Option<OwnerSession>, StoreError> {
        let mut found = self.read(move |reader| reads::session(&reader.db, token)).await?;
        if let Some(OwnerSession { session, .. }) = &mut found
            && is_long_ago(session.seen_at, at)
        {
            let id = session.session;
            match self.writer.change(move |desk| desk.session_seen(id, at)).await {
                Ok(()) => session.seen_at = at,
                // Whoever is signed in stays so on a full disk.
                Err(error) => tracing::warn!(%error, "could not note that a session was seen"),
            }
        }
        Ok(found)
    }

    async fn sessions(&self, shop: &ShopId) -> Result<Vec<Session>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| reads::sessions(&reader.db, &shop)).await
    }

    async fn end_session(&self, shop: &ShopId, session: SessionId) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.end_session(&shop, session)).await
    }

    fn append(&self, append: Append) -> Result<(), QueueFull> {
        self.writer.append(append)
    }

    async fn arrival(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Arrival>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| reads::arrival(&reader.db, &shop, conversation)).await
    }

    async fn resumed(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Resumed, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| reads::resumed(&reader.db, &shop, conversation, seq)).await
    }

    async fn conversation(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| reads::conversation(&reader.db, &shop, conversation)).await
    }

    async fn resume(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Slice, StoreError> {
        self.slice(shop, conversation, Stand::Resume(seq)).await
    }

    async fn after(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Slice, StoreError> {
        self.slice(shop, conversation, Stand::After(seq)).await
    }

    async fn before(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Slice, StoreError> {
        self.slice(shop, conversation, Stand::Before(seq)).await
    }

    async fn picture(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        picture: PictureId,
    ) -> Result<Option<PictureFile>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| pictures::picture(&reader.db, &shop, conversation, picture)).await
    }

    async fn advance(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    ) -> Result<Option<Receipt>, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.advance(&shop, conversation, side, receipt)).await
    }

    async fn visit(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        page: Page,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.visit(&shop, conversation, &page, at)).await
    }

    async fn visits(&self, shop: &ShopId, conversation: ConversationId) -> Result<Vec<Visit>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| reads::visits(&reader.db, &shop, conversation)).await
    }

    async fn name(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        name: Option<String>,
    ) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.name(&shop, conversation, name.as_deref())).await
    }

    async fn set_closed(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        closed: bool,
    ) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.set_closed(&shop, conversation, closed)).await
    }

    async fn list(&self, shop: &ShopId, query: ListQuery) -> Result<ConversationList, StoreError> {
        let shop = shop.clone();
        let searches = query.search.is_some();
        let read = move |reader: &Reader| list::list(reader, &shop, &query);
        if searches { self.readers.read_long(read).await } else { self.read(read).await }
    }

    async fn summary(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Summary>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| list::summary(&reader.db, &shop, conversation)).await
    }

    async fn unheard(&self, shop: &ShopId, limit: usize) -> Result<Vec<Summary>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| list::unheard(&reader.db, &shop, limit)).await
    }

    async fn waiting(&self, shop: &ShopId) -> Result<u32, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| list::waiting(&reader.db, &shop)).await
    }
}
