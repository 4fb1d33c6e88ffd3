//! Two relays on one PostgreSQL database, at the same moment.

use std::{
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelRule, ConversationId, MessageId, RANDOM_BYTES, Receipt, Seq, ShopId, Side,
    UnixMillis, When,
};
use shopbell_servers::Postgres;
use shopbell_store::{
    Append, AppendError, Appended, ChannelStore as _, CommitListener, Digest, Ending, Except, NewChannel,
    NewShop, Outcome, PostgresOptions, PostgresStore, Store as _, StoreError, Synchronous, Target, Told,
    Wake,
};
use tokio::sync::{Mutex, mpsc};
use tokio_postgres::NoTls;

static SERVER: LazyLock<Postgres> = LazyLock::new(|| Postgres::start(&["fsync=off", "max_connections=200"]));

/// How long anything may take on a busy machine before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// Later than all that is due.
const LATE: UnixMillis = UnixMillis(1 << 50);

struct Ear {
    outcomes: mpsc::UnboundedSender<Outcome>,
    told: mpsc::UnboundedSender<Told>,
}

impl CommitListener for Ear {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            // At a case's end nobody listens any more.
            let _ = self.outcomes.send(outcome);
        }
    }

    fn on_told(&self, told: Told) {
        let _ = self.told.send(told);
    }
}

struct Relay {
    store: Arc<PostgresStore>,
    outcomes: Mutex<mpsc::UnboundedReceiver<Outcome>>,
    told: Mutex<mpsc::UnboundedReceiver<Told>>,
}

/// The tests' server does not sync, and no test of these needs it to.
async fn open(
    url: &str,
    relay: u64,
    synchronous: Synchronous,
    ear: Ear,
) -> Result<Arc<PostgresStore>, StoreError> {
    let options = PostgresOptions { url: url.to_owned(), relay, synchronous };
    PostgresStore::open(options, Arc::new(ear)).await
}

impl Relay {
    async fn open(url: &str, relay: u64) -> Self {
        let (outcomes, heard) = mpsc::unbounded_channel();
        let (told, all_told) = mpsc::unbounded_channel();
        let store = open(url, relay, Synchronous::Off, Ear { outcomes, told }).await.expect("opens");
        Self { store, outcomes: Mutex::new(heard), told: Mutex::new(all_told) }
    }

    async fn send(&self, append: Append) -> Result<Appended, AppendError> {
        let mut outcomes = self.outcomes.lock().await;
        self.store.append(append).expect("the queue has room");
        outcomes.recv().await.expect("an outcome").result
    }

    async fn due(&self) -> Vec<ChannelId> {
        let due = self.store.due_channels(LATE, Except::default(), 100).await.expect("reads");
        due.into_iter().map(|channel| channel.id).collect()
    }

    async fn begin(&self, channel: ChannelId, talk: ConversationId, upto: u32) -> bool {
        self.store.begin_try(channel, talk, Seq(upto), Vec::new(), LATE).await.expect("writes")
    }

    /// Works off all that is due, as the dispatcher does, until there is nothing more.
    async fn work(&self, over: &AtomicBool) -> usize {
        let mut handed = 0;
        loop {
            let was_over = over.load(Ordering::SeqCst);
            let due = self.due().await;
            let has_done_all = due.is_empty();
            for channel in due {
                for burst in self.store.bursts(channel, LATE, 50).await.expect("reads") {
                    let upto = burst.waiting.last().expect("something waits").seq;
                    if !self.begin(channel, burst.conversation, upto.0).await {
                        break;
                    }
                    let ending = Ending::Handed { memo: None, references: Vec::new() };
                    self.store
                        .end_try(channel, burst.conversation, upto, ending, LATE)
                        .await
                        .expect("writes");
                    handed += burst.waiting.len();
                }
                self.store.rest(channel, UnixMillis(0)).await.expect("writes");
            }
            if was_over && has_done_all {
                return handed;
            }
        }
    }
}

/// Two relays with a shop.
async fn two() -> (String, [Relay; 2]) {
    let url = tokio::task::spawn_blocking(|| SERVER.database()).await.expect("a database");
    let relays = [Relay::open(&url, 1).await, Relay::open(&url, u64::MAX).await];
    let (id, at) = (oak(), UnixMillis(1));
    let shop = NewShop { id, name: "Oak".into(), owner: "Ana".into(), sites: Vec::new(), at };
    relays[0].store.add_shop(shop).await.expect("adds a shop");
    (url, relays)
}

