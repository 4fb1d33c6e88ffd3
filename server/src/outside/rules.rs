//! What is done with what is due, by the channel's rule and what has happened meanwhile.

use crate::limits;
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use shopbell_protocol::{
    ChannelKind, ChannelRule, Message, QuietHours, Receipt, Seq, Side, UnixMillis, When,
};
use shopbell_store::{Burst, Waiting};

/// What is known when something is due.
pub(super) struct Known<'a> {
    /// Who is told.
    pub(super) side: Side,
    /// By which kind of channel.
    pub(super) kind: ChannelKind,
    /// When it is used.
    pub(super) rule: &'a ChannelRule,
    /// How far they have come on their devices.
    pub(super) receipt: Receipt,
    /// The conversation from the first that waits on.
    pub(super) messages: &'a [Message],
    /// Whether they are looking at Shopbell at this moment.
    pub(super) here: bool,
    /// The time of day.
    pub(super) now: UnixMillis,
    /// What waits longer is given up.
    pub(super) give_up_ms: u64,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// All up to here is handed over now.
    Hand(Seq),
    /// Nobody needs to be told any more, up to here.
    Drop(Seq),
    /// It has waited too long, up to here.
    GiveUp(Seq),
    /// It is looked at again then.
    Wait(UnixMillis),
}

/// What is done with a burst. It is asked again about what is left of it.
pub(super) fn step(burst: &Burst, known: &Known<'_>) -> Option<Step> {
    let first = burst.waiting.first()?;
    let needless = |waiting: &&Waiting| waiting.seq <= known.receipt.opened || known.is_answered(waiting.seq);
    if let Some(last) = burst.waiting.iter().take_while(needless).last() {
        return Some(Step::Drop(last.seq));
    }
    let too_old = |waiting: &&Waiting| known.now.0.saturating_sub(waiting.since.0) > known.give_up_ms;
    if let Some(last) = burst.waiting.iter().take_while(too_old).last() {
        return Some(Step::GiveUp(last.seq));
    }
    if known.rule.only_outside && known.here {
        return Some(Step::Wait(UnixMillis(known.now.0 + limits::LOOK_AGAIN_MS)));
    }
    if let Some(until) = known.rule.quiet.as_ref().and_then(|quiet| quiet_until(quiet, known.now)) {
        return Some(Step::Wait(until));
    }
    let next = burst.handed_at.map(|at| at.0 + gap_ms(known.kind));
    if let Some(next) = next.filter(|next| *next > known.now.0) {
        // A clock that was set back does not make anybody wait longer than once.
        return Some(Step::Wait(UnixMillis(next.min(known.now.0 + gap_ms(known.kind)))));
    }
    // What may have been taken already goes again just as it was, so that a far side
    // which knows it takes it for the same.
    let upto = if first.doubtful {
        burst.waiting.iter().take_while(|waiting| waiting.doubtful).last()
    } else {
        burst.waiting.iter().take_while(|waiting| !waiting.doubtful).last()
    };
    upto.map(|waiting| Step::Hand(waiting.seq))
}

impl Known<'_> {
    /// Whether this side has said something since, where that is what the rule waits for.
    fn is_answered(&self, seq: Seq) -> bool {
        matches!(self.rule.when, When::Unanswered { .. })
            && self
                .messages
                .iter()
                .any(|message| message.from == self.side && !message.system && message.seq > seq)
    }
}

/// The least time between two parcels of one conversation: what comes meanwhile goes
/// into the next one together.
fn gap_ms(kind: ChannelKind) -> u64 {
    match kind {
        ChannelKind::Email => 60_000,
        ChannelKind::Sms => 10 * 60_000,
        // These update what they showed, or have a pace of their own.
        ChannelKind::Push | ChannelKind::Telegram | ChannelKind::Ntfy | ChannelKind::Webhook => 0,
    }
}

