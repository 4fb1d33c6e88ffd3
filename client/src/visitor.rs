//! The visitor's talker: one conversation.

mod hears;

use crate::link::Due;
use crate::shell::Shell;
use crate::typing::TheirTyping;
use crate::{Draft, Effect, Millis, OutboxFull, Part, Row, Status, Timeline};
use shopbell_protocol::{
    Cut, MessageId, Page, Problem, Receipt, RelayFrame, Side, VisitorFrame, VisitorHello,
};

/// What happens to a visitor's talker.
#[derive(Debug, Clone)]
pub enum VisitorEvent {
    /// The panel was opened, the network came back, or a person wants it now.
    Start,
    /// The connection that was asked for is open.
    Connected,
    /// It is over, or could not be opened; with the WebSocket close code if there was one.
    Closed(Option<u16>),
    /// The relay said something.
    Frame(RelayFrame),
    /// The time of [`VisitorTalker::wake_at`] has come.
    Wake,
    /// A draft from the device's storage: of an earlier visit or another tab.
    Adopt(Draft),
    /// Another tab took this draft out of the storage: it was kept or given up.
    Gone(MessageId),
    /// A key was struck in the box, which now has text in it or not.
    Typing(bool),
    /// Everything that has come is before the visitor's eyes.
    Seen,
    /// The visitor scrolled up to the first message.
    LoadOlder,
    /// A stuck draft is to be tried again.
    Retry(MessageId),
    /// A draft is to be given up, by the visitor's own wish.
    Discard(MessageId),
    /// The panel stands on this page now.
    Visit(Page),
    /// Unseen answers are to come to this address by mail; to none when it is empty.
    Address(String),
}

/// Where answers come to that a visitor misses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// Whether the relay can send mail at all.
    pub possible: bool,
    /// The address; none for nowhere.
    pub address: Option<String>,
    /// What was said last is no address.
    pub refused: bool,
}

/// Whom the visitor talks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The shop's name.
    pub shop: String,
    /// The owner's name.
    pub owner: String,
}

/// The visitor's talker.
#[derive(Debug)]
pub struct VisitorTalker {
    hello: VisitorHello,
    shell: Shell,
    timeline: Timeline,
    about: Option<About>,
    owner_here: bool,
    unreachable: bool,
    mail: Mail,
    /// An address of which the relay has not said that it has it.
    address: Option<Asked>,
    owner_typing: TheirTyping,
    cut: Option<Cut>,
    /// What the relay has been told on this connection.
    told: Receipt,
    page_told: bool,
}

/// Something that is to be said until it is answered.
#[derive(Debug)]
struct Asked {
    email: String,
    /// Whether it was said on this connection.
    said: bool,
}

type Effects = Vec<Effect<VisitorFrame>>;

impl VisitorTalker {
    /// Before anything was said. `hello.credential` may be fresh: it comes to
    /// exist at the relay with the first send. `seed` is 64 random bits.
    pub fn new(hello: VisitorHello, seed: u64) -> Self {
        Self {
            hello,
            shell: Shell::new(seed),
            timeline: Timeline::new(Side::Visitor),
            about: None,
            owner_here: false,
            unreachable: false,
            mail: Mail::default(),
            address: None,
            owner_typing: TheirTyping::default(),
            cut: None,
            told: Receipt::default(),
            page_told: true,
        }
    }

    /// What was written, for the outbox: it is kept on the device first and then
    /// sent. `body` must have gone through [`shopbell_protocol::text::clean_body`].
    ///
    /// # Errors
    /// [`OutboxFull`] when too many messages wait already; nothing has changed.
    pub fn write(&mut self, body: String, now: Millis) -> Result<(MessageId, Effects), OutboxFull> {
        let (id, mut effects) = self.shell.write(self.hello.credential.conversation, body, now)?;
        if self.shell.my_typing.stop() && self.shell.link.is_ready() {
            effects.push(Effect::Transmit(VisitorFrame::Typing { active: false }));
        }
        self.say_what_is_due(now, &mut effects);
        Ok((id, effects))
    }

