//! What an owner's device asks for after its `hello`.

use super::super::{Answers, line::Line, tell};
use crate::{
    hub::{Device, OwnerSeat, encode},
    limits as own_limits,
    outside::{self, Asker, ChannelFrame},
    relay::Relay,
};
use futures_util::future::try_join_all;
use shopbell_protocol::{
    ConversationId, ErrorCode, ListFilter, OwnerFrame, Place, Receipt, RelayFrame, Seq, SessionId, ShopId,
    Side, Slice, limits, text,
};
use shopbell_store::{ListQuery, StoreError};
use std::sync::Arc;

/// What holds from an acceptable `hello` on.
pub(super) struct Begun {
    pub(super) seat: OwnerSeat,
    pub(super) shop: ShopId,
    pub(super) session: SessionId,
    /// What the device is, for people.
    pub(super) device_name: String,
    /// When the session was last looked at.
    pub(super) looked_ms: u64,
}

/// Why a frame was not done as asked.
pub(super) enum Trouble {
    /// It asked for something that is not there, or too much.
    Code(ErrorCode),
    /// The store is away.
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Begun {
    pub(super) async fn act(
        &self,
        relay: &Arc<Relay>,
        device: &Arc<Device>,
        frame: OwnerFrame,
        answers: &mut Answers,
    ) -> Result<(), Trouble> {
        match frame {
            OwnerFrame::List { filter, search, cursor } => {
                self.list(relay, filter, search, cursor, answers).await?;
            }
            OwnerFrame::Watch { conversation, after } => {
                self.seat.watch(Some(conversation));
                let details = self.seat.room().details(&*relay.store, conversation).await?;
                let Some(details) = details else {
                    self.seat.watch(None);
                    return Err(Trouble::Code(ErrorCode::NoSuchConversation));
                };
                Line::say(answers, &RelayFrame::Details(details));
                let slice = relay.store.resume(&self.shop, conversation, after).await?;
                tell::history(answers, conversation, slice);
            }
            OwnerFrame::Received { places } => {
                if places.len() > limits::LIST_CONVERSATIONS {
                    return Err(Trouble::Code(ErrorCode::OverLimit));
                }
                // All at once, so that one commit keeps them.
                let notes = places.iter().map(|Place { conversation, upto }| {
                    self.advance(relay, *conversation, tell::received(*upto))
                });
                try_join_all(notes).await?;
                Line::say(answers, &RelayFrame::Received { places });
            }
            OwnerFrame::Opened { conversation, upto } => {
                self.advance(relay, conversation, tell::opened(upto)).await?;
            }
            OwnerFrame::Before { conversation, seq } => {
                let read = relay.store.before(&self.shop, conversation, seq);
                self.history(relay, conversation, read, answers).await?;
            }
            OwnerFrame::After { conversation, seq } => {
                let read = relay.store.after(&self.shop, conversation, seq);
                self.history(relay, conversation, read, answers).await?;
            }
            OwnerFrame::Name { conversation, name } => {
                if name.chars().count() > limits::NAME_CHARS {
                    return Err(Trouble::Code(ErrorCode::OverLimit));
                }
                let name = Some(text::clean_line(&name, limits::NAME_CHARS)).filter(|name| !name.is_empty());
                let found = relay.store.name(&self.shop, conversation, name).await?;
                self.edited(relay, conversation, found).await?;
            }
            OwnerFrame::Close { conversation, closed } => {
                let found = relay.store.set_closed(&self.shop, conversation, closed).await?;
                self.edited(relay, conversation, found).await?;
            }
            OwnerFrame::Sessions {} => self.sessions(relay, answers).await?,
            OwnerFrame::EndSession { session } => {
                relay.store.end_session(&self.shop, session).await?;
                relay.hub.end_session(&self.shop, session);
                if session != self.session {
                    self.sessions(relay, answers).await?;
                }
            }
            frame => {
                if let Some(frame) = ChannelFrame::of(frame) {
                    self.channel(relay, device, frame, answers).await?;
                }
                // The others are done without a look into the store.
            }
        }
        Ok(())
    }

    /// What is about the owner's channels.
    async fn channel(
        &self,
        relay: &Arc<Relay>,
        device: &Arc<Device>,
        frame: ChannelFrame,
        answers: &mut Answers,
    ) -> Result<(), Trouble> {
        let tries = matches!(frame, ChannelFrame::Add(..) | ChannelFrame::Test(_));
        let may_try = !tries || relay.guard.channel_tested(self.session).is_ok();
        let asker = Asker { shop: &self.shop, device, device_name: &self.device_name, may_try };
        if let Some(answer) = outside::act(relay, &asker, frame).await?.map_err(Trouble::Code)? {
            Line::say(answers, &answer);
        }
        Ok(())
    }

    async fn list(
        &self,
        relay: &Relay,
        filter: ListFilter,
        search: Option<String>,
        cursor: Option<String>,
        answers: &mut Answers,
    ) -> Result<(), Trouble> {
        let too_long = |text: &String| text.chars().count() > limits::SEARCH_CHARS;
        if search.as_ref().is_some_and(too_long)
            || cursor.as_ref().is_some_and(|cursor| cursor.len() > own_limits::CURSOR_BYTES)
        {
            return Err(Trouble::Code(ErrorCode::OverLimit));
        }
        let query = ListQuery {
            filter,
            search: search.clone(),
            cursor: cursor.clone(),
            limit: limits::LIST_CONVERSATIONS,
        };
        let mut list = relay.store.list(&self.shop, query).await?;
        for summary in &mut list.conversations {
            summary.visitor_here = self.seat.room().visitor_here(summary.conversation);
        }
        let (conversations, next) = (list.conversations, list.next);
        Line::say(answers, &RelayFrame::Conversations { filter, search, cursor, conversations, next });
        Ok(())
    }

    async fn history(
        &self,
        relay: &Relay,
        conversation: ConversationId,
        read: impl Future<Output = Result<Slice, StoreError>>,
        answers: &mut Answers,
    ) -> Result<(), Trouble> {
        if relay.store.conversation(&self.shop, conversation).await?.is_none() {
            return Err(Trouble::Code(ErrorCode::NoSuchConversation));
        }
        tell::history(answers, conversation, read.await?);
        Ok(())
    }

    async fn advance(
        &self,
        relay: &Arc<Relay>,
        conversation: ConversationId,
        receipt: Receipt,
    ) -> Result<(), Trouble> {
        tell::advance(relay, &self.shop, conversation, Side::Owner, receipt).await?;
        // What was shown of it elsewhere can go.
        if receipt.opened > Seq::NONE {
            outside::opened(relay, &self.shop, conversation, Side::Owner, receipt.opened);
        }
        Ok(())
    }

    /// A conversation was named or closed: its line and its details are told anew.
    async fn edited(&self, relay: &Relay, conversation: ConversationId, found: bool) -> Result<(), Trouble> {
        if !found {
            return Err(Trouble::Code(ErrorCode::NoSuchConversation));
        }
        relay.hub.changed(self.seat.room(), conversation);
        Ok(())
    }

    async fn sessions(&self, relay: &Relay, answers: &mut Answers) -> Result<(), Trouble> {
        let mut sessions = relay.store.sessions(&self.shop).await?;
        for session in &mut sessions {
            session.this_one = session.session == self.session;
        }
        // The one that speaks first; the others stay by last use.
        sessions.sort_by_key(|session| !session.this_one);
        answers.push(encode(&RelayFrame::Sessions { sessions }));
        Ok(())
    }
}
