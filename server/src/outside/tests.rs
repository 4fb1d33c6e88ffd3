//! What the relay decides about channels, with a far side that does as it is told.

use crate::testing::{House, Socket, at, message_id, stranger};
use async_trait::async_trait;
use shopbell_channels::{
    Channel, Ears, Failure, Handed, Held, Notice, Parcel, Reference, Said, Target, Verdict, Words, email, sms,
};
use shopbell_protocol::{
    ChannelId, ChannelKind, ChannelLine, ChannelRule, ConversationId, Credential, ErrorCode, NewChannel,
    OwnerFrame, RelayFrame, Seq, Side, VisitorFrame, When,
};
use shopbell_store::{NewChannel as NewStored, Target as StoredTarget};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};
use tokio::sync::Notify;

/// A far side that takes everything, or fails as it is told.
struct Scripted {
    kind: ChannelKind,
    failures: Mutex<VecDeque<Failure>>,
    always: Mutex<Option<Failure>>,
    taken: Mutex<Vec<Taken>>,
    came: Notify,
}

/// What was handed over.
#[derive(Debug, Clone)]
struct Taken {
    key: String,
    target: Target,
    notice: Notice,
    memo: Option<String>,
}

impl Scripted {
    fn new(kind: ChannelKind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            failures: Mutex::default(),
            always: Mutex::default(),
            taken: Mutex::default(),
            came: Notify::new(),
        })
    }

    fn fail(&self, failures: impl IntoIterator<Item = Failure>) {
        self.failures.lock().expect("not poisoned").extend(failures);
    }

    fn fail_always(&self, failure: Option<Failure>) {
        *self.always.lock().expect("not poisoned") = failure;
    }

    /// Waits until so much was handed over.
    async fn until(&self, count: usize) -> Vec<Taken> {
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
        let most = std::time::Duration::from_secs(20);
        tokio::time::timeout(most, waited).await.expect("handed over in time")
    }

    fn taken(&self) -> Vec<Taken> {
        self.taken.lock().expect("not poisoned").clone()
    }
}

impl Taken {
    fn words(&self) -> &Words {
        match &self.notice {
            Notice::Words(words) => words,
            other => panic!("no words but {other:?}"),
        }
    }

    fn bodies(&self) -> Vec<&str> {
        self.words().messages.iter().map(|message| message.body.as_str()).collect()
    }
}

#[async_trait]
impl Channel for Scripted {
    fn kind(&self) -> ChannelKind {
        self.kind
    }

    async fn hand(&self, parcel: Parcel<'_>) -> Result<Handed, Failure> {
        if let Some(failure) = self.failures.lock().expect("not poisoned").pop_front() {
            return Err(failure);
        }
        if let Some(failure) = self.always.lock().expect("not poisoned").clone() {
            return Err(failure);
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
        let references = match parcel.notice {
            Notice::Words(words) => {
                let upto = words.messages.last().map_or(Seq::NONE, |message| message.seq);
                vec![Reference { key: format!("far {count}"), upto }]
            }
            Notice::Alarm(_) | Notice::Test { .. } => Vec::new(),
        };
        Ok(Handed { memo: Some(format!("memo {count}")), references })
    }

    async fn examine(&self) -> Result<String, String> {
        Ok("It does as it is told.".into())
    }
}

struct Scene {
    house: House,
    mail: Arc<Scripted>,
    sms: Arc<Scripted>,
    owner: Socket,
    credential: Credential,
    visitor: Socket,
}

const MAIL: ChannelId = ChannelId::from_bytes([1; 16]);
const SMS: ChannelId = ChannelId::from_bytes([2; 16]);

fn mail() -> NewChannel {
    NewChannel::Email { address: "maya@oak.example".into() }
}

fn phone() -> NewChannel {
    NewChannel::Sms { number: "+351 912-345-678".into() }
}

fn at_once() -> ChannelRule {
    ChannelRule::default()
}

impl Scene {
    async fn begin() -> Self {
        Self::begin_with(|config| config.channels.alarm_after_seconds = 0).await
    }

    async fn begin_with(change: impl FnOnce(&mut crate::config::Config)) -> Self {
        let (mail, sms) = (Scripted::new(ChannelKind::Email), Scripted::new(ChannelKind::Sms));
        let channels: Vec<Arc<dyn Channel>> = vec![mail.clone(), sms.clone()];
        let house = House::open_with_channels(change, channels).await;
        let cookie = house.sign_in("oak").await;
        let owner = house.owner(&cookie).await;
        let credential = stranger();
        let visitor = house.visitor("oak", &credential).await;
        Self { house, mail, sms, owner, credential, visitor }
    }

