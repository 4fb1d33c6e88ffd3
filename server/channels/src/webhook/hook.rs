//! What the shop's system says to the relay: `/hook/webhook/{channel}`.

use super::signature::{ID, SIGNATURE, TIMESTAMP};
use crate::{Away, Ears, HookAnswer, HookRequest, Known, Said, Target, Verdict};
use serde::Deserialize;
use shopbell_protocol::{ChannelId, ConversationId, UnixMillis};

/// How far the clocks may differ, and how old a request may be ("Verifying signatures").
const TOLERANCE_S: u64 = 5 * 60;
/// A `webhook-id` at most.
const ID_BYTES: usize = 256;
/// The one thing that a system can say.
const SYSTEM_MESSAGE: &str = "system.message";

#[derive(Deserialize)]
struct Event {
    r#type: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    conversation: ConversationId,
    text: String,
}

pub(super) async fn answer(request: HookRequest<'_>, ears: &dyn Ears) -> HookAnswer {
    heard(request, ears).await.unwrap_or_else(|refusal| refusal)
}

/// Gives a refusal early, in the order in which nothing is told to who has not signed.
async fn heard(request: HookRequest<'_>, ears: &dyn Ears) -> Result<HookAnswer, HookAnswer> {
    let channel = ChannelId::parse(request.rest).ok_or_else(HookAnswer::not_found)?;
    if request.method != "POST" {
        return Err(HookAnswer::not_found());
    }
    let known = ears.channel(channel).await.map_err(|Away| HookAnswer::away())?;
    let known = known.ok_or_else(HookAnswer::not_found)?;
    let id = signed(&request, &known, ears.now())?;
    let event = read(request.body)?;
    let said = Said {
        channel,
        conversation: event.data.conversation,
        // One of a kind is wanted, and an id is one of a channel.
        external: format!("{channel}/{id}"),
        name: None,
        body: event.data.text,
        pictures: Vec::new(),
    };
    match ears.system(said).await.map_err(|Away| HookAnswer::away())? {
        Verdict::Kept(message) => Ok(HookAnswer::new(200, format!("Kept as {message}."))),
        Verdict::TakenBefore => {
            Err(HookAnswer::new(409, "This webhook-id was taken before, for something else."))
        }
        Verdict::Refused(code) => Err(HookAnswer::new(422, code.sentence())),
        Verdict::Unfit(unfit) => Err(HookAnswer::new(422, unfit.sentence())),
    }
}

/// The request's id, when it is signed by this channel's system just now.
fn signed<'a>(request: &'a HookRequest<'_>, known: &Known, now: UnixMillis) -> Result<&'a str, HookAnswer> {
    let Target::Webhook(endpoint) = &known.target else { return Err(HookAnswer::not_found()) };
    let secrets = endpoint.secrets().map_err(|_| HookAnswer::not_found())?;
    let header = |name| request.header(name).ok_or_else(|| unsigned(name));
    let (id, timestamp, signature) = (header(ID)?, header(TIMESTAMP)?, header(SIGNATURE)?);
    // A full stop would let the same signature stand for other words.
    let fits = (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic() && b != b'.');
    if !fits {
        return Err(unsigned(ID));
    }
    let digits = timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let at: u64 = timestamp.parse().ok().filter(|_| digits).ok_or_else(|| unsigned(TIMESTAMP))?;
    if !secrets.verify(id, timestamp, request.body, signature) {
        return Err(HookAnswer::new(
            401,
            "The signature is not by this channel's secret, or of another body.",
        ));
    }
    if at.abs_diff(now.0 / 1_000) > TOLERANCE_S {
        return Err(HookAnswer::new(401, "The timestamp is more than five minutes from the relay's clock."));
    }
    Ok(id)
}

fn unsigned(header: &str) -> HookAnswer {
    HookAnswer::new(
        401,
        format!("{header} is missing, stands there twice, or is not what Standard Webhooks asks for."),
    )
}

fn read(body: &[u8]) -> Result<Event, HookAnswer> {
    let wanted = r#"The body has to be {"type":"system.message","data":{"conversation":"…","text":"…"}}."#;
    let event: Event = serde_json::from_slice(body).map_err(|_| HookAnswer::new(400, wanted))?;
    if event.r#type == SYSTEM_MESSAGE { Ok(event) } else { Err(HookAnswer::new(400, wanted)) }
}
