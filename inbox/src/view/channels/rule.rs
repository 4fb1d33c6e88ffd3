//! When a channel is used.

use crate::bridge::{dom, intl};
use crate::host::Host;
use crate::view::parts::{on, part, text};
use crate::words::{WORDS, fill};
use leptos::prelude::*;
use shopbell_protocol::{ChannelId, ChannelRule, OwnerFrame, QuietHours, When};

/// The waits that are offered, in minutes.
const WAITS: [u16; 5] = [1, 2, 5, 15, 60];
/// Quiet hours as they are when they are first chosen.
const EVENING: (u16, u16) = (22 * 60, 7 * 60);

/// The choices. Each change is told at once.
pub(super) fn rule(host: Host, channel: ChannelId, begun: ChannelRule) -> AnyView {
    let rule = RwSignal::new(begun);
    // Another device may change it too.
    Effect::new(move |_| {
        if let Some(told) = host.channel(channel).map(|line| line.rule)
            && rule.with_untracked(|held| *held != told)
        {
            rule.set(told);
        }
    });
    let change = move |edit: &dyn Fn(&mut ChannelRule)| {
        rule.update(edit);
        host.ask_outside(OwnerFrame::EditChannel { channel, rule: rule.get_untracked() });
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