    async fn add(&mut self, channel: ChannelId, target: NewChannel, rule: ChannelRule) -> Vec<ChannelLine> {
        self.owner.say(&OwnerFrame::AddChannel { channel, target, rule }).await;
        self.channels().await
    }

    /// The next list of channels that the owner is told.
    async fn channels(&mut self) -> Vec<ChannelLine> {
        self.owner
            .hear_first(|frame| match frame {
                RelayFrame::Channels { channels, .. } => Some(channels),
                _ => None,
            })
            .await
    }

    async fn write(&mut self, body: &str) {
        let kept = self.visitor.send(message_id(), body).await;
        assert!(matches!(kept, RelayFrame::Kept { .. }), "{kept:?}");
    }

    async fn answer(&mut self, body: &str) {
        let conversation = self.conversation();
        self.owner.say(&OwnerFrame::Send { conversation, id: message_id(), body: body.into() }).await;
        self.owner.hear_first(|frame| matches!(frame, RelayFrame::Kept { .. }).then_some(())).await;
    }

    fn conversation(&self) -> ConversationId {
        self.credential.conversation
    }

    async fn handed(&mut self) -> Seq {
        self.visitor
            .hear_first(|frame| match frame {
                RelayFrame::Receipt { side: Side::Owner, receipt, .. } => Some(receipt.handed),
                _ => None,
            })
            .await
    }

    fn ears(&self) -> super::RelayEars {
        super::RelayEars(Arc::clone(&self.house.relay))
    }

    async fn bodies(&self) -> Vec<String> {
        let store = &self.house.relay.store;
        let slice = store.resume(&House::shop("oak"), self.conversation(), Seq::NONE).await.expect("reads");
        slice.messages.into_iter().map(|message| message.body).collect()
    }

    fn said(&self, external: &str, body: &str) -> Said {
        Said {
            channel: MAIL,
            conversation: self.conversation(),
            external: external.into(),
            body: body.into(),
        }
    }
}

fn refused() -> Failure {
    Failure::later("The mail server does not answer.")
}

#[tokio::test]
async fn a_message_is_handed_over_and_the_visitor_sees_it() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    let taken = scene.mail.until(1).await;
    assert_eq!(taken[0].bodies(), ["is it oak?"]);
    assert_eq!(taken[0].target, Target::Email(email::Mailbox { address: "maya@oak.example".into() }));
    let words = taken[0].words();
    assert_eq!((words.to, words.owner.as_str(), words.shop_name.as_str()), (Side::Owner, "Maya", "The oak"));
    assert!(words.link.ends_with(&format!("/inbox#with={}", scene.conversation())), "{}", words.link);
    assert_eq!(scene.handed().await, Seq(1));
}

#[tokio::test]
async fn what_fails_is_tried_again_with_the_same_key() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.mail.fail([refused().maybe_taken(), refused()]);
    scene.write("one").await;
    scene.write("two").await;
    let taken = scene.mail.until(1).await;
    assert_eq!(taken[0].bodies()[0], "one");
    let own = format!("{MAIL}-{}-1-", scene.conversation());
    assert!(taken[0].key.starts_with(&own), "no other conversation has this key: {}", taken[0].key);
    let lines = scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads");
    assert!(lines[0].health.is_well());
}

#[tokio::test]
async fn a_sick_channel_is_told_by_the_next_which_takes_over() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    let standby = ChannelRule { when: When::Standby, ..at_once() };
    scene.add(SMS, phone(), standby).await;
    scene.mail.fail_always(Some(refused()));
    scene.write("is anybody there?").await;
    let taken = scene.sms.until(2).await;
    let words: Vec<_> = taken.iter().filter(|taken| matches!(taken.notice, Notice::Words(_))).collect();
    assert_eq!(words[0].bodies(), ["is anybody there?"]);
    assert_eq!(words[0].target, Target::Sms(sms::Phone { number: "+351912345678".into() }));
    let alarm = taken.iter().find_map(|taken| match &taken.notice {
        Notice::Alarm(alarm) => Some(alarm.clone()),
        _ => None,
    });
    let alarm = alarm.expect("the owner is told");
    assert_eq!(alarm.about, "E-mail to maya@oak.example");
    assert_eq!(alarm.reason, "The mail server does not answer.");
    assert_eq!(scene.handed().await, Seq(1));
    // From now on the next one is used at once.
    scene.write("hello?").await;
    let more = scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads");
    assert!(!more[0].health.is_well() && more[1].health.is_well());
    assert_eq!(scene.mail.taken().len(), 0);
}

