//! The talk with an owner's device.

use super::{Answers, Heard, line::Line, pace::Typing, tell};
use crate::{
    hub::{Device, OwnerSeat, encode},
    limits as own_limits,
    outside::{self, Asker, ChannelFrame},
    relay::Relay,
    secrets::Token,
    shops,
};
use futures_util::future::try_join_all;
use shopbell_protocol::{
    CloseCode, ConversationId, ErrorCode, ListFilter, OwnerFrame, OwnerWelcome, Place, Problem, Receipt,
    RelayFrame, Seq, SessionId, ShopId, Side, Slice, Summary, limits, text,
};
use shopbell_store::{Append, ListQuery, OwnerSession, StoreError};
use std::{net::IpAddr, sync::Arc};

/// A talk with an owner's device.
pub(crate) struct OwnerTalk {
    line: Line,
    typing: Typing,
    /// What the handshake's cookie proved, if anything.
    session: Option<(Token, OwnerSession)>,
    /// The relay's own origin, as this owner reaches it.
    origin: String,
    begun: Option<Begun>,
}

/// What holds from an acceptable `hello` on.
struct Begun {
    seat: OwnerSeat,
    shop: ShopId,
    session: SessionId,
    /// What the device is, for people.
    device_name: String,
    /// When the session was last looked at.
    looked_ms: u64,
}

/// What an acceptable `hello` leads to.
struct Arrived {
    begun: Begun,
    welcome: OwnerWelcome,
    /// The owner's channels, if this relay has any.
    outside: Option<RelayFrame>,
    /// What no device of the owner's has taken notice of.
    unheard: Vec<Summary>,
}

/// Why a frame was not done as asked.
enum Trouble {
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

impl OwnerTalk {
    /// Waits for its `hello`. Without a session it hears one thing only: that it
    /// is signed out.
    pub(crate) fn new(
        relay: &Arc<Relay>,
        address: IpAddr,
        session: Option<(Token, OwnerSession)>,
        origin: String,
    ) -> Self {
        let device = relay.hub.device(session.as_ref().map(|(_, session)| session.session.session));
        Self {
            line: Line::new(relay, device, address),
            typing: Typing::default(),
            session,
            origin,
            begun: None,
        }
    }

    pub(super) fn line(&self) -> &Line {
        &self.line
    }

    pub(super) fn line_mut(&mut self) -> &mut Line {
        &mut self.line
    }

    pub(super) fn is_begun(&self) -> bool {
        self.begun.is_some()
    }

    pub(super) fn hear<'a>(&'a mut self, text: &str, answers: &'a mut Answers) -> Heard<'a> {
        if self.session.is_none() {
            return Heard::End(self.line.refuse(answers, Problem::new(ErrorCode::SignedOut)));
        }
        let now_ms = self.line.relay.clock.uptime_ms();
        if let Some(begun) = &mut self.begun
            && now_ms >= begun.looked_ms + own_limits::SESSION_LOOKED_EVERY_MS
        {
            begun.looked_ms = now_ms;
            return Heard::Later(Box::pin(self.hear_if_signed_in(text.to_owned(), answers)));
        }
        let Ok(frame) = serde_json::from_str::<OwnerFrame>(text) else {
            return self.line.misheard::<OwnerFrame>(text, answers);
        };
        let pace = self.line.keep_pace();
        match (frame, &mut self.begun) {
            (OwnerFrame::Hello {}, None) => Heard::Later(Box::pin(self.hello(answers))),
            (_, None) => Heard::End(self.line.refuse(answers, Problem::new(ErrorCode::OutOfTurn))),
            (OwnerFrame::Send { conversation, id, body }, Some(begun)) => {
                let append = Append {
                    origin: self.line.device.id(),
                    shop: begun.shop.clone(),
                    conversation,
                    id,
                    from: Side::Owner,
                    body,
                    system: false,
                    at: self.line.relay.clock.now(),
                    secret: None,
                    locale: None,
                    time_zone: None,
                    page: None,
                };
                let limit = pace.and_then(|()| self.line.relay.guard.owner_send(begun.session));
                let flood = pace.is_err();
                self.line.keep(append, limit, answers);
                self.line.end_of_flood(flood)
            }
            (frame, Some(begun)) => {
                if let Err(limit) = pace {
                    return self.line.too_fast(answers, limit);
                }
                match frame {
                    OwnerFrame::Ping {} => tell::pong(answers),
                    OwnerFrame::Hello {} => Line::object(answers, ErrorCode::OutOfTurn),
                    OwnerFrame::Unwatch {} => begun.seat.watch(None),
                    OwnerFrame::Typing { conversation, active } => {
                        let now_ms = self.line.relay.clock.uptime_ms();
                        if self.typing.is_news(active, now_ms) {
                            tell::typing(begun.seat.room(), conversation, Side::Owner, active);
                        }
                    }
                    frame => return Heard::Later(Box::pin(self.act(frame, answers))),
                }
                Heard::Done
            }
        }
    }

