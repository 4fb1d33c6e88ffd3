//! Puts the talk page together.

use super::{Asked, HttpError, Who, address, form, own_conversation};
use crate::{
    http::csp,
    outside,
    pages::{self, TalkAssets, TalkMessage, TalkPage, TalkPicture, TalkState, When, Words},
    relay::Relay,
    secrets,
};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use shopbell_protocol::{
    Credential, Message, MessageId, Picture, Receipt, Seq, ShopId, Side, Slice, UnixMillis, limits,
};
use shopbell_store::{Conversation, Shop};

/// What the page shows, and to whom.
pub(super) struct View<'a> {
    pub(super) relay: &'a Relay,
    pub(super) headers: &'a HeaderMap,
    pub(super) asked: &'a Asked,
    pub(super) shop: Shop,
    pub(super) who: Who,
    /// What stands in the box.
    pub(super) typed: &'a str,
    /// What went wrong with it.
    pub(super) problem: Option<String>,
    /// The id of the message that is tried again.
    pub(super) id: Option<String>,
}

impl View<'_> {
    pub(super) async fn render(self) -> Result<Response, HttpError> {
        let (relay, shop) = (self.relay, &self.shop);
        let own = relay.own.origin(self.headers);
        let kept = match self.who.credential() {
            Some(credential) => own_conversation(relay, &shop.id, credential).await?,
            None => None,
        };
        let credential = self.who.credential().filter(|_| kept.is_some());
        let (slice, is_latest) = self.slice(credential).await?;
        let first = slice.messages.first().map(|message| message.seq).filter(|seq| *seq > Seq(1));
        let cut = relay.store.cut().map(|cut| cut.until);
        let framed = self.asked.framed();
        let carried = match &self.who {
            Who::ByPage(credential) => Some(secrets::key(credential)),
            Who::ByCookie(_) | Who::New => None,
        };
        let with = carried.as_deref();
        let room = relay.hub.room(&shop.id);
        let owner_here = room.owner_here();
        let unreachable = outside::reach(relay, &room).await?;
        let mail = match credential {
            Some(credential) if relay.outside.can_mail() => {
                Some(outside::address_of(relay, &shop.id, credential.conversation).await?.unwrap_or_default())
            }
            _ => relay.outside.can_mail().then(String::new),
        };
        let (style, style_hash) = relay.assets.widget_style();
        let private_link =
            credential.map(|credential| format!("{own}/talk/{}/link/{}", shop.id, secrets::key(credential)));
        let message_id = self.message_id()?;
        let action = address(&shop.id, framed, with, None);
        // Another address each time: to the one that is shown already, only with a
        // mark behind it, a browser would not go.
        let mark = if action.contains('?') { '&' } else { '?' };
        let look = format!("{action}{mark}look={}#last", &message_id[message_id.len().saturating_sub(8)..]);
        let page = TalkPage {
            lang: "en",
            dir: "ltr",
            words: Words,
            assets: TalkAssets {
                style,
                script: relay.assets.address("widget.js"),
                wasm: relay.assets.address("widget.wasm"),
                notify: relay.assets.address("notify.js").filter(|_| !framed),
            },
            framed,
            shop_id: shop.id.as_str(),
            shop: &shop.name,
            owner: &shop.owner,
            owner_here,
            unreachable,
            mail,
            push: relay.outside.push_key(),
            older: first.map(|seq| address(&shop.id, framed, with, Some(seq))),
            latest: (!is_latest).then(|| address(&shop.id, framed, with, None)),
            private_link,
            action,
            look,
            message_id,
            key: self.form_key()?,
            seen: slice.messages.last().map_or(0, |message| message.seq.0),
            cut_at_end: is_latest
                && slice.messages.last().is_some_and(|last| cut.is_some_and(|cut| last.at < cut)),
            messages: messages(slice.messages, kept.as_ref(), cut, |picture| {
                picture_shown(&shop.id, picture, with)
            }),
            typed: self.typed,
            problem: self.problem.clone(),
            body_chars: limits::BODY_CHARS,
        };
        let mut response = pages::render(&page);
        let policy = csp::talk(&own, style_hash, shop.sites.iter().map(|site| site.origin.as_str()));
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // Not `no-referrer`: with that, browsers would not say where the form comes
        // from. To other sites nothing goes out either way.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        Ok(response)
    }

    /// The messages of this page, and whether they are the latest.
    async fn slice(&self, credential: Option<&Credential>) -> Result<(Slice, bool), HttpError> {
        let Some(credential) = credential else { return Ok((Slice::default(), true)) };
        let (store, shop, conversation) = (&self.relay.store, &self.shop.id, credential.conversation);
        Ok(match self.asked.before {
            Some(seq) => (store.before(shop, conversation, seq).await?, false),
            None => (store.resume(shop, conversation, Seq::NONE).await?, true),
        })
    }

    fn message_id(&self) -> Result<String, HttpError> {
        match &self.id {
            Some(id) => Ok(id.clone()),
            None => Ok(MessageId::new(self.relay.clock.now().0, self.relay.entropy.id()?).to_string()),
        }
    }

    /// Who a posted form speaks for, unless the cookie says it. A new visitor's key
    /// is drawn here already, so that posting the form twice begins one conversation.
    fn form_key(&self) -> Result<Option<String>, HttpError> {
        match &self.who {
            Who::ByCookie(_) => Ok(None),
            Who::ByPage(credential) => Ok(Some(secrets::key(credential))),
            Who::New => Ok(Some(secrets::key(&form::fresh_credential(self.relay)?))),
        }
    }
}

fn picture_shown(shop: &ShopId, picture: Picture, with: Option<&str>) -> TalkPicture {
    let (width, height) = picture.shown();
    let with = with.map(|key| format!("?with={key}")).unwrap_or_default();
    TalkPicture { address: format!("/talk/{shop}/picture/{}{with}", picture.id), width, height }
}

fn messages(
    messages: Vec<Message>,
    kept: Option<&Conversation>,
    mut cut: Option<UnixMillis>,
    picture: impl Fn(Picture) -> TalkPicture,
) -> Vec<TalkMessage> {
    let when = When::of(kept.and_then(|kept| kept.time_zone.as_deref()));
    let receipt = kept.map(|kept| kept.owner_receipt).unwrap_or_default();
    let show = |message: Message| TalkMessage {
        // What began later misses nothing.
        after_cut: cut.take_if(|cut| message.at >= *cut).is_some() && message.seq > Seq(1),
        mine: message.from == Side::Visitor,
        system: message.system,
        at: when.for_people(message.at),
        at_iso: When::for_machines(message.at),
        seq: message.seq.0,
        state: (message.from == Side::Visitor).then(|| state(message.seq, receipt)),
        pictures: message.pictures.into_iter().map(&picture).collect(),
        body: message.body,
    };
    messages.into_iter().map(show).collect()
}

fn state(seq: Seq, receipt: Receipt) -> TalkState {
    if seq <= receipt.opened {
        TalkState { name: "opened", text: Words.opened() }
    } else if seq <= receipt.handed {
        TalkState { name: "handed", text: Words.handed_over() }
    } else {
        TalkState { name: "kept", text: Words.kept() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_never_ahead_of_the_owners_receipt() {
        let receipt = Receipt { handed: Seq(2), opened: Seq(1) };
        let names: Vec<_> = (1..4).map(|seq| state(Seq(seq), receipt).text).collect();
        assert_eq!(names, ["Opened", "Handed over", "Kept"]);
    }
}
