//! What channels hear becomes part of a conversation here: by the store's own rules, and
//! once.

use super::{opened, tell, watchdog, words, work};
use crate::{limits as own_limits, relay::Relay, talk};
use async_trait::async_trait;
use sha2::{Digest as _, Sha256};
use shopbell_channels::{Away, Ears, Failure, Held, Known, Said, Target, Unfit, Verdict};
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ConversationId, ErrorCode, HeldId, Message, MessageId, Receipt, Seq,
    Side, UnixMillis, limits, text,
};
use shopbell_store::{
    self as store, Append, AppendError, Channel, ChannelAdded, Digest, NewChannel, StoreError, limits::LEASE,
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// The relay, as channels see it.
pub(crate) struct RelayEars(pub(crate) Arc<Relay>);

fn away(error: StoreError) -> Away {
    tracing::error!(%error, "the store failed what came from outside");
    Away
}

/// What something from outside is known by.
fn digest(kind: ChannelKind, external: &str) -> Digest {
    Digest(
        Sha256::new().chain_update(kind.as_str()).chain_update([0]).chain_update(external).finalize().into(),
    )
}

fn known(channel: Channel, conversation: Option<ConversationId>) -> Option<Known> {
    let target = words::target(&channel)?;
    let side = channel.side();
    let conversation = conversation.or(channel.conversation);
    Some(Known { channel: channel.id, shop: channel.shop, side, target, conversation })
}

impl RelayEars {
    async fn found(&self, channel: ChannelId) -> Result<Option<Channel>, Away> {
        self.0.store.channel(channel).await.map_err(away)
    }

    /// The secret of a conversation, if the channel may speak in it: an owner's in all of
    /// the shop's, a visitor's in its own.
    async fn may_speak(&self, channel: &Channel, id: ConversationId) -> Result<Option<Digest>, Away> {
        if channel.conversation.is_some_and(|own| own != id) {
            return Ok(None);
        }
        let kept = self.0.store.conversation(&channel.shop, id).await.map_err(away)?;
        Ok(kept.map(|kept| kept.secret))
    }

    /// Takes what somebody said at a channel, or what the shop's own system says.
    async fn take(&self, said: Said, system: bool) -> Result<Verdict, Away> {
        let relay = &self.0;
        let Some(channel) = self.found(said.channel).await? else {
            return Ok(Verdict::Refused(ErrorCode::NoSuchChannel));
        };
        let Some(secret) = self.may_speak(&channel, said.conversation).await? else {
            return Ok(Verdict::Refused(ErrorCode::NoSuchConversation));
        };
        let body = match words::body(&said.body, !said.pictures.is_empty()) {
            Ok(body) => body,
            Err(code) => return Ok(Verdict::Refused(code)),
        };
        relay.guard.answer_came(channel.id).map_err(|_| Away)?;
        let pictures = match relay.darkroom.all(said.pictures).await {
            Ok(pictures) => pictures,
            Err(unfit) => return Ok(Verdict::Unfit(unfit)),
        };
        let side = channel.side();
        if system && side == Side::Visitor {
            return Ok(Verdict::Refused(ErrorCode::NoSuchConversation));
        }
        let at = relay.clock.now();
        let drawn = MessageId::new(at.0, relay.entropy.id().map_err(|_| Away)?);
        let external = digest(channel.kind, &said.external);
        let (conversation, id) =
            relay.store.hear(external, said.conversation, drawn, at).await.map_err(away)?;
        if conversation != said.conversation {
            return Ok(Verdict::TakenBefore);
        }
        let append = Append {
            origin: 0,
            shop: channel.shop.clone(),
            conversation,
            id,
            from: side,
            body,
            system,
            at,
            secret: (side == Side::Visitor).then_some(secret),
            locale: None,
            time_zone: None,
            page: None,
            pictures,
        };
        match relay.hub.keep(&*relay.store, append).await.map_err(|_| Away)? {
            Ok(kept) => {
                if let Some(name) = said.name {
                    let said = (name, kept.seq);
                    opened::said(relay, &channel, conversation, said, at).await.map_err(away)?;
                }
                Ok(Verdict::Kept(id))
            }
            // It was taken before with other words: those stand.
            Err(AppendError::IdReused) => Ok(Verdict::TakenBefore),
            Err(AppendError::NotKept) => Err(Away),
            Err(error) => Ok(Verdict::Refused(error.code())),
        }
    }
}

#[async_trait]
impl Ears for RelayEars {
    async fn alone(&self, job: &str) {
        // A store that is away gives no job to anybody.
        while !matches!(self.0.store.lease(job).await, Ok(true)) {
            sleep(own_limits::JOB_ASKED_EVERY).await;
        }
    }

    async fn no_longer(&self, job: &str) {
        let mut held_ms = self.0.clock.uptime_ms();
        loop {
            sleep(own_limits::JOB_ASKED_EVERY).await;
            let now_ms = self.0.clock.uptime_ms();
            match self.0.store.lease(job).await {
                Ok(true) => held_ms = now_ms,
                Ok(false) => return,
                // Until it has run out it is this relay's, though nobody can be asked.
                Err(_) if Duration::from_millis(now_ms.saturating_sub(held_ms)) < LEASE => {}
                Err(_) => return,
            }
        }
    }

    fn now(&self) -> UnixMillis {
        self.0.clock.now()
    }

    async fn channel(&self, channel: ChannelId) -> Result<Option<Known>, Away> {
        Ok(self.found(channel).await?.and_then(|channel| known(channel, None)))
    }

    async fn reference(&self, kind: ChannelKind, key: &str) -> Result<Option<(Known, Seq)>, Away> {
        let found = self.0.store.reference(kind, key).await.map_err(away)?;
        Ok(found.and_then(|(channel, id, seq)| Some((known(channel, Some(id))?, seq))))
    }

    async fn say(&self, said: Said) -> Result<Verdict, Away> {
        self.take(said, false).await
    }

    async fn system(&self, said: Said) -> Result<Verdict, Away> {
        self.take(said, true).await
    }

    async fn lately(&self, channel: ChannelId, conversation: ConversationId) -> Result<Vec<Message>, Away> {
        let Some(channel) = self.found(channel).await? else { return Ok(Vec::new()) };
        if self.may_speak(&channel, conversation).await?.is_none() {
            return Ok(Vec::new());
        }
        let slice = self.0.store.resume(&channel.shop, conversation, Seq::NONE).await.map_err(away)?;
        Ok(slice.messages)
    }

    async fn hold(&self, held: Held) -> Result<bool, Away> {
        let relay = &self.0;
        let Some(channel) = self.found(held.channel).await? else { return Ok(false) };
        if self.may_speak(&channel, held.conversation).await?.is_none() {
            return Ok(false);
        }
        let at = relay.clock.now();
        let body: String = held.body.chars().take(limits::BODY_CHARS).collect();
        let waiting = relay.store.held(&channel.shop).await.map_err(away)?;
        let waiting: usize = waiting.iter().map(|held| held.pictures.len()).sum();
        let room = own_limits::HELD_PICTURES.saturating_sub(waiting).min(limits::PICTURES);
        let (files, unfit) = relay.darkroom.some(held.pictures, room).await;
        let left_out = unfit.map(|unfit| match unfit {
            Unfit::TooMany if room < limits::PICTURES => "Too many pictures wait for your word already.",
            unfit => unfit.sentence(),
        });
        let reason = match left_out {
            Some(why) => format!("{} {why} Not all pictures are here.", held.reason),
            None => held.reason,
        };
        let kept = store::Held {
            id: HeldId::new(at.0, relay.entropy.id().map_err(|_| Away)?),
            channel: channel.id,
            kind: channel.kind,
            side: channel.side(),
            conversation: held.conversation,
            external: digest(channel.kind, &held.external),
            sender: text::clean_line(&held.from, limits::EMAIL_BYTES),
            reason,
            body,
            at,
            pictures: files.iter().map(|file| file.picture).collect(),
        };
        if !relay.store.hold(&channel.shop, kept, files).await.map_err(away)? {
            tracing::warn!(kind = %channel.kind, "too many answers wait for an owner's word; one was turned away");
            return Ok(false);
        }
        tell::changed(relay, &channel.shop).await.map_err(away)?;
        Ok(true)
    }

    async fn link(&self, code: &str, target: Target) -> Result<Option<String>, Away> {
        let relay = &self.0;
        let code = Digest(Sha256::digest(code.as_bytes()).into());
        let Some(shop) = relay.store.use_link_code(code, relay.clock.now()).await.map_err(away)? else {
            return Ok(None);
        };
        let channel = NewChannel {
            id: ChannelId::new(relay.clock.now().0, relay.entropy.id().map_err(|_| Away)?),
            shop: shop.clone(),
            conversation: None,
            kind: target.kind(),
            label: target.label(),
            far: target.far(),
            target: store::Target(serde_json::to_string(&target).map_err(|_| Away)?),
            rule: ChannelRule { only_outside: true, ..ChannelRule::default() },
            at: relay.clock.now(),
        };
        if relay.store.add_channel(channel).await.map_err(away)? != ChannelAdded::Done {
            return Ok(None);
        }
        tell::changed(relay, &shop).await.map_err(away)?;
        Ok(relay.store.shop(&shop).await.map_err(away)?.map(|shop| shop.name))
    }

    async fn trouble(&self, channel: ChannelId, failure: Failure) -> Result<(), Away> {
        let relay = &self.0;
        let Some(mut channel) = self.found(channel).await? else { return Ok(()) };
        let now = relay.clock.now();
        let until = work::failed(relay, &mut channel, &failure, now).await.map_err(away)?;
        if !channel.health.is_well() {
            watchdog::stuck(relay, &channel).await.map_err(away)?;
        }
        relay.store.rest(channel.id, until).await.map_err(away)
    }

    async fn opened(&self, channel: ChannelId, conversation: ConversationId, upto: Seq) -> Result<(), Away> {
        let relay = &self.0;
        let Some(channel) = self.found(channel).await? else { return Ok(()) };
        if self.may_speak(&channel, conversation).await?.is_none() {
            return Ok(());
        }
        let receipt = Receipt { handed: upto, opened: upto };
        talk::advance(relay, &channel.shop, conversation, channel.side(), receipt).await.map_err(away)
    }

    async fn recall(&self, kind: ChannelKind, name: &str) -> Result<Option<String>, Away> {
        self.0.store.note(kind, name).await.map_err(away)
    }

    async fn remember(&self, kind: ChannelKind, name: &str, note: &str) -> Result<(), Away> {
        self.0.store.set_note(kind, name, note).await.map_err(away)
    }
}
