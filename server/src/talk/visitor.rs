//! The talk with a visitor's device.

use super::{
    Answers, Heard,
    line::Line,
    pace::{Pace, Typing},
    reading, tell,
};
use crate::{
    hub::VisitorSeat,
    limits, outside,
    relay::Relay,
    secrets::{self, Keys},
};
use shopbell_protocol::{
    CloseCode, ConversationId, Cut, ErrorCode, Page, Problem, Receipt, RelayFrame, Seq, ShopId, Side, Slice,
    VisitorFrame, VisitorHello, VisitorWelcome,
};
use shopbell_store::{Append, Conversation, Digest, StoreError};
use std::{net::IpAddr, sync::Arc};

/// A talk with a visitor's device.
pub(crate) struct VisitorTalk {
    line: Line,
    typing: Typing,
    /// Pages that are noted; more are not worth an owner's attention.
    visits: Pace,
    begun: Option<Begun>,
}

/// What holds from an acceptable `hello` on.
struct Begun {
    seat: VisitorSeat,
    shop: ShopId,
    conversation: ConversationId,
    secret: Digest,
    /// Whether the conversation was found in the store, and the secret its own.
    /// Until then nothing of it is read, and nothing but a message is kept.
    known: bool,
    /// Whether the address was charged for beginning it.
    charged: bool,
    /// What a conversation begins with; of no use once it is known.
    beginning: Option<Box<Beginning>>,
}

#[derive(Default)]
struct Beginning {
    locale: Option<String>,
    time_zone: Option<String>,
    page: Option<Page>,
}

