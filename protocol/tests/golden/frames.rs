//! A frame of each kind, as its golden line says it.

use shopbell_protocol::*;

pub(super) fn conversation() -> ConversationId {
    ConversationId::new(1_700_000_000_000, [1; RANDOM_BYTES])
}

pub(super) fn message_id() -> MessageId {
    MessageId::new(1_700_000_000_001, [2; RANDOM_BYTES])
}

fn session_id() -> SessionId {
    SessionId::new(1_700_000_000_002, [3; RANDOM_BYTES])
}

fn channel_id() -> ChannelId {
    ChannelId::new(1_700_000_000_003, [4; RANDOM_BYTES])
}

fn held_id() -> HeldId {
    HeldId::new(1_700_000_000_004, [5; RANDOM_BYTES])
}

fn quiet() -> QuietHours {
    QuietHours { from: 22 * 60, to: 7 * 60, time_zone: "Europe/Lisbon".into() }
}

fn shop() -> ShopId {
    ShopId::parse("oak-and-ash").expect("a shop's id")
}

fn page() -> Page {
    Page { url: "https://shop.example/tables/oak".into(), title: "Oak table".into() }
}

fn message() -> Message {
    Message {
        id: message_id(),
        seq: Seq(3),
        from: Side::Visitor,
        at: UnixMillis(1_700_000_000_500),
        body: "Is it \"solid\" oak?\nגם 🙂".into(),
        system: false,
        pictures: Vec::new(),
    }
}

fn picture() -> Picture {
    Picture { id: PictureId::new(1_700_000_000_000, [9; 10]), width: 2048, height: 1536 }
}

fn summary() -> Summary {
    Summary {
        conversation: conversation(),
        name: Some("Ana".into()),
        waiting_since: Some(UnixMillis(1_700_000_000_500)),
        last_seq: Seq(3),
        last_at: UnixMillis(1_700_000_000_500),
        last_from: Side::Visitor,
        preview: "Is it \"solid\" oak?".into(),
        last_by_system: false,
        last_pictures: 0,
        unread: 1,
        closed: false,
        visitor_here: true,
        page: Some(page()),
    }
}

fn receipt() -> Receipt {
    Receipt { handed: Seq(3), opened: Seq(2) }
}

fn cut() -> Cut {
    Cut { epoch: 4_000_000_000, from: UnixMillis(1_700_000_000_000), until: UnixMillis(1_700_000_900_000) }
}

pub(super) fn visitor_frames() -> Vec<VisitorFrame> {
    vec![
        VisitorFrame::Hello(VisitorHello {
            shop: shop(),
            credential: Credential { conversation: conversation(), secret: Secret::new(&[0xab; 32]) },
            after: Seq(2),
            epoch: 0,
            locale: Some("de-AT".into()),
            time_zone: Some("Europe/Vienna".into()),
            page: Some(page()),
        }),
        VisitorFrame::Send { id: message_id(), body: message().body },
        VisitorFrame::Received { upto: Seq(3) },
        VisitorFrame::Opened { upto: Seq(3) },
        VisitorFrame::Typing { active: true },
        VisitorFrame::Before { seq: Seq(51) },
        VisitorFrame::After { seq: Seq(2) },
        VisitorFrame::Visit { page: page() },
        VisitorFrame::Ping {},
        VisitorFrame::Address { email: "tom@post.example".into() },
        VisitorFrame::Notify(Browser {
            endpoint: "https://push.example/1".into(),
            keys: Some(BrowserKeys { p256dh: "BCVx".into(), auth: "BTBZ".into() }),
        }),
        VisitorFrame::Notify(Browser { endpoint: "https://push.example/1".into(), keys: None }),
        VisitorFrame::Hello(VisitorHello {
            shop: shop(),
            credential: Credential { conversation: conversation(), secret: Secret::new(&[0xab; 32]) },
            after: Seq(2),
            epoch: 4_000_000_000,
            locale: None,
            time_zone: None,
            page: None,
        }),
    ]
}

