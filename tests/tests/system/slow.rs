//! A reader that does not read is cut off, and comes back; nobody waits for it.

use futures_util::{SinkExt, StreamExt};
use shopbell_client::OwnerEvent;
use shopbell_protocol::{CloseCode, OwnerFrame, RelayFrame, SUBPROTOCOL, Seq};
use shopbell_tests::host::Storage;
use shopbell_tests::relay::{Setup, free_address};
use shopbell_tests::wait::within;
use shopbell_tests::{Owner, Relay, Visitor};
use std::net::SocketAddr;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

/// An owner's socket with next to no room on the way, so that not reading shows soon.
async fn narrow(relay: &Relay, cookie: &str) -> WebSocketStream<TcpStream> {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4 * 1024).expect("a small buffer");
    let stream = socket.connect(relay.address()).await.expect("connects");
    let url = format!("ws://{}/ws?speaker=owner", relay.address());
    let mut request = url.into_client_request().expect("a request");
    let origin = HeaderValue::from_str(&relay.origin()).expect("a header");
    request.headers_mut().insert("origin", origin);
    request.headers_mut().insert("cookie", HeaderValue::from_str(cookie).expect("a header"));
    request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(SUBPROTOCOL));
    client_async(request, stream).await.expect("a handshake").0
}

/// Whether the relay has counted a reader that was too slow.
async fn was_cut_off(metrics: SocketAddr) -> bool {
    let answer = reqwest::get(format!("http://{metrics}/metrics")).await.expect("an answer");
    let page = answer.text().await.expect("a page");
    let count = page.lines().find_map(|line| line.strip_prefix("shopbell_slow_readers_total "));
    count.is_some_and(|count| count != "0")
}

async fn say(socket: &mut WebSocketStream<TcpStream>, frame: &OwnerFrame) {
    let text = serde_json::to_string(frame).expect("JSON");
    socket.send(Message::text(text)).await.expect("the relay hears");
}

#[tokio::test]
async fn a_slow_reader_is_cut_off_and_catches_up_while_the_others_go_on() {
    let metrics = free_address();
    let relay = Setup::default().without_limits().set("METRICS__LISTEN", metrics).start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("first");
    visitor.until_all_kept().await;
    let quick = Owner::sign_in(&relay, "oak").await;
    quick.open(visitor.conversation()).await;
    let mut slow = narrow(&relay, &quick.cookie).await;
    say(&mut slow, &OwnerFrame::Hello {}).await;
    say(&mut slow, &OwnerFrame::Watch { conversation: visitor.conversation(), after: Seq::NONE }).await;
    // It has heard that it watches, and hears nothing from now on.
    loop {
        let message = within("the history", slow.next()).await.expect("a frame").expect("a frame");
        let text = message.into_text().expect("text");
        if matches!(serde_json::from_str(&text), Ok(RelayFrame::History { .. })) {
            break;
        }
    }

    // The kernel and the relay's queue hold a few megabytes for it; then it is cut off.
    let long = "long ".repeat(799);
    let mut written = 1;
    while !was_cut_off(metrics).await {
        assert!(written < 20_000, "nobody was ever cut off");
        for _ in 0..100 {
            written += 1;
            visitor.write(&format!("{written} {long}"));
        }
        visitor
            .until("room in the outbox", |talker, _| {
                let waiting = talker.rows().filter(|row| row.seq.is_none()).count();
                (waiting < 50).then_some(())
            })
            .await;
    }
    visitor.until_all_kept().await;
    let last = Seq(written);
    quick
        .until("all of it at the quick reader", |talker, _| {
            (talker.open_conversation()?.timeline.last() == last).then_some(())
        })
        .await;

    let mut heard = 0;
    let end = loop {
        match within("the end of the slow line", slow.next()).await {
            Some(Ok(Message::Close(frame))) => break frame.map(|frame| u16::from(frame.code)),
            Some(Ok(Message::Text(text))) if text.starts_with("{\"message\"") => heard += 1,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break None,
        }
    };
    assert!(heard < written, "it heard {heard} frames of {written} messages");
    assert!(end.is_none_or(|code| code == CloseCode::Resync as u16), "{end:?}");

    let again = Owner::with_session(relay.origin(), quick.cookie.clone(), Storage::default());
    again.start();
    again.open(visitor.conversation()).await;
    again
        .until("the latest", |talker, _| (talker.open_conversation()?.timeline.last() == last).then_some(()))
        .await;
    again.happen(OwnerEvent::LoadOlder);
    again
        .until("older ones", |talker, _| {
            (talker.open_conversation()?.timeline.messages().len() >= 100).then_some(())
        })
        .await;
}