#[tokio::test]
async fn when_none_is_left_the_visitor_is_told_the_truth() {
    let mail = Scripted::new(ChannelKind::Email);
    let house = House::open_with_channels(|_| {}, vec![mail.clone()]).await;
    let (store, oak) = (&house.relay.store, House::shop("oak"));
    let target = Target::Email(email::Mailbox { address: "maya@oak.example".into() });
    let channel = NewStored {
        id: MAIL,
        shop: oak.clone(),
        conversation: None,
        kind: ChannelKind::Email,
        label: target.label(),
        target: StoredTarget(serde_json::to_string(&target).expect("JSON")),
        rule: at_once(),
        at: at(1),
    };
    store.add_channel(channel).await.expect("added");
    mail.fail_always(Some(Failure::gone("There is no such mailbox.")));
    let credential = stranger();
    let mut visitor = house.visitor("oak", &credential).await;
    visitor.send(message_id(), "is anybody there?").await;
    let told = |here: bool, unreachable: bool| {
        move |frame| (frame == RelayFrame::OwnerPresence { here, unreachable }).then_some(())
    };
    visitor.hear_first(told(false, true)).await;
    let mut again = house.socket("visitor", None).await;
    again.say(&crate::testing::hello("oak", &credential)).await;
    let RelayFrame::VisitorWelcome(welcome) = again.hear().await else { panic!("a welcome") };
    assert!(welcome.unreachable && !welcome.owner_here);
    let page = House::client().get(format!("{}/talk/oak", house.origin)).send().await.expect("a page");
    assert!(page.text().await.expect("a text").contains("can’t be reached just now"));
    // The owner looks in: that is a way to them again.
    let cookie = house.sign_in("oak").await;
    let _owner = house.owner(&cookie).await;
    visitor.hear_first(told(true, false)).await;
    let stuck = until_some(async || {
        let stuck = store.undelivered(&oak, credential.conversation, 9).await.expect("reads");
        stuck.into_iter().next()
    });
    assert_eq!(stuck.await.reason, "There is no such mailbox.");
}

fn problem_of(frame: RelayFrame) -> Option<ErrorCode> {
    match frame {
        RelayFrame::Problem(problem) => Some(problem.code),
        _ => None,
    }
}

/// Looks until there is something to see.
async fn until_some<T>(look: impl AsyncFn() -> Option<T>) -> T {
    let looked = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), looked).await.expect("seen in time")
}

#[tokio::test]
async fn a_parcel_that_is_refused_is_stuck_and_goes_another_way() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.add(SMS, phone(), ChannelRule { when: When::Standby, ..at_once() }).await;
    scene.mail.fail([Failure::refused("The mail is too large for this mailbox.")]);
    scene.write("a long story").await;
    assert_eq!(scene.sms.until(1).await[0].bodies(), ["a long story"]);
    let lines = scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads");
    assert_eq!((lines[0].stuck, lines[0].health.is_well()), (1, true), "the channel itself is well");
    let conversation = scene.conversation();
    scene.owner.say(&OwnerFrame::Watch { conversation, after: Seq::NONE }).await;
    let undelivered = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::Details(details) => Some(details.undelivered),
            _ => None,
        })
        .await;
    assert_eq!(undelivered[0].reason, "The mail is too large for this mailbox.");
}

#[tokio::test]
async fn what_the_owner_has_opened_is_told_nowhere() {
    let mut scene = Scene::begin().await;
    let outside = ChannelRule { only_outside: true, ..at_once() };
    scene.add(MAIL, mail(), outside).await;
    scene.add(SMS, phone(), at_once()).await;
    scene.write("hello").await;
    scene.sms.until(1).await;
    let conversation = scene.conversation();
    scene.owner.say(&OwnerFrame::Opened { conversation, upto: Seq(1) }).await;
    // Looked at again while the owner is there, and then it has been opened.
    let store = &scene.house.relay.store;
    until_some(async || {
        let lines = store.channels(&House::shop("oak")).await.expect("reads");
        (lines[0].waiting == 0).then_some(())
    })
    .await;
    assert_eq!(scene.mail.taken().len(), 0);
}

