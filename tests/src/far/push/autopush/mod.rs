//! The side that a real browser is connected to: the WebSocket protocol of Mozilla's push
//! service, as its documentation has it (`autopush-rs`, "Push Service WebSocket protocol"). A
//! browser that does not hold to it is cut off, and what it did is complained of.
//!
//! What comes for a subscription goes to its browser at once, and again after each `hello`
//! until the browser says that it has it.

mod said;

use super::{Held, Inner, State};
use crate::clock::fresh;
use axum::{
    body::Body,
    extract::{
        FromRequestParts as _,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    http::{Response, StatusCode, header, request::Parts},
};
use base64::Engine as _;
use said::Said;
use serde_json::{Value, json};
use std::{collections::HashSet, sync::Arc};

/// What the browser has to ask for (RFC 6455, clause 1.9).
const PROTOCOL: &str = "push-notification";
/// The connection ends because of what the browser has done (RFC 6455, clause 7.4.1).
const POLICY: u16 = 1008;

/// Whether a request wants to become a browser's line.
pub(super) fn is_asked(head: &Parts) -> bool {
    head.headers.contains_key(header::UPGRADE)
}

/// Begins a browser's line.
pub(super) async fn begin(inner: Arc<Inner>, mut head: Parts) -> Response<Body> {
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut head, &()).await {
        Ok(upgrade) => upgrade.protocols([PROTOCOL]),
        Err(_) => return refuse(&inner, "this is no WebSocket"),
    };
    if upgrade.selected_protocol().is_none() {
        return refuse(&inner, "the browser does not ask for push-notification");
    }
    upgrade.on_upgrade(async move |socket| Line::new(inner, socket).serve().await)
}

