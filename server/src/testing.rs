//! A relay in this process, on a port and a folder of its own, and people who use it.

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    entropy::{Entropy, SystemEntropy},
    http::{self, Listener, OwnAddress},
    hub::Hub,
    metrics::Metrics,
    outside::{self, Outside, RelayKey},
    relay::{Parts, Relay},
    shops,
};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use shopbell_channels::Channel;
use shopbell_protocol::{
    ConversationId, Credential, MessageId, RelayFrame, SUBPROTOCOL, Secret, Seq, ShopId, VisitorFrame,
    VisitorHello,
};
use shopbell_store::{CommitListener, SqliteOptions, SqliteStore, Store, StoreError};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

/// Longer than anything takes that works.
const PATIENCE: Duration = Duration::from_secs(20);

/// A relay that runs.
pub(crate) struct House {
    pub(crate) relay: Arc<Relay>,
    pub(crate) origin: String,
    /// Keeps the data until the test is over.
    folder: Arc<tempfile::TempDir>,
    serving: JoinHandle<()>,
    dispatch: JoinHandle<()>,
}

impl House {
    /// With the shops `oak` and `elm`, and settings that are changed first.
    pub(crate) async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::open_with_channels(change, Vec::new()).await
    }

    /// The same, with channels that work until the test is over.
    pub(crate) async fn open_with_channels(
        change: impl FnOnce(&mut Config),
        channels: Vec<Arc<dyn Channel>>,
    ) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        Self::open_in(folder, Arc::new(SystemClock::new()), change, channels).await
    }

    /// The same by another clock.
    pub(crate) async fn open_at(clock: Arc<dyn Clock>, channels: Vec<Arc<dyn Channel>>) -> Self {
        Self::open_in(Arc::new(tempfile::tempdir().expect("a folder")), clock, |_| {}, channels).await
    }

    /// The relay dies in the middle of whatever it does, and comes back to the same data.
    pub(crate) async fn die_and_come_back(self, channels: Vec<Arc<dyn Channel>>) -> Self {
        self.dispatch.abort();
        self.serving.abort();
        self.relay.store.close().await;
        let (folder, clock) = (Arc::clone(&self.folder), Arc::clone(&self.relay.clock));
        drop(self);
        Self::open_in(folder, clock, |_| {}, channels).await
    }

    async fn open_in(
        folder: Arc<tempfile::TempDir>,
        clock: Arc<dyn Clock>,
        change: impl FnOnce(&mut Config),
        channels: Vec<Arc<dyn Channel>>,
    ) -> Self {
        let mut config = Config::default();
        change(&mut config);
        let metrics = Metrics::new();
        let hub = Hub::new(clock.clone(), metrics.clone());
        let commits = Arc::clone(&hub) as Arc<dyn CommitListener>;
        let store: Arc<dyn Store> =
            SqliteStore::open(folder.path(), commits, SqliteOptions::default()).expect("a store");
        for id in ["oak", "elm"] {
            let sites = [format!("https://{id}.example")];
            let shop = shops::new_shop(id, &format!("The {id}"), "Maya", &sites, at(1)).expect("a shop");
            // One that comes back has them.
            match store.add_shop(shop).await {
                Ok(()) | Err(StoreError::ShopExists) => {}
                Err(error) => panic!("{error}"),
            }
        }
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let listen = listener.address().expect("an address");
        let relay = Relay::new(Parts {
            store: Arc::clone(&store),
            hub: Arc::clone(&hub),
            outside: Outside::new(channels, BTreeMap::new(), RelayKey::of([7; 32])),
            own: OwnAddress { public: config.server.public_url.clone(), listen },
            config,
            clock,
            entropy: Arc::new(SystemEntropy),
            metrics,
        });
        tokio::spawn(hub.tell_changes(store));
        let router = http::router(Arc::clone(&relay));
        let serving = listener.serve(router, Arc::clone(&relay), std::future::pending(), PATIENCE);
        let working = Arc::clone(&relay);
        let dispatch = tokio::spawn(async move {
            tokio::join!(outside::run(Arc::clone(&working)), crate::serve::chores(working));
        });
        Self { dispatch, serving: tokio::spawn(serving), origin: format!("http://{listen}"), relay, folder }
    }

    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(crate) fn shop(id: &str) -> ShopId {
        ShopId::parse(id).expect("an id")
    }

    /// A client that follows no redirect and keeps no cookie.
    pub(crate) fn client() -> reqwest::Client {
        shopbell_channels::use_ring();
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client")
    }

    /// Uses a fresh one-time link; gives the session's cookie.
    pub(crate) async fn sign_in(&self, shop: &str) -> String {
        let response = self.use_code(&self.code(shop).await).await;
        assert_eq!(response.status(), 200);
        let cookie = response.headers().get("set-cookie").expect("a cookie").to_str().expect("text");
        cookie.split(';').next().expect("a pair").to_owned()
    }

    /// The code of a fresh one-time link.
    pub(crate) async fn code(&self, shop: &str) -> String {
        let origin = crate::http::Origin::parse(&self.origin).expect("an origin");
        let link =
            shops::sign_in_link(&*self.relay.store, &origin, shop, &*self.relay.clock, &*self.relay.entropy);
        link.await.expect("a link").split_once("#code=").expect("a code").1.to_owned()
    }

    pub(crate) async fn use_code(&self, code: &str) -> reqwest::Response {
        Self::client()
            .post(format!("{}/inbox/sign-in", self.origin))
            .header("origin", &self.origin)
            .body(format!("{{\"code\":{code:?}}}"))
            .send()
            .await
            .expect("an answer")
    }

    /// Opens a socket and says nothing.
    pub(crate) async fn socket(&self, speaker: &str, cookie: Option<&str>) -> Socket {
        self.try_socket(speaker, cookie, &self.origin, SUBPROTOCOL).await.expect("a socket")
    }

    pub(crate) async fn try_socket(
        &self,
        speaker: &str,
        cookie: Option<&str>,
        origin: &str,
        protocol: &str,
    ) -> Result<Socket, Error> {
        let address = format!("{}/ws?speaker={speaker}", self.origin.replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        let headers = request.headers_mut();
        headers.insert("origin", HeaderValue::from_str(origin).expect("a header"));
        headers.insert("sec-websocket-protocol", HeaderValue::from_str(protocol).expect("a header"));
        if let Some(cookie) = cookie {
            headers.insert("cookie", HeaderValue::from_str(cookie).expect("a header"));
        }
        tokio_tungstenite::connect_async(request).await.map(|(socket, _)| Socket(socket))
    }

    /// A visitor's device that has been welcomed.
    pub(crate) async fn visitor(&self, shop: &str, credential: &Credential) -> Socket {
        let mut socket = self.socket("visitor", None).await;
        socket.say(&hello(shop, credential)).await;
        let welcome = socket.hear().await;
        assert!(matches!(welcome, RelayFrame::VisitorWelcome(_)), "{welcome:?}");
        socket
    }

    /// An owner's device that has been welcomed.
    pub(crate) async fn owner(&self, cookie: &str) -> Socket {
        let mut socket = self.socket("owner", Some(cookie)).await;
        socket.say_text(r#"{"hello":{}}"#).await;
        let welcome = socket.hear().await;
        assert!(matches!(welcome, RelayFrame::OwnerWelcome(_)), "{welcome:?}");
        socket
    }

    /// Says frames over plain HTTP.
    pub(crate) async fn exchange(
        &self,
        speaker: &str,
        cookie: Option<&str>,
        frames: &str,
    ) -> (u16, Vec<RelayFrame>) {
        let mut request = Self::client()
            .post(format!("{}/exchange?speaker={speaker}", self.origin))
            .header("origin", &self.origin)
            .body(frames.to_owned());
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let text = response.text().await.expect("a text");
        (status, serde_json::from_str(&text).unwrap_or_default())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.serving.abort();
        self.dispatch.abort();
    }
}

/// A connected device.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn say(&mut self, frame: &impl Serialize) {
        self.say_text(&serde_json::to_string(frame).expect("JSON")).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("said");
    }

    pub(crate) async fn say_bytes(&mut self, bytes: &'static [u8]) {
        self.0.send(Message::binary(bytes)).await.expect("said");
    }

    /// So many of the WebSocket's own pings.
    pub(crate) async fn ping(&mut self, times: usize) {
        for _ in 0..times {
            self.0.feed(Message::Ping("x".into())).await.expect("said");
        }
        self.0.flush().await.expect("said");
    }

    /// Leaves.
    pub(crate) async fn close(&mut self) {
        self.0.close(None).await.expect("closed");
    }

    /// The next frame.
    pub(crate) async fn hear(&mut self) -> RelayFrame {
        match timeout(PATIENCE, self.0.next()).await.expect("in time") {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("a frame"),
            other => panic!("no frame but {other:?}"),
        }
    }

    /// The first frame that is one of those looked for; others pass by.
    pub(crate) async fn hear_first<T>(&mut self, mut look: impl FnMut(RelayFrame) -> Option<T>) -> T {
        loop {
            if let Some(found) = look(self.hear().await) {
                return found;
            }
        }
    }

    /// All frames that came before the answer to a ping said now.
    pub(crate) async fn hear_rest(&mut self) -> Vec<RelayFrame> {
        self.say_text(r#"{"ping":{}}"#).await;
        let mut heard = Vec::new();
        loop {
            match self.hear().await {
                RelayFrame::Pong {} => return heard,
                frame => heard.push(frame),
            }
        }
    }

    /// The code that the relay closes with; frames before it are given too.
    pub(crate) async fn closed(&mut self) -> (Vec<RelayFrame>, u16) {
        let mut heard = Vec::new();
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("in time") {
                Some(Ok(Message::Text(text))) => heard.push(serde_json::from_str(&text).expect("a frame")),
                Some(Ok(Message::Close(frame))) => return (heard, frame.expect("a code").code.into()),
                Some(Ok(_)) => {}
                other => panic!("no close but {other:?}"),
            }
        }
    }

    /// Sends as a visitor and waits for the answer.
    pub(crate) async fn send(&mut self, id: MessageId, body: &str) -> RelayFrame {
        self.say(&VisitorFrame::Send { id, body: body.into() }).await;
        self.hear_first(|frame| {
            matches!(frame, RelayFrame::Kept { .. } | RelayFrame::Refused { .. }).then_some(frame)
        })
        .await
    }
}

/// A visitor that nobody has seen before.
pub(crate) fn stranger() -> Credential {
    let entropy: &dyn Entropy = &SystemEntropy;
    let conversation = ConversationId::new(1, entropy.id().expect("bytes"));
    Credential { conversation, secret: Secret::new(&entropy.secret().expect("bytes")) }
}

/// An id that no message has.
pub(crate) fn message_id() -> MessageId {
    let entropy: &dyn Entropy = &SystemEntropy;
    MessageId::new(1, entropy.id().expect("bytes"))
}

/// The first words of a visitor.
pub(crate) fn hello(shop: &str, credential: &Credential) -> VisitorFrame {
    VisitorFrame::Hello(VisitorHello {
        shop: House::shop(shop),
        credential: credential.clone(),
        after: Seq::NONE,
        epoch: 0,
        locale: None,
        time_zone: None,
        page: None,
    })
}

/// A time.
pub(crate) fn at(ms: u64) -> shopbell_protocol::UnixMillis {
    shopbell_protocol::UnixMillis(ms)
}
