//! A shop's whole life, with something in every table.

use shopbell_protocol::{
    ChannelHealth, ChannelId, ChannelKind, ChannelRule, ConversationId, HeldId, MessageId, Page, Picture,
    PictureId, QuietHours, RANDOM_BYTES, Receipt, Seq, SessionId, ShopId, Side, UnixMillis, When,
};
use shopbell_store::{
    Append, Appended, ChannelAdded, ChannelState, ChannelStore as _, CommitListener, Digest, Ending, Held,
    NewChannel, NewSession, NewShop, Outcome, PictureFile, PictureKind, SqliteOptions, SqliteStore, Store,
    Target, back_up, put_back,
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// How long an outcome may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// So many conversations.
pub(crate) const TALKS: u64 = 30;
const HOUR: u64 = 3_600_000;

/// Passes outcomes on.
pub(crate) struct Ear(mpsc::UnboundedSender<Outcome>);

/// What became of appends.
pub(crate) type Outcomes = mpsc::UnboundedReceiver<Outcome>;

impl CommitListener for Ear {
    fn on_outcomes(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            // At a case's end nobody listens any more.
            let _ = self.0.send(outcome);
        }
    }
}

pub(crate) fn ear() -> (Arc<Ear>, Outcomes) {
    let (ear, outcomes) = mpsc::unbounded_channel();
    (Arc::new(Ear(ear)), outcomes)
}

pub(crate) fn sqlite(folder: &Path) -> (Arc<SqliteStore>, Outcomes) {
    let (ear, outcomes) = ear();
    (SqliteStore::open(folder, ear, SqliteOptions::default()).expect("opens"), outcomes)
}

pub(crate) fn oak() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

pub(crate) fn talk(number: u64) -> ConversationId {
    ConversationId::new(number, [1; RANDOM_BYTES])
}

pub(crate) fn way(number: u64) -> ChannelId {
    ChannelId::new(number, [3; RANDOM_BYTES])
}

