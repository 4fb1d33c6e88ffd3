//! What the shop's system is told: an event as JSON (Standard Webhooks, "Payload
//! structure").

use crate::{Notice, Parcel, Words, text::cut_bytes};
use serde_json::{Value, json};
use shopbell_protocol::{Message, UnixMillis};

/// The event of a parcel, at most so many bytes: where that is too few, the texts of the
/// messages are cut, the same for all, and say so.
pub(super) fn of(parcel: &Parcel<'_>, most_bytes: usize) -> String {
    let words = match parcel.notice {
        Notice::Words(words) => words,
        other => return other_event(other, parcel.now).to_string(),
    };
    let mut most = words.messages.iter().map(|message| message.body.len()).max().unwrap_or(0);
    loop {
        let event = message_created(words, most, parcel.now).to_string();
        if event.len() <= most_bytes || most == 0 {
            return event;
        }
        most /= 2;
    }
}

fn message_created(words: &Words, most: usize, now: UnixMillis) -> Value {
    let messages: Vec<_> =
        words.messages.iter().map(|known| message(known, words.show_words, most)).collect();
    let at = words.messages.last().map_or(now, |message| message.at);
    event(
        "message.created",
        at,
        json!({
            "shop": { "id": words.shop, "name": words.shop_name },
            "conversation": words.conversation,
            "visitor": words.visitor,
            "page": words.page,
            "messages": messages,
            "link": words.link,
        }),
    )
}

fn message(message: &Message, show: bool, most: usize) -> Value {
    let Message { id, seq, from, at, body, system, pictures } = message;
    let mut said = json!({ "id": id, "seq": seq, "from": from, "at": time(*at) });
    if *system {
        said["system"] = true.into();
    }
    if !pictures.is_empty() {
        said["pictures"] = json!(pictures);
    }
    if show {
        said["text"] = cut_bytes(body, most).into();
        if body.len() > most {
            said["cut"] = true.into();
        }
    }
    said
}

fn other_event(notice: &Notice, now: UnixMillis) -> Value {
    match notice {
        Notice::Alarm(alarm) => event(
            "channel.failed",
            alarm.since,
            json!({
                "shop": { "id": alarm.shop, "name": alarm.shop_name },
                "channel": alarm.about,
                "reason": alarm.reason,
                "link": alarm.link,
            }),
        ),
        Notice::Test { shop, shop_name, link } => {
            event("webhook.test", now, json!({ "shop": { "id": shop, "name": shop_name }, "link": link }))
        }
        Notice::Words(words) => message_created(words, usize::MAX, now),
    }
}

fn event(kind: &str, at: UnixMillis, data: Value) -> Value {
    json!({ "type": kind, "timestamp": time(at), "data": data })
}

/// RFC 3339, in UTC; none for a time that no calendar has.
fn time(at: UnixMillis) -> Option<String> {
    let millis = i64::try_from(at.0).ok()?;
    jiff::Timestamp::from_millisecond(millis).ok().map(|time| format!("{time:.3}"))
}
