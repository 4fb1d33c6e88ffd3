//! What a batch comes to: each message's place, and how each conversation stands after it,
//! worked out here from what was read under the locks.

use shopbell_protocol::{ConversationId, MessageId, Seq, ShopId, Side};
use std::collections::{HashMap, HashSet};
use subtle::ConstantTimeEq;

use super::super::standings::Locked;
use crate::{Append, AppendError, Appended, Digest, Wake, standing::Standing};

/// A message that was kept before.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) appended: Appended,
    pub(super) from: Side,
    pub(super) body: String,
}

pub(super) type KnownMessages = HashMap<(ConversationId, MessageId), Known>;

/// A batch that is being worked out.
pub(super) struct Plan<'a> {
    shops: HashSet<ShopId>,
    pub(super) talks: HashMap<ConversationId, Talk<'a>>,
    known: KnownMessages,
    pub(super) messages: Vec<NewMessage<'a>>,
    pub(super) wakes: Vec<Wake>,
}

/// A conversation at hand.
pub(super) struct Talk<'a> {
    pub(super) shop: ShopId,
    secret: Digest,
    link_secret: Option<Digest>,
    pub(super) standing: Standing,
    /// What it was begun by, when this batch begins it.
    pub(super) began: Option<&'a Append>,
    pub(super) changed: bool,
}

/// A message to be written.
pub(super) struct NewMessage<'a> {
    pub(super) append: &'a Append,
    pub(super) seq: Seq,
    /// Which of the batch's appends it is.
    pub(super) number: usize,
}

impl<'a> Plan<'a> {
    pub(super) fn new(
        shops: HashSet<ShopId>,
        locked: HashMap<ConversationId, Locked>,
        known: KnownMessages,
    ) -> Self {
        let talk = |(id, locked): (ConversationId, Locked)| {
            let Locked { shop, secret, link_secret, standing } = locked;
            (id, Talk { shop, secret, link_secret, standing, began: None, changed: false })
        };
        let talks = locked.into_iter().map(talk).collect();
        Self { shops, talks, known, messages: Vec::new(), wakes: Vec::new() }
    }

    /// A conversation of this shop.
    pub(super) fn talk(&mut self, shop: &ShopId, id: ConversationId) -> Option<&mut Talk<'a>> {
        self.talks.get_mut(&id).filter(|talk| talk.shop == *shop)
    }

    /// Gives a message its place, or says why it has none.
    pub(super) fn append(&mut self, append: &'a Append, number: usize) -> Result<Appended, AppendError> {
        if !self.shops.contains(&append.shop) {
            return Err(AppendError::NoSuchShop);
        }
        let id = append.conversation;
        let began = !self.talks.contains_key(&id);
        match (append.from, self.talks.get(&id), append.secret) {
            (Side::Visitor, Some(talk), Some(secret)) if talk.shop == append.shop && talk.opens(&secret) => {}
            (Side::Visitor, None, Some(secret)) => {
                let standing = Standing::new(append.at);
                let shop = append.shop.clone();
                let talk =
                    Talk { shop, secret, link_secret: None, standing, began: Some(append), changed: true };
                self.talks.insert(id, talk);
            }
            (Side::Visitor, ..) => return Err(AppendError::NotYours),
            (Side::Owner, Some(talk), _) if talk.shop == append.shop => {}
            (Side::Owner, ..) => return Err(AppendError::NoSuchConversation),
        }
        if let Some(known) = self.known.get(&(id, append.id)) {
            let same = known.from == append.from && known.body == append.body;
            let again = Appended { fresh: false, deliveries: 0, ..known.appended };
            return if same { Ok(again) } else { Err(AppendError::IdReused) };
        }
        let Some(talk) = self.talks.get_mut(&id) else { return Err(AppendError::NotKept) };
        if talk.standing.last == Seq(u32::MAX) {
            return Err(AppendError::NotKept);
        }
        talk.standing = talk.standing.with_message(append.from, append.at, append.system);
        talk.changed = true;
        let seq = talk.standing.last;
        let appended = Appended { seq, at: append.at, fresh: true, began, deliveries: 0 };
        let kept = Known {
            appended: Appended { began: seq == Seq(1), ..appended },
            from: append.from,
            body: append.body.clone(),
        };
        self.known.insert((id, append.id), kept);
        self.messages.push(NewMessage { append, seq, number });
        self.wakes.push(Wake::Kept { shop: append.shop.clone(), conversation: id, seq });
        Ok(appended)
    }

    /// How many of a visitor's messages after a place this batch writes.
    pub(super) fn unread_here(&self, id: ConversationId, after: Seq) -> u32 {
        let unread = self.messages.iter().filter(|message| {
            message.append.conversation == id && message.append.from == Side::Visitor && message.seq > after
        });
        u32::try_from(unread.count()).unwrap_or(u32::MAX)
    }
}

impl Talk<'_> {
    /// Whether a secret is the conversation's own or the one of its private links.
    fn opens(&self, secret: &Digest) -> bool {
        let same = |own: &Digest| -> bool { own.0.ct_eq(&secret.0).into() };
        same(&self.secret) | self.link_secret.as_ref().is_some_and(same)
    }

    /// The secret that a new conversation is begun with.
    pub(super) fn secret(&self) -> &Digest {
        &self.secret
    }
}
