//! When a channel is used.

use crate::bridge::{dom, intl};
use crate::host::{Host, LineState};
use crate::view::parts::{on, part, text};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::{ChannelId, ChannelRule, OwnerFrame, QuietHours, When};
use std::collections::VecDeque;

/// The waits that are offered, in minutes.
const WAITS: [u16; 5] = [1, 2, 5, 15, 60];
/// Quiet hours as they are when they are first chosen.
const EVENING: (u16, u16) = (22 * 60, 7 * 60);

/// The choices. Each change is told at once.
pub(super) fn rule(host: Host, channel: ChannelId, begun: ChannelRule) -> AnyView {
    let rule = RwSignal::new(begun);
    let sent = StoredValue::new(Sent::default());
    let told = Memo::new(move |_| host.channel(channel).map(|line| line.rule));
    // Another device may change it too.
    Effect::new(move |_| {
        let is_live = matches!(host.line.get(), LineState::Live);
        let Some(told) = told.get() else { return };
        let is_last = sent.try_update_value(|sent| sent.is_last_word(&told, is_live));
        if is_last == Some(true) && rule.with_untracked(|held| *held != told) {
            rule.set(told);
        }
    });
    let change = move |edit: &dyn Fn(&mut ChannelRule)| {
        rule.update(edit);
        let rule = rule.get_untracked();
        sent.update_value(|sent| sent.0.push_back(rule.clone()));
        host.ask_outside(OwnerFrame::EditChannel { channel, rule });
    };
    let choose = on(move |event: leptos::ev::Event| {
        let when = when_of(&dom::value(&event));
        change(&|rule| rule.when = when);
    });
    let outside = on(move |event: leptos::ev::Event| {
        let only = dom::is_checked(&event);
        change(&|rule| rule.only_outside = only);
    });
    let quiet = on(move |event: leptos::ev::Event| {
        let quiet = dom::is_checked(&event).then(|| {
            let (from, to) = EVENING;
            QuietHours { from, to, time_zone: intl::own_zone() }
        });
        change(&|rule| rule.quiet = quiet.clone());
    });
    let hours = part(move || {
        let QuietHours { from, to, time_zone } = rule.with(|rule| rule.quiet.clone())?;
        let time = move |label: &'static str, minute: u16, begins: bool| {
            let set = on(move |event: leptos::ev::Event| {
                let Some(minute) = minute_of(&dom::value(&event)) else { return };
                change(&|rule| {
                    if let Some(quiet) = &mut rule.quiet {
                        *(if begins { &mut quiet.from } else { &mut quiet.to }) = minute;
                    }
                });
            });
            view! { <label>{label} <input type="time" required value=clock_of(minute) on:change=set/></label> }
        };
        Some(
            view! {
                <div class="hours">
                    {time(WORDS.quiet_from, from, true)}
                    {time(WORDS.quiet_to, to, false)}
                    <span class="hint">{time_zone.replace('_', " ")}</span>
                </div>
            }
            .into_any(),
        )
    });
    let option = move |value: String, words: String| {
        let own = value.clone();
        let chosen = move || rule.with(|rule| value_of(rule.when) == own);
        view! { <option value=value selected=chosen>{words}</option> }
    };
    // A wait that another device has chosen is offered too.
    let mut waits = WAITS.to_vec();
    if let When::Unanswered { minutes } = rule.with_untracked(|rule| rule.when)
        && !waits.contains(&minutes)
    {
        waits.push(minutes);
        waits.sort_unstable();
    }
    let waits = waits
        .into_iter()
        .map(|minutes| option(value_of(When::Unanswered { minutes }), WORDS.unanswered.of(minutes.into())));
    view! {
        <details class="rule">
            <summary>{text(move || rule.with(in_words))}</summary>
            <div class="rule-choices">
            <label>
                {WORDS.when}
                <select on:change=choose>
                    {option(value_of(When::AtOnce), WORDS.at_once.into())}
                    {waits.collect_view()}
                    {option(value_of(When::Standby), WORDS.standby.into())}
                </select>
            </label>
            <label class="check">
                <input type="checkbox" prop:checked=move || rule.with(|rule| rule.only_outside) on:change=outside/>
                {WORDS.only_outside}
            </label>
            <label class="check">
                <input type="checkbox" prop:checked=move || rule.with(|rule| rule.quiet.is_some()) on:change=quiet/>
                {WORDS.quiet}
            </label>
            {hours}
            </div>
        </details>
    }
    .into_any()
}

