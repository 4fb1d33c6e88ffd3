//! [`ChannelStore`] in PostgreSQL: each call takes a connection, and a transaction where it
//! is more than one statement.

use async_trait::async_trait;
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ConversationId, HeldId, MessageId, PictureId, Receipt, Seq, ShopId,
    Undelivered, UnixMillis,
};

use super::{
    PostgresStore, channels,
    deliveries::{self, Closed, Tried},
    outside, pictures,
    rows::Fault,
    wakes,
};
use crate::{
    Burst, Channel, ChannelAdded, ChannelState, ChannelStore, Digest, Ending, Except, Held, NewChannel,
    PictureFile, StoreError, Told, Wake,
};

impl PostgresStore {
    /// What was tried was taken; the other relays hear of the receipt when it is kept.
    async fn hand(
        &self,
        tried: Tried,
        memo: Option<String>,
        references: Vec<(String, Seq)>,
        at: UnixMillis,
    ) -> Result<Option<Receipt>, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let wake = deliveries::hand(&work, tried, memo.as_deref(), &references, at).await?;
        let wakes: Vec<Wake> = wake.into_iter().collect();
        let id = if wakes.is_empty() { None } else { wakes::put(&work, self.relay, &wakes).await? };
        work.commit().await.map_err(Fault::from)?;
        let receipt = wakes.iter().find_map(|wake| match wake {
            Wake::Receipt { receipt, .. } => Some(*receipt),
            _ => None,
        });
        if !wakes.is_empty() {
            self.listener.on_told(Told { id, relay: self.relay, wakes });
        }
        Ok(receipt)
    }
}

#[async_trait]
impl ChannelStore for PostgresStore {
    async fn add_channel(&self, channel: NewChannel) -> Result<ChannelAdded, StoreError> {
        if channel.conversation.is_some() {
            self.fence().await;
        }
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let added = channels::add(&work, &channel).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(added)
    }

    async fn set_rule(
        &self,
        shop: &ShopId,
        channel: ChannelId,
        rule: ChannelRule,
    ) -> Result<bool, StoreError> {
        Ok(channels::set_rule(&self.db().await?, shop, channel, &rule).await?)
    }

