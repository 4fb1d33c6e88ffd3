//! What is shown, as it stands in the address after the `#`, so that "back" works.

use shopbell_protocol::ConversationId;

/// What the app shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Route {
    /// The conversations, and none of them open.
    #[default]
    List,
    /// One conversation.
    Conversation(ConversationId),
    /// The bell's tag and the signed-in devices.
    Settings,
}

impl Route {
    /// Reads an address's fragment, with or without its `#`. What is not known is the list.
    pub(crate) fn parse(fragment: &str) -> Self {
        let fragment = fragment.trim_start_matches('#');
        if fragment == "settings" {
            return Route::Settings;
        }
        let conversation = fragment.strip_prefix("with=").and_then(ConversationId::parse);
        conversation.map_or(Route::List, Route::Conversation)
    }

    /// The fragment with its `#`; empty for the list.
    pub(crate) fn fragment(self) -> String {
        match self {
            Route::List => String::new(),
            Route::Conversation(conversation) => format!("#with={conversation}"),
            Route::Settings => "#settings".into(),
        }
    }

    /// The conversation that is open.
    pub(crate) fn conversation(self) -> Option<ConversationId> {
        match self {
            Route::Conversation(conversation) => Some(conversation),
            Route::List | Route::Settings => None,
        }
    }
}

/// The code of a one-time sign-in link, from the address's fragment.
pub(crate) fn sign_in_code(fragment: &str) -> Option<&str> {
    let code = fragment.trim_start_matches('#').strip_prefix("code=")?;
    (!code.is_empty()).then_some(code)
}

/// What a change of what is shown does to the browser's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A new entry, so that "back" leads here again.
    Push,
    /// The same entry shows something else.
    Replace,
    /// One entry back: it is the list that was left.
    Back,
}

/// How to get from one to the other. `pushed` entries of this app lie before this one.
pub(crate) fn step(from: Route, to: Route, pushed: u32) -> Step {
    match (from, to) {
        (Route::List, _) => Step::Push,
        (_, Route::List) if pushed > 0 => Step::Back,
        _ => Step::Replace,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_reads_back_from_its_fragment() {
        let conversation = ConversationId::from_bytes([7; 16]);
        for route in [Route::List, Route::Conversation(conversation), Route::Settings] {
            assert_eq!(Route::parse(&route.fragment()), route);
        }
        for unknown in ["#with=", "#with=1", "#moon", "#code=abc"] {
            assert_eq!(Route::parse(unknown), Route::List, "{unknown}");
        }
    }

    #[test]
    fn the_code_is_found_in_the_printed_link() {
        assert_eq!(sign_in_code("#code=abc123"), Some("abc123"));
        assert_eq!(sign_in_code("#code="), None);
        assert_eq!(sign_in_code("#with=code"), None);
    }

    #[test]
    fn back_always_leads_to_the_list() {
        let one = Route::Conversation(ConversationId::from_bytes([1; 16]));
        let other = Route::Conversation(ConversationId::from_bytes([2; 16]));
        assert_eq!(step(Route::List, one, 0), Step::Push);
        assert_eq!(step(one, other, 1), Step::Replace);
        assert_eq!(step(other, Route::List, 1), Step::Back);
        assert_eq!(step(one, Route::List, 0), Step::Replace, "it was opened by its own address");
    }
}