impl VisitorTalk {
    /// Waits for its `hello`.
    pub(crate) fn new(relay: &Arc<Relay>, address: IpAddr) -> Self {
        let device = relay.hub.device(None);
        Self {
            line: Line::new(relay, device, address),
            typing: Typing::default(),
            visits: Pace::new(limits::VISITS_PER_MINUTE),
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
        let Ok(frame) = serde_json::from_str::<VisitorFrame>(text) else {
            return self.line.misheard::<VisitorFrame>(text, answers);
        };
        let pace = self.line.keep_pace();
        match (frame, &mut self.begun) {
            (VisitorFrame::Hello(hello), None) => Heard::Later(Box::pin(self.hello(hello, answers))),
            (_, None) => Heard::End(self.line.refuse(answers, Problem::new(ErrorCode::OutOfTurn))),
            (VisitorFrame::Send { id, body }, Some(begun)) => {
                let beginning = begun.beginning.as_deref();
                let append = Append {
                    origin: self.line.device.id(),
                    shop: begun.shop.clone(),
                    conversation: begun.conversation,
                    id,
                    from: Side::Visitor,
                    body,
                    system: false,
                    pictures: Vec::new(),
                    at: self.line.relay.clock.now(),
                    secret: Some(begun.secret),
                    locale: beginning.and_then(|beginning| beginning.locale.clone()),
                    time_zone: beginning.and_then(|beginning| beginning.time_zone.clone()),
                    page: beginning.and_then(|beginning| beginning.page.clone()),
                };
                let guard = &self.line.relay.guard;
                let address = self.line.address;
                let begins = !begun.known && !begun.charged;
                let limit = pace
                    .and_then(|()| if begins { guard.begin(address) } else { Ok(()) })
                    .and_then(|()| guard.visitor_send(append.conversation, &append.shop, address));
                begun.charged |= limit.is_ok();
                let flood = pace.is_err();
                self.line.keep(append, limit, answers);
                self.line.end_of_flood(flood)
            }
            (frame, Some(begun)) => {
                if let Err(limit) = pace {
                    return self.line.too_fast(answers, limit);
                }
                match frame {
                    VisitorFrame::Ping {} => tell::pong(answers),
                    VisitorFrame::Hello(_) => Line::object(answers, ErrorCode::OutOfTurn),
                    VisitorFrame::Visit { .. }
                        if self.visits.take(self.line.relay.clock.uptime_ms()).is_err() => {}
                    VisitorFrame::Typing { active } => {
                        let now_ms = self.line.relay.clock.uptime_ms();
                        let known = begun.known;
                        if self.typing.is_news(active, now_ms) {
                            if !known {
                                // It may have begun with a message since the hello.
                                return Heard::Later(Box::pin(self.act(frame, answers)));
                            }
                            let (hub, room) = (&self.line.relay.hub, begun.seat.room());
                            tell::typing(hub, room, begun.conversation, Side::Visitor, active);
                        }
                    }
                    frame => return Heard::Later(Box::pin(self.act(frame, answers))),
                }
                Heard::Done
            }
        }
    }

    async fn hello(&mut self, hello: VisitorHello, answers: &mut Answers) -> Result<(), CloseCode> {
        if let Err(limit) = self.line.relay.guard.hello(self.line.address) {
            let problem = Problem::new(ErrorCode::TooFast).retry_after(limit.retry_after_ms);
            return Err(self.line.refuse(answers, problem));
        }
        match self.begin(hello).await {
            Ok(Ok((begun, welcome))) => {
                self.begun = Some(begun);
                Line::say(answers, &RelayFrame::VisitorWelcome(welcome));
                Ok(())
            }
            Ok(Err(code)) => Err(self.line.refuse(answers, Problem::new(code))),
            Err(error) => Err(self.line.refuse_for_store(answers, &error)),
        }
    }

    /// Authorises a `hello`: the shop exists, and the conversation is new or the
    /// secret is its own.
    async fn begin(
        &self,
        hello: VisitorHello,
    ) -> Result<Result<(Begun, VisitorWelcome), ErrorCode>, StoreError> {
        let relay = &self.line.relay;
        let VisitorHello { shop, credential, after, epoch, locale, time_zone, page } = hello;
        if !credential.secret.is_well_formed() {
            return Ok(Err(ErrorCode::NotYours));
        }
        let secret = secrets::digest(&credential.secret);
        let conversation = credential.conversation;
        let Some(arrival) = relay.store.arrival(&shop, conversation).await? else {
            return Ok(Err(ErrorCode::NoSuchShop));
        };
        // The seat comes before what is shown: what is committed once it is proven waits in the
        // queue, so that nothing falls between the look into the store and the live messages.
        let room = relay.hub.room(&shop);
        let seat = VisitorSeat::take(&relay.hub, &room, &self.line.device, conversation, secret);
        let mut begun =
            Begun { seat, shop, conversation, secret, known: false, charged: false, beginning: None };
        let may_enter = match arrival.conversation {
            Some(kept) => begun.admit(&kept),
            // Another tab may have begun it since.
            None => begun.enter(relay).await?,
        };
        if !may_enter {
            return Ok(Err(ErrorCode::NotYours));
        }
        // Places of before the memory was put back mean nothing any more.
        let cut = relay.store.cut();
        let after = if epoch == Cut::epoch(cut) { after } else { Seq::NONE };
        // Looked up now that receipts come into the queue: one that was moved before the seat was
        // proven would never be told.
        let resumed = relay.store.resumed(&begun.shop, conversation, after).await?;
        let mut welcome = VisitorWelcome {
            shop: arrival.shop,
            owner: arrival.owner,
            owner_here: room.owner_here(),
            unreachable: outside::reach_by(&room, &resumed.owners_channels),
            email: None,
            can_mail: relay.outside.can_mail(),
            owner_receipt: Receipt::default(),
            visitor_receipt: Receipt::default(),
            slice: Slice::default(),
            cut,
        };
        let page = page.and_then(reading::page);
        match resumed.conversation {
            Some(kept) if begun.known => {
                welcome.owner_receipt = kept.owner_receipt;
                welcome.visitor_receipt = kept.visitor_receipt;
                welcome.email = outside::address_among(resumed.channels);
                welcome.slice = resumed.slice;
                if let Some(page) = page {
                    begun.visit(relay, page).await?;
                }
            }
            _ => {
                let locale = locale.and_then(reading::tag);
                let time_zone = time_zone.and_then(reading::tag);
                begun.beginning = Some(Box::new(Beginning { locale, time_zone, page }));
            }
        }
        Ok(Ok((begun, welcome)))
    }

    /// Does what needs a look into the store.
    async fn act(&mut self, frame: VisitorFrame, answers: &mut Answers) -> Result<(), CloseCode> {
        let Some(begun) = &mut self.begun else { return Ok(()) };
        match begun.act(&self.line.relay, frame, answers).await {
            Ok(None) => Ok(()),
            Ok(Some(code)) => Err(self.line.refuse(answers, Problem::new(code))),
            Err(error) => {
                Line::object_to_store(answers, &error);
                Ok(())
            }
        }
    }
}

impl Begun {
    /// Looks the conversation up; false when it is somebody else's. One that is not there may
    /// begin.
    async fn enter(&mut self, relay: &Relay) -> Result<bool, StoreError> {
        let kept = relay.store.conversation(&self.shop, self.conversation).await?;
        Ok(kept.is_none_or(|kept| self.admit(&kept)))
    }

