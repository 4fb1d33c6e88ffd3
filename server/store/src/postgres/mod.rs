//! [`Store`] in a PostgreSQL database that several relays have in common: each relay has one
//! writer, which keeps messages in batches, and a few connections for all else.
//!
//! Whoever changes a conversation holds its row's lock first, in the order of ids; rows of
//! channels come after it. So two relays never wait for each other in a ring.

mod channel_store;
mod channels;
mod deliveries;
mod lists;
mod moving;
mod outside;
mod owners;
mod pictures;
mod pool;
mod put_back;
mod reads;
mod rows;
mod schema;
mod search;
mod standings;
mod wakes;
mod writer;

pub(crate) use moving::{Begun, Target};
pub use pool::PostgresOptions;
pub use put_back::note_put_back;

use std::sync::Arc;

use async_trait::async_trait;
use deadpool_postgres::{Client, Pool};
use shopbell_protocol::{
    ConversationId, Cut, Page, PictureId, Receipt, Seq, Session, SessionId, ShopId, Side, Slice, Summary,
    UnixMillis, Visit,
};
use tokio::sync::Semaphore;
use tokio_postgres::IsolationLevel;

use crate::{
    Append, Arrival, CommitListener, Conversation, ConversationList, Digest, InCommon, ListQuery, NewSession,
    NewShop, OwnerSession, PictureFile, QueueFull, Resumed, Shop, ShopEdit, SignedIn, Store, StoreError,
    Synchronous, Told, Wake, WakeCursor, is_long_ago, limits,
};
use owners::Edited;
use reads::Stand;
use rows::Fault;
use writer::Writer;

/// What several relays remember together.
pub struct PostgresStore {
    pool: Pool,
    writer: Writer,
    relay: u64,
    listener: Arc<dyn CommitListener>,
    cut: Option<Cut>,
    /// Turns of those whose read may take long, so that connections are left for the others.
    long_turns: Semaphore,
}

impl PostgresStore {
    /// Opens the database and brings its schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when the address or the database is not Shopbell's, the server
    /// does not sync, or a move into it has not been finished, with a sentence that says what to
    /// do. [`StoreError::Unavailable`] when it can't be reached.
    pub async fn open(
        options: PostgresOptions,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Arc<Self>, StoreError> {
        let pool = pool::pool(&options.url, options.synchronous, limits::POSTGRES_CONNECTIONS)?;
        let mut db = pool::connection(&pool).await?;
        if options.synchronous == Synchronous::Full {
            schema::must_sync(&db).await?;
        }
        schema::migrate(&mut db).await?;
        moving::refuse_unfinished(&db).await?;
        let cut = reads::last_cut(&db).await?;
        drop(db);
        let relay = options.relay;
        let desk = pool::pool(&options.url, options.synchronous, 1)?;
        let writer = Writer::start(desk, relay, Arc::clone(&listener));
        let long_turns = Semaphore::new(limits::LONG_READERS);
        Ok(Arc::new(Self { pool, writer, relay, listener, cut, long_turns }))
    }

    /// A connection of the pool's.
    async fn db(&self) -> Result<Client, Fault> {
        if self.pool.is_closed() {
            return Err(Fault::Odd("it was closed"));
        }
        pool::connection(&self.pool).await
    }

    /// Waits until every append taken before is kept or refused.
    async fn fence(&self) {
        self.writer.fence().await;
    }

    async fn slice(&self, shop: &ShopId, id: ConversationId, stand: Stand) -> Result<Slice, StoreError> {
        Ok(reads::slice(&self.db().await?, shop, id, stand).await?)
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn check(&self) -> Result<(), StoreError> {
        Ok(owners::check(&self.db().await?).await?)
    }

    fn cut(&self) -> Option<Cut> {
        self.cut
    }

    async fn close(&self) {
        self.writer.close().await;
        self.pool.close();
    }

    async fn in_common(&self, now_ms: u64) -> Result<Option<InCommon>, StoreError> {
        Ok(Some(wakes::in_common(&self.db().await?, now_ms).await?))
    }

    async fn wakes(&self, from: &WakeCursor) -> Result<Vec<Told>, StoreError> {
        Ok(wakes::read(&self.db().await?, from).await?)
    }

    async fn tell(&self, wakes: Vec<Wake>) -> Result<Option<i64>, StoreError> {
        Ok(wakes::put(&self.db().await?, self.relay, &wakes).await?)
    }

    async fn lease(&self, job: &str) -> Result<bool, StoreError> {
        Ok(wakes::lease(&self.db().await?, job, self.relay).await?)
    }

    async fn agree_on_key(&self, key: Digest) -> Result<bool, StoreError> {
        Ok(wakes::agree_on_key(&self.db().await?, key).await?)
    }

    async fn forget_wakes(&self) -> Result<(), StoreError> {
        Ok(wakes::forget(&self.db().await?).await?)
    }

    async fn add_shop(&self, shop: NewShop) -> Result<(), StoreError> {
        if shop.sites.len() > limits::SITES_PER_SHOP {
            return Err(StoreError::TooManySites);
        }
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let added = owners::add_shop(&work, &shop).await?;
        work.commit().await.map_err(Fault::from)?;
        if added { Ok(()) } else { Err(StoreError::ShopExists) }
    }

    async fn edit_shop(&self, shop: &ShopId, edit: ShopEdit) -> Result<bool, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let edited = owners::edit_shop(&work, shop, &edit).await?;
        work.commit().await.map_err(Fault::from)?;
        match edited {
            Edited::Done => Ok(true),
            Edited::NoSuchShop => Ok(false),
            Edited::TooManySites => Err(StoreError::TooManySites),
        }
    }

    async fn shops(&self) -> Result<Vec<Shop>, StoreError> {
        Ok(reads::shops(&self.db().await?, None).await?)
    }

    async fn shop(&self, shop: &ShopId) -> Result<Option<Shop>, StoreError> {
        Ok(reads::shops(&self.db().await?, Some(shop)).await?.pop())
    }

    async fn owners(&self, site: Option<&str>) -> Result<Vec<(ShopId, String)>, StoreError> {
        Ok(reads::owners(&self.db().await?, site).await?)
    }

    async fn bell_seen(&self, origin: &str, at: UnixMillis) -> Result<Vec<ShopId>, StoreError> {
        let db = self.db().await?;
        let shops = reads::shops_with_site(&db, origin).await?;
        if shops.iter().any(|(_, seen_at)| seen_at.is_none_or(|seen_at| is_long_ago(seen_at, at))) {
            owners::bell_seen(&db, origin, at).await?;
        }
        Ok(shops.into_iter().map(|(shop, _)| shop).collect())
    }

    async fn add_link(&self, shop: &ShopId, code: Digest, until: UnixMillis) -> Result<bool, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let added = owners::add_link(&work, shop, code, until).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(added)
    }

