//! Many people who write at once, at three relays behind nginx: what they have written, and
//! whether all of it is there, once, in one order, for everybody.

use crate::house::{connect, database, nats, setup, visitor_through};
use shopbell_protocol::MessageId;
use shopbell_servers::Nginx;
use shopbell_tests::{Owner, Relay, Visitor, host::Storage, web};
use std::collections::BTreeSet;

const VISITORS: usize = 8;
/// Messages of each between two events.
const BURST: usize = 10;

/// A shop with three relays, and people in it.
pub(crate) struct Market {
    pub(crate) relays: Vec<Relay>,
    pub(crate) visitors: Vec<Visitor>,
    pub(crate) owner: Owner,
    nginx: Nginx,
    written: Vec<BTreeSet<MessageId>>,
    rounds: usize,
}

impl Market {
    pub(crate) async fn open(postgres: &str, nats: Option<&str>) -> Self {
        let relays: Vec<_> = (0..3).map(|_| Relay::prepare(setup(postgres, nats))).collect();
        let addresses = [relays[0].address(), relays[1].address(), relays[2].address()];
        let nginx = tokio::task::spawn_blocking(move || Nginx::before(addresses)).await.expect("a server");
        relays[0].add_shop("oak");
        let mut up: Vec<Relay> = Vec::new();
        for mut relay in relays {
            relay.set("SERVER__PUBLIC_URL", nginx.origin());
            relay.set("SERVER__TRUSTED_PROXIES", "[\"127.0.0.1/32\"]");
            if let Some(first) = up.first() {
                relay.take_key_of(first);
            }
            up.push(relay.up().await);
        }
        let cookie = web::sign_in_at(&nginx.origin(), &up[0].sign_in_code("oak")).await;
        let owner = Owner::with_session(nginx.origin(), cookie, Storage::default());
        owner.start();
        let visitors: Vec<_> = (0..VISITORS).map(|_| visitor_through(&nginx.origin())).collect();
        let written = vec![BTreeSet::new(); VISITORS];
        Self { relays: up, visitors, owner, nginx, written, rounds: 0 }
    }

    /// Everybody writes at once, and goes on while something happens.
    pub(crate) fn write(&mut self) {
        self.rounds += 1;
        for number in 0..BURST {
            for (visitor, written) in self.visitors.iter().zip(&mut self.written) {
                written.insert(visitor.write(&format!("visitor {}.{number}", self.rounds)));
            }
            let place = (self.rounds + number) % VISITORS;
            // An owner answers only what was begun.
            if self.rounds > 1 {
                let conversation = self.visitors[place].conversation();
                let body = format!("owner {}.{number}", self.rounds);
                self.written[place].insert(self.owner.write(conversation, &body));
            }
        }
    }

    /// Waits until some of what was written last is kept, so that an event comes in its middle.
    pub(crate) async fn until_some_kept(&self) {
        let before = self.visitors[0].record().kept.len();
        let far = before + 1 + self.rounds % (BURST / 2);
        self.visitors[0].until("some of it", |_, record| (record.kept.len() >= far).then_some(())).await;
    }

    pub(crate) async fn until_all_kept(&self) {
        for visitor in &self.visitors {
            visitor.until("an empty outbox", |_, _| visitor.stored().is_empty().then_some(())).await;
        }
        self.owner.until("an empty outbox", |_, _| self.owner.stored().is_empty().then_some(())).await;
    }

    /// All that was written is kept once, and everybody sees it in the same order.
    pub(crate) async fn check(&self) {
        self.until_all_kept().await;
        let reader = Owner::with_session(self.nginx.origin(), self.owner.cookie.clone(), Storage::default());
        reader.start();
        for (visitor, written) in self.visitors.iter().zip(&self.written) {
            visitor.load_all(written.len()).await;
            let seen = ids(visitor.look(|talker| talker.timeline().messages().to_vec()));
            assert_eq!(seen.iter().copied().collect::<BTreeSet<_>>(), *written, "each once, and no other");
            assert_eq!(seen.len(), written.len(), "none twice");
            reader.open(visitor.conversation()).await;
            reader.load_all(written.len()).await;
            let theirs = reader
                .look(|talker| talker.open_conversation().expect("it is open").timeline.messages().to_vec());
            assert_eq!(ids(theirs), seen, "both sides see one order");
            for (id, seq) in visitor.record().kept {
                assert_eq!(seen[seq.0 as usize - 1], id, "it was acknowledged at {seq}");
            }
        }
    }
}

fn ids(messages: Vec<shopbell_protocol::Message>) -> Vec<MessageId> {
    assert!(messages.iter().enumerate().all(|(place, message)| message.seq.0 as usize == place + 1));
    messages.into_iter().map(|message| message.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_are_killed_one_after_the_other_and_nothing_is_lost() {
    let mut market = Market::open(&database().await, Some(&nats().await)).await;
    market.write();
    market.until_all_kept().await;
    for kill in 0..9 {
        market.write();
        market.until_some_kept().await;
        market.relays[kill % 3].kill();
        // The others go on meanwhile: the next burst begins before it is back.
        if kill % 2 == 0 {
            market.write();
        }
        market.relays[kill % 3].start_again().await;
    }
    market.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn newer_relays_take_the_place_of_older_ones_one_by_one() {
    let postgres = database().await;
    let mut market = Market::open(&postgres, Some(&nats().await)).await;
    market.write();
    market.until_all_kept().await;
    // A newer one has added to the schema, and says what these do not know.
    let newer = connect(&postgres).await;
    let adds = "UPDATE shopbell_schema SET version = version + 1;
                ALTER TABLE conversations ADD COLUMN mood text NOT NULL DEFAULT 'calm';
                ALTER TABLE messages ADD COLUMN tune text;
                INSERT INTO wakes (relay, told) VALUES (77, '[{\"sing\":{\"song\":1}}]')";
    newer.batch_execute(adds).await.expect("adds");
    for place in 0..3 {
        market.write();
        market.until_some_kept().await;
        // In good order, as a rolling upgrade does: each answers first what it has taken.
        assert!(market.relays[place].terminate().success());
        market.write();
        market.relays[place].start_again().await;
    }
    market.check().await;
}
