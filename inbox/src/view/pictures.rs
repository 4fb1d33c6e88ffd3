//! Pictures, small in their place and large in a tab of their own.

use crate::words::WORDS;
use leptos::prelude::*;
use shopbell_protocol::Picture;
use std::fmt::Display;

/// They themselves; `room` is where they belong to, in the relay's addresses.
pub(super) fn pictures(pictures: &[Picture], room: &impl Display, whose: Whose) -> Vec<AnyView> {
    let name = match whose {
        Whose::Own => WORDS.picture_from_you,
        Whose::Visitors => WORDS.picture_from_visitor,
    };
    pictures.iter().map(|picture| one(picture, &format!("/inbox/{room}/{}", picture.id), name)).collect()
}

/// Who sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The owner, by mail or from a chat.
    Own,
    /// The visitor.
    Visitors,
}

/// Its width and height stand there before it has come, so that nothing jumps.
fn one(picture: &Picture, address: &str, name: &'static str) -> AnyView {
    let (width, height) = picture.shown();
    let (large, small) = (address.to_owned(), address.to_owned());
    view! {
        <a class="picture" href=large target="_blank" rel="noopener">
            <img
                src=small
                width=width.to_string()
                height=height.to_string()
                alt=name
                loading="lazy"
                decoding="async"
            />
        </a>
    }
    .into_any()
}
