//! Signing in and out, the shop and its devices.

use super::Host;
use crate::bridge::{address, http};
use crate::codec;
use crate::model::route::sign_in_code;
use leptos::prelude::*;
use serde::Serialize;
use shopbell_client::OwnerEvent;
use shopbell_protocol::{ErrorCode, Problem};

/// Where a one-time code becomes a session.
const SIGN_IN: &str = "/inbox/sign-in";

/// Whether somebody is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// The code of a link is on its way.
    SigningIn,
    /// It could not be asked; the code is still good.
    NoRelay,
    /// The link was used or has run out.
    LinkUsed,
    /// The link is another shop's than the one this device is signed in to.
    Elsewhere,
    /// There is no session, or it was ended.
    SignedOut,
    /// As far as this device knows.
    In,
}

#[derive(Serialize)]
struct SignIn<'a> {
    code: &'a str,
    /// Leave the shop that this device is signed in to.
    replace: bool,
}

impl Host {
    /// Signs in with the code in the address, if there is one, and connects.
    pub(super) fn enter(self) {
        let fragment = address::fragment();
        if let Some(code) = sign_in_code(&fragment) {
            self.inner.write_value().code = Some(code.into());
            // Nobody who looks at the screen or the history finds it there.
            address::replace("");
            return self.sign_in(false);
        }
        self.follow();
        self.tell(OwnerEvent::Start);
    }

    /// Stays with the shop that this device is signed in to.
    pub(crate) fn stay(self) {
        self.inner.write_value().code = None;
        super::set(self.phase, Phase::In);
        self.follow();
        self.tell(OwnerEvent::Start);
    }

    /// Signs in with the code of the link, now or once more.
    pub(crate) fn sign_in(self, replace: bool) {
        let Some(code) = self.inner.with_value(|inner| inner.code.clone()) else { return };
        super::set(self.phase, Phase::SigningIn);
        wasm_bindgen_futures::spawn_local(async move {
            let answer = http::post_json(SIGN_IN, &codec::write(&SignIn { code: &code, replace })).await;
            let phase = match answer.map(|answer| answer.status) {
                Some(200..=299) => Phase::In,
                Some(409) => Phase::Elsewhere,
                Some(400..=428 | 430..=499) => Phase::LinkUsed,
                _ => Phase::NoRelay,
            };
            if !matches!(phase, Phase::NoRelay | Phase::Elsewhere) {
                self.inner.write_value().code = None;
            }
            if phase == Phase::In {
                self.tell(OwnerEvent::Start);
            }
            super::set(self.phase, phase);
        });
    }

    pub(super) fn signed_out(self) {
        self.disconnect();
        self.inner.write_value().unread.begin();
        super::set(self.phase, Phase::SignedOut);
        self.show_unread();
    }

    /// A problem that is shown elsewhere than in the line's state.
    pub(super) fn note(self, problem: &Problem) {
        if problem.code == ErrorCode::NoSuchConversation {
            super::set(self.missing, true);
        }
    }

    pub(super) fn refresh_account(self) {
        let (about, sessions) =
            self.talker(|talker| (talker.about().cloned(), talker.sessions().map(<[_]>::to_vec)));
        if let Some(about) = &about
            && self.is_another_shop(about.shop_id.as_str())
        {
            return address::reload();
        }
        if let Some(about) = &about
            && self.account.with_untracked(Option::is_none)
        {
            // It stays so while the app is open, so that the tag does not vanish
            // under the eyes of who has just pasted it.
            super::set(self.is_new, about.sites.iter().all(|site| site.seen_at.is_none()));
        }
        super::set(self.account, about);
        super::set(self.sessions, sessions);
        self.show_unread();
    }
}