#[tokio::test]
async fn the_test_button_does_the_real_thing() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    let tried = |frame| match frame {
        RelayFrame::ChannelTried { channel, problem } => Some((channel, problem)),
        _ => None,
    };
    scene.owner.say(&OwnerFrame::TestChannel { channel: MAIL }).await;
    assert_eq!(scene.owner.hear_first(tried).await, (MAIL, None));
    assert!(matches!(scene.mail.taken()[0].notice, Notice::Test { .. }));
    scene.mail.fail([Failure::later("The password is not accepted.")]);
    scene.owner.say(&OwnerFrame::TestChannel { channel: MAIL }).await;
    let problem = Some("The password is not accepted.".to_owned());
    assert_eq!(scene.owner.hear_first(tried).await, (MAIL, problem));
}

#[tokio::test]
async fn a_channel_is_of_its_own_shop_only() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    let cookie = scene.house.sign_in("elm").await;
    let mut stranger = scene.house.owner(&cookie).await;
    for frame in [
        OwnerFrame::AddChannel { channel: MAIL, target: mail(), rule: at_once() },
        OwnerFrame::EditChannel { channel: MAIL, rule: at_once() },
        OwnerFrame::RemoveChannel { channel: MAIL },
        OwnerFrame::TestChannel { channel: MAIL },
    ] {
        stranger.say(&frame).await;
        assert_eq!(stranger.hear_first(problem_of).await, ErrorCode::NoSuchChannel, "{frame:?}");
    }
    stranger.say(&OwnerFrame::OrderChannels { channels: vec![MAIL] }).await;
    stranger.say(&OwnerFrame::Channels {}).await;
    let shown = stranger
        .hear_first(|frame| match frame {
            RelayFrame::Channels { channels, .. } => Some(channels),
            _ => None,
        })
        .await;
    assert_eq!(shown, []);
    assert_eq!(scene.mail.taken().len(), 0);
    assert_eq!(scene.house.relay.store.channels(&House::shop("oak")).await.expect("reads").len(), 1);
}

#[tokio::test]
async fn what_cannot_be_an_address_is_refused_with_a_sentence() {
    let mut scene = Scene::begin().await;
    let target = NewChannel::Email { address: "not an address".into() };
    scene.owner.say(&OwnerFrame::AddChannel { channel: MAIL, target, rule: at_once() }).await;
    let problem = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::ChannelTried { problem, .. } => problem,
            _ => None,
        })
        .await;
    assert!(problem.contains("no e-mail address"), "{problem}");
    let target = NewChannel::Ntfy { url: "https://ntfy.example/oak".into(), token: None };
    scene.owner.say(&OwnerFrame::AddChannel { channel: MAIL, target, rule: at_once() }).await;
    let code = scene.owner.hear_first(problem_of).await;
    assert_eq!(code, ErrorCode::NoSuchChannel, "the relay is not set up for it");
}

#[tokio::test]
async fn an_answer_from_outside_is_taken_once() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    assert_eq!(scene.handed().await, Seq(1));
    let ears = scene.ears();
    let (known, seq) = ears.reference(ChannelKind::Email, "far 1").await.expect("asked").expect("known");
    assert_eq!((known.channel, known.side, seq), (MAIL, Side::Owner, Seq(1)));
    assert_eq!(known.conversation, Some(scene.conversation()));
    let first = ears.say(scene.said("<a@x>", "Yes, all of it.")).await.expect("kept");
    let again = ears.say(scene.said("<a@x>", "Yes, all of it.")).await.expect("kept");
    assert!(matches!(first, Verdict::Kept(_)));
    assert_eq!(first, again);
    assert_eq!(ears.say(scene.said("<a@x>", "other words")).await.expect("asked"), Verdict::TakenBefore);
    assert_eq!(scene.bodies().await, ["is it oak?", "Yes, all of it."]);
    let body = scene
        .visitor
        .hear_first(|frame| match frame {
            RelayFrame::Message { message, .. } => Some((message.from, message.body)),
            _ => None,
        })
        .await;
    assert_eq!(body, (Side::Owner, "Yes, all of it.".into()));
    let empty = ears.say(scene.said("<b@x>", "  ")).await.expect("asked");
    assert_eq!(empty, Verdict::Refused(ErrorCode::Empty));
}

