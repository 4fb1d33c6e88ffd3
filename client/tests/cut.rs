//! The relay's memory was put back to an earlier copy: what this device still knows of its own
//! goes once more, and nothing is shown that is not there.

use shopbell_client::{Effect, MessageState, OwnerEvent, OwnerTalker, VisitorEvent, VisitorTalker};
use shopbell_protocol::{
    ConversationId, Credential, Cut, Details, Message, MessageId, OwnerFrame, OwnerWelcome, RANDOM_BYTES,
    Receipt, RelayFrame, Secret, Seq, SessionId, ShopId, Side, Slice, Summary, UnixMillis, VisitorFrame,
    VisitorHello, VisitorWelcome,
};

fn shop() -> ShopId {
    ShopId::parse("oak").expect("an id")
}

fn talk() -> ConversationId {
    ConversationId::new(1, [1; RANDOM_BYTES])
}

fn cut(epoch: u32) -> Cut {
    Cut { epoch, from: UnixMillis(20), until: UnixMillis(90) }
}

fn message(number: u32, from: Side) -> Message {
    Message {
        id: MessageId::new(u64::from(number), [from as u8; RANDOM_BYTES]),
        seq: Seq(number),
        from,
        at: UnixMillis(u64::from(number) * 10),
        body: format!("message {number}"),
        system: false,
        pictures: Vec::new(),
    }
}

fn slice(messages: Vec<Message>) -> Slice {
    let last = messages.last().map_or(Seq::NONE, |message| message.seq);
    Slice { messages, last }
}

fn visitor() -> VisitorTalker {
    let credential = Credential { conversation: talk(), secret: Secret::new(&[3; 32]) };
    let (after, epoch, locale, time_zone, page) = (Seq::NONE, 0, None, None, None);
    VisitorTalker::new(VisitorHello { shop: shop(), credential, after, epoch, locale, time_zone, page }, 1)
}

fn welcome(slice: Slice, seen: Receipt, cut: Option<Cut>) -> VisitorEvent {
    VisitorEvent::Frame(RelayFrame::VisitorWelcome(VisitorWelcome {
        shop: "Oak".into(),
        owner: "Ana".into(),
        owner_here: false,
        unreachable: false,
        email: None,
        can_mail: false,
        owner_receipt: seen,
        visitor_receipt: Receipt::default(),
        slice,
        cut,
    }))
}

fn bodies(talker: &VisitorTalker) -> Vec<(&str, bool)> {
    talker.rows().map(|row| (row.body, row.state == Some(MessageState::OnDevice))).collect()
}

/// Connected, with four messages: two of each, and the owner has opened the visitor's.
fn talking() -> VisitorTalker {
    let mut talker = visitor();
    talker.handle(VisitorEvent::Start, 100);
    talker.handle(VisitorEvent::Connected, 100);
    let sides = [Side::Visitor, Side::Owner, Side::Visitor, Side::Owner];
    let messages = sides.into_iter().zip(1..).map(|(from, number)| message(number, from)).collect();
    let seen = Receipt { handed: Seq(4), opened: Seq(4) };
    talker.handle(welcome(slice(messages), seen, None), 100);
    talker
}

fn back(talker: &mut VisitorTalker, slice: Slice, cut: Option<Cut>) -> Vec<Effect<VisitorFrame>> {
    talker.handle(VisitorEvent::Closed(None), 200);
    talker.handle(VisitorEvent::Start, 100_000);
    talker.handle(VisitorEvent::Connected, 100_000);
    talker.handle(welcome(slice, Receipt::default(), cut), 100_000)
}

#[test]
fn what_a_visitor_wrote_since_the_copy_goes_once_more() {
    let mut talker = talking();
    let effects = back(&mut talker, slice(vec![message(1, Side::Visitor)]), Some(cut(7)));
    assert_eq!(bodies(&talker), [("message 1", false), ("message 3", true)], "the owner's are not there");
    let lost = message(3, Side::Visitor);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Keep(draft) if draft.id == lost.id)));
    let sent = effects.iter().any(
        |effect| matches!(effect, Effect::Transmit(VisitorFrame::Send { id, body }) if *id == lost.id && *body == lost.body),
    );
    assert!(sent, "the very same message: {effects:?}");
    assert_eq!(
        talker.rows().next().and_then(|row| row.state),
        Some(MessageState::Kept),
        "nobody has opened it"
    );
    assert_eq!(talker.cut(), Some(cut(7)));
    // From now on the places of this epoch count.
    talker.handle(VisitorEvent::Closed(None), 100_100);
    talker.handle(VisitorEvent::Start, 200_000);
    let effects = talker.handle(VisitorEvent::Connected, 200_000);
    let hello = effects.iter().find_map(|effect| match effect {
        Effect::Transmit(VisitorFrame::Hello(hello)) => Some((hello.after, hello.epoch)),
        _ => None,
    });
    assert_eq!(hello, Some((Seq(1), 7)));
}

