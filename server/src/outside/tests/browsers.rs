//! A visitor is notified by their browser of what they miss.

use super::scene::{Scene, until_some};
use crate::testing::{House, Socket, hello, stranger};
use shopbell_channels::{Failure, Target};
use shopbell_protocol::{
    Browser, BrowserKeys, CloseCode, Credential, ErrorCode, OwnerFrame, RelayFrame, Seq, Side, VisitorFrame,
    limits,
};
use shopbell_store::Channel;

/// A browser with the keys of RFC 8291, appendix A.
fn browser(number: usize) -> Browser {
    let keys = BrowserKeys {
        p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
            .into(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
    };
    Browser { endpoint: format!("https://push.example/{number}"), keys: Some(keys) }
}

fn no_more(number: usize) -> Browser {
    Browser { keys: None, ..browser(number) }
}

/// Says it; gives whether the browser notifies now, and whether it was refused.
async fn notify(visitor: &mut Socket, browser: Browser) -> (bool, bool) {
    visitor.say(&VisitorFrame::Notify(browser)).await;
    visitor
        .hear_first(|frame| match frame {
            RelayFrame::Notified { on, refused } => Some((on, refused)),
            _ => None,
        })
        .await
}

impl Scene {
    async fn browsers(&self) -> Vec<Channel> {
        let store = &self.house.relay.store;
        store.channels_of(&House::shop("oak"), self.conversation()).await.expect("reads")
    }

    async fn endpoints(&self) -> Vec<String> {
        let target = |channel: Channel| match serde_json::from_str(&channel.target.0) {
            Ok(Target::Push(browser)) => browser.endpoint,
            other => panic!("{other:?}"),
        };
        self.browsers().await.into_iter().map(target).collect()
    }
}

#[tokio::test]
async fn who_has_left_is_notified_and_who_has_opened_it_is_not() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    assert_eq!(scene.browsers().await, [], "nobody asks for them");
    assert_eq!(notify(&mut scene.visitor, browser(1)).await, (true, false));
    // Seen in the open panel, and then the visitor leaves.
    scene.answer("Yes.").await;
    scene.visitor.say(&VisitorFrame::Opened { upto: Seq(2) }).await;
    scene.visitor.hear_rest().await;
    scene.visitor.close().await;
    scene.answer("All of it.").await;
    let taken = scene.push.until(1).await.remove(0);
    assert_eq!((taken.words().to, taken.bodies()), (Side::Visitor, vec!["All of it."]));
    let words = taken.words();
    assert_eq!((words.link.ends_with("/talk/oak#last"), &words.stop_link), (true, &None), "{}", words.link);
    assert_eq!(words.gone, []);
    // Handed over by the push service, and so the owner is told.
    let handed = until_some(async || {
        let kept = scene.house.relay.store.conversation(&House::shop("oak"), scene.conversation()).await;
        let receipt = kept.expect("reads").expect("is there").visitor_receipt;
        (receipt.handed == Seq(3)).then_some(receipt)
    });
    assert_eq!(handed.await.opened, Seq(2));
}

#[tokio::test]
async fn a_browser_is_asked_once_and_goes_when_it_says_so() {
    let mut scene = Scene::begin().await;
    scene.visitor.say(&VisitorFrame::Notify(browser(1))).await;
    let heard = scene.visitor.hear_rest().await;
    assert_eq!(heard, [], "before there is a conversation nothing is kept");
    scene.write("is it oak?").await;
    for _ in 0..20 {
        assert_eq!(notify(&mut scene.visitor, browser(1)).await, (true, false), "the same again is no news");
    }
    assert_eq!(scene.endpoints().await, ["https://push.example/1"]);
    assert_eq!(notify(&mut scene.visitor, no_more(2)).await, (false, false));
    assert_eq!(scene.endpoints().await.len(), 1, "another is another");
    assert_eq!(notify(&mut scene.visitor, no_more(1)).await, (false, false));
    assert_eq!(scene.browsers().await, []);
}

