//! Works off what is due for one channel, one conversation after the other.

use super::{
    health,
    rules::{self, Known, Step},
    tell, watchdog, words,
};
use crate::{limits, relay::Relay};
use shopbell_channels::{Channel as Way, Failure, Fate, Handed, Notice, Parcel, Reference, Target};
use shopbell_protocol::{ChannelId, ChannelKind, Seq, Side, UnixMillis};
use shopbell_store::{Burst, Channel, ChannelState, Ending, StoreError, limits::LEASE};
use std::{pin::pin, sync::Arc};
use tokio::time::{sleep, timeout};

/// How a turn ended.
enum Turn {
    /// All that was due is done.
    Done,
    /// The channel rests until then.
    Rest(UnixMillis),
}

/// Works off what is due, and says when to look again.
pub(super) async fn turn(relay: &Arc<Relay>, channel: Channel) -> Result<(), StoreError> {
    let id = channel.id;
    let rest = match work(relay, channel).await? {
        Turn::Done => UnixMillis(0),
        Turn::Rest(until) => until,
    };
    relay.store.rest(id, rest).await
}

async fn work(relay: &Arc<Relay>, mut channel: Channel) -> Result<Turn, StoreError> {
    let now = relay.clock.now();
    let bursts = relay.store.bursts(channel.id, now, limits::BURSTS_AT_ONCE).await?;
    for mut burst in bursts {
        while let Some(step) = decide(relay, &channel, &burst).await? {
            let now = relay.clock.now();
            let (upto, ending) = match step {
                Step::Hand(upto) => {
                    if let Some(until) = hand(relay, &mut channel, &burst, upto).await? {
                        return Ok(Turn::Rest(until));
                    }
                    burst.handed_at = Some(now);
                    burst.waiting.retain(|waiting| waiting.seq > upto);
                    continue;
                }
                Step::Drop(upto) => (upto, Ending::Unneeded),
                Step::GiveUp(upto) => {
                    let reason = channel.health.reason.clone();
                    let reason = reason.unwrap_or_else(|| "It could not be handed over in time.".into());
                    (upto, Ending::Stuck { reason })
                }
                Step::Wait(until) => {
                    let last = burst.waiting.last().map_or(Seq::NONE, |waiting| waiting.seq);
                    (last, Ending::Later { until, doubtful: false, memo: None })
                }
            };
            let is_stuck = matches!(ending, Ending::Stuck { .. });
            relay.store.end_try(channel.id, burst.conversation, upto, ending, now).await?;
            burst.waiting.retain(|waiting| waiting.seq > upto);
            if is_stuck {
                watchdog::stuck(relay, &channel).await?;
            }
        }
    }
    Ok(Turn::Done)
}

/// What is done with the rest of a burst.
async fn decide(relay: &Relay, channel: &Channel, burst: &Burst) -> Result<Option<Step>, StoreError> {
    let (Some(first), Some(last)) = (burst.waiting.first(), burst.waiting.last()) else { return Ok(None) };
    if channel.health.gone {
        return Ok(Some(Step::GiveUp(last.seq)));
    }
    let side = channel.side();
    let Some(kept) = relay.store.conversation(&channel.shop, burst.conversation).await? else {
        return Ok(None);
    };
    let room = relay.hub.find_room(&channel.shop);
    let here = room.is_some_and(|room| match side {
        Side::Owner => room.owner_here(),
        Side::Visitor => room.visitor_here(burst.conversation),
    });
    let known = Known {
        side,
        kind: channel.kind,
        rule: &channel.rule,
        receipt: if side == Side::Owner { kept.owner_receipt } else { kept.visitor_receipt },
        messages: &words::since(relay, channel, burst.conversation, first.seq).await?,
        here,
        now: relay.clock.now(),
        give_up_ms: relay.config.channels.give_up_after_hours.saturating_mul(60 * 60 * 1_000),
    };
    let step = rules::step(burst, &known);
    // A visitor can name anybody's address, in as many conversations as they like.
    if let (Some(Step::Hand(_)), Side::Visitor, ChannelKind::Email) = (step, side, channel.kind)
        && let Err(limit) = relay.guard.letter(&channel.label)
    {
        return Ok(Some(Step::Wait(UnixMillis(known.now.0 + u64::from(limit.retry_after_ms)))));
    }
    Ok(step)
}

