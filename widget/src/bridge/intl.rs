//! Times and days in the visitor's own words, by the browser's own tables.

use super::{clock, page};
use js_sys::{Array, Function, Intl, Object, Reflect};
use shopbell_protocol::UnixMillis;
use wasm_bindgen::{JsCast as _, JsValue};

/// How the visitor writes times and days.
#[derive(Clone)]
pub(crate) struct Format {
    locale: String,
}

impl Format {
    /// As the shop wishes, or else as the browser is set.
    pub(crate) fn new() -> Self {
        let wished = page::parameter("locale").filter(|locale| is_locale(locale));
        Self { locale: wished.or_else(page::language).unwrap_or_default() }
    }

    /// The time of day.
    pub(crate) fn time(&self, at: UnixMillis) -> String {
        self.by(at, &[("hour", "numeric"), ("minute", "2-digit")])
    }

    /// The day: "today", "yesterday", a day of the week, or a date.
    pub(crate) fn day(&self, at: UnixMillis, days_ago: i64) -> String {
        match days_ago {
            0 | 1 => {
                let locales = Array::of1(&self.locale.as_str().into());
                let numeric = options(&[("numeric", "auto")]);
                let relative = Intl::RelativeTimeFormat::new(&locales, &numeric);
                relative.format(-days_ago as f64, "day").into()
            }
            2..=6 => self.by(at, &[("weekday", "long")]),
            7..=180 => self.by(at, &[("day", "numeric"), ("month", "long")]),
            _ => self.by(at, &[("day", "numeric"), ("month", "long"), ("year", "numeric")]),
        }
    }

    fn by(&self, at: UnixMillis, wanted: &[(&str, &str)]) -> String {
        clock::date(at.0 as f64).to_locale_string(&self.locale, &options(wanted)).into()
    }
}

/// The visitor's time zone (IANA).
pub(crate) fn time_zone() -> Option<String> {
    let used = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&used, &"timeZone".into()).ok()?.as_string()
}

/// Whether the browser takes it for a language; it throws at what is none.
fn is_locale(locale: &str) -> bool {
    let global = js_sys::global();
    let intl = Reflect::get(&global, &"Intl".into()).unwrap_or(JsValue::UNDEFINED);
    let check = Reflect::get(&intl, &"getCanonicalLocales".into());
    check.is_ok_and(|check| check.unchecked_into::<Function>().call1(&intl, &locale.into()).is_ok())
}

fn options(wanted: &[(&str, &str)]) -> Object {
    let options = Object::new();
    for &(name, value) in wanted {
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    options
}