#[tokio::test]
async fn no_channel_speaks_in_a_conversation_that_is_not_its_own() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("mine").await;
    let other = stranger();
    let mut at_elm = scene.house.visitor("elm", &other).await;
    at_elm.send(message_id(), "at another shop").await;
    let ears = scene.ears();
    let said = Said { conversation: other.conversation, ..scene.said("<a@x>", "not mine to say") };
    let refused = Verdict::Refused(ErrorCode::NoSuchConversation);
    assert_eq!(ears.say(said).await.expect("asked"), refused);
    let held = Held {
        channel: MAIL,
        conversation: other.conversation,
        external: "<b@x>".into(),
        from: "x".into(),
        reason: "x".into(),
        body: "x".into(),
    };
    ears.hold(held).await.expect("asked");
    assert_eq!(scene.house.relay.store.count_held(&House::shop("elm")).await.expect("reads"), 0);
    ears.opened(MAIL, other.conversation, Seq(1)).await.expect("asked");
    let kept = scene.house.relay.store.conversation(&House::shop("elm"), other.conversation).await;
    assert_eq!(kept.expect("reads").expect("a conversation").owner_receipt.opened, Seq::NONE);
}

#[tokio::test]
async fn a_held_answer_is_sent_only_by_the_owners_word() {
    let mut scene = Scene::begin().await;
    scene.add(MAIL, mail(), at_once()).await;
    scene.write("is it oak?").await;
    let held = |external: &str, body: &str| Held {
        channel: MAIL,
        conversation: scene.conversation(),
        external: external.into(),
        from: "maya@oak.example".into(),
        reason: "It is not proven to be yours.".into(),
        body: body.into(),
    };
    let (ears, right, wrong) = (scene.ears(), held("<a@x>", "Yes."), held("<b@x>", "Send money."));
    ears.hold(wrong).await.expect("held");
    ears.hold(right).await.expect("held");
    assert_eq!(scene.bodies().await, ["is it oak?"]);
    scene.owner.say(&OwnerFrame::Held {}).await;
    let shown = |frame| match frame {
        RelayFrame::Held { replies } => Some(replies),
        _ => None,
    };
    let replies = scene.owner.hear_first(shown).await;
    let find = |body: &str| replies.iter().find(|reply| reply.body == body).expect("shown").held;
    let (yes, money) = (find("Yes."), find("Send money."));
    let cookie = scene.house.sign_in("elm").await;
    let mut stranger = scene.house.owner(&cookie).await;
    for frame in [OwnerFrame::Release { held: yes }, OwnerFrame::Discard { held: yes }] {
        stranger.say(&frame).await;
        assert_eq!(stranger.hear_first(problem_of).await, ErrorCode::NoSuchChannel);
    }
    stranger.say(&OwnerFrame::Held {}).await;
    assert_eq!(stranger.hear_first(shown).await, []);
    scene.owner.say(&OwnerFrame::Release { held: yes }).await;
    scene.owner.say(&OwnerFrame::Discard { held: money }).await;
    scene.owner.hear_rest().await;
    assert_eq!(scene.bodies().await, ["is it oak?", "Yes."]);
    assert_eq!(scene.house.relay.store.count_held(&House::shop("oak")).await.expect("reads"), 0);
}

#[tokio::test]
async fn a_chat_is_linked_by_a_code_once() {
    let mut scene = Scene::begin().await;
    scene.owner.say(&OwnerFrame::LinkCode {}).await;
    let code = scene
        .owner
        .hear_first(|frame| match frame {
            RelayFrame::LinkCode { code, .. } => Some(code),
            _ => None,
        })
        .await;
    let target = || Target::Sms(sms::Phone { number: "+351912345678".into() });
    let ears = scene.ears();
    assert_eq!(ears.link("nonsense", target()).await.expect("asked"), None);
    assert_eq!(ears.link(&code, target()).await.expect("asked").as_deref(), Some("The oak"));
    assert_eq!(ears.link(&code, target()).await.expect("asked"), None);
    assert_eq!(scene.channels().await.len(), 1);
}