/// Hands over what waits up to a place; gives until when the channel rests if that failed.
async fn hand(
    relay: &Arc<Relay>,
    channel: &mut Channel,
    burst: &Burst,
    upto: Seq,
) -> Result<Option<UnixMillis>, StoreError> {
    let conversation = burst.conversation;
    let mut messages = match burst.waiting.first() {
        Some(first) => words::since(relay, channel, conversation, first.seq).await?,
        None => return Ok(None),
    };
    let waits = |seq: Seq| seq <= upto && burst.waiting.iter().any(|waiting| waiting.seq == seq);
    messages.retain(|message| waits(message.seq));
    let (Some(first), Some(last)) = (messages.first(), messages.last()) else {
        // It was written to nobody: a row that has no message is done with.
        relay.store.end_try(channel.id, conversation, upto, Ending::Unneeded, relay.clock.now()).await?;
        return Ok(None);
    };
    // Places count within one conversation only.
    let key = format!("{}-{conversation}-{}-{}", channel.id, first.seq, last.seq);
    let Some(notice) = words::words(relay, channel, conversation, messages).await? else { return Ok(None) };
    let promised = promised(relay, channel, &notice, &key, burst.memo.as_deref());
    let now = relay.clock.now();
    if !relay.store.begin_try(channel.id, conversation, upto, promised, now).await? {
        // Another relay works this channel by now, for this one was silent for long.
        return Ok(Some(now));
    }
    let tried = send(relay, channel, &notice, &key, burst.memo.as_deref());
    let tried = while_ours(relay, channel.id, tried).await;
    let now = relay.clock.now();
    match tried {
        Ok(Handed { memo, references }) => {
            let ending = Ending::Handed { memo, references: to_note(references) };
            let receipt = relay.store.end_try(channel.id, conversation, upto, ending, now).await?;
            if let Some(receipt) = receipt {
                relay.hub.tell_receipt(&channel.shop, conversation, channel.side(), receipt);
            }
            succeeded(relay, channel, now).await?;
            Ok(None)
        }
        Err(Failure { fate: Fate::Refused, reason, .. }) => {
            tracing::warn!(kind = %channel.kind, reason, "a parcel was refused for good");
            relay.store.end_try(channel.id, conversation, upto, Ending::Stuck { reason }, now).await?;
            watchdog::stuck(relay, channel).await?;
            Ok(None)
        }
        Err(failure) => {
            let until = failed(relay, channel, &failure, now).await?;
            let ending = match failure.fate {
                Fate::Gone => Ending::Stuck { reason: failure.reason.clone() },
                _ => Ending::Later { until, doubtful: failure.maybe_taken, memo: failure.memo.clone() },
            };
            relay.store.end_try(channel.id, conversation, upto, ending, now).await?;
            if failure.fate == Fate::Gone {
                watchdog::stuck(relay, channel).await?;
            }
            Ok(Some(until))
        }
    }
}

/// Waits for a try, and lets no other relay have the channel meanwhile.
async fn while_ours<T>(relay: &Relay, channel: ChannelId, tried: impl Future<Output = T>) -> T {
    let mut tried = pin!(tried);
    loop {
        tokio::select! {
            biased;
            tried = &mut tried => return tried,
            () = sleep(LEASE / 4) => {
                if let Err(error) = relay.store.still_trying(channel).await {
                    tracing::warn!(%error, "a channel could not be kept for this relay");
                }
            }
        }
    }
}

/// What an answer can refer to as soon as the far side has it.
fn promised(
    relay: &Relay,
    channel: &Channel,
    notice: &Notice,
    key: &str,
    memo: Option<&str>,
) -> Vec<(String, Seq)> {
    // Where there is no way, `send` says so.
    let Ok((way, target)) = way_of(relay, channel) else { return Vec::new() };
    let parcel = Parcel { channel: channel.id, target: &target, key, notice, memo, now: relay.clock.now() };
    to_note(way.promised(&parcel))
}

/// References as the store takes them.
fn to_note(references: Vec<Reference>) -> Vec<(String, Seq)> {
    references.into_iter().map(|reference| (reference.key, reference.upto)).collect()
}

/// By what a channel is reached, and where it leads.
fn way_of<'a>(relay: &'a Relay, channel: &Channel) -> Result<(&'a dyn Way, Target), Failure> {
    let Some(way) = relay.outside.kinds.get(&channel.kind) else {
        return Err(Failure::later(
            "This relay is not set up for this kind of channel any more. Ask whoever runs it, or remove it.",
        ));
    };
    let target = words::target(channel)
        .ok_or_else(|| Failure::gone("This channel cannot be read any more. Remove it and add it again."))?;
    Ok((&**way, target))
}

/// Hands something to a channel's far side.
pub(super) async fn send(
    relay: &Relay,
    channel: &Channel,
    notice: &Notice,
    key: &str,
    memo: Option<&str>,
) -> Result<Handed, Failure> {
    let (way, target) = way_of(relay, channel)?;
    let parcel = Parcel { channel: channel.id, target: &target, key, notice, memo, now: relay.clock.now() };
    match timeout(limits::HAND_WITHIN, way.hand(parcel)).await {
        Ok(tried) => tried,
        Err(_) => Err(Failure::later("It did not answer in time.").maybe_taken()),
    }
}

/// The channel works; whoever saw it fail is told.
pub(super) async fn succeeded(
    relay: &Relay,
    channel: &mut Channel,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let is_news = !channel.health.is_well() || channel.failures > 0 || channel.health.handed_at.is_none();
    put(relay, channel, health::after_success(now)).await?;
    if is_news {
        tracing::info!(kind = %channel.kind, "a channel works");
        tell::changed(relay, &channel.shop).await?;
        tell::visitors_ways(relay, channel);
    }
    Ok(())
}

/// The channel does not work; gives until when it rests.
pub(super) async fn failed(
    relay: &Arc<Relay>,
    channel: &mut Channel,
    failure: &Failure,
    now: UnixMillis,
) -> Result<UnixMillis, StoreError> {
    let was_well = channel.health.is_well();
    put(relay, channel, health::after_failure(channel, failure, now)).await?;
    tracing::warn!(
        kind = %channel.kind, failures = channel.failures, reason = %failure.reason, "a channel failed"
    );
    if was_well && !channel.health.is_well() {
        watchdog::sickened(relay, channel).await?;
        tell::visitors_ways(relay, channel);
    }
    tell::changed(relay, &channel.shop).await?;
    let random =
        relay.entropy.id().map_or(0, |bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
    Ok(UnixMillis(now.0.saturating_add(health::rest_ms(channel.failures, failure, random))))
}

async fn put(relay: &Relay, channel: &mut Channel, state: ChannelState) -> Result<(), StoreError> {
    relay.store.set_state(channel.id, state.clone()).await?;
    let ChannelState { health, failures, failing_since, told_since } = state;
    channel.health = health;
    channel.failures = failures;
    channel.failing_since = failing_since;
    channel.told_since = told_since;
    Ok(())
}