fn count(url: &str, sql: &str) -> i64 {
    let database = url.rsplit('/').next().expect("a name");
    SERVER.sql(database, sql).expect("answers").parse().expect("a number")
}

fn oak() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

fn talk(number: u64) -> ConversationId {
    ConversationId::new(number, [1; RANDOM_BYTES])
}

fn way(number: u64) -> ChannelId {
    ChannelId::new(number, [3; RANDOM_BYTES])
}

fn mailbox(number: u64, when: When) -> NewChannel {
    NewChannel {
        id: way(number),
        shop: oak(),
        conversation: None,
        kind: ChannelKind::Email,
        label: number.to_string(),
        target: Target("somewhere".into()),
        far: "email".into(),
        rule: ChannelRule { when, ..ChannelRule::default() },
        at: UnixMillis(number),
    }
}

fn says(conversation: u64, id: u64) -> Append {
    Append {
        origin: 0,
        shop: oak(),
        conversation: talk(conversation),
        id: MessageId::new(id, [2; RANDOM_BYTES]),
        from: Side::Visitor,
        body: format!("no. {id}"),
        system: false,
        pictures: Vec::new(),
        at: UnixMillis(id),
        secret: Some(Digest([7; 32])),
        locale: None,
        time_zone: None,
        page: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_write_into_one_conversation_get_places_of_their_own() {
    let (url, [here, there]) = two().await;
    // Each begins at both relays at once, and some are sent at both.
    for conversation in 0..40 {
        let odd = async |relay: &Relay, odd: u64| {
            for id in 0..6 {
                let number = if id % 3 == 0 { id } else { 2 * id + 100 * odd };
                relay.send(says(conversation, 1_000 * conversation + number)).await.expect("is kept");
            }
        };
        tokio::join!(odd(&here, 1), odd(&there, 2));
    }
    assert_eq!(count(&url, "SELECT count(*) FROM messages"), 40 * 10);
    let holes = "SELECT count(*) FROM conversations c WHERE last_seq <> 10 OR unread <> 10 OR EXISTS
                     (SELECT 1 FROM generate_series(1, 10) s WHERE NOT EXISTS
                          (SELECT 1 FROM messages m WHERE m.conversation = c.id AND m.seq = s))";
    assert_eq!(count(&url, holes), 0);
}

/// Another relay moves a receipt while this one keeps a message: how the conversation stands is
/// read when the other one has done so, and not written over.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_relay_is_about_to_write_is_waited_for() {
    let (url, [here, _]) = two().await;
    here.send(says(1, 10)).await.expect("is kept");
    let (other, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connects");
    tokio::spawn(connection);
    let moves = "BEGIN; UPDATE conversations SET visitor_opened = 1, visitor_handed = 1";
    other.batch_execute(moves).await.expect("changes");
    let commit = async {
        let waits = "SELECT count(*) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while count(&url, waits) == 0 {
            tokio::task::yield_now().await;
        }
        other.batch_execute("COMMIT").await.expect("commits");
    };
    let both = async { tokio::join!(here.send(says(1, 15)), commit).0 };
    let kept = tokio::time::timeout(PATIENCE, both).await.expect("the relay waits for the row");
    assert_eq!(kept.expect("is kept").seq, Seq(2));
    let stands = "SELECT count(*) FROM conversations WHERE (last_seq, unread, visitor_opened) = (2, 2, 1)";
    assert_eq!(count(&url, stands), 1);
}

#[tokio::test]
async fn one_relay_has_a_channel_until_it_rests_or_is_silent() {
    let (url, [here, there]) = two().await;
    here.store.add_channel(mailbox(1, When::AtOnce)).await.expect("adds");
    here.send(says(1, 10)).await.expect("is kept");
    assert_eq!(here.due().await, [way(1)]);
    assert!(there.due().await.is_empty() && !there.begin(way(1), talk(1), 1).await);
    assert!(here.begin(way(1), talk(1), 1).await);
    there.store.rest(way(1), UnixMillis(0)).await.expect("writes");
    assert!(there.due().await.is_empty(), "another's rest gives nothing away");
    here.store.rest(way(1), UnixMillis(0)).await.expect("writes");
    assert_eq!(there.due().await, [way(1)]);
    // Silent for so long that its time has run out.
    let database = url.rsplit('/').next().expect("a name");
    SERVER.sql(database, "UPDATE channels SET leased_until = now() - interval '1 s'").expect("changes");
    assert_eq!(here.due().await, [way(1)]);
    assert!(!there.begin(way(1), talk(1), 1).await);
    let waiting = here.store.bursts(way(1), LATE, 9).await.expect("reads")[0].waiting[0];
    assert!(waiting.doubtful, "what was begun and not ended may have been taken");
    let ending = Ending::Handed { memo: None, references: Vec::new() };
    let receipt = here.store.end_try(way(1), talk(1), Seq(1), ending, LATE).await.expect("writes");
    assert_eq!(receipt, Some(Receipt { handed: Seq(1), opened: Seq::NONE }));
    let mut told = here.told.lock().await;
    let mut last = None;
    while let Ok(told) = told.try_recv() {
        last = Some(told);
    }
    let last = last.expect("others are told");
    assert!(last.id.is_some() && matches!(last.wakes[..], [Wake::Receipt { .. }]), "{last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_missed_while_two_keep_and_two_hand_over() {
    let (url, [here, there]) = two().await;
    for number in 1..=3 {
        here.store.add_channel(mailbox(number, When::AtOnce)).await.expect("adds");
    }
    let over = AtomicBool::new(false);
    let write = async |relay: &Relay, odd: u64| {
        for id in 0..300 {
            relay.send(says(id % 5, 2 * id + odd)).await.expect("is kept");
        }
    };
    let writing = async {
        tokio::join!(write(&here, 0), write(&there, 1));
        over.store(true, Ordering::SeqCst);
    };
    let (by_one, by_other, ()) = tokio::join!(here.work(&over), there.work(&over), writing);
    assert_eq!(by_one + by_other, 3 * 600, "each once");
    assert_eq!(count(&url, "SELECT count(*) FROM deliveries WHERE state <> 3"), 0);
    assert_eq!(count(&url, "SELECT count(*) FROM conversations WHERE owner_handed <> last_seq"), 0);
}

#[tokio::test]
async fn what_one_writes_down_the_other_reads_once() {
    let (_, [here, there]) = two().await;
    let mut cursor = there.store.in_common(0).await.expect("reads").expect("relays share it").begin;
    here.send(says(1, 10)).await.expect("is kept");
    here.store.tell(vec![Wake::Here { deaf: true }]).await.expect("writes");
    let told = there.store.wakes(&cursor).await.expect("reads");
    let wakes: Vec<_> = told.iter().flat_map(|told| told.wakes.clone()).collect();
    let kept = Wake::Kept { shop: oak(), conversation: talk(1), seq: Seq(1) };
    assert_eq!(wakes, [kept, Wake::Here { deaf: true }]);
    assert!(told.iter().all(|told| told.relay == 1 && cursor.see(told.id.expect("a number"), 0)));
    assert_eq!(there.store.wakes(&cursor).await.expect("reads"), []);
    assert!(
        here.store.lease("mailbox").await.expect("writes")
            && here.store.lease("mailbox").await.expect("writes")
    );
    assert!(!there.store.lease("mailbox").await.expect("writes"), "one of them has it");
    assert!(here.store.agree_on_key(Digest([1; 32])).await.expect("writes"));
    assert!(!there.store.agree_on_key(Digest([2; 32])).await.expect("reads"));
}

#[tokio::test]
async fn a_server_that_does_not_sync_is_refused_with_what_to_do() {
    let url = tokio::task::spawn_blocking(|| SERVER.database()).await.expect("a database");
    let ear = Ear { outcomes: mpsc::unbounded_channel().0, told: mpsc::unbounded_channel().0 };
    match open(&url, 1, Synchronous::Full, ear).await {
        Err(StoreError::Unreadable(said)) => assert!(said.contains("fsync = on"), "{said}"),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn connections_that_end_while_nobody_writes_cost_no_message() {
    let (url, [here, _]) = two().await;
    here.send(says(1, 10)).await.expect("is kept");
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
               WHERE application_name = 'shopbell' AND datname = current_database()";
    for number in 11..14 {
        assert!(count(&url, end) > 0);
        here.send(says(1, number)).await.expect("is kept over another connection");
    }
}
