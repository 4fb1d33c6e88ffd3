//! The owner's talker: the list of conversations, and the one that is open.

use crate::link::{Due, Link};
use crate::outbox::Outbox;
use crate::owner_list::ConversationList;
use crate::timeline::Taken;
use crate::typing::{MyTyping, TheirTyping};
use crate::{Draft, DraftState, Effect, Millis, Mint, OutboxFull, Part, Row, Status, Timeline};
use shopbell_protocol::{
    ConversationId, Details, ListFilter, Message, MessageId, OwnerFrame, OwnerWelcome, Receipt, RelayFrame,
    Seq, Session, SessionId, Side, SiteSeen, Summary, UnixMillis,
};

/// Wishes that wait for a connection; the oldest go beyond that.
const WISHES: usize = 32;

/// What happens to an owner's talker.
#[derive(Debug, Clone)]
pub enum OwnerEvent {
    /// The app was opened, the network came back, or a person wants it now.
    Start,
    /// The connection that was asked for is open.
    Connected,
    /// It is over, or could not be opened; with the WebSocket close code if there was one.
    Closed(Option<u16>),
    /// The relay said something.
    Frame(RelayFrame),
    /// The time of [`OwnerTalker::wake_at`] has come.
    Wake,
    /// A draft from the device's storage: of an earlier visit or another tab.
    Adopt(Draft),
    /// Another tab took this draft out of the storage: it was kept or given up.
    Gone(MessageId),
    /// The list is to show these.
    Show(ListFilter, Option<String>),
    /// The end of the list came into sight.
    LoadMore,
    /// This conversation was opened.
    Open(ConversationId),
    /// None is open any more.
    Leave,
    /// A key was struck in the box, which now has text in it or not.
    Typing(bool),
    /// Everything that has come in the open conversation is before the owner's eyes.
    Seen,
    /// The owner scrolled up to the first message.
    LoadOlder,
    /// A stuck draft is to be tried again.
    Retry(MessageId),
    /// A draft is to be given up, by the owner's own wish.
    Discard(MessageId),
    /// The visitor of this conversation is to be called so.
    Name(ConversationId, String),
    /// This conversation is to be closed, or opened again.
    SetClosed(ConversationId, bool),
    /// The signed-in devices are to be shown.
    ShowSessions,
    /// This device is to be signed out.
    EndSession(SessionId),
}

/// The conversation that is open.
#[derive(Debug)]
pub struct OpenConversation {
    /// Which one.
    pub conversation: ConversationId,
    /// What was said.
    pub timeline: Timeline,
    /// What is known of the visitor; none before it has come.
    pub details: Option<Details>,
    typing: TheirTyping,
    told: Receipt,
    watched: bool,
}

impl OpenConversation {
    /// Whether the visitor is writing.
    pub fn is_visitor_typing(&self) -> bool {
        self.typing.is_active()
    }
}

/// The owner's talker.
#[derive(Debug)]
pub struct OwnerTalker {
    mint: Mint,
    link: Link,
    outbox: Outbox,
    about: Option<OwnerWelcome>,
    list: ConversationList,
    open: Option<OpenConversation>,
    my_typing: MyTyping,
    sessions: Option<Vec<Session>>,
    wishes: Vec<OwnerFrame>,
    /// The time of the latest message that this device has heard of; none
    /// before the first page of the list has come.
    heard_upto: Option<UnixMillis>,
}

type Effects = Vec<Effect<OwnerFrame>>;

impl OwnerTalker {
    /// Before anything was said. `seed` is 64 random bits.
    pub fn new(seed: u64) -> Self {
        Self {
            mint: Mint::new(seed),
            link: Link::new(),
            outbox: Outbox::default(),
            about: None,
            list: ConversationList::default(),
            open: None,
            my_typing: MyTyping::default(),
            sessions: None,
            wishes: Vec::new(),
            heard_upto: None,
        }
    }