fn refuse(inner: &Inner, words: &str) -> Response<Body> {
    inner.state().complaints.push(words.to_owned());
    let mut response = Response::new(Body::from(words.to_owned()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}

/// A connection of a browser.
struct Line {
    inner: Arc<Inner>,
    socket: WebSocket,
    /// Its `uaid`, from its `hello` on.
    browser: Option<String>,
    /// The versions that have gone out on this line.
    sent: HashSet<String>,
}

/// Why a line ends.
enum End {
    /// The browser has gone.
    Gone,
    /// It did what it may not.
    Misdeed(String),
}

impl From<axum::Error> for End {
    fn from(_: axum::Error) -> Self {
        Self::Gone
    }
}

impl From<String> for End {
    fn from(words: String) -> Self {
        Self::Misdeed(words)
    }
}

impl Line {
    fn new(inner: Arc<Inner>, socket: WebSocket) -> Self {
        Self { inner, socket, browser: None, sent: HashSet::new() }
    }

    async fn serve(mut self) {
        let mut came = self.inner.came.subscribe();
        loop {
            let turn = tokio::select! {
                // The service is gone.
                changed = came.changed() => match changed {
                    Ok(()) => self.pass_on().await,
                    Err(_) => Err(End::Gone),
                },
                heard = self.socket.recv() => self.hear(heard).await,
            };
            match turn {
                Ok(()) => {}
                Err(End::Gone) => return,
                Err(End::Misdeed(words)) => {
                    self.inner.state().complaints.push(words.clone());
                    let last = CloseFrame { code: POLICY, reason: words.into() };
                    let _ = self.socket.send(Message::Close(Some(last))).await;
                    return;
                }
            }
        }
    }

    async fn hear(&mut self, heard: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        let text = match heard.ok_or(End::Gone)?? {
            Message::Text(text) => text,
            Message::Close(_) => return Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Binary(_) => return Err(End::Misdeed("a message is no text".into())),
        };
        let said = Said::read(&text)?;
        let Some(browser) = self.browser.clone() else {
            return match said {
                Said::Hello { uaid } => self.welcome(uaid).await,
                _ => Err(End::Misdeed("the first message is no hello".into())),
            };
        };
        let answer = match said {
            Said::Hello { .. } => return Err(End::Misdeed("there was a hello already".into())),
            Said::Register { channel, key } => self.inner.register(browser, &channel, key)?,
            Said::Unregister { channel } => self.inner.state().unregister(&browser, &channel)?,
            Said::Ack { updates } => {
                for (channel, version, code) in updates {
                    self.inner.state().taken_by_browser(&browser, &channel, &version)?;
                    self.inner.state().acks.push(code);
                }
                return Ok(());
            }
            Said::Nack { code } => {
                self.inner.state().nacks.push(code);
                return Ok(());
            }
            // There is nothing that is told to all browsers.
            Said::BroadcastSubscribe => return Ok(()),
            Said::Ping => json!({}),
        };
        self.say(&answer).await
    }

    /// Answers a `hello`. A browser that is not known any more is told a new `uaid`, and
    /// forgets its subscriptions.
    async fn welcome(&mut self, uaid: Option<String>) -> Result<(), End> {
        let uaid = {
            let mut state = self.inner.state();
            let uaid = uaid
                .filter(|uaid| state.browsers.contains(uaid))
                .unwrap_or_else(|| format!("{:032x}", fresh()));
            state.browsers.insert(uaid.clone());
            uaid
        };
        self.browser = Some(uaid.clone());
        let hello = json!({
            "messageType": "hello", "status": 200, "uaid": uaid, "use_webpush": true, "broadcasts": {},
        });
        self.say(&hello).await?;
        self.pass_on().await
    }

    /// Passes on what waits and has not gone out on this line.
    async fn pass_on(&mut self) -> Result<(), End> {
        let Some(browser) = &self.browser else { return Ok(()) };
        let waiting = self.inner.state().waiting_for(browser);
        for (version, notification) in waiting {
            if self.sent.insert(version) {
                self.say(&notification).await?;
            }
        }
        Ok(())
    }

    async fn say(&mut self, message: &Value) -> Result<(), End> {
        Ok(self.socket.send(Message::Text(message.to_string().into())).await?)
    }
}

impl Inner {
    /// A page of the browser's subscribes.
    fn register(&self, browser: String, channel: &str, key: String) -> Result<Value, String> {
        let mut state = self.state();
        if state.subscriptions.values().any(|held| held.channel.as_deref() == Some(channel)) {
            return Err(format!("the channel {channel} is there already"));
        }
        let id = format!("channel-{}", fresh());
        let endpoint = format!("{}/push/{id}", self.origin);
        let held = Held {
            key,
            waiting: Vec::new(),
            over: false,
            browser: Some(browser),
            channel: Some(channel.to_owned()),
        };
        state.subscriptions.insert(id, held);
        Ok(
            json!({ "messageType": "register", "channelID": channel, "status": 200, "pushEndpoint": endpoint }),
        )
    }
}

impl State {
    fn channel(&mut self, browser: &str, channel: &str) -> Result<&mut Held, String> {
        let own = |held: &&mut Held| {
            held.browser.as_deref() == Some(browser) && held.channel.as_deref() == Some(channel)
        };
        let held = self.subscriptions.values_mut().find(own);
        held.ok_or_else(|| format!("the browser has no channel {channel}"))
    }

    fn unregister(&mut self, browser: &str, channel: &str) -> Result<Value, String> {
        let held = self.channel(browser, channel)?;
        held.over = true;
        held.waiting.clear();
        Ok(json!({ "messageType": "unregister", "channelID": channel, "status": 200 }))
    }

    /// The browser has it, and does not want it again.
    fn taken_by_browser(&mut self, browser: &str, channel: &str, version: &str) -> Result<(), String> {
        let waiting = &mut self.channel(browser, channel)?.waiting;
        let before = waiting.len();
        waiting.retain(|waiting| waiting.version != version);
        if waiting.len() == before { Err(format!("there is no {version} to acknowledge")) } else { Ok(()) }
    }

    fn waiting_for(&self, browser: &str) -> Vec<(String, Value)> {
        let own = self.subscriptions.values().filter(|held| held.browser.as_deref() == Some(browser));
        own.flat_map(|held| held.waiting.iter().map(|waiting| (&held.channel, waiting)))
            .map(|(channel, waiting)| {
                let notification = json!({
                    "messageType": "notification",
                    "channelID": channel,
                    "version": waiting.version,
                    "data": super::browser::BASE64URL.encode(&waiting.taken.body),
                    "headers": { "encoding": "aes128gcm" },
                });
                (waiting.version.clone(), notification)
            })
            .collect()
    }
}
