//! The owner's talker: the list of conversations, and the one that is open.

mod hears;
mod says;

use crate::notices::Notices;
use crate::owner_list::ConversationList;
use crate::shell::Shell;
use crate::typing::TheirTyping;
use crate::{Draft, Effect, Millis, OutboxFull, Outside, Part, Row, Status, Timeline};
use shopbell_protocol::{
    ConversationId, Cut, Details, ListFilter, Message, MessageId, OwnerFrame, OwnerWelcome, Receipt,
    RelayFrame, Session, SessionId, Side, UnixMillis,
};

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
    /// Something about channels is to be done or shown, as soon as there is a line.
    Outside(OwnerFrame),
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
    /// What was held of it before the relay's memory was put back, until what is there has come.
    held: Option<Vec<Message>>,
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
    shell: Shell,
    about: Option<OwnerWelcome>,
    list: ConversationList,
    open: Option<OpenConversation>,
    sessions: Option<Vec<Session>>,
    outside: Option<Outside>,
    wishes: Vec<OwnerFrame>,
    notices: Notices,
    /// The time of the latest message that this device has heard of.
    heard_upto: UnixMillis,
    /// Whether the first page of the list has come: what came before it is no news.
    has_heard: bool,
}

type Effects = Vec<Effect<OwnerFrame>>;

impl OwnerTalker {
    /// Before anything was said. `seed` is 64 random bits.
    pub fn new(seed: u64) -> Self {
        Self {
            shell: Shell::new(seed),
            about: None,
            list: ConversationList::default(),
            open: None,
            sessions: None,
            outside: None,
            wishes: Vec::new(),
            notices: Notices::default(),
            heard_upto: UnixMillis(0),
            has_heard: false,
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
        let (id, mut effects) = self.shell.write(conversation, body, now)?;
        if self.shell.my_typing.stop() && self.shell.link.is_ready() {
            effects.push(Effect::Transmit(OwnerFrame::Typing { conversation, active: false }));
        }
        self.say_what_is_due(now, &mut effects);
        Ok((id, effects))
    }

    /// Takes an event in and gives what the host has to do.
    pub fn handle(&mut self, event: OwnerEvent, now: Millis) -> Effects {
        let mut effects = Vec::new();
        self.shell.outbox.clock_is(now);
        match event {
            OwnerEvent::Start => {
                let due = self.shell.link.nudge(now);
                self.act(due, now, &mut effects);
            }
            OwnerEvent::Connected => {
                self.shell.link.opened(now);
                effects.push(Effect::Transmit(OwnerFrame::Hello {}));
                effects.push(Effect::Changed(Part::Status));
            }
            OwnerEvent::Closed(code) => self.lost(code, now, &mut effects),
            OwnerEvent::Frame(frame) => {
                self.shell.link.heard(now);
                self.hear(frame, now, &mut effects);
            }
            OwnerEvent::Wake => {
                let due = self.shell.link.due(now);
                self.act(due, now, &mut effects);
                if self.open.as_mut().is_some_and(|open| open.typing.lapse(now)) {
                    effects.push(Effect::Changed(Part::Typing));
                }
            }
            OwnerEvent::Adopt(draft) => {
                let known = self.open.as_ref().map_or(&[][..], |open| open.timeline.messages());
                self.shell.adopt(draft, known, &mut effects);
            }
            OwnerEvent::Gone(id) => self.shell.gone(id, &mut effects),
            OwnerEvent::Show(filter, search) => {
                if self.list.show(filter, search) {
                    effects.push(Effect::Changed(Part::List));
                }
            }
            OwnerEvent::LoadMore => self.list.want_more(),
            OwnerEvent::Open(conversation) => self.open(conversation, &mut effects),
            OwnerEvent::Leave => {
                self.stop_typing(&mut effects);
                if self.leave() && self.shell.link.is_ready() {
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
                self.shell.outbox.retry(id);
                effects.push(Effect::Changed(Part::Timeline));
                let due = self.shell.link.nudge(now);
                self.act(due, now, &mut effects);
            }
            OwnerEvent::Discard(id) => self.shell.discard(id, &mut effects),
            OwnerEvent::Name(conversation, name) => self.wish(OwnerFrame::Name { conversation, name }),
            OwnerEvent::SetClosed(conversation, closed) => {
                self.wish(OwnerFrame::Close { conversation, closed })
            }
            OwnerEvent::ShowSessions => self.wish(OwnerFrame::Sessions {}),
            OwnerEvent::Outside(frame) => self.wish(frame),
            OwnerEvent::EndSession(session) => {
                self.wish(OwnerFrame::EndSession { session });
                self.wish(OwnerFrame::Sessions {});
            }
        }
        self.say_what_is_due(now, &mut effects);
        self.shell.link.handled();
        effects
    }

    /// None is open any more; false when none was.
    fn leave(&mut self) -> bool {
        let Some(open) = self.open.take() else { return false };
        self.shell.outbox.forget_kept(open.conversation);
        true
    }

    fn open(&mut self, conversation: ConversationId, effects: &mut Effects) {
        if self.open.as_ref().is_some_and(|open| open.conversation == conversation) {
            return;
        }
        self.stop_typing(effects);
        self.leave();
        self.open = Some(OpenConversation {
            conversation,
            timeline: Timeline::new(Side::Owner),
            details: None,
            typing: TheirTyping::default(),
            told: Receipt::default(),
            watched: false,
            held: None,
        });
        effects.extend([Effect::Changed(Part::Timeline), Effect::Changed(Part::Details)]);
    }

    /// When `Wake` is due. Ask again after every event.
    pub fn wake_at(&self, now: Millis) -> Option<Millis> {
        let typing = self.open.as_ref().and_then(|open| open.typing.wake_at(now));
        [self.shell.link.wake_at(now), self.shell.outbox.wake_at(now), typing].into_iter().flatten().min()
    }

    /// Whether there is a connection.
    pub fn status(&self) -> Status<'_> {
        self.shell.link.status()
    }

    /// The shop, the tag and the sites; none before the first welcome.
    pub fn about(&self) -> Option<&OwnerWelcome> {
        self.about.as_ref()
    }

    /// Since when and until when something may be missing in the open conversation, when there
    /// was something before: the relay's memory was put back to an earlier copy.
    pub fn cut(&self) -> Option<Cut> {
        self.open.as_ref()?.timeline.misses(self.about.as_ref()?.cut)
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
            let drafts = self.shell.outbox.drafts().iter();
            open.timeline.rows(drafts.filter(|draft| draft.conversation == open.conversation))
        })
    }

    /// Drafts in all conversations that the relay does not have yet.
    pub fn drafts(&self) -> &[Draft] {
        self.shell.outbox.drafts()
    }

    /// The owner's channels; none before they were told.
    pub fn outside(&self) -> Option<&Outside> {
        self.outside.as_ref()
    }

    /// The signed-in devices; none before they have come.
    pub fn sessions(&self) -> Option<&[Session]> {
        self.sessions.as_deref()
    }
}