    /// Looks at the session again, which notes that it was seen: who is here all day
    /// is no device of long ago, and who was signed out by another process is out.
    async fn hear_if_signed_in(&mut self, text: String, answers: &mut Answers) -> Result<(), CloseCode> {
        if let Some((token, _)) = &self.session {
            let relay = &self.line.relay;
            if let Ok(None) = relay.store.session(token.digest(), relay.clock.now()).await {
                return Err(self.line.refuse(answers, Problem::new(ErrorCode::SignedOut)));
            }
        }
        self.hear(&text, answers).finish().await
    }

    async fn hello(&mut self, answers: &mut Answers) -> Result<(), CloseCode> {
        if let Err(limit) = self.line.relay.guard.hello(self.line.address) {
            let problem = Problem::new(ErrorCode::TooFast).retry_after(limit.retry_after_ms);
            return Err(self.line.refuse(answers, problem));
        }
        match self.begin().await {
            Ok(Some(Arrived { begun, welcome, outside, unheard })) => {
                self.begun = Some(begun);
                Line::say(answers, &RelayFrame::OwnerWelcome(welcome));
                if let Some(channels) = outside {
                    Line::say(answers, &channels);
                }
                // The latest last, so that each is news after the one before.
                for summary in unheard.into_iter().rev() {
                    Line::say(answers, &RelayFrame::Changed { summary });
                }
                Ok(())
            }
            Ok(None) => Err(self.line.refuse(answers, Problem::new(ErrorCode::SignedOut))),
            Err(error) => Err(self.line.refuse_for_store(answers, &error)),
        }
    }

    /// Authorises a `hello`; none when the session is over.
    async fn begin(&self) -> Result<Option<Arrived>, StoreError> {
        let Some((token, session)) = &self.session else { return Ok(None) };
        let relay = &self.line.relay;
        let room = relay.hub.room(&session.shop);
        let seat = OwnerSeat::take(&relay.hub, &room, &self.line.device);
        // Looked at again now that the seat is taken: a session that is ended from
        // here on closes this connection, and one that was ended before is found here.
        let Some(session) = relay.store.session(token.digest(), relay.clock.now()).await? else {
            return Ok(None);
        };
        let Some(shop) = relay.store.shop(&session.shop).await? else { return Ok(None) };
        seat.prove();
        let welcome = OwnerWelcome {
            tag: shops::tag(&self.origin, shop.id.as_str()),
            shop_id: shop.id,
            shop: shop.name,
            owner: shop.owner,
            session: session.session.session,
            sites: shop.sites,
            waiting: relay.store.waiting(&session.shop).await?,
        };
        // Whatever list this device shows, it hears of what nobody has heard of yet.
        let mut unheard = relay.store.unheard(&session.shop, limits::LIST_CONVERSATIONS).await?;
        for summary in &mut unheard {
            summary.visitor_here = room.visitor_here(summary.conversation);
        }
        let outside = outside::shown(relay, &session.shop).await?;
        let session_id = session.session.session;
        let looked_ms = relay.clock.uptime_ms();
        let device_name = session.session.device;
        let begun = Begun { seat, shop: session.shop, session: session_id, device_name, looked_ms };
        Ok(Some(Arrived { begun, welcome, outside, unheard }))
    }

    /// Does what needs a look into the store.
    async fn act(&mut self, frame: OwnerFrame, answers: &mut Answers) -> Result<(), CloseCode> {
        let Some(begun) = &self.begun else { return Ok(()) };
        match begun.act(&self.line.relay, &self.line.device, frame, answers).await {
            Ok(()) => {}
            Err(Trouble::Code(code)) => Line::object(answers, code),
            Err(Trouble::Store(error)) => Line::object_to_store(answers, &error),
        }
        Ok(())
    }
}

impl Begun {
    async fn act(
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
            OwnerFrame::Channels {} => self.channel(relay, device, ChannelFrame::Show, answers).await?,
            OwnerFrame::AddChannel { channel, target, rule } => {
                self.channel(relay, device, ChannelFrame::Add(channel, target, rule), answers).await?;
            }
            OwnerFrame::EditChannel { channel, rule } => {
                self.channel(relay, device, ChannelFrame::Edit(channel, rule), answers).await?;
            }
            OwnerFrame::OrderChannels { channels } => {
                self.channel(relay, device, ChannelFrame::Order(channels), answers).await?;
            }
            OwnerFrame::RemoveChannel { channel } => {
                self.channel(relay, device, ChannelFrame::Remove(channel), answers).await?;
            }
            OwnerFrame::TestChannel { channel } => {
                self.channel(relay, device, ChannelFrame::Test(channel), answers).await?;
            }
            OwnerFrame::LinkCode {} => self.channel(relay, device, ChannelFrame::LinkCode, answers).await?,
            OwnerFrame::Held {} => self.channel(relay, device, ChannelFrame::Held, answers).await?,
            OwnerFrame::Release { held } => {
                self.channel(relay, device, ChannelFrame::Release(held), answers).await?;
            }
            OwnerFrame::Discard { held } => {
                self.channel(relay, device, ChannelFrame::Discard(held), answers).await?;
            }
            // The others are done without a look into the store.
            OwnerFrame::Hello {}
            | OwnerFrame::Unwatch {}
            | OwnerFrame::Send { .. }
            | OwnerFrame::Typing { .. }
            | OwnerFrame::Ping {} => {}
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
            outside::opened(relay, &self.shop, conversation, receipt.opened);
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
