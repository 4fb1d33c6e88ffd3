//! Who is held up, and who is not.

use super::{Connections, Guard};
use crate::{
    clock::{Clock, testing::StillClock},
    config::Limits,
    metrics::Metrics,
};
use shopbell_protocol::{ConversationId, ShopId};
use std::{net::IpAddr, sync::Arc};

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn a_visitor_an_address_and_a_shop_each_have_their_own_measure() {
    let clock = Arc::new(StillClock::at(0));
    let limits = Limits {
        visitor_sends_per_minute: 2,
        address_sends_per_minute: 3,
        shop_sends_per_minute: 5,
        ..Limits::default()
    };
    let guard = Guard::new(&limits, &(clock.clone() as Arc<dyn Clock>), Metrics::new());
    let shop = ShopId::parse("oak").expect("an id");
    let visitor = |n| ConversationId::new(1, [n; 10]);
    let send = |n, from| guard.visitor_send(visitor(n), &shop, address(from));
    assert!(send(1, "192.0.2.1").is_ok() && send(1, "192.0.2.1").is_ok());
    let wait = send(1, "192.0.2.1").expect_err("the visitor's measure").retry_after_ms;
    assert!((29_000..=30_000).contains(&wait), "{wait}");
    assert!(send(2, "192.0.2.1").is_ok());
    assert!(send(3, "192.0.2.1").is_err(), "the address's measure");
    assert!(send(4, "192.0.2.2").is_ok() && send(5, "192.0.2.3").is_ok());
    assert!(send(6, "192.0.2.4").is_err(), "the shop's measure");
    clock.pass(60_000);
    guard.prune();
    assert!(send(1, "192.0.2.1").is_ok(), "and after a minute all is well");
}

#[test]
fn a_mailbox_gets_so_many_letters_however_it_is_written() {
    let clock = Arc::new(StillClock::at(0));
    let guard = Guard::new(&Limits::default(), &(clock.clone() as Arc<dyn Clock>), Metrics::new());
    for number in 0..crate::limits::LETTERS_PER_HOUR {
        assert!(guard.letter(&format!("Tom+{number}@Post.example")).is_ok());
    }
    let wait = guard.letter("tom@post.example").expect_err("enough").retry_after_ms;
    assert!(guard.letter("tom@other.example").is_ok() && guard.letter("toma@post.example").is_ok());
    clock.pass(u64::from(wait));
    assert!(guard.letter("tom@post.example").is_ok());
}

#[test]
fn a_whole_ipv6_network_is_one_address() {
    let clock: Arc<dyn Clock> = Arc::new(StillClock::at(0));
    let limits = Limits { address_sign_ins_per_minute: 1, ..Limits::default() };
    let guard = Guard::new(&limits, &clock, Metrics::new());
    assert!(guard.sign_in(address("2001:db8::1")).is_ok());
    assert!(guard.sign_in(address("2001:db8::2")).is_err());
    assert!(guard.sign_in(address("2001:db8:0:1::1")).is_ok());
}

#[test]
fn zero_is_without_a_limit() {
    let clock: Arc<dyn Clock> = Arc::new(StillClock::at(0));
    let limits = Limits { address_requests_per_minute: 0, ..Limits::default() };
    let guard = Guard::new(&limits, &clock, Metrics::new());
    assert!((0..10_000).all(|_| guard.request(address("192.0.2.1")).is_ok()));
}

#[test]
fn connections_are_counted_in_all_and_by_address_and_given_back() {
    let connections = Connections::new(3, 2);
    let one = Some(address("192.0.2.1"));
    let first = connections.permit(one).expect("room");
    let _second = connections.permit(one).expect("room");
    assert!(connections.permit(one).is_none());
    let _third = connections.permit(None).expect("behind a proxy");
    assert!(connections.permit(Some(address("192.0.2.2"))).is_none(), "full");
    drop(first);
    assert!(connections.permit(one).is_some());
}