/// The rules that were chosen here and that the relay has not said back yet, in their order.
#[derive(Default)]
struct Sent(VecDeque<ChannelRule>);

impl Sent {
    /// Whether what the relay tells is how it stands. While a later choice is on its way
    /// there, it is not: it would undo for a moment what somebody has just chosen.
    fn is_last_word(&mut self, told: &ChannelRule, is_live: bool) -> bool {
        match self.0.iter().position(|own| own == told) {
            Some(place) if is_live => drop(self.0.drain(..=place)),
            // Of another device, or what was under way is lost with the line.
            _ => self.0.clear(),
        }
        self.0.is_empty()
    }
}

/// All of a rule in a line, for when its choices are folded.
fn in_words(rule: &ChannelRule) -> String {
    let when = match rule.when {
        When::AtOnce => WORDS.at_once.into(),
        When::Unanswered { minutes } => WORDS.unanswered.of(minutes.into()),
        When::Standby => WORDS.standby.into(),
    };
    let quiet = rule.quiet.as_ref().map(|hours| {
        let (from, to) = (clock_of(hours.from), clock_of(hours.to));
        fill(WORDS.quiet_between, &[("from", &from), ("to", &to)])
    });
    let outside = rule.only_outside.then(|| WORDS.only_outside.to_owned());
    let used = fill(WORDS.used, &[("when", &when)]);
    [Some(used), outside, quiet].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// As the choice's options are called: minutes, with words for the ends.
fn value_of(when: When) -> String {
    match when {
        When::AtOnce => "at-once".into(),
        When::Unanswered { minutes } => minutes.to_string(),
        When::Standby => "standby".into(),
    }
}

fn when_of(value: &str) -> When {
    match value {
        "standby" => When::Standby,
        minutes => minutes.parse().map_or(When::AtOnce, |minutes| When::Unanswered { minutes }),
    }
}

/// A minute of the day as a time field says it.
fn clock_of(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minute_of(clock: &str) -> Option<u16> {
    let (hour, minute) = clock.split_once(':')?;
    Some(hour.parse::<u16>().ok()? * 60 + minute.get(..2)?.parse::<u16>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_relay_says_back_undoes_no_later_choice() {
        let minutes = |minutes| ChannelRule { when: When::Unanswered { minutes }, ..ChannelRule::default() };
        let mut sent = Sent(VecDeque::from([minutes(1), minutes(2)]));
        assert!(!sent.is_last_word(&minutes(1), true));
        assert!(sent.is_last_word(&minutes(2), true));
        assert!(sent.is_last_word(&minutes(3), true), "another device's");
        let mut sent = Sent(VecDeque::from([minutes(1), minutes(2)]));
        assert!(sent.is_last_word(&minutes(3), true), "another device's, in between");
        let mut sent = Sent(VecDeque::from([minutes(1), minutes(2)]));
        assert!(sent.is_last_word(&minutes(1), false), "the second one is lost with the line");
    }

    #[test]
    fn what_is_chosen_reads_back() {
        for when in [When::AtOnce, When::Standby, When::Unanswered { minutes: 15 }] {
            assert_eq!(when_of(&value_of(when)), when);
        }
        for minute in [0, 59, 60, 1_439] {
            assert_eq!(minute_of(&clock_of(minute)), Some(minute));
        }
        assert_eq!(minute_of("07:30:00"), Some(450));
        assert_eq!(minute_of(""), None);
    }
}