pub(super) fn owner_frames() -> Vec<OwnerFrame> {
    let conversation = conversation();
    vec![
        OwnerFrame::Hello {},
        OwnerFrame::List {
            filter: ListFilter::Open,
            search: Some("oak".into()),
            cursor: Some("w:17:0a".into()),
        },
        OwnerFrame::Watch { conversation, after: Seq(2) },
        OwnerFrame::Unwatch {},
        OwnerFrame::Send { conversation, id: message_id(), body: "Yes, all of it.".into() },
        OwnerFrame::Received { places: vec![Place { conversation, upto: Seq(3) }] },
        OwnerFrame::Opened { conversation, upto: Seq(3) },
        OwnerFrame::Typing { conversation, active: false },
        OwnerFrame::Before { conversation, seq: Seq(51) },
        OwnerFrame::After { conversation, seq: Seq(2) },
        OwnerFrame::Name { conversation, name: "Ana".into() },
        OwnerFrame::Close { conversation, closed: true },
        OwnerFrame::Sessions {},
        OwnerFrame::EndSession { session: session_id() },
        OwnerFrame::Ping {},
        OwnerFrame::Channels {},
        OwnerFrame::AddChannel {
            channel: channel_id(),
            target: NewChannel::Email { address: "maya@oak.example".into() },
            rule: ChannelRule {
                when: When::Unanswered { minutes: 2 },
                only_outside: true,
                quiet: Some(quiet()),
            },
        },
        OwnerFrame::AddChannel {
            channel: channel_id(),
            target: NewChannel::Push {
                endpoint: "https://push.example/1".into(),
                p256dh: "BCVx".into(),
                auth: "BTBZ".into(),
                hide_words: true,
            },
            rule: ChannelRule::default(),
        },
        OwnerFrame::AddChannel {
            channel: channel_id(),
            target: NewChannel::Ntfy { url: "https://ntfy.example/oak".into(), token: Some("tk_1".into()) },
            rule: ChannelRule::default(),
        },
        OwnerFrame::AddChannel {
            channel: channel_id(),
            target: NewChannel::Webhook { url: "https://oak.example/hook".into() },
            rule: ChannelRule { when: When::Standby, ..ChannelRule::default() },
        },
        OwnerFrame::AddChannel {
            channel: channel_id(),
            target: NewChannel::Sms { number: "+351912345678".into() },
            rule: ChannelRule::default(),
        },
        OwnerFrame::EditChannel { channel: channel_id(), rule: ChannelRule::default() },
        OwnerFrame::OrderChannels { channels: vec![channel_id()] },
        OwnerFrame::RemoveChannel { channel: channel_id() },
        OwnerFrame::TestChannel { channel: channel_id() },
        OwnerFrame::LinkCode {},
        OwnerFrame::Held {},
        OwnerFrame::Release { held: held_id() },
        OwnerFrame::Discard { held: held_id() },
        OwnerFrame::Signing { channel: channel_id() },
    ]
}