#[tokio::test]
async fn a_visitor_who_has_left_gets_the_answer_by_mail_and_comes_back() {
    let mut scene = Scene::begin_with(|config| config.channels.visitor_mail_after_minutes = 0).await;
    scene.write("is it oak?").await;
    let left = |frame| match frame {
        RelayFrame::Address { email, refused } => Some((email, refused)),
        _ => None,
    };
    scene.visitor.say(&VisitorFrame::Address { email: "nonsense".into() }).await;
    assert_eq!(scene.visitor.hear_first(left).await, (None, true));
    scene.visitor.say(&VisitorFrame::Address { email: " tom@post.example ".into() }).await;
    assert_eq!(scene.visitor.hear_first(left).await, (Some("tom@post.example".into()), false));
    let mut again = scene.house.socket("visitor", None).await;
    again.say(&crate::testing::hello("oak", &scene.credential)).await;
    let RelayFrame::VisitorWelcome(welcome) = again.hear().await else { panic!("a welcome") };
    assert_eq!((welcome.can_mail, welcome.email.as_deref()), (true, Some("tom@post.example")));
    drop(again);
    let conversation = scene.conversation();
    scene.visitor.close().await;
    scene.answer("Yes, all of it.").await;
    let taken = scene.mail.until(1).await.remove(0);
    assert_eq!((taken.words().to, taken.bodies()), (Side::Visitor, vec!["Yes, all of it."]));
    assert_eq!(taken.words().before[0].body, "is it oak?");
    assert_eq!(taken.memo, None);

    // The private link opens the conversation, on a device that has nothing else.
    let link = taken.words().link.clone();
    let client = House::client();
    let page = client.get(&link).send().await.expect("an answer");
    assert_eq!(page.status(), 303, "{link}");
    let key = link.rsplit_once('/').expect("a key").1;
    let credential = crate::secrets::parse_key(key).expect("a key");
    assert_eq!(credential.conversation, conversation);
    let mut elsewhere = scene.house.visitor("oak", &credential).await;
    let kept = elsewhere.send(message_id(), "thank you!").await;
    assert!(matches!(kept, RelayFrame::Kept { .. }), "{kept:?}");

    // And their mailed answer comes back too, as theirs.
    let ears = scene.ears();
    let (known, _) =
        until_some(async || ears.reference(ChannelKind::Email, "far 1").await.expect("asked")).await;
    assert_eq!(known.side, Side::Visitor);
    let said = Said { channel: known.channel, ..scene.said("<c@x>", "by mail") };
    assert!(matches!(ears.say(said).await.expect("asked"), Verdict::Kept(_)));
    assert_eq!(scene.bodies().await, ["is it oak?", "Yes, all of it.", "thank you!", "by mail"]);

    // No more mail: asked first, and then the link is over too.
    let stop = taken.words().stop_link.clone().expect("a way out");
    let asked = client.get(&stop).send().await.expect("an answer").text().await.expect("a text");
    assert!(asked.contains("tom@post.example") && asked.contains("No more mail"), "{asked}");
    let foreign = client.post(format!("{}x", &stop[..stop.len() - 1])).send().await.expect("an answer");
    assert_eq!(foreign.status(), 404);
    let done = client.post(&stop).send().await.expect("an answer").text().await.expect("a text");
    assert!(done.contains("No more mail"), "{done}");
    assert_eq!(client.get(&link).send().await.expect("an answer").status(), 404);
    let left = super::address_of(&scene.house.relay, &House::shop("oak"), conversation).await;
    assert_eq!(left.expect("reads"), None);
}

#[tokio::test]
async fn a_visitor_leaves_an_address_without_any_script() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    let key = crate::secrets::key(&scene.credential);
    let post = |email: &'static str| {
        House::client()
            .post(format!("{}/talk/oak", scene.house.origin))
            .header("origin", &scene.house.origin)
            .header("cookie", format!("shopbell-visitor={key}"))
            .form(&[("email", email)])
            .send()
    };
    assert_eq!(post("tom@post.example").await.expect("an answer").status(), 303);
    let stands = super::address_of(&scene.house.relay, &House::shop("oak"), scene.conversation()).await;
    assert_eq!(stands.expect("reads").as_deref(), Some("tom@post.example"));
    let refused = post("nonsense").await.expect("an answer");
    assert_eq!(refused.status(), 422);
    assert!(refused.text().await.expect("a text").contains("Please check it"));
    assert_eq!(post("").await.expect("an answer").status(), 303);
    let stands = super::address_of(&scene.house.relay, &House::shop("oak"), scene.conversation()).await;
    assert_eq!(stands.expect("reads"), None);
}
