//! The trait.

use crate::{
    Append, Arrival, ChannelStore, Conversation, ConversationList, Digest, InCommon, ListQuery, NewSession,
    NewShop, Outcome, OwnerSession, PictureFile, Resumed, Shop, ShopEdit, SignedIn, Told, Wake, WakeCursor,
};
use async_trait::async_trait;
use shopbell_protocol::{
    ConversationId, Cut, Page, PictureId, Receipt, Seq, Session, SessionId, ShopId, Side, Slice, Summary,
    UnixMillis, Visit,
};

/// What can go wrong, by what the caller can do.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It may work again: the disk is full, the database is locked or away.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// The id is taken.
    #[error("there is already a shop with this id")]
    ShopExists,
    /// A shop has [`crate::limits::SITES_PER_SHOP`] sites at most.
    #[error("a shop has at most {} sites", crate::limits::SITES_PER_SHOP)]
    TooManySites,
    /// The data was written by a newer Shopbell, or is no Shopbell data at all.
    #[error("{0}")]
    Unreadable(String),
}

/// More appends are waiting than the store's queue holds. Nothing was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store's queue is full")]
pub struct QueueFull;

/// Who is told what became of appends.
pub trait CommitListener: Send + Sync + 'static {
    /// Called once for each batch, in commit order, after the batch is durable
    /// (or has failed) and before the next is begun. Must not block.
    fn on_outcomes(&self, outcomes: Vec<Outcome>);

    /// Called when something was written down that other relays of the same memory should
    /// hear of. Must not block.
    fn on_told(&self, told: Told) {
        drop(told);
    }
}

/// What the relay remembers.
#[async_trait]
pub trait Store: ChannelStore {
    /// Whether it can write now: makes a tiny durable commit.
    async fn check(&self) -> Result<(), StoreError>;
    /// The last time that this memory was put back to an earlier copy; none when it never was.
    fn cut(&self) -> Option<Cut>;
    /// Finishes what was taken and commits it. Later calls give [`StoreError::Unavailable`].
    async fn close(&self);

    // Other relays

    /// The memory as other relays know it too; none when no other relay can share it. `now_ms` is the
    /// time by which the cursor waits.
    async fn in_common(&self, now_ms: u64) -> Result<Option<InCommon>, StoreError>;
    /// What was written down since a cursor, by number; some of it may have been said already.
    async fn wakes(&self, from: &WakeCursor) -> Result<Vec<Told>, StoreError>;
    /// Writes down what this relay tells the others; gives its number.
    async fn tell(&self, wakes: Vec<Wake>) -> Result<Option<i64>, StoreError>;
    /// Takes a job that one relay does at a time, or keeps it; to be asked again within half
    /// of [`crate::limits::LEASE`]. False while another relay has it.
    async fn lease(&self, job: &str) -> Result<bool, StoreError>;
    /// Agrees with the other relays on the key that tokens are made from, by its digest. False
    /// when they have another one.
    async fn agree_on_key(&self, key: Digest) -> Result<bool, StoreError>;
    /// Forgets what other relays have had time to read.
    async fn forget_wakes(&self) -> Result<(), StoreError>;

    // Shops

    /// Adds a shop.
    ///
    /// # Errors
    /// [`StoreError::ShopExists`] when the id is taken, [`StoreError::TooManySites`].
    async fn add_shop(&self, shop: NewShop) -> Result<(), StoreError>;
    /// Changes a shop. False when there is no such shop.
    ///
    /// # Errors
    /// [`StoreError::TooManySites`]; nothing has changed.
    async fn edit_shop(&self, shop: &ShopId, edit: ShopEdit) -> Result<bool, StoreError>;
    /// All shops, by id.
    async fn shops(&self) -> Result<Vec<Shop>, StoreError>;
    /// One shop.
    async fn shop(&self, shop: &ShopId) -> Result<Option<Shop>, StoreError>;
    /// The owners' names of the shops that have this site, by shop; without a site,
    /// of the only shop, if there is just one. At most
    /// [`crate::limits::OWNERS_OF_SITE`].
    async fn owners(&self, site: Option<&str>) -> Result<Vec<(ShopId, String)>, StoreError>;
    /// Notes that the bell was seen on a site (at most once a minute); gives the
    /// shops that have this site.
    async fn bell_seen(&self, origin: &str, at: UnixMillis) -> Result<Vec<ShopId>, StoreError>;