    /// What was written, for the outbox: it is kept on the device first and then
    /// sent. `body` must have gone through [`shopbell_protocol::text::clean_body`].
    ///
    /// # Errors
    /// [`OutboxFull`] when too many messages wait already; nothing has changed.
    pub fn write(
        &mut self,
        conversation: ConversationId,
        body: String,
        now: Millis,
    ) -> Result<(MessageId, Effects), OutboxFull> {
        let id = self.mint.message_id(now);
        let draft = Draft { conversation, id, body, written_at: UnixMillis(now), state: DraftState::Waiting };
        self.outbox.insert(draft.clone())?;
        let mut effects = vec![Effect::Keep(draft), Effect::Changed(Part::Timeline)];
        if self.my_typing.stop() && self.link.is_ready() {
            effects.push(Effect::Transmit(OwnerFrame::Typing { conversation, active: false }));
        }
        self.say_what_is_due(now, &mut effects);
        Ok((id, effects))
    }

    /// Takes an event in and gives what the host has to do.
    pub fn handle(&mut self, event: OwnerEvent, now: Millis) -> Effects {
        let mut effects = Vec::new();
        self.outbox.clock_is(now);
        match event {
            OwnerEvent::Start => {
                let due = self.link.nudge(now);
                self.act(due, now, &mut effects);
            }
            OwnerEvent::Connected => {
                self.link.opened(now);
                effects.push(Effect::Transmit(OwnerFrame::Hello {}));
                effects.push(Effect::Changed(Part::Status));
            }
            OwnerEvent::Closed(code) => self.lost(code, now, &mut effects),
            OwnerEvent::Frame(frame) => {
                self.link.heard(now);
                self.hear(frame, now, &mut effects);
            }
            OwnerEvent::Wake => {
                let due = self.link.due(now);
                self.act(due, now, &mut effects);
                if self.open.as_mut().is_some_and(|open| open.typing.lapse(now)) {
                    effects.push(Effect::Changed(Part::Typing));
                }
            }
            OwnerEvent::Adopt(mut draft) => {
                self.mint.saw(draft.id);
                draft.state = DraftState::Waiting;
                if self.outbox.insert(draft) == Ok(true) {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            OwnerEvent::Gone(id) => {
                if self.outbox.remove(id).is_some() {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            OwnerEvent::Show(filter, search) => {
                if self.list.show(filter, search) {
                    effects.push(Effect::Changed(Part::List));
                }
            }
            OwnerEvent::LoadMore => self.list.want_more(),
            OwnerEvent::Open(conversation) => self.open(conversation, &mut effects),
            OwnerEvent::Leave => {
                self.stop_typing(&mut effects);
                if self.open.take().is_some() && self.link.is_ready() {
                    effects.push(Effect::Transmit(OwnerFrame::Unwatch {}));
                }
                effects.extend([Effect::Changed(Part::Timeline), Effect::Changed(Part::Details)]);
            }
            OwnerEvent::Typing(active) => self.typing(active, now, &mut effects),
            OwnerEvent::Seen => {
                if let Some(open) = &mut self.open {
                    let upto = open.timeline.last_theirs();
                    if open.timeline.take_receipt(Side::Owner, Receipt { handed: upto, opened: upto }) {
                        effects.push(Effect::Changed(Part::Timeline));
                    }
                }
            }
            OwnerEvent::LoadOlder => {
                if self.open.as_mut().is_some_and(|open| open.timeline.want_older()) {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            OwnerEvent::Retry(id) => {
                self.outbox.retry(id);
                effects.push(Effect::Changed(Part::Timeline));
                let due = self.link.nudge(now);
                self.act(due, now, &mut effects);
            }
            OwnerEvent::Discard(id) => {
                if self.outbox.remove(id).is_some() {
                    effects.extend([Effect::Forget(id), Effect::Changed(Part::Timeline)]);
                }
            }
            OwnerEvent::Name(conversation, name) => self.wish(OwnerFrame::Name { conversation, name }),
            OwnerEvent::SetClosed(conversation, closed) => {
                self.wish(OwnerFrame::Close { conversation, closed })
            }
            OwnerEvent::ShowSessions => self.wish(OwnerFrame::Sessions {}),
            OwnerEvent::EndSession(session) => {
                self.wish(OwnerFrame::EndSession { session });
                self.wish(OwnerFrame::Sessions {});
            }
        }
        self.say_what_is_due(now, &mut effects);
        effects
    }

    fn open(&mut self, conversation: ConversationId, effects: &mut Effects) {
        if self.open.as_ref().is_some_and(|open| open.conversation == conversation) {
            return;
        }
        self.stop_typing(effects);
        self.open = Some(OpenConversation {
            conversation,
            timeline: Timeline::new(Side::Owner),
            details: None,
            typing: TheirTyping::default(),
            told: Receipt::default(),
            watched: false,
        });
        effects.extend([Effect::Changed(Part::Timeline), Effect::Changed(Part::Details)]);
    }

    fn typing(&mut self, active: bool, now: Millis, effects: &mut Effects) {
        if !active {
            return self.stop_typing(effects);
        }
        let Some(open) = &self.open else { return };
        if self.my_typing.key(now) && self.link.is_ready() {
            let conversation = open.conversation;
            effects.push(Effect::Transmit(OwnerFrame::Typing { conversation, active }));
        }
    }

    fn stop_typing(&mut self, effects: &mut Effects) {
        let Some(open) = &self.open else { return };
        if self.my_typing.stop() && self.link.is_ready() {
            let conversation = open.conversation;
            effects.push(Effect::Transmit(OwnerFrame::Typing { conversation, active: false }));
        }
    }

    fn wish(&mut self, frame: OwnerFrame) {
        if self.wishes.len() >= WISHES {
            self.wishes.remove(0);
        }
        self.wishes.push(frame);
    }

    fn act(&mut self, due: Due, now: Millis, effects: &mut Effects) {
        match due {
            Due::Nothing => {}
            Due::Connect(transport) => {
                effects.extend([Effect::Connect(transport), Effect::Changed(Part::Status)]);
            }
            Due::Ping => effects.push(Effect::Transmit(OwnerFrame::Ping {})),
            Due::GiveUp => {
                effects.push(Effect::Disconnect);
                self.lost(None, now, effects);
            }
        }
    }

    fn lost(&mut self, code: Option<u16>, now: Millis, effects: &mut Effects) {
        self.link.closed(code, now, &mut self.mint);
        self.outbox.connection_lost();
        self.list.connection_lost();
        self.my_typing.stop();
        if let Some(open) = &mut self.open {
            open.timeline.connection_lost();
            open.watched = false;
            open.typing.heard(false, now);
        }
        effects.extend([Effect::Changed(Part::Status), Effect::Changed(Part::Typing)]);
    }

    /// The open conversation, when it is this one.
    fn opened(&mut self, conversation: ConversationId) -> Option<&mut OpenConversation> {
        self.open.as_mut().filter(|open| open.conversation == conversation)
    }

    fn hear(&mut self, frame: RelayFrame, now: Millis, effects: &mut Effects) {
        match frame {
            RelayFrame::OwnerWelcome(welcome) => {
                self.link.welcomed(now);
                self.about = Some(welcome);
                effects.extend([Effect::Changed(Part::Status), Effect::Changed(Part::Account)]);
            }
            RelayFrame::Kept { conversation, id, seq, at } => {
                self.kept(conversation, id, seq, at);
                effects.extend([Effect::Forget(id), Effect::Changed(Part::Timeline)]);
            }
            RelayFrame::Refused { id, problem, .. } => {
                self.outbox.refused(id, problem, now);
                effects.push(Effect::Changed(Part::Timeline));
            }
            RelayFrame::Message { conversation, message } => {
                let Some(open) = self.opened(conversation) else {
                    return;
                };
                if message.from == Side::Visitor && open.typing.heard(false, now) {
                    effects.push(Effect::Changed(Part::Typing));
                }
                open.timeline.take(message);
                self.settle(effects);
            }
            RelayFrame::History { conversation, slice } => {
                let Some(open) = self.opened(conversation) else {
                    return;
                };
                open.timeline.take_slice(slice);
                self.settle(effects);
            }
            RelayFrame::Receipt { conversation, side, receipt } => {
                let Some(open) = self.opened(conversation) else {
                    return;
                };
                if open.timeline.take_receipt(side, receipt) {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            RelayFrame::Typing { conversation, side: Side::Visitor, active } => {
                if self.opened(conversation).is_some_and(|open| open.typing.heard(active, now)) {
                    effects.push(Effect::Changed(Part::Typing));
                }
            }
            RelayFrame::Presence { conversation, side: Side::Visitor, here } => {
                if let Some(details) = self.opened(conversation).and_then(|open| open.details.as_mut()) {
                    details.summary.visitor_here = here;
                    effects.push(Effect::Changed(Part::Details));
                }
                if self.list.take_presence(conversation, here) {
                    effects.push(Effect::Changed(Part::List));
                }
            }
            RelayFrame::Conversations { filter, search, cursor, conversations, next } => {
                self.take_notice_of(&conversations, effects);
                if self.list.take_page(filter, search, cursor, conversations, next) {
                    effects.push(Effect::Changed(Part::List));
                }
            }
            RelayFrame::Changed { summary } => self.changed(summary, effects),
            RelayFrame::Details(details) => {
                let Some(open) = self.opened(details.summary.conversation) else {
                    return;
                };
                open.timeline.take_receipt(Side::Owner, details.owner_receipt);
                open.timeline.take_receipt(Side::Visitor, details.visitor_receipt);
                open.told = details.owner_receipt;
                open.details = Some(details);
                effects.extend([Effect::Changed(Part::Details), Effect::Changed(Part::Timeline)]);
            }
            RelayFrame::Sessions { sessions } => {
                self.sessions = Some(sessions);
                effects.push(Effect::Changed(Part::Account));
            }
            RelayFrame::BellSeen { site } => self.bell_seen(site, effects),
            RelayFrame::Problem(problem) => self.link.problem(problem),
            // A pong has done its work by being heard; the rest is not for an owner.
            _ => {}
        }
    }

    fn bell_seen(&mut self, site: SiteSeen, effects: &mut Effects) {
        let Some(about) = &mut self.about else { return };
        match about.sites.iter_mut().find(|known| known.origin == site.origin) {
            Some(known) => *known = site,
            None => about.sites.push(site),
        }
        effects.push(Effect::Changed(Part::Account));
    }

    fn changed(&mut self, summary: Summary, effects: &mut Effects) {
        let conversation = summary.conversation;
        self.take_notice_of(std::slice::from_ref(&summary), effects);
        if let Some(details) = self.opened(conversation).and_then(|open| open.details.as_mut()) {
            details.summary = summary.clone();
            effects.push(Effect::Changed(Part::Details));
        }
        if self.list.take_change(&summary) {
            effects.push(Effect::Changed(Part::List));
        }
    }

    /// This device has heard of the visitors' last words: it says so, and they
    /// see them handed over. What is newer than all that was heard before rings.
    fn take_notice_of(&mut self, conversations: &[Summary], effects: &mut Effects) {
        let heard_upto = self.heard_upto;
        for summary in conversations {
            self.heard_upto = self.heard_upto.max(Some(summary.last_at));
            if summary.unread == 0 || summary.last_from == Side::Owner {
                continue;
            }
            let (conversation, upto) = (summary.conversation, summary.last_seq);
            effects.push(Effect::Transmit(OwnerFrame::Received { conversation, upto }));
            if heard_upto.is_some_and(|heard| summary.last_at > heard) {
                effects.push(Effect::Rang(Box::new(summary.clone())));
            }
        }
        self.heard_upto = self.heard_upto.or(Some(UnixMillis(0)));
    }

    fn kept(&mut self, conversation: ConversationId, id: MessageId, seq: Seq, at: UnixMillis) {
        self.outbox.accepted();
        let Some(draft) = self.outbox.drafts().iter().find(|draft| draft.id == id) else {
            return;
        };
        let message = Message { id, seq, from: Side::Owner, at, body: draft.body.clone() };
        let taken = self.opened(conversation).map(|open| open.timeline.take(message));
        match taken {
            Some(Taken::Gap) => self.outbox.kept(id, seq, at),
            _ => {
                self.outbox.remove(id);
            }
        }
    }

    /// The timeline has grown: drafts that are part of it now are drafts no more.
    fn settle(&mut self, effects: &mut Effects) {
        effects.push(Effect::Changed(Part::Timeline));
        let Some(open) = &self.open else { return };
        while let Some(id) = self.outbox.settled(open.conversation, open.timeline.last()) {
            self.outbox.remove(id);
        }
        if self.outbox.is_empty() {
            return;
        }
        for message in open.timeline.messages() {
            if self.outbox.remove(message.id).is_some() {
                effects.push(Effect::Forget(message.id));
            }
        }
    }

    /// Says everything that the relay does not know yet, or asks for what is missing.
    fn say_what_is_due(&mut self, now: Millis, effects: &mut Effects) {
        if !self.link.is_ready() {
            let something = !self.wishes.is_empty()
                || self.open.as_ref().is_some_and(|open| !open.watched)
                || (self.outbox.has_waiting() && self.outbox.wake_at(now).is_none());
            let due = if something { self.link.hurry(now) } else { Due::Nothing };
            return self.act(due, now, effects);
        }
        let mut say = |frame| effects.push(Effect::Transmit(frame));
        if let Some(cursor) = self.list.ask() {
            let (filter, search) = (self.list.filter(), self.list.search().map(Into::into));
            say(OwnerFrame::List { filter, search, cursor });
        }
        if let Some(open) = &mut self.open {
            let conversation = open.conversation;
            if !open.watched {
                open.watched = true;
                say(OwnerFrame::Watch { conversation, after: open.timeline.last() });
            }
            let opened = open.timeline.mine.opened;
            if opened > open.told.opened {
                open.told.opened = opened;
                say(OwnerFrame::Opened { conversation, upto: opened });
            }
            if let Some(seq) = open.timeline.ask_newer() {
                say(OwnerFrame::After { conversation, seq });
            }
            if let Some(seq) = open.timeline.ask_older() {
                say(OwnerFrame::Before { conversation, seq });
            }
        }
        for wish in self.wishes.drain(..) {
            say(wish);
        }
        let mut asked = false;
        while let Some(draft) = self.outbox.send_next(now) {
            let (conversation, id) = (draft.conversation, draft.id);
            say(OwnerFrame::Send { conversation, id, body: draft.body.clone() });
            asked = true;
        }
        if asked {
            self.link.asked(now);
        }
    }

    /// When `Wake` is due. Ask again after every event.
    pub fn wake_at(&self, now: Millis) -> Option<Millis> {
        let typing = self.open.as_ref().and_then(|open| open.typing.wake_at());
        [self.link.wake_at(), self.outbox.wake_at(now), typing].into_iter().flatten().min()
    }

    /// Whether there is a connection.
    pub fn status(&self) -> Status<'_> {
        self.link.status()
    }

    /// The shop, the tag and the sites; none before the first welcome.
    pub fn about(&self) -> Option<&OwnerWelcome> {
        self.about.as_ref()
    }

    /// The list.
    pub fn list(&self) -> &ConversationList {
        &self.list
    }

    /// The conversation that is open.
    pub fn open_conversation(&self) -> Option<&OpenConversation> {
        self.open.as_ref()
    }

    /// All that the open conversation shows.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.open.iter().flat_map(|open| {
            let drafts = self.outbox.drafts().iter();
            open.timeline.rows(drafts.filter(|draft| draft.conversation == open.conversation))
        })
    }

    /// Drafts in all conversations that the relay does not have yet.
    pub fn drafts(&self) -> &[Draft] {
        self.outbox.drafts()
    }

    /// The signed-in devices; none before they have come.
    pub fn sessions(&self) -> Option<&[Session]> {
        self.sessions.as_deref()
    }
}