    /// Takes an event in and gives what the host has to do.
    pub fn handle(&mut self, event: VisitorEvent, now: Millis) -> Effects {
        let mut effects = Vec::new();
        self.shell.outbox.clock_is(now);
        match event {
            VisitorEvent::Start => {
                let due = self.shell.link.nudge(now);
                self.act(due, now, &mut effects);
            }
            VisitorEvent::Connected => {
                self.shell.link.opened(now);
                let mut hello = self.hello.clone();
                hello.after = self.timeline.last();
                hello.epoch = Cut::epoch(self.cut);
                self.page_told = true;
                effects.push(Effect::Transmit(VisitorFrame::Hello(hello)));
                effects.push(Effect::Changed(Part::Status));
            }
            VisitorEvent::Closed(code) => self.lost(code, now, &mut effects),
            VisitorEvent::Frame(frame) => {
                self.shell.link.heard(now);
                self.hear(frame, now, &mut effects);
            }
            VisitorEvent::Wake => {
                let due = self.shell.link.due(now);
                self.act(due, now, &mut effects);
                if self.owner_typing.lapse(now) {
                    effects.push(Effect::Changed(Part::Typing));
                }
            }
            VisitorEvent::Adopt(draft) => {
                let known = self.timeline.messages();
                self.shell.adopt(draft, known, &mut effects);
            }
            VisitorEvent::Gone(id) => self.shell.gone(id, &mut effects),
            VisitorEvent::Typing(active) => {
                let changed =
                    if active { self.shell.my_typing.key(now) } else { self.shell.my_typing.stop() };
                if changed && self.shell.link.is_ready() {
                    effects.push(Effect::Transmit(VisitorFrame::Typing { active }));
                }
            }
            VisitorEvent::Seen => {
                let upto = self.timeline.last_theirs();
                if self.timeline.take_receipt(Side::Visitor, Receipt { handed: upto, opened: upto }) {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            VisitorEvent::LoadOlder => {
                if self.timeline.want_older() {
                    effects.push(Effect::Changed(Part::Timeline));
                }
            }
            VisitorEvent::Retry(id) => {
                self.shell.outbox.retry(id);
                effects.push(Effect::Changed(Part::Timeline));
                let due = self.shell.link.nudge(now);
                self.act(due, now, &mut effects);
            }
            VisitorEvent::Discard(id) => self.shell.discard(id, &mut effects),
            VisitorEvent::Visit(page) => {
                if self.hello.page.as_ref() != Some(&page) {
                    self.hello.page = Some(page);
                    self.page_told = false;
                }
            }
            VisitorEvent::Address(email) => {
                self.address = Some(Asked { email, said: false });
                let due = self.shell.link.nudge(now);
                self.act(due, now, &mut effects);
            }
        }
        self.say_what_is_due(now, &mut effects);
        self.shell.link.handled();
        effects
    }

    fn act(&mut self, due: Due, now: Millis, effects: &mut Effects) {
        if self.shell.act(due, VisitorFrame::Ping {}, effects) {
            self.lost(None, now, effects);
        }
    }

    fn lost(&mut self, code: Option<u16>, now: Millis, effects: &mut Effects) {
        self.shell.lost(code, now, effects);
        self.timeline.connection_lost();
        if let Some(address) = &mut self.address {
            address.said = false;
        }
        if self.owner_typing.heard(false, now) {
            effects.push(Effect::Changed(Part::Typing));
        }
    }

    /// Says everything that the relay does not know yet, or asks for what is missing.
    fn say_what_is_due(&mut self, now: Millis, effects: &mut Effects) {
        if !self.shell.link.is_ready() {
            let due = if self.shell.outbox.has_waiting() && self.shell.outbox.wake_at(now).is_none() {
                self.shell.link.hurry(now)
            } else {
                Due::Nothing
            };
            return self.act(due, now, effects);
        }
        let taken_any = self.timeline.last() > shopbell_protocol::Seq::NONE;
        let mut say = |frame| effects.push(Effect::Transmit(frame));
        let taken = self.timeline.last_theirs();
        if taken > self.told.handed && taken > self.told.opened {
            self.told.handed = taken;
            say(VisitorFrame::Received { upto: taken });
        }
        let opened = self.timeline.mine.opened;
        if opened > self.told.opened {
            self.told.opened = opened;
            say(VisitorFrame::Opened { upto: opened });
        }
        if !self.page_told
            && let Some(page) = self.hello.page.clone()
        {
            self.page_told = true;
            say(VisitorFrame::Visit { page });
        }
        // The relay keeps no address before there is a conversation.
        if let Some(address) = self.address.as_mut().filter(|address| !address.said && taken_any) {
            address.said = true;
            say(VisitorFrame::Address { email: address.email.clone() });
        }
        if let Some(seq) = self.timeline.ask_newer() {
            say(VisitorFrame::After { seq });
        }
        if let Some(seq) = self.timeline.ask_older() {
            say(VisitorFrame::Before { seq });
        }
        if let Some(draft) = self.shell.outbox.send_next(now) {
            say(VisitorFrame::Send { id: draft.id, body: draft.body.clone() });
            self.shell.link.asked(now);
        }
    }

    /// When `Wake` is due. Ask again after every event.
    pub fn wake_at(&self, now: Millis) -> Option<Millis> {
        let times =
            [self.shell.link.wake_at(now), self.shell.outbox.wake_at(now), self.owner_typing.wake_at(now)];
        times.into_iter().flatten().min()
    }

    /// The credential: to be put into the device's storage with the first draft.
    pub fn credential(&self) -> &shopbell_protocol::Credential {
        &self.hello.credential
    }

    /// Whether there is a connection.
    pub fn status(&self) -> Status<'_> {
        self.shell.link.status()
    }

    /// Whom the visitor talks to; none before the first welcome.
    pub fn about(&self) -> Option<&About> {
        self.about.as_ref()
    }

    /// Whether the owner is at the inbox; only known while connected.
    pub fn is_owner_here(&self) -> Option<bool> {
        (self.shell.link.status() == Status::Live).then_some(self.owner_here)
    }

    /// Whether no way to the owner works at this moment, as far as the relay knows.
    pub fn is_owner_unreachable(&self) -> bool {
        self.unreachable
    }

    /// Where answers come to that the visitor misses.
    pub fn mail(&self) -> &Mail {
        &self.mail
    }

    /// Since when and until when something may be missing, when there was something before: the
    /// relay's memory was put back to an earlier copy.
    pub fn cut(&self) -> Option<Cut> {
        self.timeline.misses(self.cut)
    }

    /// Whether the owner is writing.
    pub fn is_owner_typing(&self) -> bool {
        self.owner_typing.is_active()
    }

    /// The conversation, for its unread count and older messages.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// All that is shown.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.timeline.rows(self.shell.outbox.drafts().iter())
    }

    /// What the relay does not have yet.
    pub fn drafts(&self) -> &[Draft] {
        self.shell.outbox.drafts()
    }

    /// The problem that stopped the line, or that a message is stuck with.
    pub fn problem(&self) -> Option<&Problem> {
        match self.shell.link.status() {
            Status::Stopped(problem) => Some(problem),
            _ => None,
        }
    }
}
