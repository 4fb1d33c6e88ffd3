//! [`ChannelStore`] in SQLite: each call goes to the writer or to a reader.

use async_trait::async_trait;
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ConversationId, HeldId, MessageId, PictureId, Receipt, Seq, ShopId,
    Undelivered, UnixMillis,
};

use super::{SqliteStore, channels, deliveries, outside, pictures};
use crate::{
    Burst, Channel, ChannelAdded, ChannelState, ChannelStore, Digest, Ending, Except, Held, NewChannel,
    PictureFile, StoreError,
};

#[async_trait]
impl ChannelStore for SqliteStore {
    async fn add_channel(&self, channel: NewChannel) -> Result<ChannelAdded, StoreError> {
        self.writer.change(move |desk| desk.add_channel(&channel)).await
    }

    async fn set_rule(
        &self,
        shop: &ShopId,
        channel: ChannelId,
        rule: ChannelRule,
    ) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.set_rule(&shop, channel, &rule)).await
    }

    async fn order_channels(&self, shop: &ShopId, order: Vec<ChannelId>) -> Result<(), StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.order_channels(&shop, &order)).await
    }

    async fn remove_channel(&self, shop: &ShopId, channel: ChannelId) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.remove_channel(&shop, channel)).await
    }

    async fn channels(&self, shop: &ShopId) -> Result<Vec<Channel>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| channels::of_owner(&reader.db, channels::CHANNEL, &shop)).await
    }

    async fn channels_of(&self, shop: &ShopId, id: ConversationId) -> Result<Vec<Channel>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| channels::of_visitor(&reader.db, channels::CHANNEL, &shop, id)).await
    }

    async fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, StoreError> {
        self.read(move |reader| channels::one(&reader.db, channel)).await
    }

    async fn due_channels(
        &self,
        at: UnixMillis,
        except: Except,
        limit: usize,
    ) -> Result<Vec<Channel>, StoreError> {
        self.read(move |reader| channels::due(&reader.db, at, &except, limit)).await
    }

    async fn next_due(&self, after: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        self.read(move |reader| channels::next_due(&reader.db, after)).await
    }

    async fn bursts(
        &self,
        channel: ChannelId,
        at: UnixMillis,
        limit: usize,
    ) -> Result<Vec<Burst>, StoreError> {
        self.read(move |reader| deliveries::bursts(&reader.db, channel, at, limit)).await
    }

    async fn begin_try(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        references: Vec<(String, Seq)>,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        self.writer.change(move |desk| desk.begin_try(channel, id, upto, &references, at)).await?;
        Ok(true)
    }

    async fn still_trying(&self, _: ChannelId) -> Result<(), StoreError> {
        Ok(())
    }

    async fn end_try(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        ending: Ending,
        at: UnixMillis,
    ) -> Result<Option<Receipt>, StoreError> {
        self.writer.change(move |desk| desk.end_try(channel, id, upto, &ending, at)).await
    }

    async fn set_state(&self, channel: ChannelId, state: ChannelState) -> Result<(), StoreError> {
        self.writer.change(move |desk| desk.set_state(channel, &state)).await
    }

    async fn rest(&self, channel: ChannelId, not_before: UnixMillis) -> Result<(), StoreError> {
        self.writer.change(move |desk| desk.rest(channel, not_before)).await
    }

    async fn take_over(&self, from: ChannelId, to: ChannelId, at: UnixMillis) -> Result<(), StoreError> {
        self.writer.change(move |desk| desk.take_over(from, to, at)).await
    }

    async fn untold(&self, limit: usize) -> Result<Vec<Channel>, StoreError> {
        self.read(move |reader| channels::untold(&reader.db, limit)).await
    }

    async fn undelivered(
        &self,
        shop: &ShopId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Vec<Undelivered>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| deliveries::undelivered(&reader.db, &shop, id, limit)).await
    }

    async fn told_and_opened(
        &self,
        channel: ChannelId,
        since: UnixMillis,
        limit: usize,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.read(move |reader| deliveries::told_and_opened(&reader.db, channel, since, limit)).await
    }

    async fn memo(&self, channel: ChannelId, id: ConversationId) -> Result<Option<String>, StoreError> {
        self.read(move |reader| deliveries::memo(&reader.db, channel, id)).await
    }

    async fn reference(
        &self,
        kind: ChannelKind,
        key: &str,
    ) -> Result<Option<(Channel, ConversationId, Seq)>, StoreError> {
        let key = key.to_owned();
        self.read(move |reader| outside::reference(&reader.db, kind, &key)).await
    }

    async fn note_said(
        &self,
        channel: ChannelId,
        id: ConversationId,
        said: (String, Seq),
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        self.writer.change(move |desk| desk.note_said(channel, id, &said, at)).await
    }

    async fn last_said(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |reader| outside::last_said(&reader.db, channel, id, upto)).await
    }

    async fn note(&self, kind: ChannelKind, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.read(move |reader| outside::note(&reader.db, kind, &name)).await
    }

    async fn set_note(&self, kind: ChannelKind, name: &str, note: &str) -> Result<(), StoreError> {
        let (name, note) = (name.to_owned(), note.to_owned());
        self.writer.change(move |desk| desk.set_note(kind, &name, &note)).await
    }

    async fn hear(
        &self,
        external: Digest,
        id: ConversationId,
        message: MessageId,
        at: UnixMillis,
    ) -> Result<(ConversationId, MessageId), StoreError> {
        self.writer.change(move |desk| desk.hear(external, id, message, at)).await
    }

    async fn hold(&self, shop: &ShopId, held: Held, files: Vec<PictureFile>) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.hold(&shop, &held, &files)).await
    }

    async fn held_pictures(
        &self,
        shop: &ShopId,
        held: HeldId,
        only: Option<PictureId>,
    ) -> Result<Vec<PictureFile>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| pictures::held(&reader.db, &shop, held, only)).await
    }

    async fn held(&self, shop: &ShopId) -> Result<Vec<Held>, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| outside::held(&reader.db, &shop)).await
    }

    async fn count_held(&self, shop: &ShopId) -> Result<u32, StoreError> {
        let shop = shop.clone();
        self.read(move |reader| outside::count_held(&reader.db, &shop)).await
    }

    async fn drop_held(&self, shop: &ShopId, held: HeldId) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.drop_held(&shop, held)).await
    }

    async fn add_link_code(
        &self,
        shop: &ShopId,
        code: Digest,
        until: UnixMillis,
    ) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.add_link_code(&shop, code, until)).await
    }

    async fn use_link_code(&self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>, StoreError> {
        self.writer.change(move |desk| desk.use_link_code(code, at)).await
    }

    async fn set_link_secret(
        &self,
        shop: &ShopId,
        id: ConversationId,
        secret: Option<Digest>,
    ) -> Result<bool, StoreError> {
        let shop = shop.clone();
        self.writer.change(move |desk| desk.set_link_secret(&shop, id, secret)).await
    }

    async fn forget(&self, before: UnixMillis) -> Result<(), StoreError> {
        self.writer.change(move |desk| desk.forget_old(before)).await
    }
}
