//! Ears that remember what they heard, for a channel without a relay.

use async_trait::async_trait;
use shopbell_channels::{Away, Ears, Failure, Held, Known, Reference, Said, Target, Unfit, Verdict};
use shopbell_protocol::{
    ChannelId, ChannelKind, ConversationId, ErrorCode, Message, MessageId, RANDOM_BYTES, Seq, UnixMillis,
    text,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Remembers what it heard, and knows what it was told.
#[derive(Default)]
pub struct RecordingEars {
    all: Mutex<All>,
}

/// All that was heard and is known.
#[derive(Default)]
pub struct All {
    /// The time of day.
    pub now: UnixMillis,
    /// The channels that there are.
    pub channels: HashMap<ChannelId, Known>,
    /// What answers can refer to.
    pub references: HashMap<(ChannelKind, String), (Known, Seq)>,
    /// What was said, in order, each once.
    pub said: Vec<Said>,
    /// What systems said, in order, each once.
    pub system: Vec<Said>,
    /// What was said before, in every conversation.
    pub lately: Vec<Message>,
    /// What is held.
    pub held: Vec<Held>,
    /// Codes that are good, and the shop's name.
    pub codes: HashMap<String, String>,
    /// Targets that were linked.
    pub linked: Vec<Target>,
    /// Channels that were said not to work.
    pub troubles: Vec<(ChannelId, Failure)>,
    /// What was opened.
    pub opened: Vec<(ChannelId, ConversationId, Seq)>,
    /// What channels remember.
    pub notes: HashMap<(ChannelKind, String), String>,
    /// No picture can be taken, and why.
    pub unfit: Option<Unfit>,
    /// Nothing can be kept at this moment.
    pub away: bool,
}

impl RecordingEars {
    /// What was heard and is known.
    pub fn all(&self) -> MutexGuard<'_, All> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a channel.
    pub fn know(&self, known: Known) {
        self.all().channels.insert(known.channel, known);
    }

    /// What a parcel was remembered by when it was handed over.
    pub fn refer(&self, known: &Known, references: &[Reference]) {
        let mut all = self.all();
        for Reference { key, upto } in references {
            all.references.insert((known.target.kind(), key.clone()), (known.clone(), *upto));
        }
    }

    /// The texts that were said, in order.
    pub fn bodies(&self) -> Vec<String> {
        self.all().said.iter().map(|said| said.body.clone()).collect()
    }

    fn asked(&self) -> Result<MutexGuard<'_, All>, Away> {
        let all = self.all();
        if all.away { Err(Away) } else { Ok(all) }
    }
}

#[async_trait]
impl Ears for RecordingEars {
    fn now(&self) -> UnixMillis {
        self.all().now
    }

    async fn channel(&self, channel: ChannelId) -> Result<Option<Known>, Away> {
        Ok(self.asked()?.channels.get(&channel).cloned())
    }

    async fn reference(&self, kind: ChannelKind, key: &str) -> Result<Option<(Known, Seq)>, Away> {
        Ok(self.asked()?.references.get(&(kind, key.to_owned())).cloned())
    }

    async fn say(&self, said: Said) -> Result<Verdict, Away> {
        let mut all = self.asked()?;
        match all.unfit.filter(|_| !said.pictures.is_empty()) {
            Some(unfit) => Ok(Verdict::Unfit(unfit)),
            None => Ok(keep(&mut all.said, said)),
        }
    }

    async fn system(&self, said: Said) -> Result<Verdict, Away> {
        Ok(keep(&mut self.asked()?.system, said))
    }

    async fn lately(&self, _: ChannelId, _: ConversationId) -> Result<Vec<Message>, Away> {
        Ok(self.asked()?.lately.clone())
    }

    async fn hold(&self, held: Held) -> Result<bool, Away> {
        let mut all = self.asked()?;
        if all.held.iter().all(|known| known.external != held.external) {
            all.held.push(held);
        }
        Ok(true)
    }

    async fn link(&self, code: &str, target: Target) -> Result<Option<String>, Away> {
        let mut all = self.asked()?;
        let shop = all.codes.remove(code);
        if shop.is_some() {
            all.linked.push(target);
        }
        Ok(shop)
    }

    async fn trouble(&self, channel: ChannelId, failure: Failure) -> Result<(), Away> {
        self.asked()?.troubles.push((channel, failure));
        Ok(())
    }

    async fn opened(&self, channel: ChannelId, conversation: ConversationId, upto: Seq) -> Result<(), Away> {
        self.asked()?.opened.push((channel, conversation, upto));
        Ok(())
    }

    async fn recall(&self, kind: ChannelKind, name: &str) -> Result<Option<String>, Away> {
        Ok(self.asked()?.notes.get(&(kind, name.to_owned())).cloned())
    }

    async fn remember(&self, kind: ChannelKind, name: &str, note: &str) -> Result<(), Away> {
        self.asked()?.notes.insert((kind, name.to_owned()), note.to_owned());
        Ok(())
    }
}

/// Each is taken once; the same name for another conversation is refused.
fn keep(all: &mut Vec<Said>, said: Said) -> Verdict {
    let body = match text::clean_body(&said.body) {
        Ok(body) => body,
        Err(ErrorCode::Empty) if !said.pictures.is_empty() => String::new(),
        Err(code) => return Verdict::Refused(code),
    };
    let place = all.iter().position(|known| known.external == said.external);
    if place.is_some_and(|place| all[place].conversation != said.conversation) {
        return Verdict::TakenBefore;
    }
    let place = place.unwrap_or_else(|| {
        all.push(Said { body, ..said });
        all.len() - 1
    });
    let id = u64::try_from(place).expect("few messages");
    Verdict::Kept(MessageId::new(id, [0; RANDOM_BYTES]))
}