pub(crate) fn digest(number: u64) -> Digest {
    let mut digest = [7; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    Digest(digest)
}

pub(crate) fn picture(number: u64) -> PictureFile {
    let picture = Picture { id: PictureId::new(number, [5; RANDOM_BYTES]), width: 640, height: 480 };
    PictureFile { picture, kind: PictureKind::Jpeg, bytes: number.to_be_bytes().repeat(9_000) }
}

pub(crate) fn said(conversation: u64, id: u64, body: &str) -> Append {
    Append {
        origin: 0,
        shop: oak(),
        conversation: talk(conversation),
        id: MessageId::new(id, [2; RANDOM_BYTES]),
        from: Side::Visitor,
        body: body.into(),
        system: false,
        at: UnixMillis(id),
        secret: Some(digest(conversation)),
        locale: Some("pt-PT".into()),
        time_zone: None,
        page: Some(Page { url: format!("https://oak.example/{conversation}"), title: "Chairs".into() }),
        pictures: Vec::new(),
    }
}

pub(crate) fn answered(conversation: u64, id: u64, body: &str) -> Append {
    Append { from: Side::Owner, secret: None, page: None, ..said(conversation, id, body) }
}

/// Has a message kept.
pub(crate) async fn keep(store: &dyn Store, outcomes: &mut Outcomes, append: Append) -> Appended {
    store.append(append).expect("the queue has room");
    let outcome = tokio::time::timeout(PATIENCE, outcomes.recv()).await.expect("an outcome in time");
    outcome.expect("the store is there").result.expect("is kept")
}

fn channel(number: u64, kind: ChannelKind, conversation: Option<ConversationId>, when: When) -> NewChannel {
    let quiet = QuietHours { from: 1_320, to: 420, time_zone: "Europe/Lisbon".into() };
    NewChannel {
        id: way(number),
        shop: oak(),
        conversation,
        kind,
        label: format!("{number}@oak.example"),
        target: Target(format!("target {number}")),
        far: "far.example".into(),
        rule: ChannelRule { when, only_outside: number == 2, quiet: (number == 2).then_some(quiet) },
        at: UnixMillis(number),
    }
}

/// Fills a folder; the life in it was once put back from a copy. Nothing has it open after.
pub(crate) async fn live(folder: &Path) {
    let first = tempfile::tempdir().expect("a folder");
    let (store, mut outcomes) = sqlite(first.path());
    for (id, site) in [("oak", "https://oak.example"), ("elm", "https://elm.example")] {
        let shop = NewShop {
            id: ShopId::parse(id).expect("an id"),
            name: format!("The {id}"),
            owner: "Ana".into(),
            sites: vec![site.into(), "https://market.example".into()],
            at: UnixMillis(1),
        };
        store.add_shop(shop).await.expect("adds");
    }
    store.bell_seen("https://oak.example", UnixMillis(HOUR)).await.expect("notes");
    for (number, kind, when) in [
        (1, ChannelKind::Email, When::AtOnce),
        (2, ChannelKind::Telegram, When::Unanswered { minutes: 7 }),
        (3, ChannelKind::Ntfy, When::Standby),
    ] {
        let added = store.add_channel(channel(number, kind, None, when)).await.expect("adds");
        assert_eq!(added, ChannelAdded::Done);
    }
    talks(&*store, &mut outcomes).await;
    store.close().await;
    let copy = first.path().join("copy.db");
    back_up(first.path(), &copy, UnixMillis(5 * HOUR)).expect("copies");
    put_back(&copy, folder, 77, UnixMillis(6 * HOUR)).expect("is put back");
    let (store, mut outcomes) = sqlite(folder);
    outside(&*store).await;
    owners(&*store).await;
    keep(&*store, &mut outcomes, said(1, 900, "after the restore")).await;
    store.close().await;
}

async fn talks(store: &dyn Store, outcomes: &mut Outcomes) {
    for number in 1..=TALKS {
        let pictures =
            if number % 7 == 0 { vec![picture(2 * number), picture(2 * number + 1)] } else { vec![] };
        keep(store, outcomes, Append { pictures, ..said(number, 10 * number, &format!("olá {number} 🪑")) })
            .await;
        if number % 2 == 0 {
            keep(store, outcomes, answered(number, 10 * number + 1, "yes")).await;
            keep(store, outcomes, said(number, 10 * number + 2, "thanks,\nall of you")).await;
        }
        let page = Page { url: "https://oak.example/tables".into(), title: "Tables".into() };
        store.visit(&oak(), talk(number), page, UnixMillis(10 * number + 3)).await.expect("notes");
    }
    keep(store, outcomes, Append { system: true, ..answered(2, 800, "It left the workshop.") }).await;
    store.name(&oak(), talk(2), Some("Mr Ash".into())).await.expect("names");
    store.set_closed(&oak(), talk(4), true).await.expect("closes");
    store.set_closed(&oak(), talk(5), true).await.expect("closes");
    let (to, opened) =
        (Receipt { handed: Seq(2), opened: Seq(1) }, Receipt { handed: Seq(1), opened: Seq(1) });
    store.advance(&oak(), talk(2), Side::Visitor, to).await.expect("moves");
    store.advance(&oak(), talk(3), Side::Owner, opened).await.expect("moves");
    store.set_link_secret(&oak(), talk(3), Some(digest(333))).await.expect("sets");
}

/// Deliveries of every state, and what channels remember.
async fn outside(store: &dyn Store) {
    let of_visitor = channel(4, ChannelKind::Email, Some(talk(6)), When::AtOnce);
    assert_eq!(store.add_channel(of_visitor).await.expect("adds"), ChannelAdded::Done);
    let at = UnixMillis(HOUR);
    let endings = [
        Ending::Handed { memo: Some("thread 7".into()), references: vec![("a".into(), Seq(1))] },
        Ending::Stuck { reason: "There is no such mailbox.".into() },
        Ending::Later { until: UnixMillis(9 * HOUR), doubtful: true, memo: Some("topic".into()) },
        Ending::Unneeded,
    ];
    for (number, ending) in (7..).zip(endings) {
        assert!(store.begin_try(way(1), talk(number), Seq(1), Vec::new(), at).await.expect("begins"));
        store.end_try(way(1), talk(number), Seq(1), ending, at).await.expect("ends");
    }
    // Nobody knows how this one ended.
    assert!(store.begin_try(way(1), talk(11), Seq(1), vec![("b".into(), Seq(1))], at).await.expect("begins"));
    let health = ChannelHealth {
        handed_at: Some(UnixMillis(3)),
        sick_since: Some(at),
        gone: false,
        reason: Some("It does not answer.".into()),
    };
    let state =
        ChannelState { health, failures: 4, failing_since: Some(UnixMillis(7)), told_since: Some(at) };
    store.set_state(way(2), state).await.expect("notes");
    store.note_said(way(1), talk(7), ("mine".into(), Seq(1)), at).await.expect("notes");
    store.set_note(ChannelKind::Telegram, "offset", "42").await.expect("notes");
    store.hear(digest(501), talk(7), MessageId::new(1, [9; RANDOM_BYTES]), at).await.expect("hears");
    let files = vec![picture(900), picture(901)];
    let held = Held {
        id: HeldId::new(1, [4; RANDOM_BYTES]),
        channel: way(1),
        kind: ChannelKind::Email,
        side: Side::Owner,
        conversation: talk(8),
        external: digest(502),
        sender: "ana@oak.example".into(),
        reason: "It is not proven.".into(),
        body: "yes".into(),
        at,
        pictures: files.iter().map(|file| file.picture).collect(),
    };
    assert!(store.hold(&oak(), held, files).await.expect("holds"));
    assert!(store.add_link_code(&oak(), digest(601), UnixMillis(9 * HOUR)).await.expect("adds"));
}

async fn owners(store: &dyn Store) {
    for number in 1..=2 {
        store.add_link(&oak(), digest(700 + number), UnixMillis(9 * HOUR)).await.expect("adds");
        let session = NewSession {
            id: SessionId::new(number, [6; RANDOM_BYTES]),
            token: digest(710 + number),
            device: format!("Phone {number}"),
            at: UnixMillis(HOUR + number),
        };
        store.sign_in(digest(700 + number), session).await.expect("signs in").expect("it is good");
    }
    store.add_link(&oak(), digest(720), UnixMillis(9 * HOUR)).await.expect("adds");
}