    async fn link(&self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>, StoreError> {
        Ok(reads::link(&self.db().await?, code, at).await?)
    }

    async fn sign_in(&self, code: Digest, session: NewSession) -> Result<Option<SignedIn>, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let signed_in = owners::sign_in(&work, code, &session).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(signed_in)
    }

    async fn session(&self, token: Digest, at: UnixMillis) -> Result<Option<OwnerSession>, StoreError> {
        let db = self.db().await?;
        let mut found = reads::session(&db, token).await?;
        if let Some(OwnerSession { session, .. }) = &mut found
            && is_long_ago(session.seen_at, at)
        {
            match owners::session_seen(&db, session.session, at).await {
                Ok(()) => session.seen_at = at,
                // Whoever is signed in stays so on a full disk.
                Err(fault) => tracing::warn!(%fault, "could not note that a session was seen"),
            }
        }
        Ok(found)
    }

    async fn sessions(&self, shop: &ShopId) -> Result<Vec<Session>, StoreError> {
        Ok(reads::sessions(&self.db().await?, shop).await?)
    }

    async fn end_session(&self, shop: &ShopId, session: SessionId) -> Result<bool, StoreError> {
        Ok(owners::end_session(&self.db().await?, shop, session).await?)
    }

    fn append(&self, append: Append) -> Result<(), QueueFull> {
        self.writer.append(append)
    }

    async fn arrival(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Arrival>, StoreError> {
        Ok(reads::arrival(&self.db().await?, shop, conversation).await?)
    }

    async fn resumed(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Resumed, StoreError> {
        Ok(reads::resumed(&self.db().await?, shop, conversation, seq).await?)
    }

    async fn conversation(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        Ok(reads::conversation(&self.db().await?, shop, conversation).await?)
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
        Ok(pictures::picture(&self.db().await?, shop, conversation, picture).await?)
    }

    async fn advance(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    ) -> Result<Option<Receipt>, StoreError> {
        self.writer.advance(shop, conversation, side, receipt).await
    }

    async fn visit(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        page: Page,
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.fence().await;
        let db = self.db().await?;
        if reads::last_place(&db, shop, conversation).await?.is_some() {
            reads::put_visit(&db, conversation, &page, at).await?;
        }
        Ok(())
    }

    async fn visits(&self, shop: &ShopId, conversation: ConversationId) -> Result<Vec<Visit>, StoreError> {
        Ok(reads::visits(&self.db().await?, shop, conversation).await?)
    }

    async fn name(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        name: Option<String>,
    ) -> Result<bool, StoreError> {
        self.fence().await;
        Ok(reads::name(&self.db().await?, shop, conversation, name.as_deref()).await?)
    }

    async fn set_closed(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        closed: bool,
    ) -> Result<bool, StoreError> {
        self.writer.close_conversation(shop, conversation, closed).await
    }

    async fn list(&self, shop: &ShopId, query: ListQuery) -> Result<ConversationList, StoreError> {
        let _turn = match query.search {
            Some(_) => self.long_turns.acquire().await.ok(),
            None => None,
        };
        let mut db = self.db().await?;
        let snapshot = db.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true);
        let snapshot = snapshot.start().await.map_err(Fault::from)?;
        Ok(lists::list(&snapshot, shop, &query).await?)
    }

    async fn summary(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Summary>, StoreError> {
        Ok(lists::summary(&self.db().await?, shop, conversation).await?)
    }

    async fn unheard(&self, shop: &ShopId, limit: usize) -> Result<Vec<Summary>, StoreError> {
        Ok(lists::unheard(&self.db().await?, shop, limit).await?)
    }

    async fn waiting(&self, shop: &ShopId) -> Result<u32, StoreError> {
        Ok(lists::waiting(&self.db().await?, shop).await?)
    }
}
