//! As much of XMPP as a room's occupant needs: stanzas, each a message of its own on a WebSocket
//! (RFC 7395), whose first tag is read and the rest searched.

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const OPEN: &str = "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0'/>";
const ANONYMOUS: &str = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'/>";
const BIND: &str = "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>";
/// In a presence: this one is your own, so you are in (XEP-0045, 7.2.2).
const SELF: &str = "code='110'";

/// A stream of somebody without an account.
pub(super) struct Stream(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Stream {
    /// Signs in and binds a resource.
    pub(super) async fn open(port: u16) -> Result<Self> {
        let mut request = format!("ws://127.0.0.1:{port}/ws").into_client_request()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("xmpp"));
        let (socket, _) = connect_async(request).await?;
        let mut stream = Self(socket);
        stream.say(OPEN.into()).await?;
        stream.until(|stanza| stanza.contains("ANONYMOUS")).await?;
        stream.say(ANONYMOUS.into()).await?;
        stream.until(|stanza| name(stanza) == "success").await?;
        stream.say(OPEN.into()).await?;
        stream.until(|stanza| stanza.contains("urn:ietf:params:xml:ns:xmpp-bind")).await?;
        stream.say(BIND.into()).await?;
        stream.until(|stanza| attribute(stanza, "id") == Some("bind")).await?;
        Ok(stream)
    }

    /// Goes into a room, which is made if it is not there.
    pub(super) async fn join(&mut self, room: &str, nick: &str) -> Result<()> {
        let presence = "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x>";
        self.say(format!("<presence to='{room}/{nick}'>{presence}</presence>")).await?;
        self.until(|stanza| name(stanza) == "presence" && stanza.replace('"', "'").contains(SELF)).await
    }

    /// Says a stanza.
    pub(super) async fn say(&mut self, stanza: String) -> Result<()> {
        Ok(self.0.send(Message::text(stanza)).await?)
    }

    /// The next stanza, which is no error.
    pub(super) async fn hear(&mut self) -> Result<String> {
        loop {
            match self.0.next().await.context("the server has hung up")?? {
                Message::Text(stanza) => {
                    let is_error = attribute(&stanza, "type") == Some("error") || name(&stanza) == "failure";
                    ensure!(!is_error, "the server objects: {stanza}");
                    return Ok(stanza.to_string());
                }
                Message::Close(_) => bail!("the server has hung up"),
                _ => {}
            }
        }
    }

    async fn until(&mut self, is_it: impl Fn(&str) -> bool) -> Result<()> {
        while !is_it(&self.hear().await?) {}
        Ok(())
    }
}

/// What a stanza is, without a prefix.
pub(super) fn name(stanza: &str) -> &str {
    let tag = first_tag(stanza);
    let name = tag.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
    name.rsplit_once(':').map_or(name, |(_, name)| name)
}

/// An attribute of the stanza itself, as it is written.
pub(super) fn attribute<'a>(stanza: &'a str, wanted: &str) -> Option<&'a str> {
    let (_, mut rest) = first_tag(stanza).split_once(char::is_whitespace)?;
    loop {
        let (name, after) = rest.split_once('=')?;
        let quote = after.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (value, after) = after[1..].split_once(quote)?;
        if name.trim() == wanted {
            return Some(value);
        }
        rest = after;
    }
}

/// Whether the room says under which id of its archive it keeps a message (XEP-0359).
pub(super) fn is_archived(message: &str, room: &str) -> bool {
    let Some((_, rest)) = message.split_once("<stanza-id") else { return false };
    attribute(&message[message.len() - rest.len() - "<stanza-id".len()..], "by") == Some(room)
}

fn first_tag(stanza: &str) -> &str {
    let stanza = stanza.strip_prefix('<').unwrap_or_default();
    // In an attribute's value `>` may stand as it is.
    let mut quote = None;
    let end = stanza.find(|c: char| match (quote, c) {
        (None, '>') => true,
        (None, '\'' | '"') => {
            quote = Some(c);
            false
        }
        (Some(open), _) if open == c => {
            quote = None;
            false
        }
        _ => false,
    });
    &stanza[..end.unwrap_or(stanza.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFLECTED: &str = r#"<message xmlns="jabber:client" from='c1@conference.localhost/a>b' type="groupchat" id='7'><stanza-id xmlns='urn:xmpp:sid:0' by='c1@conference.localhost' id='1700'/><body>Hello</body></message>"#;

    #[test]
    fn the_first_tag_is_read() {
        assert_eq!(name(REFLECTED), "message");
        assert_eq!(name("<success xmlns='x'/>"), "success");
        assert_eq!(name("<stream:features/>"), "features");
        assert_eq!(name("nothing"), "");
        assert_eq!(attribute(REFLECTED, "id"), Some("7"));
        assert_eq!(attribute(REFLECTED, "from"), Some("c1@conference.localhost/a>b"));
        assert_eq!(attribute(REFLECTED, "to"), None);
        assert_eq!(attribute("<iq/>", "id"), None);
    }

    #[test]
    fn only_the_rooms_own_word_says_that_a_message_is_archived() {
        assert!(is_archived(REFLECTED, "c1@conference.localhost"));
        assert!(!is_archived(REFLECTED, "c2@conference.localhost"));
        assert!(!is_archived("<message id='7'><body>Hello</body></message>", "c1@conference.localhost"));
    }
}
