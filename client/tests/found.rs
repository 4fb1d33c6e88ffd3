//! Faults that generated histories have found, each kept as a story of its own.

use shopbell_client::{
    Draft, Effect, MessageState, OwnerEvent, OwnerTalker, Transport, VisitorEvent, VisitorTalker,
};
use shopbell_protocol::{
    ConversationId, Credential, Cut, Message, OwnerFrame, OwnerWelcome, Place, Receipt, RelayFrame, Secret,
    Seq, SessionId, ShopId, Side, Slice, Summary, UnixMillis, VisitorFrame, VisitorHello, VisitorWelcome,
};

fn conversation() -> ConversationId {
    ConversationId::from_bytes([1; 16])
}

fn shop() -> ShopId {
    ShopId::parse("oak-and-ash").expect("a shop's id")
}

fn visitor() -> VisitorTalker {
    let credential = Credential { conversation: conversation(), secret: Secret::new(&[1; 32]) };
    let (after, locale, time_zone, page) = (Seq::NONE, None, None, None);
    VisitorTalker::new(VisitorHello { shop: shop(), credential, after, epoch: 0, locale, time_zone, page }, 1)
}

fn visitor_welcome() -> RelayFrame {
    RelayFrame::VisitorWelcome(VisitorWelcome {
        shop: "Oak and Ash".into(),
        owner: "Ana".into(),
        owner_here: true,
        unreachable: false,
        email: None,
        can_mail: false,
        owner_receipt: Receipt::default(),
        visitor_receipt: Receipt::default(),
        slice: Slice::default(),
        cut: None,
    })
}

fn said<F: Clone>(effects: &[Effect<F>]) -> Vec<F> {
    let each = |effect: &Effect<F>| match effect {
        Effect::Transmit(frame) => Some(frame.clone()),
        _ => None,
    };
    effects.iter().filter_map(each).collect()
}

/// Two tabs sent the same draft. The other one heard first that it was kept and
/// took it out of the storage; this one had sent it first, so to it the message
/// came as "kept" alone, of a draft it no longer had. It showed nothing.
#[test]
fn a_message_that_another_tab_settled_is_asked_for() {
    let mut talker = visitor();
    talker.handle(VisitorEvent::Start, 0);
    talker.handle(VisitorEvent::Connected, 0);
    talker.handle(VisitorEvent::Frame(visitor_welcome()), 0);
    let (id, effects) = talker.write("hello".into(), 0).expect("nothing waits");
    assert!(matches!(said(&effects)[..], [VisitorFrame::Send { .. }]));
    talker.handle(VisitorEvent::Gone(id), 1);
    let kept = RelayFrame::Kept { conversation: conversation(), id, seq: Seq(1), at: UnixMillis(1) };
    let effects = talker.handle(VisitorEvent::Frame(kept), 2);
    assert_eq!(said(&effects), [VisitorFrame::After { seq: Seq::NONE }]);
    let message = Message {
        id,
        seq: Seq(1),
        from: Side::Visitor,
        at: UnixMillis(1),
        body: "hello".into(),
        system: false,
        pictures: Vec::new(),
    };
    let slice = Slice { messages: vec![message], last: Seq(1) };
    talker.handle(VisitorEvent::Frame(RelayFrame::History { conversation: conversation(), slice }), 3);
    let states: Vec<_> = talker.rows().map(|row| row.state).collect();
    assert_eq!(states, [Some(MessageState::Kept)]);
}

/// A connection died, the clock stepped back a day, and the time to look after
/// the connection was a day away.
#[test]
fn a_clock_that_steps_back_does_not_put_the_next_look_off() {
    let day = 86_400_000;
    let mut talker = visitor();
    talker.handle(VisitorEvent::Start, day);
    talker.handle(VisitorEvent::Connected, day);
    talker.handle(VisitorEvent::Frame(visitor_welcome()), day);
    talker.handle(VisitorEvent::Seen, 0);
    assert!(talker.wake_at(0).is_some_and(|at| at <= 60_000));
}

/// An owner without sockets said "received" while the answer of an exchange came
/// in, when nothing is carried any more; no visitor ever saw "handed over".
#[test]
fn an_owner_without_sockets_says_what_was_received_with_the_next_exchange() {
    let mut talker = OwnerTalker::new(1);
    let mut now = 0;
    let mut effects = talker.handle(OwnerEvent::Start, now);
    let mut received = Vec::new();
    for _ in 0..6 {
        let Some(transport) = effects.iter().find_map(|effect| match effect {
            Effect::Connect(transport) => Some(*transport),
            _ => None,
        }) else {
            now = talker.wake_at(now).expect("it goes on by itself");
            effects = talker.handle(OwnerEvent::Wake, now);
            continue;
        };
        if transport == Transport::Exchange {
            received.extend(said(&talker.handle(OwnerEvent::Connected, now)));
            for frame in [owner_welcome(), list()] {
                let effects = talker.handle(OwnerEvent::Frame(frame), now);
                assert_eq!(said(&effects), [], "said when nothing is carried any more");
            }
        }
        effects = talker.handle(OwnerEvent::Closed(None), now);
    }
    let places = vec![Place { conversation: conversation(), upto: Seq(1) }];
    let expected = OwnerFrame::Received { places };
    assert!(received.contains(&expected), "{received:?}");
}