pub(super) fn relay_frames() -> Vec<RelayFrame> {
    let conversation = conversation();
    let slice = || Slice { messages: vec![message()], last: Seq(3) };
    let site =
        || SiteSeen { origin: "https://shop.example".into(), seen_at: Some(UnixMillis(1_700_000_000_000)) };
    vec![
        RelayFrame::VisitorWelcome(VisitorWelcome {
            shop: "Oak & Ash".into(),
            owner: "Maya".into(),
            owner_here: true,
            unreachable: false,
            email: None,
            can_mail: false,
            owner_receipt: receipt(),
            visitor_receipt: Receipt::default(),
            slice: slice(),
            cut: None,
        }),
        RelayFrame::OwnerWelcome(OwnerWelcome {
            shop_id: shop(),
            shop: "Oak & Ash".into(),
            owner: "Maya".into(),
            session: session_id(),
            tag:
                "<script async src=\"https://relay.example/shopbell.js\" data-shop=\"oak-and-ash\"></script>"
                    .into(),
            sites: vec![site()],
            waiting: 1,
            cut: None,
        }),
        RelayFrame::Kept { conversation, id: message_id(), seq: Seq(3), at: UnixMillis(1_700_000_000_500) },
        RelayFrame::Refused {
            conversation,
            id: message_id(),
            problem: Problem::new(ErrorCode::TooFast).retry_after(2_000),
        },
        RelayFrame::Message { conversation, message: message() },
        RelayFrame::History { conversation, slice: slice() },
        RelayFrame::Receipt { conversation, side: Side::Owner, receipt: receipt() },
        RelayFrame::Received { places: vec![Place { conversation, upto: Seq(3) }] },
        RelayFrame::Typing { conversation, side: Side::Visitor, active: true },
        RelayFrame::OwnerPresence { here: false, unreachable: false },
        RelayFrame::VisitorPresence { visitors: vec![Presence { conversation, here: true }] },
        RelayFrame::Conversations {
            filter: ListFilter::Closed,
            search: None,
            cursor: None,
            conversations: vec![summary()],
            next: Some("r:17:0a".into()),
        },
        RelayFrame::Changed { summary: summary() },
        RelayFrame::Details(Details {
            summary: summary(),
            began_at: UnixMillis(1_700_000_000_000),
            locale: Some("de-AT".into()),
            time_zone: Some("Europe/Vienna".into()),
            visits: vec![Visit { page: page(), at: UnixMillis(1_700_000_000_000) }],
            owner_receipt: receipt(),
            visitor_receipt: Receipt::default(),
            undelivered: Vec::new(),
            by_mail: false,
            by_push: false,
        }),
        RelayFrame::Sessions {
            sessions: vec![Session {
                session: session_id(),
                device: "Chrome on Android".into(),
                began_at: UnixMillis(1_700_000_000_000),
                seen_at: UnixMillis(1_700_000_000_500),
                this_one: true,
            }],
        },
        RelayFrame::BellSeen { site: site() },
        RelayFrame::Problem(Problem::new(ErrorCode::NoSuchShop)),
        RelayFrame::Pong {},
        RelayFrame::OwnerPresence { here: false, unreachable: true },
        RelayFrame::VisitorWelcome(VisitorWelcome {
            shop: "Oak & Ash".into(),
            owner: "Maya".into(),
            owner_here: false,
            unreachable: true,
            email: Some("tom@post.example".into()),
            can_mail: true,
            owner_receipt: receipt(),
            visitor_receipt: Receipt::default(),
            slice: Slice::default(),
            cut: None,
        }),
        RelayFrame::Address { email: Some("tom@post.example".into()), refused: true },
        RelayFrame::Details(Details {
            summary: Summary { name: None, waiting_since: None, page: None, ..summary() },
            began_at: UnixMillis(1_700_000_000_000),
            locale: None,
            time_zone: None,
            visits: Vec::new(),
            owner_receipt: receipt(),
            visitor_receipt: Receipt::default(),
            undelivered: vec![Undelivered {
                seq: Seq(2),
                kind: ChannelKind::Email,
                reason: "The mailbox is full.".into(),
            }],
            by_mail: true,
            by_push: false,
        }),
        RelayFrame::Channels {
            channels: vec![ChannelLine {
                channel: channel_id(),
                kind: ChannelKind::Push,
                label: "Chrome on Android".into(),
                rule: ChannelRule::default(),
                health: ChannelHealth {
                    handed_at: Some(UnixMillis(1_700_000_000_000)),
                    sick_since: Some(UnixMillis(1_700_000_000_500)),
                    gone: true,
                    reason: Some("This device takes no more notices.".into()),
                },
                waiting: 2,
                stuck: 1,
            }],
            offers: vec![
                ChannelOffer { kind: ChannelKind::Push, key: Some("BCVx".into()) },
                ChannelOffer { kind: ChannelKind::Email, key: None },
            ],
            held: 1,
        },
        RelayFrame::ChannelTried {
            channel: channel_id(),
            problem: Some("The password is not accepted.".into()),
        },
        RelayFrame::LinkCode { code: "7k3m9q".into(), good_ms: 900_000 },
        RelayFrame::Held {
            replies: vec![HeldReply {
                held: held_id(),
                conversation,
                kind: ChannelKind::Email,
                from: "maya@oak.example".into(),
                reason: "The mail can't be proven to be yours.".into(),
                body: "Yes, all of it.".into(),
                as_owner: true,
                at: UnixMillis(1_700_000_000_500),
                pictures: Vec::new(),
            }],
        },
        RelayFrame::Message {
            conversation,
            message: Message { from: Side::Owner, system: true, ..message() },
        },
        RelayFrame::Changed {
            summary: Summary { last_from: Side::Owner, last_by_system: true, ..summary() },
        },
        RelayFrame::Signing {
            channel: channel_id(),
            address: "https://relay.example/hook/webhook/1".into(),
            secret: SigningSecret("whsec_BCVx".into()),
        },
        RelayFrame::Notified { on: true, refused: false },
        RelayFrame::Notified { on: false, refused: true },
        RelayFrame::Message {
            conversation,
            message: Message {
                from: Side::Owner,
                body: String::new(),
                pictures: vec![picture(), picture()],
                ..message()
            },
        },
        RelayFrame::Changed { summary: Summary { preview: String::new(), last_pictures: 2, ..summary() } },
        RelayFrame::Held {
            replies: vec![HeldReply {
                held: held_id(),
                conversation,
                kind: ChannelKind::Email,
                from: "tom@post.example".into(),
                reason: "Nothing proves that it comes from this mailbox.".into(),
                body: String::new(),
                as_owner: false,
                at: UnixMillis(1_700_000_000_500),
                pictures: vec![picture()],
            }],
        },
        RelayFrame::VisitorWelcome(VisitorWelcome {
            shop: "Oak & Ash".into(),
            owner: "Maya".into(),
            owner_here: false,
            unreachable: false,
            email: None,
            can_mail: false,
            owner_receipt: Receipt::default(),
            visitor_receipt: Receipt::default(),
            slice: Slice::default(),
            cut: Some(cut()),
        }),
        RelayFrame::OwnerWelcome(OwnerWelcome {
            shop_id: shop(),
            shop: "Oak & Ash".into(),
            owner: "Maya".into(),
            session: session_id(),
            tag: "<script></script>".into(),
            sites: Vec::new(),
            waiting: 0,
            cut: Some(cut()),
        }),
    ]
}
