//! Shops, sign-in links and sessions.

use super::Rig;
use super::rig::{elm, from_visitor, oak, talk};
use shopbell_protocol::{SessionId, ShopId, SiteSeen, UnixMillis};
use shopbell_store::{Digest, NewSession, NewShop, QueueFull, ShopEdit, StoreError, limits};

fn digest(number: u32) -> Digest {
    let mut digest = [3; 32];
    digest[..4].copy_from_slice(&number.to_be_bytes());
    Digest(digest)
}

fn device(number: u32, at: u64) -> NewSession {
    NewSession {
        id: SessionId::new(at, [number as u8; 10]),
        token: digest(number),
        device: format!("Phone {number}"),
        at: UnixMillis(at),
    }
}

async fn signed_in(rig: &Rig, shop: &ShopId, number: u32, at: u64) -> NewSession {
    let code = digest(1_000_000 + number);
    assert!(rig.store.add_link(shop, code, UnixMillis(at + 1)).await.expect("adds"));
    let session = device(number, at);
    let who = rig.store.sign_in(code, session.clone()).await.expect("signs in").expect("is valid");
    assert_eq!(who.shop, *shop);
    session
}

pub(crate) async fn a_shop_is_added_once(rig: &mut Rig) {
    let again = NewShop {
        id: oak(),
        name: "Another".into(),
        owner: "Mallory".into(),
        sites: vec!["https://evil.example".into()],
        at: UnixMillis(9),
    };
    let result = rig.store.add_shop(again).await;
    assert!(matches!(result, Err(StoreError::ShopExists)), "{result:?}");
    let shop = rig.store.shop(&oak()).await.expect("reads").expect("is there");
    assert_eq!((shop.name.as_str(), shop.owner.as_str()), ("The oak", "Ana"));
    let sites: Vec<_> = shop.sites.iter().map(|site| site.origin.as_str()).collect();
    assert_eq!(sites, ["https://oak.example", "https://market.example"], "in the order given");
    let ids: Vec<_> = rig.store.shops().await.expect("reads").into_iter().map(|shop| shop.id).collect();
    assert_eq!(ids, [elm(), oak()]);
    let nowhere = ShopId::parse("nowhere").expect("an id");
    assert_eq!(rig.store.shop(&nowhere).await.expect("reads"), None);
}

pub(crate) async fn a_shop_is_edited(rig: &mut Rig) {
    let edit = |add: &[&str], remove: &[&str]| ShopEdit {
        add_sites: add.iter().map(|site| (*site).to_owned()).collect(),
        remove_sites: remove.iter().map(|site| (*site).to_owned()).collect(),
        ..ShopEdit::default()
    };
    let at = UnixMillis(limits::SEEN_EVERY_MS);
    rig.store.bell_seen("https://market.example", at).await.expect("notes");
    let new = edit(&["https://www.oak.example", "https://market.example"], &["https://oak.example"]);
    let new = ShopEdit { owner: Some("Ben".into()), ..new };
    assert!(rig.store.edit_shop(&oak(), new).await.expect("edits"));
    let shop = rig.store.shop(&oak()).await.expect("reads").expect("is there");
    assert_eq!((shop.name.as_str(), shop.owner.as_str()), ("The oak", "Ben"));
    let sites: Vec<_> = shop.sites.iter().map(|site| (site.origin.as_str(), site.seen_at)).collect();
    assert_eq!(sites, [("https://market.example", Some(at)), ("https://www.oak.example", None)]);

    let many: Vec<_> = (0..limits::SITES_PER_SHOP).map(|n| format!("https://{n}.example")).collect();
    let too_many = ShopEdit { add_sites: many, ..edit(&[], &["https://market.example"]) };
    let result = rig.store.edit_shop(&oak(), too_many).await;
    assert!(matches!(result, Err(StoreError::TooManySites)), "{result:?}");
    assert_eq!(rig.store.shop(&oak()).await.expect("reads").expect("is there"), shop, "nothing has changed");
    let nowhere = ShopId::parse("nowhere").expect("an id");
    assert!(!rig.store.edit_shop(&nowhere, ShopEdit::default()).await.expect("tries"));
}

