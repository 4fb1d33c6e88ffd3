//! Letters of a shop's, ready to be handed over.

use crate::far::RecordingEars;
use shopbell_channels::{
    Channel, Failure, Handed, Known, Notice, Parcel, Target, Words,
    email::{Email, EmailConfig, Mailbox},
};
use shopbell_protocol::{
    ChannelId, ConversationId, Message, MessageId, Page, RANDOM_BYTES, Seq, ShopId, Side, UnixMillis,
};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// A relay that has nothing but e-mail, and its ears.
pub struct Letters {
    /// What is under test.
    pub email: Arc<Email>,
    /// What it tells.
    pub ears: Arc<RecordingEars>,
    listening: Option<JoinHandle<()>>,
}

impl Letters {
    /// The time of day, for all tests.
    pub const NOW: UnixMillis = UnixMillis(1_760_000_000_000);

    /// A relay with this configuration; it does not listen yet.
    pub fn new(config: &EmailConfig) -> Self {
        let ears = Arc::new(RecordingEars::default());
        ears.all().now = Self::NOW;
        Self::again(config, ears)
    }

    /// The same relay after a restart.
    pub fn again(config: &EmailConfig, ears: Arc<RecordingEars>) -> Self {
        let email = Email::new(config, [9; 32]).expect("a configuration that makes sense");
        Self { email: Arc::new(email), ears, listening: None }
    }

    /// Begins to listen.
    pub fn listen(mut self) -> Self {
        let (email, ears) = (Arc::clone(&self.email), Arc::clone(&self.ears));
        self.listening = Some(tokio::spawn(async move { email.listen(ears).await }));
        self
    }

    /// Hands words of a visitor's over, and remembers what is to be remembered.
    ///
    /// # Errors
    /// What the channel says.
    pub async fn hand(&self, address: &str, key: &str, said: &str) -> Result<Handed, Failure> {
        self.hand_to(address, key, said, UnixMillis(Self::NOW.0)).await
    }

    /// The same at another time.
    ///
    /// # Errors
    /// What the channel says.
    pub async fn hand_to(
        &self,
        address: &str,
        key: &str,
        said: &str,
        now: UnixMillis,
    ) -> Result<Handed, Failure> {
        let target = Target::Email(Mailbox { address: address.into() });
        let words = words(said);
        let known = Known {
            channel: channel(),
            shop: words.shop.clone(),
            side: words.to,
            target: target.clone(),
            conversation: Some(words.conversation),
        };
        let notice = Notice::Words(Box::new(words));
        let parcel =
            Parcel { channel: known.channel, target: &target, key, notice: &notice, memo: None, now };
        let handed = self.email.hand(parcel).await?;
        self.ears.know(known.clone());
        self.ears.refer(&known, &handed.references);
        Ok(handed)
    }
}

impl Drop for Letters {
    fn drop(&mut self) {
        if let Some(listening) = &self.listening {
            listening.abort();
        }
    }
}

/// The one channel of these tests.
fn channel() -> ChannelId {
    ChannelId::new(1, [1; RANDOM_BYTES])
}

fn words(said: &str) -> Words {
    let message = |seq: u32, from, body: &str| Message {
        id: MessageId::new(u64::from(seq), [0; RANDOM_BYTES]),
        seq: Seq(seq),
        from,
        at: Letters::NOW,
        body: body.into(),
        system: false,
        pictures: Vec::new(),
    };
    Words {
        to: Side::Owner,
        shop: ShopId::parse("oak-and-ash").expect("well formed"),
        shop_name: "Oak & Ash".into(),
        owner: "Ana".into(),
        conversation: ConversationId::new(1, [2; RANDOM_BYTES]),
        visitor: Some("Tóm".into()),
        page: Some(Page { url: "https://oak.example/walnut".into(), title: "Walnut table".into() }),
        messages: vec![message(3, Side::Visitor, said)],
        before: vec![message(1, Side::Visitor, "Hello!"), message(2, Side::Owner, "Hello Tóm.")],
        began_at: Letters::NOW,
        link: "https://relay.example/inbox".into(),
        stop_link: None,
        show_words: true,
        gone: vec![],
    }
}
