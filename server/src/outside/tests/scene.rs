//! A shop with an owner, a visitor and channels whose far sides do as they are told.

use crate::testing::{House, Socket, message_id, stranger};
use async_trait::async_trait;
use shopbell_channels::{Channel, Failure, Handed, Notice, Parcel, Reference, Said, Seen, Target, Words};
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelLine, ChannelRule, ConversationId, Credential, ErrorCode, NewChannel,
    OwnerFrame, RelayFrame, Seq, Side, UnixMillis,
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// Only catches what hangs: a disk that is busy with something else can take its time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A far side that takes everything, or fails as it is told.
pub(super) struct Scripted {
    kind: ChannelKind,
    script: Mutex<Script>,
    hang: AtomicUsize,
    taken: Mutex<Vec<Taken>>,
    seen: Mutex<Vec<String>>,
    came: Notify,
}

/// What it does.
#[derive(Default)]
struct Script {
    failures: VecDeque<Failure>,
    always: Option<Failure>,
    until: Option<(UnixMillis, Failure)>,
    /// Targets whose label begins so are never answered.
    hanging: Option<&'static str>,
    /// So many are taken, and the answer does not arrive.
    lost: usize,
    tried_at: Vec<UnixMillis>,
}

/// What was handed over.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) key: String,
    pub(super) target: Target,
    pub(super) notice: Notice,
    pub(super) memo: Option<String>,
}

impl Scripted {
    pub(super) fn new(kind: ChannelKind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            script: Mutex::default(),
            hang: AtomicUsize::new(0),
            taken: Mutex::default(),
            seen: Mutex::default(),
            came: Notify::new(),
        })
    }

    pub(super) fn fail(&self, failures: impl IntoIterator<Item = Failure>) {
        self.script().failures.extend(failures);
    }

    pub(super) fn fail_always(&self, failure: Option<Failure>) {
        self.script().always = failure;
    }

    pub(super) fn fail_until(&self, time: UnixMillis, failure: Failure) {
        self.script().until = Some((time, failure));
    }

    /// It takes the next ones, and its answers are lost.
    pub(super) fn lose_answers(&self, count: usize) {
        self.script().lost = count;
    }

    /// When it was tried, whatever came of it.
    pub(super) fn tried_at(&self) -> Vec<UnixMillis> {
        self.script().tried_at.clone()
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("not poisoned")
    }

    /// Targets whose label begins so are never answered from now on.
    pub(super) fn hang(&self, label: &'static str) {
        self.script().hanging = Some(label);
    }

    /// Nothing hangs that comes from now on.
    pub(super) fn go_on(&self) {
        self.script().hanging = None;
    }

    /// How many hang.
    pub(super) fn hanging(&self) -> usize {
        self.hang.load(Ordering::Relaxed)
    }

    /// Waits until so much was handed over.
    pub(super) async fn until(&self, count: usize) -> Vec<Taken> {
        let waited = async {
            loop {
                let came = self.came.notified();
                let taken = self.taken.lock().expect("not poisoned").clone();
                if taken.len() >= count {
                    return taken;
                }
                came.await;
            }
        };
        tokio::time::timeout(PATIENCE, waited).await.expect("handed over in time")
    }

    /// The names of what was seen, in order.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("not poisoned").clone()
    }

    pub(super) fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("not poisoned").clone()
    }
}

impl Taken {
    pub(super) fn words(&self) -> &Words {
        match &self.notice {
            Notice::Words(words) => words,
            other => panic!("no words but {other:?}"),
        }
    }

    pub(super) fn bodies(&self) -> Vec<&str> {
        self.words().messages.iter().map(|message| message.body.as_str()).collect()
    }
}

#[async_trait]
impl Channel for Scripted {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        let (hangs, is_lost) = {
            let mut script = self.script();
            script.tried_at.push(parcel.now);
            let hangs = script.hanging.is_some_and(|label| parcel.target.label().starts_with(label));
            let until = script.until.as_ref().filter(|(time, _)| parcel.now < *time);
            let failure = until.map(|(_, failure)| failure.clone());
            let failure = failure.or_else(|| script.always.clone());
            if let Some(failure) = script.failures.pop_front().or(failure).filter(|_| !hangs) {
                return Err(failure);
            }
            let is_lost = script.lost > 0;
            script.lost -= usize::from(is_lost);
            (hangs, is_lost)
        };
        if hangs {
            self.hang.fetch_add(1, Ordering::Relaxed);
            std::future::pending::<()>().await;
        }
        let mut taken = self.taken.lock().expect("not poisoned");
        taken.push(Taken {
            key: parcel.key.into(),
            target: parcel.target.clone(),
            notice: parcel.notice.clone(),
            memo: parcel.memo.map(Into::into),
        });
        let count = taken.len();
        drop(taken);
        self.came.notify_one();
        if is_lost {
            return Err(Failure::later("It did not answer.").maybe_taken());
        }
        let references = match parcel.notice {
            Notice::Words(words) => {
                let upto = words.messages.last().map_or(Seq::NONE, |message| message.seq);
                vec![Reference { key: format!("far {count}"), upto }]
            }
            Notice::Alarm(_) | Notice::Test { .. } => Vec::new(),
        };
        Ok(Handed { memo: Some(format!("memo {count}")), references })
    }

    fn promised(&self, parcel: &Parcel<'_>) -> Vec<Reference> {
        vec![Reference { key: format!("promised {}", parcel.key), upto: Seq(1) }]
    }

    fn shows_seen(&self) -> bool {
        true
    }

    async fn seen(&self, seen: Seen<'_>) -> Result<(), Failure> {
        self.seen.lock().expect("not poisoned").push(seen.name.into());
        Ok(())
    }

    async fn examine(&self) -> Result<String, String> {
        Ok("It does as it is told.".into())
    }
}