#[tokio::test]
async fn there_are_only_so_many_browsers_and_the_oldest_gives_way() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    let most = limits::VISITOR_BROWSERS;
    for number in 0..=most {
        assert_eq!(notify(&mut scene.visitor, browser(number)).await, (true, false));
    }
    let expected: Vec<_> = (1..=most).map(|number| format!("https://push.example/{number}")).collect();
    assert_eq!(scene.endpoints().await, expected);
    let mut refused = (true, false);
    for number in 10..30 {
        refused = notify(&mut scene.visitor, browser(number)).await;
    }
    assert_eq!(refused, (false, true), "nor does anybody ask so often");
    assert_eq!(scene.browsers().await.len(), most);
    let known = scene.endpoints().await.remove(0);
    let off = Browser { endpoint: known, keys: None };
    assert_eq!(notify(&mut scene.visitor, off).await, (false, false), "off it goes at any time");
}

#[tokio::test]
async fn what_is_no_browser_is_refused() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    let far = Browser { endpoint: format!("https://push.example/{}", "x".repeat(3_000)), ..browser(1) };
    let file = Browser { endpoint: "file:///etc/passwd".into(), ..browser(1) };
    let keys = Some(BrowserKeys { p256dh: "AAAA".into(), auth: "BTBZMqHH6r4Tts7J_aSIgg".into() });
    for bad in [far, file, Browser { keys, ..browser(1) }] {
        assert_eq!(notify(&mut scene.visitor, bad).await, (false, true));
    }
    assert_eq!(scene.browsers().await, []);
}

#[tokio::test]
async fn nobody_else_is_notified_or_stops_it() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    assert_eq!(notify(&mut scene.visitor, browser(1)).await, (true, false));
    // Another secret, and another visitor with a conversation of their own.
    let thief = Credential { secret: stranger().secret, ..scene.credential.clone() };
    let mut socket = scene.house.socket("visitor", None).await;
    socket.say(&hello("oak", &thief)).await;
    let (heard, code) = socket.closed().await;
    assert!(matches!(&heard[..], [RelayFrame::Problem(problem)] if problem.code == ErrorCode::NotYours));
    assert_eq!(code, CloseCode::Refused as u16);
    let mut other = scene.house.visitor("oak", &stranger()).await;
    other.send(crate::testing::message_id(), "and mine?").await;
    assert_eq!(notify(&mut other, no_more(1)).await, (false, false));
    assert_eq!(notify(&mut other, browser(2)).await, (true, false));
    assert_eq!(scene.endpoints().await, ["https://push.example/1"]);
    // The right secret in another shop opens nothing there.
    let mut elsewhere = scene.house.visitor("elm", &scene.credential).await;
    elsewhere.say(&VisitorFrame::Notify(no_more(1))).await;
    assert_eq!(elsewhere.hear_rest().await, []);
    scene.visitor.close().await;
    scene.answer("Yes.").await;
    assert_eq!(scene.push.until(1).await.len(), 1);
    assert_eq!(scene.endpoints().await, ["https://push.example/1"]);
}

#[tokio::test]
async fn a_browser_that_is_gone_says_nothing_of_the_owner() {
    let mut scene = Scene::begin().await;
    scene.write("is it oak?").await;
    assert_eq!(notify(&mut scene.visitor, browser(1)).await, (true, false));
    let (conversation, after) = (scene.conversation(), Seq::NONE);
    scene.owner.say(&OwnerFrame::Watch { conversation, after }).await;
    let told = |expected: bool| {
        move |frame| match frame {
            RelayFrame::Details(details) => (details.by_push == expected).then_some(()),
            _ => None,
        }
    };
    scene.owner.hear_first(told(true)).await;
    scene.push.fail_always(Some(Failure::gone("The visitor's browser takes no more notifications.")));
    scene.visitor.close().await;
    scene.answer("Yes.").await;
    // The owner is told that the visitor is not reached so any more.
    scene.owner.hear_first(told(false)).await;
    assert!(scene.browsers().await[0].health.gone);
    let mut again = scene.house.socket("visitor", None).await;
    again.say(&hello("oak", &scene.credential)).await;
    let RelayFrame::VisitorWelcome(welcome) = again.hear().await else { panic!("a welcome") };
    assert!(!welcome.unreachable, "it is no way to the owner");
    assert_eq!(welcome.visitor_receipt.handed, Seq::NONE, "nobody has taken it");
    // The same browser again is well again.
    scene.push.fail_always(None);
    assert_eq!(notify(&mut again, browser(1)).await, (true, false));
    assert!(scene.browsers().await[0].health.is_well());
}
