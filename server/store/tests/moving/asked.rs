//! All that can be asked of a store, and what it answers.

use crate::life::{TALKS, digest, oak, picture, talk, way};
use core::fmt::Debug;
use shopbell_protocol::{ChannelKind, HeldId, ListFilter, RANDOM_BYTES, Seq, UnixMillis};
use shopbell_store::{Channel, Except, ListQuery, Store, StoreError};

const LATE: UnixMillis = UnixMillis(8 * 3_600_000);

/// Answers, each with what was asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers(Vec<(String, String)>);

impl Answers {
    fn note<T: Debug>(&mut self, asked: impl Into<String>, answer: Result<T, StoreError>) {
        self.0.push((asked.into(), format!("{:?}", answer.expect("reads"))));
    }

    /// Where a channel leads is not for `Debug`.
    fn channels(&mut self, asked: String, channels: Result<Vec<Channel>, StoreError>) {
        let targets =
            channels.as_ref().map(|all| all.iter().map(|one| one.target.0.clone()).collect::<Vec<_>>());
        self.0.push((asked.clone(), format!("{targets:?}")));
        self.note(asked, channels);
    }

    /// Says the first answer that differs.
    pub(crate) fn assert_same(&self, other: &Self) {
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            assert_eq!(mine, theirs);
        }
        assert_eq!(self.0.len(), other.0.len());
    }
}

/// Asks it everything. What uses something up is not asked.
pub(crate) async fn ask(store: &dyn Store) -> Answers {
    let mut answers = Answers::default();
    answers.note("cut", Ok(store.cut()));
    shop(store, &mut answers).await;
    for number in 1..=TALKS {
        conversation(store, number, &mut answers).await;
    }
    channels(store, &mut answers).await;
    answers
}

async fn shop(store: &dyn Store, answers: &mut Answers) {
    let oak = oak();
    answers.note("shops", store.shops().await);
    for site in [None, Some("https://oak.example"), Some("https://market.example")] {
        answers.note(format!("owners of {site:?}"), store.owners(site).await);
    }
    answers.note("sessions", store.sessions(&oak).await);
    for number in 711..=712 {
        answers.note("a session", store.session(digest(number), UnixMillis(1)).await);
    }
    answers.note("a link", store.link(digest(720), UnixMillis(1)).await);
    answers.note("a used link", store.link(digest(701), UnixMillis(1)).await);
    for filter in [ListFilter::Open, ListFilter::Closed] {
        let mut query = ListQuery { filter, limit: 9, ..ListQuery::default() };
        loop {
            let page = store.list(&oak, query.clone()).await.expect("lists");
            answers.note(format!("{filter:?} after {:?}", query.cursor), Ok(page.conversations));
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
    }
    let search = ListQuery { search: Some("OLÁ 1".into()), limit: 50, ..ListQuery::default() };
    answers.note("a search", store.list(&oak, search).await.map(|page| page.conversations));
    answers.note("unheard", store.unheard(&oak, 50).await);
    answers.note("waiting", store.waiting(&oak).await);
}

async fn conversation(store: &dyn Store, number: u64, answers: &mut Answers) {
    let (oak, id) = (oak(), talk(number));
    answers.note(format!("conversation {number}"), store.conversation(&oak, id).await);
    answers.note(format!("summary {number}"), store.summary(&oak, id).await);
    answers.note(format!("messages {number}"), store.after(&oak, id, Seq::NONE).await);
    answers.note(format!("resumed {number}"), store.resume(&oak, id, Seq(1)).await);
    answers.note(format!("before {number}"), store.before(&oak, id, Seq(3)).await);
    answers.note(format!("visits {number}"), store.visits(&oak, id).await);
    for picture in [picture(2 * number), picture(2 * number + 1)] {
        let kept = store.picture(&oak, id, picture.picture.id).await;
        assert!(kept.as_ref().expect("reads").as_ref().is_none_or(|kept| *kept == picture), "its bytes");
        answers.note(format!("pictures {number}"), kept);
    }
    answers.channels(format!("channels of {number}"), store.channels_of(&oak, id).await);
    answers.note(format!("undelivered {number}"), store.undelivered(&oak, id, 10).await);
    answers.note(format!("memo {number}"), store.memo(way(1), id).await);
    answers.note(format!("said {number}"), store.last_said(way(1), id, Seq(9)).await);
}

async fn channels(store: &dyn Store, answers: &mut Answers) {
    answers.channels("channels".into(), store.channels(&oak()).await);
    answers.channels("untold".into(), store.untold(10).await);
    answers.note("next due", store.next_due(UnixMillis(0)).await);
    answers.channels("due".into(), store.due_channels(LATE, Except::default(), 10).await);
    for number in 1..=4 {
        for at in [UnixMillis(11), LATE] {
            answers.note(format!("bursts {number} at {at:?}"), store.bursts(way(number), at, 50).await);
        }
        let told = store.told_and_opened(way(number), UnixMillis(0), 10).await;
        answers.note(format!("told and opened {number}"), told);
    }
    for key in ["a", "b", "mine", "none"] {
        answers.note(format!("reference {key}"), store.reference(ChannelKind::Email, key).await);
    }
    answers.note("a note", store.note(ChannelKind::Telegram, "offset").await);
    answers.note("held", store.held(&oak()).await);
    let held = HeldId::new(1, [4; RANDOM_BYTES]);
    let files = store.held_pictures(&oak(), held, None).await.expect("reads");
    assert_eq!(files, [picture(900), picture(901)]);
}