    /// Lets a visitor in whose secret is the conversation's own; false when it is not.
    fn admit(&mut self, kept: &Conversation) -> bool {
        let keys = Keys::of(kept);
        if !keys.open(self.secret) {
            return false;
        }
        self.known = true;
        self.beginning = None;
        self.seat.prove(keys);
        true
    }

    /// Gives a code when the talk is over.
    async fn act(
        &mut self,
        relay: &Arc<Relay>,
        frame: VisitorFrame,
        answers: &mut Answers,
    ) -> Result<Option<ErrorCode>, StoreError> {
        if !self.known && !self.enter(relay).await? {
            return Ok(Some(ErrorCode::NotYours));
        }
        let conversation = self.conversation;
        match frame {
            VisitorFrame::Received { upto } => self.advance(relay, tell::received(upto)).await?,
            VisitorFrame::Opened { upto } => self.advance(relay, tell::opened(upto)).await?,
            VisitorFrame::Before { seq } => {
                let slice = self.slice(relay.store.before(&self.shop, conversation, seq)).await?;
                tell::history(answers, conversation, slice);
            }
            VisitorFrame::After { seq } => {
                let slice = self.slice(relay.store.after(&self.shop, conversation, seq)).await?;
                tell::history(answers, conversation, slice);
            }
            VisitorFrame::Visit { page } => match reading::page(page) {
                Some(page) => self.visit(relay, page).await?,
                None => Line::object(answers, ErrorCode::OverLimit),
            },
            VisitorFrame::Address { email } if self.known => {
                let allowed = relay.guard.address_left(conversation).is_ok();
                let left = outside::leave_address(relay, &self.shop, conversation, &email, allowed).await?;
                Line::say(answers, &left);
                relay.hub.learned(self.seat.room(), conversation);
            }
            VisitorFrame::Notify(browser) if self.known => {
                let allowed = relay.guard.address_left(conversation).is_ok();
                let notified = outside::notify(relay, &self.shop, conversation, browser, allowed).await?;
                Line::say(answers, &notified);
                relay.hub.learned(self.seat.room(), conversation);
            }
            VisitorFrame::Typing { active } if self.known => {
                tell::typing(&relay.hub, self.seat.room(), conversation, Side::Visitor, active);
            }
            // The others are done without a look into the store.
            VisitorFrame::Hello(_)
            | VisitorFrame::Send { .. }
            | VisitorFrame::Typing { .. }
            | VisitorFrame::Address { .. }
            | VisitorFrame::Notify(_)
            | VisitorFrame::Ping {} => {}
        }
        Ok(None)
    }

    async fn slice(
        &self,
        reads: impl Future<Output = Result<Slice, StoreError>>,
    ) -> Result<Slice, StoreError> {
        if self.known { reads.await } else { Ok(Slice { messages: Vec::new(), last: Seq::NONE }) }
    }

    async fn advance(&self, relay: &Arc<Relay>, receipt: Receipt) -> Result<(), StoreError> {
        if !self.known {
            return Ok(());
        }
        tell::advance(relay, &self.shop, self.conversation, Side::Visitor, receipt).await
    }

    /// The visitor looks at a page. Nothing is kept before the first message.
    async fn visit(&mut self, relay: &Relay, page: Page) -> Result<(), StoreError> {
        if !self.known {
            self.beginning.get_or_insert_default().page = Some(page);
            return Ok(());
        }
        relay.store.visit(&self.shop, self.conversation, page, relay.clock.now()).await?;
        relay.hub.learned(self.seat.room(), self.conversation);
        Ok(())
    }
}