pub(super) struct Scene {
    pub(super) house: House,
    pub(super) mail: Arc<Scripted>,
    pub(super) sms: Arc<Scripted>,
    pub(super) push: Arc<Scripted>,
    pub(super) owner: Socket,
    pub(super) credential: Credential,
    pub(super) visitor: Socket,
}

pub(super) const MAIL: ChannelId = ChannelId::from_bytes([1; 16]);
pub(super) const SMS: ChannelId = ChannelId::from_bytes([2; 16]);

pub(super) fn mail() -> NewChannel {
    NewChannel::Email { address: "maya@oak.example".into() }
}

pub(super) fn phone() -> NewChannel {
    NewChannel::Sms { number: "+351 912-345-678".into() }
}

pub(super) fn at_once() -> ChannelRule {
    ChannelRule::default()
}

impl Scene {
    pub(super) async fn begin() -> Self {
        Self::begin_with(|config| config.channels.alarm_after_seconds = 0).await
    }

    pub(super) async fn begin_with(change: impl FnOnce(&mut crate::config::Config)) -> Self {
        let (mail, sms) = (Scripted::new(ChannelKind::Email), Scripted::new(ChannelKind::Sms));
        let push = Scripted::new(ChannelKind::Push);
        let channels: Vec<Arc<dyn Channel>> = vec![mail.clone(), sms.clone(), push.clone()];
        let house = House::open_with_channels(change, channels).await;
        let cookie = house.sign_in("oak").await;
        let owner = house.owner(&cookie).await;
        let credential = stranger();
        let visitor = house.visitor("oak", &credential).await;
        Self { house, mail, sms, push, owner, credential, visitor }
    }

    pub(super) async fn add(
        &mut self,
        channel: ChannelId,
        target: NewChannel,
        rule: ChannelRule,
    ) -> Vec<ChannelLine> {
        self.owner.say(&OwnerFrame::AddChannel { channel, target, rule }).await;
        self.channels().await
    }

    /// The next list of channels that the owner is told.
    pub(super) async fn channels(&mut self) -> Vec<ChannelLine> {
        self.owner
            .hear_first(|frame| match frame {
                RelayFrame::Channels { channels, .. } => Some(channels),
                _ => None,
            })
            .await
    }

    pub(super) async fn write(&mut self, body: &str) {
        let kept = self.visitor.send(message_id(), body).await;
        assert!(matches!(kept, RelayFrame::Kept { .. }), "{kept:?}");
    }

    pub(super) async fn answer(&mut self, body: &str) {
        let conversation = self.conversation();
        self.owner.say(&OwnerFrame::Send { conversation, id: message_id(), body: body.into() }).await;
        self.owner.hear_first(|frame| matches!(frame, RelayFrame::Kept { .. }).then_some(())).await;
    }

    pub(super) fn conversation(&self) -> ConversationId {
        self.credential.conversation
    }

    pub(super) async fn handed(&mut self) -> Seq {
        self.visitor
            .hear_first(|frame| match frame {
                RelayFrame::Receipt { side: Side::Owner, receipt, .. } => Some(receipt.handed),
                _ => None,
            })
            .await
    }

    pub(super) fn ears(&self) -> super::super::RelayEars {
        super::super::RelayEars(Arc::clone(&self.house.relay))
    }

    pub(super) async fn bodies(&self) -> Vec<String> {
        let store = &self.house.relay.store;
        let slice = store.resume(&House::shop("oak"), self.conversation(), Seq::NONE).await.expect("reads");
        slice.messages.into_iter().map(|message| message.body).collect()
    }

    pub(super) fn said(&self, external: &str, body: &str) -> Said {
        Said {
            channel: MAIL,
            conversation: self.conversation(),
            external: external.into(),
            name: None,
            body: body.into(),
            pictures: Vec::new(),
        }
    }
}

pub(super) fn refused() -> Failure {
    Failure::later("The mail server does not answer.")
}

pub(super) fn problem_of(frame: RelayFrame) -> Option<ErrorCode> {
    match frame {
        RelayFrame::Problem(problem) => Some(problem.code),
        _ => None,
    }
}

/// Looks until there is something to see.
pub(super) async fn until_some<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let looked = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looked).await.expect("seen in time")
}
