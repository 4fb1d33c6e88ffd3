//! The store's promises in a few lines of memory: everything that the real ones
//! keep in columns is worked out here from the list of messages.

use std::collections::BTreeMap;

use shopbell_protocol::{Message, Receipt, Seq, ShopId, Side, UnixMillis};
use shopbell_store::{Append, AppendError, Appended, Digest};

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) talks: BTreeMap<u64, Talk>,
}

pub(crate) struct Talk {
    pub(crate) shop: ShopId,
    secret: Digest,
    pub(crate) messages: Vec<Message>,
    /// The message that reopened it last; waiting begins anew with it.
    reopened_by: usize,
    pub(crate) closed: bool,
    pub(crate) visitor: Receipt,
    pub(crate) owner: Receipt,
    pub(crate) name: Option<String>,
}

impl Model {
    pub(crate) fn append(&mut self, number: u64, append: &Append) -> Result<Appended, AppendError> {
        let began = !self.talks.contains_key(&number);
        match append.from {
            Side::Visitor => {
                let secret = append.secret.ok_or(AppendError::NotYours)?;
                let talk = self.talks.entry(number).or_insert_with(|| Talk::new(append.shop.clone(), secret));
                if talk.shop != append.shop || talk.secret != secret {
                    return Err(AppendError::NotYours);
                }
            }
            Side::Owner if self.talk(number, &append.shop).is_none() => {
                return Err(AppendError::NoSuchConversation);
            }
            Side::Owner => {}
        }
        let talk = self.talk(number, &append.shop).expect("was looked up above");
        if let Some(kept) = talk.messages.iter().find(|message| message.id == append.id) {
            let same = kept.from == append.from && kept.body == append.body;
            let again = Appended {
                seq: kept.seq,
                at: kept.at,
                fresh: false,
                began: kept.seq == Seq(1),
                deliveries: 0,
            };
            return if same { Ok(again) } else { Err(AppendError::IdReused) };
        }
        if append.from == Side::Visitor && talk.closed {
            talk.closed = false;
            talk.reopened_by = talk.messages.len();
        }
        let seq = talk.last().next();
        talk.messages.push(Message {
            id: append.id,
            seq,
            from: append.from,
            at: append.at,
            body: append.body.clone(),
            system: append.system,
            pictures: append.pictures.iter().map(|file| file.picture).collect(),
        });
        Ok(Appended { seq, at: append.at, fresh: true, began, deliveries: 0 })
    }

    pub(crate) fn advance(&mut self, number: u64, shop: &ShopId, side: Side, to: Receipt) -> Option<Receipt> {
        let talk = self.talk(number, shop)?;
        let last = talk.last();
        let receipt = if side == Side::Visitor { &mut talk.visitor } else { &mut talk.owner };
        let before = *receipt;
        receipt.opened = receipt.opened.max(to.opened.min(last));
        receipt.handed = receipt.handed.max(to.handed.min(last)).max(receipt.opened);
        (*receipt != before).then_some(*receipt)
    }

    /// A conversation, if this shop has it.
    pub(crate) fn talk(&mut self, number: u64, shop: &ShopId) -> Option<&mut Talk> {
        self.talks.get_mut(&number).filter(|talk| talk.shop == *shop)
    }

    /// A shop's conversations in the order of its list.
    pub(crate) fn listed(&self, shop: &ShopId, closed: bool) -> Vec<u64> {
        let mut listed: Vec<_> = self
            .talks
            .iter()
            .filter(|(_, talk)| talk.shop == *shop && talk.closed == closed)
            .map(|(number, talk)| {
                let last_at = talk.messages.last().map_or(0, |message| message.at.0);
                match talk.waiting_since().filter(|_| !closed) {
                    Some(since) => (0, since.0, *number),
                    None => (1, u64::MAX - last_at, *number),
                }
            })
            .collect();
        listed.sort_unstable();
        listed.into_iter().map(|(_, _, number)| number).collect()
    }
}

impl Talk {
    fn new(shop: ShopId, secret: Digest) -> Self {
        Self {
            shop,
            secret,
            messages: Vec::new(),
            reopened_by: 0,
            closed: false,
            visitor: Receipt::default(),
            owner: Receipt::default(),
            name: None,
        }
    }

    pub(crate) fn last(&self) -> Seq {
        self.messages.last().map_or(Seq::NONE, |message| message.seq)
    }

    pub(crate) fn waiting_since(&self) -> Option<UnixMillis> {
        let answered = self.messages.iter().rposition(|m| m.from == Side::Owner).map_or(0, |i| i + 1);
        self.messages.get(answered.max(self.reopened_by)).filter(|_| !self.closed).map(|message| message.at)
    }

    pub(crate) fn unread(&self) -> usize {
        self.messages.iter().filter(|m| m.from == Side::Visitor && m.seq > self.owner.opened).count()
    }

    /// Whether a message or the name holds these lower-case words.
    pub(crate) fn holds(&self, words: &str) -> bool {
        let texts = self.messages.iter().map(|message| &message.body).chain(&self.name);
        texts.into_iter().any(|text| text.to_lowercase().contains(words))
    }
}
