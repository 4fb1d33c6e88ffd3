//! Times, dates and languages in the owner's own way, by the browser's `Intl`.

use crate::model::span::{Ago, Span, ago};
use crate::words::WORDS;
use js_sys::{Array, Function, Object, Reflect};
use shopbell_protocol::UnixMillis;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    /// Formatters are dear to make and cheap to use.
    static MADE: RefCell<Vec<(String, JsValue)>> = const { RefCell::new(Vec::new()) };
}

/// One of the device's languages that the app's words are in, or else that of
/// the words: a sentence is never in two languages.
fn locale() -> JsValue {
    let languages = super::window().map(|window| window.navigator().languages()).unwrap_or_default();
    let fits = |tag: &JsValue| tag.as_string().is_some_and(|tag| tag.starts_with(WORDS.language));
    languages.iter().find(fits).unwrap_or_else(|| WORDS.language.into())
}

/// A formatter of this kind with these options; none when the browser lacks it,
/// or does not know an option's value (a time zone, say).
fn formatter(kind: &str, options: &[(&str, &str)]) -> Option<JsValue> {
    // Not by `Debug`: the build for browsers leaves its text out.
    let mut key = kind.to_owned();
    options.iter().for_each(|(name, value)| key.extend(["\n", name, "=", value]));
    let held = MADE.with_borrow(|made| {
        let held = made.iter().find(|(held, _)| *held == key);
        held.map(|(_, made)| made.clone())
    });
    if held.is_some() {
        return held;
    }
    let all = Object::new();
    for (name, value) in options {
        Reflect::set(&all, &(*name).into(), &(*value).into()).ok()?;
    }
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    let constructor: Function = Reflect::get(&intl, &kind.into()).ok()?.dyn_into().ok()?;
    let made = Reflect::construct(&constructor, &Array::of2(&locale(), &all)).ok()?;
    MADE.with_borrow_mut(|held| held.push((key, made.clone())));
    Some(made)
}

fn call(formatter: &JsValue, method: &str, arguments: &Array) -> Option<String> {
    let method: Function = Reflect::get(formatter, &method.into()).ok()?.dyn_into().ok()?;
    method.apply(formatter, arguments).ok()?.as_string()
}

fn time(at: UnixMillis, options: &[(&str, &str)]) -> Option<String> {
    let formatter = formatter("DateTimeFormat", options)?;
    call(&formatter, "format", &Array::of1(&JsValue::from_f64(at.0 as f64)))
}

/// "3 minutes".
pub(crate) fn amount(span: Span) -> String {
    let options = [("style", "unit"), ("unit", span.unit.name()), ("unitDisplay", "long")];
    formatter("NumberFormat", &options)
        .and_then(|number| call(&number, "format", &Array::of1(&(span.amount as f64).into())))
        .unwrap_or_default()
}

/// "3 min. ago", "yesterday", "3 Nov"; `long` writes it out.
pub(crate) fn when(at: UnixMillis, now: UnixMillis, long: bool) -> String {
    let span = match ago(at, now) {
        Ago::JustNow => return WORDS.just_now.into(),
        Ago::Span(span) => span,
        Ago::Date => return date(at, now),
    };
    let style = if long { "long" } else { "short" };
    let arguments = Array::of2(&(-(span.amount as f64)).into(), &span.unit.name().into());
    formatter("RelativeTimeFormat", &[("style", style), ("numeric", "auto")])
        .and_then(|relative| call(&relative, "format", &arguments))
        .unwrap_or_default()
}

/// "3 Nov", with the year when it is another one.
fn date(at: UnixMillis, now: UnixMillis) -> String {
    let year = |at| time(at, &[("year", "numeric")]);
    let mut options = vec![("day", "numeric"), ("month", "short")];
    if year(at) != year(now) {
        options.push(("year", "numeric"));
    }
    time(at, &options).unwrap_or_default()
}

/// "14:05".
pub(crate) fn clock(at: UnixMillis) -> String {
    time(at, &[("timeStyle", "short")]).unwrap_or_default()
}

/// "3 November 2026 at 14:05", for those who want to know exactly.
pub(crate) fn exact(at: UnixMillis) -> String {
    time(at, &[("dateStyle", "long"), ("timeStyle", "short")]).unwrap_or_default()
}

/// "Today", "Yesterday", or "Tuesday, 3 November".
pub(crate) fn day(at: UnixMillis, now: UnixMillis) -> String {
    match day_number(now) - day_number(at) {
        0 => WORDS.today.into(),
        1 => WORDS.yesterday.into(),
        ..300 => time(at, &[("weekday", "long"), ("day", "numeric"), ("month", "long")]).unwrap_or_default(),
        _ => time(at, &[("dateStyle", "long")]).unwrap_or_default(),
    }
}

/// The day that it is for the owner at this time, as a number that rises by one each midnight.
pub(crate) fn day_number(at: UnixMillis) -> i64 {
    let date = js_sys::Date::new(&JsValue::from_f64(at.0 as f64));
    let local_ms = at.0 as f64 - date.get_timezone_offset() * 60_000.0;
    (local_ms / 86_400_000.0).floor() as i64
}

/// "14:05", or "Tue 14:05" where it is another day: the time where the visitor
/// is; none for a zone the browser does not know.
pub(crate) fn clock_in(zone: &str, at: UnixMillis) -> Option<String> {
    let there = time(at, &[("timeZone", zone), ("weekday", "short")])?;
    let mut options = vec![("timeZone", zone), ("hour", "numeric"), ("minute", "2-digit")];
    if time(at, &[("weekday", "short")])? != there {
        options.push(("weekday", "short"));
    }
    time(at, &options)
}

/// "German (Austria)" for `de-AT`; none for what the browser does not know.
pub(crate) fn language(tag: &str) -> Option<String> {
    let names = formatter("DisplayNames", &[("type", "language")])?;
    call(&names, "of", &Array::of1(&tag.into())).filter(|name| name != tag)
}

/// The device's own time zone (IANA).
pub(crate) fn own_zone() -> String {
    let zone = || {
        let formatter = formatter("DateTimeFormat", &[])?;
        let options: Function = Reflect::get(&formatter, &"resolvedOptions".into()).ok()?.dyn_into().ok()?;
        Reflect::get(&options.call0(&formatter).ok()?, &"timeZone".into()).ok()?.as_string()
    };
    zone().unwrap_or_else(|| "UTC".into())
}