pub(crate) async fn owners_are_known_by_their_sites(rig: &mut Rig) {
    let owners = rig.store.owners(Some("https://market.example")).await.expect("reads");
    assert_eq!(owners, [(elm(), "Ana".into()), (oak(), "Ana".into())], "two shops may share a site");
    assert_eq!(rig.store.owners(Some("https://oak.example")).await.expect("reads").len(), 1);
    assert_eq!(rig.store.owners(Some("https://nowhere.example")).await.expect("reads"), []);
    assert_eq!(rig.store.owners(None).await.expect("reads"), [], "of two shops neither is meant");
}

pub(crate) async fn the_bell_is_seen_on_a_site(rig: &mut Rig) {
    let seen = |shop: Vec<SiteSeen>| shop.into_iter().map(|s| s.seen_at.map(|at| at.0)).collect::<Vec<_>>();
    let at = limits::SEEN_EVERY_MS;
    let shops = rig.store.bell_seen("https://oak.example", UnixMillis(at)).await.expect("notes");
    assert_eq!(shops, [oak()]);
    let shops = rig.store.bell_seen("https://nowhere.example", UnixMillis(at)).await.expect("notes");
    assert_eq!(shops, []);
    let oak_shop = rig.store.shop(&oak()).await.expect("reads").expect("is there");
    assert_eq!(seen(oak_shop.sites), [Some(at), None]);

    let shops = rig.store.bell_seen("https://market.example", UnixMillis(2 * at)).await.expect("notes");
    assert_eq!(shops, [elm(), oak()], "two shops may share a site");
    rig.store.bell_seen("https://oak.example", UnixMillis(2 * at)).await.expect("notes");
    rig.store.bell_seen("https://oak.example", UnixMillis(5)).await.expect("notes");
    let oak_shop = rig.store.shop(&oak()).await.expect("reads").expect("is there");
    assert_eq!(seen(oak_shop.sites), [Some(2 * at), Some(2 * at)], "the last time, and never back");
    let ash = ShopId::parse("ash").expect("an id");
    let new = NewShop {
        id: ash.clone(),
        name: "Ash".into(),
        owner: "Ben".into(),
        sites: vec!["https://market.example".into()],
        at: UnixMillis(9),
    };
    rig.store.add_shop(new).await.expect("adds");
    rig.store.bell_seen("https://market.example", UnixMillis(at)).await.expect("notes");
    let ash_shop = rig.store.shop(&ash).await.expect("reads").expect("is there");
    assert_eq!(seen(ash_shop.sites), [Some(at)]);
    let elm_shop = rig.store.shop(&elm()).await.expect("reads").expect("is there");
    assert_eq!(seen(elm_shop.sites), [None, Some(2 * at)]);
}

pub(crate) async fn a_link_signs_in_once(rig: &mut Rig) {
    let code = digest(1);
    assert!(rig.store.add_link(&oak(), code, UnixMillis(100)).await.expect("adds"));
    assert_eq!(rig.store.sign_in(digest(2), device(7, 10)).await.expect("tries"), None, "a wrong code");
    let (one, other) =
        tokio::join!(rig.store.sign_in(code, device(8, 10)), rig.store.sign_in(code, device(9, 10)));
    let both = [one.expect("tries"), other.expect("tries")];
    assert_eq!(both.iter().flatten().map(|who| &who.shop).collect::<Vec<_>>(), [&oak()], "only one gets in");
    assert_eq!(rig.store.sign_in(code, device(10, 10)).await.expect("tries"), None);
    assert_eq!(rig.store.sessions(&oak()).await.expect("reads").len(), 1);
    let nowhere = ShopId::parse("nowhere").expect("an id");
    assert!(!rig.store.add_link(&nowhere, digest(3), UnixMillis(100)).await.expect("adds nothing"));
    assert_eq!(rig.store.sign_in(digest(3), device(11, 10)).await.expect("tries"), None);
}

pub(crate) async fn a_link_ends(rig: &mut Rig) {
    for code in [1, 2] {
        rig.store.add_link(&oak(), digest(code), UnixMillis(100)).await.expect("adds");
    }
    assert_eq!(rig.store.sign_in(digest(1), device(1, 100)).await.expect("tries"), None, "over at 100");
    assert!(rig.store.sign_in(digest(2), device(2, 99)).await.expect("tries").is_some());
    assert_eq!(rig.store.sessions(&oak()).await.expect("reads").len(), 1);
}

