//! What both sides' talkers are made of: the line to the relay, and what was
//! written on this device and is not yet known to be kept.

use crate::link::{Due, Link};
use crate::outbox::Outbox;
use crate::typing::MyTyping;
use crate::{Draft, DraftState, Effect, Millis, Mint, OutboxFull, Part};
use shopbell_protocol::{ConversationId, Message, MessageId, Seq, Side, UnixMillis};

#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) mint: Mint,
    pub(crate) link: Link,
    pub(crate) outbox: Outbox,
    pub(crate) my_typing: MyTyping,
}

impl Shell {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            mint: Mint::new(seed),
            link: Link::new(),
            outbox: Outbox::default(),
            my_typing: MyTyping::default(),
        }
    }

    /// Puts what was written into the outbox: it is kept on the device before it is sent.
    pub(crate) fn write<F>(
        &mut self,
        conversation: ConversationId,
        body: String,
        now: Millis,
    ) -> Result<(MessageId, Vec<Effect<F>>), OutboxFull> {
        let id = self.mint.message_id(now);
        let draft = Draft { conversation, id, body, written_at: UnixMillis(now), state: DraftState::Waiting };
        self.outbox.insert(draft.clone())?;
        Ok((id, vec![Effect::Keep(draft), Effect::Changed(Part::Timeline)]))
    }

    /// A draft from the device's storage. `known` are messages that it may be already.
    pub(crate) fn adopt<F>(&mut self, mut draft: Draft, known: &[Message], effects: &mut Vec<Effect<F>>) {
        self.mint.saw(draft.id);
        draft.state = DraftState::Waiting;
        if known.iter().any(|message| message.id == draft.id) {
            effects.push(Effect::Forget(draft.id));
        } else if self.outbox.insert(draft) == Ok(true) {
            effects.push(Effect::Changed(Part::Timeline));
        }
    }

    /// A draft was kept or given up in another tab. If it was kept it comes as a message.
    pub(crate) fn gone<F>(&mut self, id: MessageId, effects: &mut Vec<Effect<F>>) {
        if self.outbox.remove(id).is_some() {
            effects.push(Effect::Changed(Part::Timeline));
        }
    }

    /// A person gives a draft up.
    pub(crate) fn discard<F>(&mut self, id: MessageId, effects: &mut Vec<Effect<F>>) {
        if self.outbox.remove(id).is_some() {
            effects.extend([Effect::Forget(id), Effect::Changed(Part::Timeline)]);
        }
    }

    /// A timeline has grown: drafts that are part of it now are drafts no more.
    pub(crate) fn settle<F>(
        &mut self,
        conversation: ConversationId,
        messages: &[Message],
        last: Seq,
        effects: &mut Vec<Effect<F>>,
    ) {
        while let Some(id) = self.outbox.settled(conversation, last) {
            self.outbox.remove(id);
        }
        if self.outbox.is_empty() {
            return;
        }
        for message in messages {
            if self.outbox.remove(message.id).is_some() {
                effects.push(Effect::Forget(message.id));
            }
        }
    }

    /// The relay's memory was put back: what was kept and is only in this device's memory goes
    /// once more.
    pub(crate) fn cut_back<F>(&mut self, effects: &mut Vec<Effect<F>>) {
        effects.extend(self.outbox.cut_back().into_iter().map(Effect::Keep));
    }

    /// What this side had written before the relay's memory was put back, and what is there now:
    /// what is missing goes once more. Sending again what is there after all is harmless.
    pub(crate) fn send_missing<F>(
        &mut self,
        conversation: ConversationId,
        (held, me): (Vec<Message>, Side),
        there: &[Message],
        effects: &mut Vec<Effect<F>>,
    ) {
        let since = there.first().map_or(Seq::NONE, |first| first.seq);
        // A system's words and pictures did not come from this device.
        let own = held.into_iter().filter(|message| {
            message.seq >= since && message.from == me && !message.system && message.pictures.is_empty()
        });
        for Message { id, body, at, .. } in own.filter(|own| there.iter().all(|there| there.id != own.id)) {
            let draft = Draft { conversation, id, body, written_at: at, state: DraftState::Waiting };
            // An outbox that is full takes no more: then this is as lost as it was.
            if self.outbox.insert(draft.clone()) == Ok(true) {
                effects.push(Effect::Keep(draft));
            }
        }
    }

    /// Does what the line wants. True when the connection has to be given up, which
    /// is to be followed by [`Self::lost`].
    pub(crate) fn act<F>(&self, due: Due, ping: F, effects: &mut Vec<Effect<F>>) -> bool {
        match due {
            Due::Nothing => {}
            Due::Connect(transport) => {
                effects.extend([Effect::Connect(transport), Effect::Changed(Part::Status)]);
            }
            Due::Ping => effects.push(Effect::Transmit(ping)),
            Due::GiveUp => {
                effects.push(Effect::Disconnect);
                return true;
            }
        }
        false
    }

    /// The connection is over.
    pub(crate) fn lost<F>(&mut self, code: Option<u16>, now: Millis, effects: &mut Vec<Effect<F>>) {
        self.link.closed(code, now, &mut self.mint);
        self.outbox.connection_lost();
        self.my_typing.stop();
        effects.push(Effect::Changed(Part::Status));
    }
}
