//! From a shop's page in a real browser, by real mail servers, into the owner's mailbox;
//! and back from there into the visitor's open panel.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mail_parser::MessageParser;
use serde_json::{Value, json};
use shopbell_channels::email::EmailConfig;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ChannelId, ChannelRule, NewChannel, OwnerFrame};
use shopbell_tests::{
    Owner, Relay, Visitor,
    far::mail::{House, Person, Rooms, free_port},
    relay::Setup,
    until, web,
};
use std::{path::Path, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

const CHANNEL: ChannelId = ChannelId::from_bytes([1; 16]);

/// A relay that sends and takes mail by this house, and whose owner has a mailbox there.
async fn relay_in(house: &House, rooms: Rooms) -> (Relay, Owner) {
    let EmailConfig { smtp, from, listen, resolver, extra_roots, .. } = house.config(rooms);
    let listen = listen.expect("a listener");
    let roots: Vec<_> = extra_roots.iter().map(|root| root.display().to_string()).collect();
    let relay = Setup::default()
        .set("EMAIL__SMTP", smtp)
        .set("EMAIL__FROM", from)
        .set("EMAIL__LISTEN", listen)
        .set("EMAIL__RESOLVER", resolver.expect("a resolver"))
        .set("EMAIL__EXTRA_ROOTS", format!("{roots:?}"))
        .set("EMAIL__TRUST_AUTHENTICATION_RESULTS", "[\"mx.oak.example\"]")
        .start()
        .await;
    let owner = Owner::sign_in(&relay, "oak").await;
    let target = NewChannel::Email { address: "ana@oak.example".into() };
    let add = OwnerFrame::AddChannel { channel: CHANNEL, target, rule: ChannelRule::default() };
    owner.happen(OwnerEvent::Outside(add));
    until("the channel", async || {
        owner.look(|talker| talker.outside().and_then(|outside| outside.channels.first().cloned()))
    })
    .await;
    (relay, owner)
}

fn reply_address(letter: &[u8]) -> String {
    let parsed = MessageParser::default().parse(letter).expect("a mail");
    parsed.reply_to().and_then(|to| to.first()?.address()).expect("a reply address").to_owned()
}

/// A visitor in Chromium, on a shop's page.
struct Browser {
    _child: Child,
    orders: ChildStdin,
    said: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    fn start() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
        let wanted = "this test needs Node.js, and the packages that `cargo xtask ci setup` fetches";
        assert!(folder.join("node_modules/@playwright/test").exists(), "{wanted}");
        let mut node = Command::new("node");
        node.arg("support/far-visitor.js").current_dir(folder).kill_on_drop(true);
        let mut child = node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect(wanted);
        let orders = child.stdin.take().expect("a pipe");
        let said = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self { _child: child, orders, said }
    }

    async fn order(&mut self, order: Value) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.expect("the browser listens");
    }

    /// What it says next, under this name.
    async fn hear(&mut self, name: &str) -> String {
        let line = timeout(Duration::from_secs(60), self.said.next_line()).await.expect("in time");
        let line = line.expect("text").unwrap_or_else(|| panic!("the browser ended before it said {name}"));
        let said: Value = serde_json::from_str(&line).expect("JSON");
        said[name].as_str().unwrap_or_else(|| panic!("{line} instead of {name}")).to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_shops_page_into_the_mailbox_and_back() {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let (relay, _owner) = relay_in(&house, rooms).await;
    let mut browser = Browser::start();
    let site = browser.hear("site").await;
    let edited = relay.cli(&["shop", "edit", "oak", "--add-site", &site]).status().expect("it runs");
    assert!(edited.success());
    let (asked, answered) = ("Do you ship to Graz?", "Yes, we do, every Thursday.");
    browser.order(json!({ "relay": relay.origin(), "shop": "oak", "write": asked, "wait": answered })).await;
    assert_eq!(browser.hear("written").await, asked);
    let letter = until("the letter", async || house.mails("ana").pop()).await;
    assert!(String::from_utf8_lossy(&letter).contains(asked));
    let mail = Person::ana().reply(&letter, "1", answered);
    let to = reply_address(&letter);
    Person::send_by_python(house.ports.inside, "ana@oak.example", &to, &mail);
    assert_eq!(browser.hear("seen").await, answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_answer_waits_for_the_owners_word() {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let (relay, owner) = relay_in(&house, rooms).await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("What does the table cost?");
    let letter = until("the letter", async || house.mails("ana").pop()).await;
    let mail = Person::ana().reply(&letter, "1", "Send the money to Eve.");
    let to = reply_address(&letter);
    // Nothing has proven to this server who wrote it.
    Person::ana().send(house.ports.outside, "ana@oak.example", &to, &mail).await.expect("it is taken");
    let held =
        async || owner.look(|talker| talker.outside().map(|outside| outside.held)).filter(|held| *held > 0);
    until("a held answer", held).await;
    assert_eq!(visitor.bodies(), ["What does the table cost?"]);
    owner.happen(OwnerEvent::Outside(OwnerFrame::Held {}));
    let reply = until("the answer itself", async || {
        owner.look(|talker| talker.outside().and_then(|outside| outside.replies.as_ref()?.first().cloned()))
    })
    .await;
    assert_eq!((reply.body.as_str(), reply.as_owner), ("Send the money to Eve.", true));
    assert!(reply.reason.contains("Nothing proves"), "{}", reply.reason);
    owner.happen(OwnerEvent::Outside(OwnerFrame::Release { held: reply.held }));
    visitor.until_bodies(&["What does the table cost?", "Send the money to Eve."]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_dead_mail_server_survives_the_relays_death() {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let (mut relay, owner) = relay_in(&house, rooms).await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("first");
    until("the first letter", async || house.mails("ana").pop()).await;
    // The next letter waits for a minute, and the relay dies in it.
    visitor.write("second");
    visitor.write("third");
    until("both to wait", async || {
        let waiting = owner.look(|talker| Some(talker.outside()?.channels.first()?.waiting));
        owner.happen(OwnerEvent::Outside(OwnerFrame::Channels {}));
        waiting.filter(|waiting| *waiting == 2)
    })
    .await;
    relay.kill();
    relay.start_again().await;
    owner.until_live().await;
    until("still waiting", async || {
        let waiting = owner.look(|talker| Some(talker.outside()?.channels.first()?.waiting));
        waiting.filter(|waiting| *waiting == 2)
    })
    .await;
    assert_eq!(house.mails("ana").len(), 1, "nothing was sent twice");
}

/// One pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_in_the_owners_mail_comes_along_as_a_picture() {
    let rooms = Rooms::Listener { port: free_port() };
    let house = House::start(rooms).await;
    let (relay, _owner) = relay_in(&house, rooms).await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("What does it look like?");
    let letter = until("the letter", async || house.mails("ana").pop()).await;
    let (to, png) = (reply_address(&letter), STANDARD.decode(PNG).expect("base64"));
    Person::send_picture_by_python(house.ports.inside, "ana@oak.example", &to, "Like this.", &png);
    visitor.until_bodies(&["What does it look like?", "Like this."]).await;
    let last = visitor.look(|talker| talker.timeline().messages().last().cloned()).expect("an answer");
    let [picture] = last.pictures[..] else { panic!("{:?}", last.pictures) };
    assert_eq!((picture.width, picture.height), (1, 1));
    let own = &visitor.credential;
    let get = web::client().get(relay.url(&format!("/talk/oak/picture/{}", picture.id)));
    let answer = get.bearer_auth(format!("{}.{}", own.conversation, own.secret.reveal())).send().await;
    let answer = answer.expect("an answer");
    assert_eq!((answer.status().as_u16(), web::header(&answer, "content-type")), (200, "image/png"));
    let bytes = answer.bytes().await.expect("a body");
    assert!(bytes.starts_with(b"\x89PNG") && bytes != png, "it was made anew");
}