/// A name that is given while an exchange is under way goes with the next one.
#[test]
fn what_an_owner_wants_during_an_exchange_is_not_lost() {
    let mut talker = OwnerTalker::new(1);
    talker.handle(OwnerEvent::Start, 0);
    talker.handle(OwnerEvent::Closed(None), 0);
    let now = talker.wake_at(0).expect("it tries again");
    let effects = talker.handle(OwnerEvent::Wake, now);
    assert!(effects.contains(&Effect::Connect(Transport::Exchange)));
    talker.handle(OwnerEvent::Connected, now);
    assert_eq!(said(&talker.handle(OwnerEvent::Name(conversation(), "Ana".into()), now)), []);
    talker.handle(OwnerEvent::Frame(owner_welcome()), now);
    let effects = talker.handle(OwnerEvent::Closed(None), now);
    assert!(effects.contains(&Effect::Connect(Transport::Exchange)), "at once: {effects:?}");
    let name = OwnerFrame::Name { conversation: conversation(), name: "Ana".into() };
    assert!(said(&talker.handle(OwnerEvent::Connected, now)).contains(&name));
}

fn owner_welcome() -> RelayFrame {
    RelayFrame::OwnerWelcome(OwnerWelcome {
        shop_id: shop(),
        shop: "Oak and Ash".into(),
        owner: "Ana".into(),
        session: SessionId::from_bytes([2; 16]),
        tag: String::new(),
        sites: Vec::new(),
        waiting: 1,
        cut: None,
    })
}

fn list() -> RelayFrame {
    let summary = Summary {
        conversation: conversation(),
        name: None,
        waiting_since: Some(UnixMillis(1)),
        last_seq: Seq(1),
        last_at: UnixMillis(1),
        last_from: Side::Visitor,
        preview: "hello".into(),
        last_by_system: false,
        last_pictures: 0,
        unread: 1,
        closed: false,
        visitor_here: false,
        page: None,
    };
    RelayFrame::Conversations {
        filter: Default::default(),
        search: None,
        cursor: None,
        conversations: vec![summary],
        next: None,
    }
}

/// What a device's storage held is a draft again, whatever it was before.
#[test]
fn a_draft_from_the_storage_waits() {
    let mut talker = visitor();
    let (_, effects) = talker.write("hello".into(), 5).expect("nothing waits");
    let Some(Effect::Keep(draft)) = effects.into_iter().next() else { panic!("it was not kept first") };
    let mut later = visitor();
    later.handle(VisitorEvent::Adopt(Draft { ..draft.clone() }), 6);
    let (second, _) = later.write("there".into(), 0).expect("one waits");
    assert!(second > draft.id, "what was written later sorts later, though the clock stepped back");
    let states: Vec<_> = later.rows().map(|row| row.state).collect();
    assert_eq!(states, [Some(MessageState::OnDevice), Some(MessageState::OnDevice)]);
}

/// An owner who had scrolled through hundreds of conversations told of some only,
/// and the rest waited for something else to happen: the newest visitor of all
/// never saw "handed over".
#[test]
fn an_owner_with_very_many_conversations_tells_of_each_without_another_event() {
    let mut talker = OwnerTalker::new(1);
    talker.handle(OwnerEvent::Start, 0);
    talker.handle(OwnerEvent::Connected, 0);
    talker.handle(OwnerEvent::Frame(owner_welcome()), 0);
    let RelayFrame::Conversations { conversations, .. } = list() else { unreachable!() };
    let mut effects = Vec::new();
    for name in 0..=u8::MAX {
        let conversation = ConversationId::from_bytes([name; 16]);
        let summary = Summary { conversation, ..conversations[0].clone() };
        effects.extend(talker.handle(OwnerEvent::Frame(RelayFrame::Changed { summary }), 0));
    }
    let mut told = 0;
    loop {
        let places = said(&effects).into_iter().find_map(|frame| match frame {
            OwnerFrame::Received { places } => Some(places),
            _ => None,
        });
        let Some(places) = places else { break };
        told += places.len();
        effects = talker.handle(OwnerEvent::Frame(RelayFrame::Received { places }), 0);
    }
    assert_eq!(told, 256);
}

