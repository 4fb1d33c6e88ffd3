//! More than anybody needs, from those who are let in: it is told, bounded, and in
//! the end cut off.

use crate::limits as own_limits;
use crate::testing::{House, message_id, stranger};
use shopbell_protocol::{CloseCode, OwnerFrame, Page, RelayFrame, Seq, VisitorFrame, limits};

#[tokio::test]
async fn an_exchange_is_over_when_its_answer_is_long_enough() {
    let house = House::open_with(|config| config.limits.visitor_sends_per_minute = 0).await;
    let visitor = stranger();
    let mut bell = house.visitor("oak", &visitor).await;
    let longest = "🔔".repeat(limits::BODY_CHARS);
    for _ in 0..limits::SLICE_MESSAGES {
        bell.send(message_id(), &longest).await;
    }
    let hello = serde_json::to_string(&crate::testing::hello("oak", &visitor)).expect("JSON");
    let before = r#",{"before":{"seq":4294967295}}"#.repeat(limits::EXCHANGE_FRAMES - 1);
    let (status, frames) = house.exchange("visitor", None, &format!("[{hello}{before}]")).await;
    assert_eq!(status, 200);
    let slices = frames.iter().filter(|frame| matches!(frame, RelayFrame::History { .. })).count();
    assert!((1..=2).contains(&slices), "{slices} slices of the longest messages");
}

#[tokio::test]
async fn nothing_is_read_from_a_page_that_may_not_speak() {
    let house = House::open().await;
    let request = House::client().post(format!("{}/exchange?speaker=visitor", house.origin));
    let request =
        request.header("origin", "https://evil.example").body("x".repeat(4 * own_limits::EXCHANGE_BYTES));
    assert_eq!(request.send().await.expect("an answer").status(), 403);
}

#[tokio::test]
async fn a_visitor_who_runs_through_pages_does_not_run_over_the_owner() {
    let house = House::open().await;
    let visitor = stranger();
    let conversation = visitor.conversation;
    let mut bell = house.visitor("oak", &visitor).await;
    bell.send(message_id(), "Hello").await;
    let mut phone = house.owner(&house.sign_in("oak").await).await;
    phone.say(&OwnerFrame::Watch { conversation, after: Seq::NONE }).await;
    let most = own_limits::VISITS_PER_MINUTE;
    for number in 1..=4 * most {
        let page = Page { url: format!("https://oak.example/{number}"), title: String::new() };
        bell.say(&VisitorFrame::Visit { page }).await;
    }
    bell.hear_rest().await;
    let visits = house.relay.store.visits(&House::shop("oak"), conversation).await.expect("read");
    let number = |url: &str| url.rsplit('/').next().and_then(|number| number.parse::<u32>().ok());
    let last = visits.iter().filter_map(|visit| number(&visit.page.url)).max().expect("some are noted");
    // A slow machine is given a few more in the meantime.
    assert!((most..2 * most).contains(&last), "the others are not noted: {last}");
    // What is known now comes at least once, however often it changed.
    let latest =
        |frame| matches!(frame, RelayFrame::Details(details) if details.visits == visits).then_some(());
    let mut told = 0;
    phone
        .hear_first(|frame| {
            told += usize::from(matches!(frame, RelayFrame::Details(_)));
            latest(frame)
        })
        .await;
    assert!(told < most as usize, "{told} times");
}

#[tokio::test]
async fn whoever_goes_on_after_being_told_to_wait_is_cut_off() {
    let house = House::open_with(|config| config.limits.connection_frames_per_minute = 5).await;
    let mut pings = house.visitor("oak", &stranger()).await;
    pings.ping(2 * usize::from(own_limits::NONSENSE_FRAMES)).await;
    assert_eq!(pings.closed().await.1, CloseCode::Nonsense as u16);
    let mut sends = house.visitor("oak", &stranger()).await;
    for _ in 0..2 * own_limits::NONSENSE_FRAMES {
        sends.say(&VisitorFrame::Send { id: message_id(), body: "again".into() }).await;
    }
    assert_eq!(sends.closed().await.1, CloseCode::Nonsense as u16);
}
