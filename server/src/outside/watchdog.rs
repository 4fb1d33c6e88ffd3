//! When a channel fails: another takes over, and the owner is told by one that works.

use super::{tell, words, work};
use crate::{limits, relay::Relay};
use futures_util::{StreamExt, TryStreamExt, stream};
use shopbell_protocol::Side;
use shopbell_store::{Channel, ChannelState, StoreError};
use std::sync::Arc;

/// A channel counts as sick from now on: the next in the owner's order takes over what it
/// has not handed over.
pub(super) async fn sickened(relay: &Arc<Relay>, sick: &Channel) -> Result<(), StoreError> {
    tracing::warn!(kind = %sick.kind, "a channel is sick; the next one takes over");
    stuck(relay, sick).await
}

/// Something is stuck at a channel, or waits at one that is sick: the next in the owner's
/// order takes it over.
pub(super) async fn stuck(relay: &Arc<Relay>, channel: &Channel) -> Result<(), StoreError> {
    if channel.side() == Side::Visitor {
        return Ok(());
    }
    tell::changed(relay, &channel.shop).await?;
    if let Some(next) = next(relay, channel).await? {
        relay.store.take_over(channel.id, next.id, relay.clock.now()).await?;
        relay.hub.wake_outside();
    }
    Ok(())
}

/// The first that works after this one in the owner's order, else the first of all.
async fn next(relay: &Relay, sick: &Channel) -> Result<Option<Channel>, StoreError> {
    let mut channels = relay.store.channels(&sick.shop).await?;
    let place = channels.iter().position(|channel| channel.id == sick.id).map_or(0, |place| place + 1);
    let place = place.min(channels.len());
    channels.rotate_left(place);
    Ok(channels.into_iter().find(|channel| channel.id != sick.id && channel.health.is_well()))
}

/// Tells owners of their channels that have been sick for a while, by one that works. What
/// can't be told now is tried again the next time. Nobody's alarm waits for another's far side.
pub(super) async fn alarm(relay: &Arc<Relay>) -> Result<(), StoreError> {
    let now = relay.clock.now();
    let patience_ms = relay.config.channels.alarm_after_seconds.saturating_mul(1_000);
    let sick = relay.store.untold(limits::ALARMS_DUE).await?;
    let is_time = |sick: &Channel| {
        let since = sick.health.sick_since.unwrap_or(now);
        sick.health.gone || now.0.saturating_sub(since.0) >= patience_ms
    };
    stream::iter(sick.into_iter().filter(is_time))
        .map(|sick| tell_of(relay, sick))
        .buffer_unordered(limits::ALARMS_AT_ONCE)
        .try_collect()
        .await
}

async fn tell_of(relay: &Relay, sick: Channel) -> Result<(), StoreError> {
    let Some(next) = next(relay, &sick).await? else { return Ok(()) };
    let Some(shop) = relay.store.shop(&sick.shop).await? else { return Ok(()) };
    let notice = words::alarm(relay, &shop, &sick);
    let since = sick.health.sick_since.unwrap_or_default();
    let key = format!("{}-sick-{}", sick.id, since.0);
    match work::send(relay, &next, &notice, &key, None).await {
        Ok(_) => {
            let state = ChannelState {
                told_since: sick.health.sick_since,
                health: sick.health,
                failures: sick.failures,
                failing_since: sick.failing_since,
            };
            relay.store.set_state(sick.id, state).await
        }
        Err(failure) => {
            tracing::warn!(kind = %next.kind, reason = %failure.reason, "could not tell of a sick channel");
            Ok(())
        }
    }
}
