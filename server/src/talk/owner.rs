//! The talk with an owner's device.

mod begun;

use self::begun::{Begun, Trouble};
use super::{Answers, Heard, line::Line, pace::Typing, tell};
use crate::{hub::OwnerSeat, limits as own_limits, outside, relay::Relay, secrets::Token, shops};
use shopbell_protocol::{
    CloseCode, ErrorCode, OwnerFrame, OwnerWelcome, Problem, RelayFrame, Side, Summary, limits,
};
use shopbell_store::{Append, OwnerSession, StoreError};
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

/// What an acceptable `hello` leads to.
struct Arrived {
    begun: Begun,
    welcome: OwnerWelcome,
    /// The owner's channels, if this relay has any.
    outside: Option<RelayFrame>,
    /// What no device of the owner's has taken notice of.
    unheard: Vec<Summary>,
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
                    pictures: Vec::new(),
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
                            let hub = &self.line.relay.hub;
                            tell::typing(hub, begun.seat.room(), conversation, Side::Owner, active);
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
            cut: relay.store.cut(),
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
