//! The few drawings of the app. They say nothing to a screen reader: the words beside them do.

use leptos::prelude::*;

/// A drawing of a few strokes.
fn icon(strokes: &[&'static str]) -> AnyView {
    let strokes: Vec<_> = strokes.iter().map(|&stroke| view! { <path d=stroke></path> }).collect();
    view! { <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{strokes}</svg> }
        .into_any()
}

macro_rules! icons {
    ($($(#[$doc:meta])* $name:ident = $($stroke:literal),+;)*) => {
        $($(#[$doc])* pub(crate) fn $name() -> AnyView { icon(&[$($stroke),+]) })*
    };
}

icons! {
    /// A shop's bell.
    bell = "M12 4a1.4 1.4 0 0 1 1.4 1.4v.5a5.6 5.6 0 0 1 4.2 5.5c0 3.4.9 4.7 2 5.6H4.4c1.1-.9 2-2.2 2-5.6a5.6 5.6 0 0 1 4.2-5.5v-.5A1.4 1.4 0 0 1 12 4z", "M10 19.5a2.2 2.2 0 0 0 4 0";
    /// Back to where one came from.
    back = "M19 12H5", "M11 6l-6 6 6 6";
    /// A looking glass.
    search = "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z", "M15.5 15.5L20 20";
    /// Away with it.
    cross = "M6 6l12 12", "M18 6L6 18";
    /// What is known.
    info = "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z", "M12 11v5.5", "M12 7.6v.1";
    /// A pen.
    pen = "M5 19l.8-3.6L16.4 4.8a1.8 1.8 0 0 1 2.6 2.6L8.5 18.1z";
    /// Done with.
    archive = "M4.5 5h15v4h-15z", "M6 9v10h12V9", "M10 13h4";
    /// Open again.
    reopen = "M5 12a7 7 0 1 1 2.1 5", "M5 19.5V15.5h4";
    /// On its way.
    send = "M4.5 12L20 4.5 15.5 20l-3.5-6.5z", "M12 13.5L20 4.5";
    /// Down to the end.
    down = "M12 5v14", "M6 13l6 6 6-6";
    /// Still here.
    clock = "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z", "M12 8v4.5l3 1.8";
    /// Kept.
    tick = "M5 12.5l4.5 4.5L19 7.5";
    /// Handed over.
    ticks = "M2.5 12.5L7 17l9.5-9.5", "M11.5 16.5l.5.5L21.5 7.5";
    /// Seen.
    eye = "M2.5 12S6 5.8 12 5.8 21.5 12 21.5 12 18 18.2 12 18.2 2.5 12 2.5 12z", "M12 14.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z";
    /// It needs somebody.
    alert = "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17z", "M12 7.5V13", "M12 16.3v.1";
    /// A person without a name.
    person = "M12 12a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6z", "M4.8 20c.7-3.9 3.6-5.6 7.2-5.6s6.5 1.7 7.2 5.6";
    /// What can be set.
    settings = "M4 7h9", "M17 7h3", "M15 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4z", "M4 17h3", "M11 17h9", "M9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4z";
}