    async fn order_channels(&self, shop: &ShopId, order: Vec<ChannelId>) -> Result<(), StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        channels::order(&work, shop, &order).await?;
        Ok(work.commit().await.map_err(Fault::from)?)
    }

    async fn remove_channel(&self, shop: &ShopId, channel: ChannelId) -> Result<bool, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let removed = channels::remove(&work, shop, channel).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(removed)
    }

    async fn channels(&self, shop: &ShopId) -> Result<Vec<Channel>, StoreError> {
        Ok(channels::of_owner(&self.db().await?, channels::CHANNEL, shop).await?)
    }

    async fn channels_of(&self, shop: &ShopId, id: ConversationId) -> Result<Vec<Channel>, StoreError> {
        Ok(channels::of_visitor(&self.db().await?, channels::CHANNEL, shop, id).await?)
    }

    async fn channel(&self, channel: ChannelId) -> Result<Option<Channel>, StoreError> {
        Ok(channels::one(&self.db().await?, channel).await?)
    }

    async fn due_channels(
        &self,
        at: UnixMillis,
        except: Except,
        limit: usize,
    ) -> Result<Vec<Channel>, StoreError> {
        Ok(deliveries::claim(&self.db().await?, self.relay, at, &except, limit).await?)
    }

    async fn next_due(&self, after: UnixMillis) -> Result<Option<UnixMillis>, StoreError> {
        Ok(deliveries::next_due(&self.db().await?, self.relay, after).await?)
    }

    async fn bursts(
        &self,
        channel: ChannelId,
        at: UnixMillis,
        limit: usize,
    ) -> Result<Vec<Burst>, StoreError> {
        Ok(deliveries::bursts(&self.db().await?, channel, at, limit).await?)
    }

    async fn begin_try(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
        references: Vec<(String, Seq)>,
        at: UnixMillis,
    ) -> Result<bool, StoreError> {
        let tried = Tried { channel, conversation: id, upto };
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let begun = deliveries::begin_try(&work, self.relay, tried, &references, at).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(begun)
    }

    async fn still_trying(&self, channel: ChannelId) -> Result<(), StoreError> {
        deliveries::still_trying(&self.db().await?, self.relay, channel).await?;
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
        let tried = Tried { channel, conversation: id, upto };
        match ending {
            Ending::Handed { memo, references } => return self.hand(tried, memo, references, at).await,
            Ending::Unneeded => deliveries::close(&self.db().await?, tried, Closed::Unneeded, at).await?,
            Ending::Stuck { reason } => {
                deliveries::close(&self.db().await?, tried, Closed::Stuck(&reason), at).await?;
            }
            Ending::Later { until, doubtful, memo } => {
                let mut db = self.db().await?;
                let work = db.transaction().await.map_err(Fault::from)?;
                deliveries::put_off(&work, tried, until, doubtful, memo.as_deref()).await?;
                work.commit().await.map_err(Fault::from)?;
            }
        }
        Ok(None)
    }

    async fn set_state(&self, channel: ChannelId, state: ChannelState) -> Result<(), StoreError> {
        Ok(channels::set_state(&self.db().await?, channel, &state).await?)
    }

    async fn rest(&self, channel: ChannelId, not_before: UnixMillis) -> Result<(), StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        deliveries::rest(&work, self.relay, channel, not_before).await?;
        Ok(work.commit().await.map_err(Fault::from)?)
    }

    async fn take_over(&self, from: ChannelId, to: ChannelId, at: UnixMillis) -> Result<(), StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        deliveries::take_over(&work, from, to, at).await?;
        Ok(work.commit().await.map_err(Fault::from)?)
    }

    async fn untold(&self, limit: usize) -> Result<Vec<Channel>, StoreError> {
        Ok(channels::untold(&self.db().await?, limit).await?)
    }

    async fn undelivered(
        &self,
        shop: &ShopId,
        id: ConversationId,
        limit: usize,
    ) -> Result<Vec<Undelivered>, StoreError> {
        Ok(deliveries::undelivered(&self.db().await?, shop, id, limit).await?)
    }

    async fn told_and_opened(
        &self,
        channel: ChannelId,
        since: UnixMillis,
        limit: usize,
    ) -> Result<Vec<ConversationId>, StoreError> {
        Ok(outside::told_and_opened(&self.db().await?, channel, since, limit).await?)
    }

    async fn memo(&self, channel: ChannelId, id: ConversationId) -> Result<Option<String>, StoreError> {
        Ok(outside::memo(&self.db().await?, channel, id).await?)
    }

    async fn reference(
        &self,
        kind: ChannelKind,
        key: &str,
    ) -> Result<Option<(Channel, ConversationId, Seq)>, StoreError> {
        Ok(outside::reference(&self.db().await?, kind, key).await?)
    }

    async fn note_said(
        &self,
        channel: ChannelId,
        id: ConversationId,
        said: (String, Seq),
        at: UnixMillis,
    ) -> Result<(), StoreError> {
        let said = outside::Names::said(std::slice::from_ref(&said));
        Ok(outside::put_references(&self.db().await?, channel, id, said, at).await?)
    }

    async fn last_said(
        &self,
        channel: ChannelId,
        id: ConversationId,
        upto: Seq,
    ) -> Result<Option<String>, StoreError> {
        Ok(outside::last_said(&self.db().await?, channel, id, upto).await?)
    }

    async fn note(&self, kind: ChannelKind, name: &str) -> Result<Option<String>, StoreError> {
        Ok(outside::note(&self.db().await?, kind, name).await?)
    }

    async fn set_note(&self, kind: ChannelKind, name: &str, note: &str) -> Result<(), StoreError> {
        Ok(outside::set_note(&self.db().await?, kind, name, note).await?)
    }

    async fn hear(
        &self,
        external: Digest,
        id: ConversationId,
        message: MessageId,
        at: UnixMillis,
    ) -> Result<(ConversationId, MessageId), StoreError> {
        Ok(outside::hear(&self.db().await?, external, id, message, at).await?)
    }

    async fn hold(&self, shop: &ShopId, held: Held, files: Vec<PictureFile>) -> Result<bool, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let waits = outside::hold(&work, shop, &held, &files).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(waits)
    }

    async fn held_pictures(
        &self,
        shop: &ShopId,
        held: HeldId,
        only: Option<PictureId>,
    ) -> Result<Vec<PictureFile>, StoreError> {
        Ok(pictures::held(&self.db().await?, shop, held, only).await?)
    }

    async fn held(&self, shop: &ShopId) -> Result<Vec<Held>, StoreError> {
        Ok(outside::held(&self.db().await?, shop).await?)
    }

    async fn count_held(&self, shop: &ShopId) -> Result<u32, StoreError> {
        Ok(outside::count_held(&self.db().await?, shop).await?)
    }

    async fn drop_held(&self, shop: &ShopId, held: HeldId) -> Result<bool, StoreError> {
        Ok(outside::drop_held(&self.db().await?, shop, held).await?)
    }

    async fn add_link_code(
        &self,
        shop: &ShopId,
        code: Digest,
        until: UnixMillis,
    ) -> Result<bool, StoreError> {
        let mut db = self.db().await?;
        let work = db.transaction().await.map_err(Fault::from)?;
        let added = outside::add_link_code(&work, shop, code, until).await?;
        work.commit().await.map_err(Fault::from)?;
        Ok(added)
    }

    async fn use_link_code(&self, code: Digest, at: UnixMillis) -> Result<Option<ShopId>, StoreError> {
        Ok(outside::use_link_code(&self.db().await?, code, at).await?)
    }

    async fn set_link_secret(
        &self,
        shop: &ShopId,
        id: ConversationId,
        secret: Option<Digest>,
    ) -> Result<bool, StoreError> {
        self.fence().await;
        Ok(outside::set_link_secret(&self.db().await?, shop, id, secret).await?)
    }

    async fn forget(&self, before: UnixMillis) -> Result<(), StoreError> {
        Ok(outside::forget(&self.db().await?, before).await?)
    }
}