#[test]
fn a_conversation_that_is_not_in_the_copy_begins_anew_with_all_that_its_visitor_wrote() {
    let mut talker = talking();
    back(&mut talker, Slice::default(), Some(cut(7)));
    assert_eq!(bodies(&talker), [("message 1", true), ("message 3", true)]);
    assert_eq!(talker.cut(), Some(cut(7)));
}

#[test]
fn without_another_epoch_nothing_is_taken_back_and_nothing_is_sent() {
    for cut in [None, Some(cut(7))] {
        let mut talker = talking();
        if cut.is_some() {
            let all = talker.timeline().messages().to_vec();
            back(&mut talker, slice(all), cut);
            assert_eq!(bodies(&talker).len(), 4, "all was there after all");
        }
        back(&mut talker, Slice { messages: Vec::new(), last: Seq(4) }, cut);
        assert_eq!(bodies(&talker).len(), 4);
        assert!(bodies(&talker).iter().all(|(_, is_draft)| !is_draft));
    }
}

#[test]
fn who_comes_anew_hears_of_a_cut_only_when_something_was_before_it() {
    let mut talker = visitor();
    talker.handle(VisitorEvent::Start, 0);
    talker.handle(VisitorEvent::Connected, 0);
    talker.handle(welcome(Slice::default(), Receipt::default(), Some(cut(7))), 0);
    assert_eq!(talker.cut(), None);
    let mut talker = visitor();
    talker.handle(VisitorEvent::Start, 0);
    talker.handle(VisitorEvent::Connected, 0);
    talker.handle(welcome(slice(vec![message(1, Side::Visitor)]), Receipt::default(), Some(cut(7))), 0);
    assert_eq!(talker.cut(), Some(cut(7)));
}

fn owner_welcome(cut: Option<Cut>) -> OwnerEvent {
    OwnerEvent::Frame(RelayFrame::OwnerWelcome(OwnerWelcome {
        shop_id: shop(),
        shop: "Oak".into(),
        owner: "Ana".into(),
        session: SessionId::new(1, [1; RANDOM_BYTES]),
        tag: String::new(),
        sites: Vec::new(),
        waiting: 0,
        cut,
    }))
}

fn details() -> OwnerEvent {
    let summary = Summary {
        conversation: talk(),
        name: None,
        waiting_since: None,
        last_seq: Seq(1),
        last_at: UnixMillis(10),
        last_from: Side::Visitor,
        preview: String::new(),
        last_by_system: false,
        last_pictures: 0,
        unread: 0,
        closed: false,
        visitor_here: false,
        page: None,
    };
    OwnerEvent::Frame(RelayFrame::Details(Details {
        summary,
        began_at: UnixMillis(1),
        locale: None,
        time_zone: None,
        visits: Vec::new(),
        owner_receipt: Receipt::default(),
        visitor_receipt: Receipt::default(),
        undelivered: Vec::new(),
        by_mail: false,
        by_push: false,
    }))
}

fn history(messages: Vec<Message>) -> OwnerEvent {
    OwnerEvent::Frame(RelayFrame::History { conversation: talk(), slice: slice(messages) })
}

#[test]
fn what_an_owner_wrote_in_the_open_conversation_goes_once_more() {
    let mut talker = OwnerTalker::new(1);
    for event in [OwnerEvent::Start, OwnerEvent::Connected, owner_welcome(None), OwnerEvent::Open(talk())] {
        talker.handle(event, 0);
    }
    talker.handle(details(), 0);
    let answered = vec![message(1, Side::Visitor), message(2, Side::Owner), message(3, Side::Owner)];
    talker.handle(history(answered), 0);
    for event in [OwnerEvent::Closed(None), OwnerEvent::Start, OwnerEvent::Connected] {
        talker.handle(event, 100_000);
    }
    let effects = talker.handle(owner_welcome(Some(cut(7))), 100_000);
    let watches = effects.iter().any(
        |effect| matches!(effect, Effect::Transmit(OwnerFrame::Watch { after, .. }) if *after == Seq::NONE),
    );
    assert!(watches, "from the beginning: {effects:?}");
    talker.handle(details(), 100_000);
    talker.handle(history(vec![message(1, Side::Visitor), message(2, Side::Owner)]), 100_000);
    let rows: Vec<_> = talker.rows().map(|row| (row.body.to_owned(), row.state)).collect();
    assert_eq!(
        rows,
        [
            ("message 1".into(), None),
            ("message 2".into(), Some(MessageState::Kept)),
            ("message 3".into(), Some(MessageState::OnDevice)),
        ]
    );
    assert_eq!(talker.cut(), Some(cut(7)));
    // One that began later misses nothing, also on a device that was there.
    let later = ConversationId::new(9, [9; RANDOM_BYTES]);
    talker.handle(OwnerEvent::Open(later), 100_000);
    let slice = slice(vec![Message { at: UnixMillis(95), ..message(1, Side::Visitor) }]);
    talker.handle(OwnerEvent::Frame(RelayFrame::History { conversation: later, slice }), 100_000);
    assert_eq!(talker.cut(), None);
}