    // Owners

    /// Keeps a one-time sign-in link, which is good before `until`. A shop has so
    /// many at most; the soonest to end goes first. False when there is no such shop.
    async fn add_link(&self, shop: &ShopId, code: Digest, until: UnixMillis) -> Result<bool, StoreError>;
    /// Whose a sign-in link is, as long as it is good. It is not used up.
    async fn link(&self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>, StoreError>;
    /// Uses a link up and begins a session, in one transaction. None when the
    /// link is unknown, used or over. A shop has so many sessions at most; the one
    /// not seen for longest ends first.
    async fn sign_in(&self, code: Digest, session: NewSession) -> Result<Option<SignedIn>, StoreError>;
    /// The session of a token, and notes that it was seen (at most once a minute).
    async fn session(&self, token: Digest, at: UnixMillis) -> Result<Option<OwnerSession>, StoreError>;
    /// A shop's sessions, by last use.
    async fn sessions(&self, shop: &ShopId) -> Result<Vec<Session>, StoreError>;
    /// Ends one. False when the shop has no such session.
    async fn end_session(&self, shop: &ShopId, session: SessionId) -> Result<bool, StoreError>;

    // Conversations

    /// Takes a message to be kept; the outcome goes to the [`CommitListener`].
    /// Two appends of one caller are tried in the order they were taken in.
    ///
    /// # Errors
    /// [`QueueFull`]; nothing was taken.
    fn append(&self, append: Append) -> Result<(), QueueFull>;
    /// What a visitor's first words are judged by, in one look; none when there is no such shop.
    async fn arrival(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Arrival>, StoreError>;
    /// What a visitor who comes back is shown, in one look: what [`Self::conversation`],
    /// [`Self::resume`] and the channels of both sides are.
    async fn resumed(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Resumed, StoreError>;
    /// One conversation of this shop.
    async fn conversation(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Conversation>, StoreError>;
    /// What stands after a place; when that is more than one slice, the latest
    /// slice (so its first message need not follow `seq`). Empty when there is
    /// no such conversation.
    async fn resume(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Slice, StoreError>;
    /// The first slice after a place.
    async fn after(&self, shop: &ShopId, conversation: ConversationId, seq: Seq)
    -> Result<Slice, StoreError>;
    /// The last slice before a place.
    async fn before(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        seq: Seq,
    ) -> Result<Slice, StoreError>;
    /// A picture of this conversation.
    async fn picture(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        picture: PictureId,
    ) -> Result<Option<PictureFile>, StoreError>;
    /// Moves a side's receipt forward, never back and never past the last
    /// message; what was opened counts as handed over. Gives the new one when it
    /// has changed.
    async fn advance(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    ) -> Result<Option<Receipt>, StoreError>;
    /// Notes a page that the visitor looks at; the same address again only moves its
    /// time and takes its title. Without such a conversation nothing is noted.
    async fn visit(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        page: Page,
        at: UnixMillis,
    ) -> Result<(), StoreError>;
    /// The pages, the latest first.
    async fn visits(&self, shop: &ShopId, conversation: ConversationId) -> Result<Vec<Visit>, StoreError>;
    /// Names the visitor; none takes the name away. False when there is no such conversation.
    async fn name(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        name: Option<String>,
    ) -> Result<bool, StoreError>;
    /// Closes or reopens. Who waited when it was closed waits since the same time
    /// when the owner reopens it; a visitor who writes waits since then. False when
    /// there is no such conversation.
    async fn set_closed(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
        closed: bool,
    ) -> Result<bool, StoreError>;
    /// A page of the list.
    async fn list(&self, shop: &ShopId, query: ListQuery) -> Result<ConversationList, StoreError>;
    /// One line of the list.
    async fn summary(
        &self,
        shop: &ShopId,
        conversation: ConversationId,
    ) -> Result<Option<Summary>, StoreError>;
    /// The open conversations whose last words are a visitor's that no device of the
    /// owner's has taken notice of, the latest first; at most `limit`.
    async fn unheard(&self, shop: &ShopId, limit: usize) -> Result<Vec<Summary>, StoreError>;
    /// How many open conversations wait for an answer.
    async fn waiting(&self, shop: &ShopId) -> Result<u32, StoreError>;
}