pub(crate) async fn links_and_sessions_are_bounded(rig: &mut Rig) {
    for i in 0..=limits::LINKS_PER_SHOP {
        let until = UnixMillis(1_000 + u64::from(i));
        rig.store.add_link(&oak(), digest(i), until).await.expect("adds");
    }
    assert_eq!(rig.store.sign_in(digest(0), device(0, 10)).await.expect("tries"), None, "the oldest is gone");
    assert!(rig.store.sign_in(digest(1), device(1, 10)).await.expect("tries").is_some());

    let theirs = signed_in(rig, &elm(), 200, 5).await;
    assert!(rig.store.add_link(&oak(), digest(300), UnixMillis(9)).await.expect("adds"));
    assert_eq!(rig.store.link(digest(300), UnixMillis(8)).await.expect("reads"), Some(oak()));
    assert_eq!(rig.store.link(digest(300), UnixMillis(9)).await.expect("reads"), None, "it is over");
    for i in 1..=limits::SESSIONS_PER_SHOP {
        signed_in(rig, &oak(), 1 + i, 10 + u64::from(i)).await;
    }
    let sessions = rig.store.sessions(&oak()).await.expect("reads");
    assert_eq!(sessions.len(), limits::SESSIONS_PER_SHOP as usize);
    assert!(sessions.is_sorted_by(|one, next| one.seen_at > next.seen_at), "by last use");
    assert_eq!(rig.store.session(digest(1), UnixMillis(90)).await.expect("reads"), None);
    let oldest = sessions.last().expect("a session").session;
    assert!(rig.store.add_link(&oak(), digest(301), UnixMillis(99)).await.expect("adds"));
    let last = rig.store.sign_in(digest(301), device(302, 98)).await.expect("signs in").expect("is valid");
    assert_eq!(last.ended, [oldest], "who had to go is told");
    assert!(rig.store.session(theirs.token, UnixMillis(90)).await.expect("reads").is_some());
}

pub(crate) async fn sessions_are_seen_and_ended(rig: &mut Rig) {
    let first = signed_in(rig, &oak(), 1, 1_000).await;
    let second = signed_in(rig, &oak(), 2, 2_000).await;
    let alive = rig.store.session(first.token, UnixMillis(1_500)).await.expect("reads").expect("is alive");
    assert_eq!((alive.shop, alive.session.session), (oak(), first.id));
    assert_eq!(alive.session.device, "Phone 1");
    assert_eq!((alive.session.began_at.0, alive.session.seen_at.0), (1_000, 1_000), "not noted so soon");

    let later = 1_000 + limits::SEEN_EVERY_MS;
    let alive = rig.store.session(first.token, UnixMillis(later)).await.expect("reads").expect("is alive");
    assert_eq!((alive.session.began_at.0, alive.session.seen_at.0), (1_000, later));
    let sessions = rig.store.sessions(&oak()).await.expect("reads");
    let order: Vec<_> = sessions.iter().map(|session| session.session).collect();
    assert_eq!(order, [first.id, second.id], "the one used last comes first");

    assert_eq!(rig.store.session(digest(99), UnixMillis(5)).await.expect("reads"), None);
    assert!(rig.store.end_session(&oak(), first.id).await.expect("ends"));
    assert!(!rig.store.end_session(&oak(), first.id).await.expect("ends nothing"));
    assert_eq!(rig.store.session(first.token, UnixMillis(later)).await.expect("reads"), None);
    assert!(rig.store.session(second.token, UnixMillis(later)).await.expect("reads").is_some());
}

pub(crate) async fn it_can_say_whether_it_writes(rig: &mut Rig) {
    rig.store.check().await.expect("writes");
    rig.store.check().await.expect("writes again");
}

pub(crate) async fn after_closing_it_is_not_available(rig: &mut Rig) {
    let many: Vec<_> = (0..600).map(|i| from_visitor(i, i, "before the end")).collect();
    for append in many {
        rig.store.append(append).expect("the queue has room");
    }
    rig.store.close().await;
    rig.store.close().await;
    assert_eq!(rig.store.append(from_visitor(1, 9, "too late")), Err(QueueFull));
    assert!(matches!(rig.store.check().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(rig.store.shops().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(rig.store.name(&oak(), talk(1), None).await, Err(StoreError::Unavailable(_))));
    assert_eq!(rig.outcomes_so_far().iter().filter(|outcome| outcome.result.is_ok()).count(), 600);
}
