//! What changes by itself in a view, all of one type: the code that keeps a
//! closure up to date is then in the app once, and not once for each closure.

use leptos::prelude::*;

/// Something that is worked out again when what it reads has changed.
pub(super) type Live<T> = Box<dyn FnMut() -> T + Send>;

/// Text, or the value of an attribute.
pub(super) fn text(work: impl FnMut() -> String + Send + 'static) -> Live<String> {
    Box::new(work)
}

/// The value of an attribute that is one of a few words.
pub(super) fn word(work: impl FnMut() -> &'static str + Send + 'static) -> Live<&'static str> {
    Box::new(work)
}

/// "true" or "false", as attributes say it.
pub(super) fn truth(mut is: impl FnMut() -> bool + Send + 'static) -> Live<&'static str> {
    Box::new(move || if is() { "true" } else { "false" })
}

/// A part of the page that may be there or not.
pub(super) fn part(work: impl FnMut() -> Option<AnyView> + Send + 'static) -> Live<Option<AnyView>> {
    Box::new(work)
}

/// What is done at an event.
pub(super) fn on<E: 'static>(act: impl FnMut(E) + 'static) -> Box<dyn FnMut(E)> {
    Box::new(act)
}

/// What is done at a click.
pub(super) fn click(mut act: impl FnMut() + 'static) -> Box<dyn FnMut(leptos::ev::MouseEvent)> {
    Box::new(move |_| act())
}