/// When quiet hours end, if it is one of them now. A time zone that is not known is
/// taken for UTC: to be told at the wrong hour is better than not at all.
fn quiet_until(quiet: &QuietHours, now: UnixMillis) -> Option<UnixMillis> {
    let zone = TimeZone::get(&quiet.time_zone).unwrap_or(TimeZone::UTC);
    let now = Timestamp::from_millisecond(i64::try_from(now.0).ok()?).ok()?.to_zoned(zone);
    let minute = u16::try_from(i32::from(now.hour()) * 60 + i32::from(now.minute())).ok()?;
    let (from, to) = (quiet.from, quiet.to);
    let is_quiet = if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    if !is_quiet {
        return None;
    }
    let hour = i8::try_from(to / 60).ok()?;
    let end = now.date().at(hour, i8::try_from(to % 60).ok()?, 0, 0);
    let end = if minute < to { end } else { end.checked_add(1.day()).ok()? };
    // Where an hour comes twice the second one counts, as it does above: an end that lies behind
    // would be waited for again and again.
    let end = now.time_zone().to_ambiguous_zoned(end).later().ok()?;
    u64::try_from(end.timestamp().as_millisecond()).ok().map(UnixMillis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{ConversationId, MessageId};

    const DAY: u64 = 24 * 60 * 60 * 1000;

    fn waiting(seq: u32, doubtful: bool) -> Waiting {
        Waiting { seq: Seq(seq), since: UnixMillis(0), tries: 0, doubtful }
    }

    fn burst(waiting: &[Waiting]) -> Burst {
        let conversation = ConversationId::new(1, [1; 10]);
        Burst { conversation, waiting: waiting.to_vec(), memo: None, handed_at: None }
    }

    fn known(rule: &ChannelRule) -> Known<'_> {
        Known {
            side: Side::Owner,
            kind: ChannelKind::Email,
            rule,
            receipt: Receipt::default(),
            messages: &[],
            here: false,
            now: UnixMillis(1_000),
            give_up_ms: DAY,
        }
    }

    fn rule() -> ChannelRule {
        ChannelRule::default()
    }

    #[test]
    fn all_that_waits_is_handed_over_together() {
        let step = step(&burst(&[waiting(1, false), waiting(2, false)]), &known(&rule()));
        assert_eq!(step, Some(Step::Hand(Seq(2))));
        assert_eq!(super::step(&burst(&[]), &known(&rule())), None);
    }

    #[test]
    fn what_was_opened_needs_no_notice() {
        let receipt = Receipt { handed: Seq(2), opened: Seq(2) };
        let burst = burst(&[waiting(1, false), waiting(2, true), waiting(3, false)]);
        assert_eq!(step(&burst, &Known { receipt, ..known(&rule()) }), Some(Step::Drop(Seq(2))));
    }

    #[test]
    fn an_answer_counts_where_the_rule_waits_for_one() {
        let answer = Message {
            id: MessageId::new(1, [1; 10]),
            seq: Seq(2),
            from: Side::Owner,
            at: UnixMillis(1),
            body: "yes".into(),
            system: false,
            pictures: Vec::new(),
        };
        let messages = [answer];
        let burst = burst(&[waiting(1, false), waiting(3, false)]);
        let unanswered = ChannelRule { when: When::Unanswered { minutes: 1 }, ..rule() };
        assert_eq!(
            step(&burst, &Known { messages: &messages, ..known(&unanswered) }),
            Some(Step::Drop(Seq(1)))
        );
        assert_eq!(step(&burst, &Known { messages: &messages, ..known(&rule()) }), Some(Step::Hand(Seq(3))));
    }

    #[test]
    fn who_is_at_the_inbox_is_not_called_elsewhere() {
        let outside = ChannelRule { only_outside: true, ..rule() };
        let burst = burst(&[waiting(1, false)]);
        let wait = Step::Wait(UnixMillis(1_000 + limits::LOOK_AGAIN_MS));
        assert_eq!(step(&burst, &Known { here: true, ..known(&outside) }), Some(wait));
        assert_eq!(step(&burst, &known(&outside)), Some(Step::Hand(Seq(1))));
        assert_eq!(step(&burst, &Known { here: true, ..known(&rule()) }), Some(Step::Hand(Seq(1))));
    }

    #[test]
    fn what_may_have_been_taken_goes_again_just_as_it_was() {
        let with_more = burst(&[waiting(1, true), waiting(2, true), waiting(3, false)]);
        assert_eq!(step(&with_more, &known(&rule())), Some(Step::Hand(Seq(2))));
        let behind = burst(&[waiting(1, false), waiting(2, true)]);
        assert_eq!(step(&behind, &known(&rule())), Some(Step::Hand(Seq(1))));
    }

    #[test]
    fn the_next_mail_waits_for_what_else_comes() {
        let burst = Burst { handed_at: Some(UnixMillis(500)), ..burst(&[waiting(1, false)]) };
        assert_eq!(step(&burst, &known(&rule())), Some(Step::Wait(UnixMillis(60_500))));
        assert_eq!(
            step(&burst, &Known { kind: ChannelKind::Push, ..known(&rule()) }),
            Some(Step::Hand(Seq(1)))
        );
        let rule = rule();
        let later = Known { now: UnixMillis(60_500), ..known(&rule) };
        assert_eq!(step(&burst, &later), Some(Step::Hand(Seq(1))));
    }

    #[test]
    fn what_has_waited_too_long_is_given_up() {
        let rule = rule();
        let late = Known { now: UnixMillis(DAY + 1), ..known(&rule) };
        assert_eq!(step(&burst(&[waiting(1, false)]), &late), Some(Step::GiveUp(Seq(1))));
    }

    /// 2026-03-29, the day on which the clocks in Lisbon go forward at one o'clock.
    #[test]
    fn quiet_hours_end_in_the_owners_own_time() {
        let at = |text: &str| {
            let time: Timestamp = text.parse().expect("a time");
            UnixMillis(u64::try_from(time.as_millisecond()).expect("after 1970"))
        };
        let quiet = QuietHours { from: 22 * 60, to: 7 * 60, time_zone: "Europe/Lisbon".into() };
        let evening = at("2026-03-28T22:30:00Z");
        assert_eq!(quiet_until(&quiet, evening), Some(at("2026-03-29T06:00:00Z")));
        assert_eq!(quiet_until(&quiet, at("2026-03-29T02:00:00Z")), Some(at("2026-03-29T06:00:00Z")));
        assert_eq!(quiet_until(&quiet, at("2026-03-29T06:00:00Z")), None);
        // On the day on which one o'clock comes twice: in the second hour, not at the end of the first.
        let night = QuietHours { from: 22 * 60, to: 90, time_zone: "Europe/Lisbon".into() };
        for now in ["2026-10-25T00:10:00Z", "2026-10-25T00:50:00Z", "2026-10-25T01:10:00Z"] {
            let until = quiet_until(&night, at(now));
            assert!(until.is_none_or(|until| until > at(now)), "{now}: {until:?}");
        }
        assert_eq!(quiet_until(&night, at("2026-10-25T01:10:00Z")), Some(at("2026-10-25T01:30:00Z")));
        let noon = QuietHours { from: 12 * 60, to: 14 * 60, ..quiet };
        assert_eq!(quiet_until(&noon, at("2026-01-05T12:00:00Z")), Some(at("2026-01-05T14:00:00Z")));
        assert_eq!(quiet_until(&noon, at("2026-01-05T11:59:59Z")), None);
        let nowhere = QuietHours { time_zone: "Mars/Olympus".into(), ..noon };
        assert_eq!(quiet_until(&nowhere, at("2026-01-05T13:00:00Z")), Some(at("2026-01-05T14:00:00Z")));
    }
}
