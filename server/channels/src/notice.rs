//! What a person is told.

use shopbell_protocol::{ConversationId, Message, Page, ShopId, Side, UnixMillis};

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Somebody wrote to them.
    Words(Box<Words>),
    /// One of their other channels does not work.
    Alarm(Alarm),
    /// They pressed the test button.
    Test {
        /// Whose shop.
        shop: ShopId,
        /// The shop's name.
        shop_name: String,
        /// The inbox's address.
        link: String,
    },
}

/// Somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// Who is told: the owner of a visitor's words, or a visitor who is away of the owner's.
    pub to: Side,
    /// Whose shop.
    pub shop: ShopId,
    /// The shop's name.
    pub shop_name: String,
    /// The owner's name.
    pub owner: String,
    /// In which conversation.
    pub conversation: ConversationId,
    /// What the owner calls the visitor.
    pub visitor: Option<String>,
    /// The page that the conversation began on.
    pub page: Option<Page>,
    /// What is to be told, by rising `seq`: at least one message, all from one side. The
    /// text of one with pictures says already that they are there.
    pub messages: Vec<Message>,
    /// What was said just before, by rising `seq`; at most [`crate::limits::LINES_BEFORE`].
    pub before: Vec<Message>,
    /// When the conversation began.
    pub began_at: UnixMillis,
    /// Where it can be read and answered: the inbox, or the visitor's private link.
    pub link: String,
    /// Where the person says that they want no more of this; only for visitors.
    pub stop_link: Option<String>,
    /// Whether what was said may stand on a screen that anybody could see.
    pub show_words: bool,
    /// Conversations that were opened elsewhere since this channel told of them, the latest
    /// first; for channels that can take back what they show only when they say something new.
    pub gone: Vec<ConversationId>,
}

/// One of the owner's channels does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Whose shop.
    pub shop: ShopId,
    /// The shop's name.
    pub shop_name: String,
    /// The channel, as the owner knows it: "E-mail to ana@oak.example".
    pub about: String,
    /// Since when.
    pub since: UnixMillis,
    /// Why: a sentence.
    pub reason: String,
    /// The inbox's settings.
    pub link: String,
}

impl Words {
    /// Whether all that is told was said by the shop's own system, and nothing by a person.
    pub fn is_systems(&self) -> bool {
        self.messages.iter().all(|message| message.system)
    }

    /// What the one who wrote is called.
    pub fn writer(&self) -> &str {
        match self.to {
            Side::Owner => self.visitor.as_deref().unwrap_or("A visitor"),
            Side::Visitor => &self.owner,
        }
    }
}

impl Notice {
    /// Whose shop it is about.
    pub fn shop(&self) -> &ShopId {
        match self {
            Notice::Words(words) => &words.shop,
            Notice::Alarm(alarm) => &alarm.shop,
            Notice::Test { shop, .. } => shop,
        }
    }
}