/// An owner who searched while the connection broke never heard of who wrote
/// meanwhile: what came anew was the search, and the visitor stayed at "kept".
#[test]
fn an_owner_who_searches_hears_of_newcomers_after_a_cut() {
    let mut talker = OwnerTalker::new(1);
    let newcomer = |name: u8, at: u64| {
        let RelayFrame::Conversations { conversations, .. } = list() else { unreachable!() };
        let conversation = ConversationId::from_bytes([name; 16]);
        Summary { conversation, last_at: UnixMillis(at), ..conversations[0].clone() }
    };
    let come = |talker: &mut OwnerTalker, summary: Summary| {
        let effects = talker.handle(OwnerEvent::Frame(RelayFrame::Changed { summary }), 0);
        effects.iter().any(|effect| matches!(effect, Effect::Rang(_)))
    };
    talker.handle(OwnerEvent::Start, 0);
    talker.handle(OwnerEvent::Connected, 0);
    talker.handle(OwnerEvent::Frame(owner_welcome()), 0);
    assert!(!come(&mut talker, newcomer(7, 20)), "what was there before is no news");
    talker.handle(OwnerEvent::Frame(list()), 0);
    talker.handle(OwnerEvent::Show(Default::default(), Some("oak".into())), 0);
    talker.handle(OwnerEvent::Closed(None), 0);
    talker.handle(OwnerEvent::Start, 0);
    talker.handle(OwnerEvent::Connected, 0);
    talker.handle(OwnerEvent::Frame(owner_welcome()), 0);
    // The relay tells what nobody has taken notice of, whatever the list shows.
    assert!(come(&mut talker, newcomer(8, 30)));
    assert!(!come(&mut talker, newcomer(8, 30)), "it rings once");
}

/// The owner went on to another conversation before all of the first had come in. What they had
/// written there was kept, and stayed in the outbox for good: two hundred times, and it was full.
#[test]
fn what_is_kept_is_no_draft_any_more_when_the_owner_has_gone_on() {
    let mut talker = OwnerTalker::new(1);
    for event in [OwnerEvent::Start, OwnerEvent::Connected, OwnerEvent::Frame(owner_welcome())] {
        talker.handle(event, 0);
    }
    let other = ConversationId::from_bytes([2; 16]);
    for next in [Some(other), None] {
        talker.handle(OwnerEvent::Open(conversation()), 0);
        let (id, _) = talker.write(conversation(), "yes".into(), 0).expect("nothing waits");
        let kept = RelayFrame::Kept { conversation: conversation(), id, seq: Seq(9), at: UnixMillis(1) };
        talker.handle(OwnerEvent::Frame(kept), 0);
        assert_eq!(talker.drafts().len(), 1, "what comes before it is not there");
        talker.handle(next.map_or(OwnerEvent::Leave, OwnerEvent::Open), 0);
        assert_eq!(talker.drafts(), []);
    }
}

/// Two tabs of one visitor wrote within a millisecond, and the one whose message got the later id
/// was kept first. While what came before was still on its way, this tab showed them by id, the
/// later place above the earlier one. (Seed 1001887 of the simulation.)
#[test]
fn kept_drafts_stand_by_place_and_not_by_id() {
    let mut talker = visitor();
    for event in [VisitorEvent::Start, VisitorEvent::Connected, VisitorEvent::Frame(visitor_welcome())] {
        talker.handle(event, 0);
    }
    let ids: Vec<_> =
        ["one", "two", "three"].map(|body| talker.write(body.into(), 0).expect("room").0).into();
    let places = [8, 7];
    for (id, seq) in ids.iter().zip(places) {
        let kept =
            RelayFrame::Kept { conversation: conversation(), id: *id, seq: Seq(seq), at: UnixMillis(1) };
        talker.handle(VisitorEvent::Frame(kept), 1);
    }
    let shown = |talker: &VisitorTalker| talker.rows().map(|row| (row.id, row.seq)).collect::<Vec<_>>();
    assert_eq!(shown(&talker), [(ids[1], Some(Seq(7))), (ids[0], Some(Seq(8))), (ids[2], None)]);
    // The storage tells of one of them once more: it is still the same draft.
    let again = talker.drafts()[0].clone();
    talker.handle(VisitorEvent::Adopt(again), 2);
    assert_eq!(talker.drafts().len(), 3);
    // A relay that was put back knows none of them: they wait in the order they were written in.
    let RelayFrame::VisitorWelcome(welcome) = visitor_welcome() else { unreachable!() };
    let cut = Some(Cut { epoch: 2, from: UnixMillis(1), until: UnixMillis(2) });
    for event in [VisitorEvent::Closed(None), VisitorEvent::Start, VisitorEvent::Connected] {
        talker.handle(event, 3);
    }
    let welcome = RelayFrame::VisitorWelcome(VisitorWelcome { cut, ..welcome });
    talker.handle(VisitorEvent::Frame(welcome), 3);
    assert_eq!(shown(&talker), ids.iter().map(|id| (*id, None)).collect::<Vec<_>>());
}
