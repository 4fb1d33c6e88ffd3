//! Under which names the browser's storage keeps what, and the visitor's key:
//! the same text that stands in the relay's cookie and in a private link.

use shopbell_protocol::{ConversationId, Credential, MessageId, Secret, ShopId};

/// A visitor's key: the conversation's id, a dot, and the secret.
pub fn key(credential: &Credential) -> String {
    [&credential.conversation.to_string(), ".", credential.secret.reveal()].concat()
}

/// Reads a visitor's key; `None` for anything else.
pub fn parse_key(key: &str) -> Option<Credential> {
    let (conversation, secret) = key.split_once('.')?;
    Some(Credential { conversation: ConversationId::parse(conversation)?, secret: Secret::parse(secret)? })
}

/// The names of one shop's entries.
#[derive(Debug, Clone)]
pub struct Names {
    prefix: String,
}

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// The visitor's key.
    Key,
    /// What stands in the box and was not sent.
    Typed,
    /// A message that waits for the relay.
    Draft(MessageId),
}

impl Names {
    /// For this shop.
    pub fn new(shop: &ShopId) -> Self {
        // A colon can't stand in a shop's id, so no shop's names begin with another's.
        Self { prefix: ["shopbell:", shop.as_str(), ":"].concat() }
    }

    /// The name of an entry.
    pub fn name(&self, entry: Entry) -> String {
        match entry {
            Entry::Key => [self.prefix.as_str(), "key"].concat(),
            Entry::Typed => [self.prefix.as_str(), "typed"].concat(),
            Entry::Draft(id) => [self.prefix.as_str(), &id.to_string()].concat(),
        }
    }

    /// What stands under a name; `None` when it is not this shop's.
    pub fn entry(&self, name: &str) -> Option<Entry> {
        match name.strip_prefix(&self.prefix)? {
            "key" => Some(Entry::Key),
            "typed" => Some(Entry::Typed),
            id => MessageId::parse(id).map(Entry::Draft),
        }
    }
}

/// The value of a cookie, by its name.
pub fn cookie<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(its_name, _)| *its_name == name).map(|(_, value)| value)
}

/// Whose credential to take up on arrival: the one that this device has stored,
/// unless the relay knows the visitor by another one (a private link was opened)
/// and nothing waits here to be sent in the stored one.
pub fn choose(stored: Option<Credential>, relays: Option<Credential>, waiting: bool) -> Option<Credential> {
    if waiting { stored.or(relays) } else { relays.or(stored) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credential(byte: u8) -> Credential {
        Credential { conversation: ConversationId::from_bytes([byte; 16]), secret: Secret::new(&[byte; 32]) }
    }

    #[test]
    fn a_key_reads_back() {
        assert_eq!(parse_key(&key(&credential(7))), Some(credential(7)));
        assert_eq!(parse_key("018bcfe5-6800-7707-8707-070707070707."), None);
    }

    #[test]
    fn each_shop_has_names_of_its_own() {
        let (one, other) = (ShopId::parse("oak").expect("an id"), ShopId::parse("oak-key").expect("an id"));
        let (one, other) = (Names::new(&one), Names::new(&other));
        let draft = Entry::Draft(MessageId::from_bytes([3; 16]));
        for entry in [Entry::Key, Entry::Typed, draft] {
            assert_eq!(one.entry(&one.name(entry)), Some(entry));
            assert_eq!(one.entry(&other.name(entry)), None);
        }
        assert_eq!(one.entry("theirs"), None);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        assert_eq!(cookie("a=1; shopbell-visitor=k.s; b=2", "shopbell-visitor"), Some("k.s"));
        assert_eq!(cookie("xshopbell-visitor=1", "shopbell-visitor"), None);
    }

    #[test]
    fn a_private_link_counts_more_than_the_storage_but_unsent_words_are_never_left_behind() {
        let (stored, relays) = (Some(credential(1)), Some(credential(2)));
        assert_eq!(choose(stored.clone(), relays.clone(), false), relays);
        assert_eq!(choose(stored.clone(), relays.clone(), true), stored);
        assert_eq!(choose(None, relays.clone(), true), relays);
        assert_eq!(choose(stored.clone(), None, false), stored);
    }
}
