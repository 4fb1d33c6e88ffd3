//! What can go wrong, each with a stable code and a sentence for a person.

use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $sentence:literal;)*) => {
        /// A stable code. New ones may come; a reader that does not know one takes
        /// it for [`ErrorCode::Other`] and shows the sentence that came with it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "&'static str")]
        pub enum ErrorCode { $($(#[$doc])* $variant,)* }

        impl ErrorCode {
            /// All of them, for tests and tables.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant,)*];

            /// The code as it stands on the wire, in logs and in metrics.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $code,)* }
            }

            /// What a person can be told, in English; it says what to do.
            pub fn sentence(self) -> &'static str {
                match self { $(ErrorCode::$variant => $sentence,)* }
            }
        }

        impl From<String> for ErrorCode {
            fn from(code: String) -> Self {
                match code.as_str() { $($code => ErrorCode::$variant,)* _ => ErrorCode::Other }
            }
        }
    };
}

error_codes! {
    /// The text has nothing to read in it.
    Empty = "empty", "Write a few words first.";
    /// Over [`crate::limits::BODY_CHARS`] characters.
    TooLong = "too_long", "This is too long to send at once. Please send it in parts of at most 4,000 characters.";
    /// Control characters that no keyboard writes.
    BadText = "bad_text", "This text has characters in it that cannot be sent. Please type it again.";
    /// The same message id came with another text, or in another conversation.
    IdReused = "id_reused", "This message could not be told from another one. Please send it again.";
    /// More than the rate that is allowed; goes on by itself after `retry_after_ms`.
    TooFast = "too_fast", "That was a lot at once. It will be sent in a moment.";
    /// The relay can't take more now; goes on by itself after `retry_after_ms`.
    Busy = "busy", "The line is busy. It will be sent in a moment.";
    /// The relay can't write to its disk.
    NotKept = "not_kept", "The message could not be kept just now. It stays here and will be sent again.";
    /// The conversation exists and the secret is not its own, or it is another shop's.
    NotYours = "not_yours", "This conversation cannot be opened here. Please start a new one.";
    /// No shop has this id.
    NoSuchShop = "no_such_shop", "There is no such shop here. Please check the address.";
    /// The owner's session was ended or has run out.
    SignedOut = "signed_out", "You are signed out. Ask for a new sign-in link.";
    /// There is no such conversation in this shop.
    NoSuchConversation = "no_such_conversation", "There is no such conversation.";
    /// A frame before the first `hello`, or a second one.
    OutOfTurn = "out_of_turn", "The connection was used in the wrong order. Please reload the page.";
    /// Not JSON, or not of the shape that its name asks for.
    BadFrame = "bad_frame", "The relay did not understand that. Please reload the page.";
    /// A frame whose name the relay does not know.
    UnknownFrame = "unknown_frame", "This relay is older than the page. It will work again after an update.";
    /// A field is over its named limit.
    OverLimit = "over_limit", "One of the values is too long.";
    /// An address, number or key that can't be right.
    BadTarget = "bad_target", "This cannot be reached as it stands. Please check it.";
    /// More channels, or more of anything else that has a bound.
    TooMany = "too_many", "There are too many of these already. Remove one first.";
    /// The relay has no such channel, or has not been set up for this kind.
    NoSuchChannel = "no_such_channel", "This relay cannot use that. Ask whoever runs it.";
    /// A code of a newer relay.
    Other = "other", "Something went wrong. Please try again.";
}

impl From<ErrorCode> for &'static str {
    fn from(code: ErrorCode) -> Self {
        code.as_str()
    }
}

impl ErrorCode {
    /// Whether the same send may succeed later without a change: such a message
    /// waits, any other is stuck until a person does something.
    pub fn passes_by_itself(self) -> bool {
        matches!(self, ErrorCode::TooFast | ErrorCode::Busy | ErrorCode::NotKept)
    }
}

/// What went wrong, as it is told over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Which problem.
    pub code: ErrorCode,
    /// For a person, in English.
    #[serde(default)]
    pub sentence: String,
    /// When it is worth trying again, in milliseconds from now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}

impl Problem {
    /// With the code's own sentence.
    pub fn new(code: ErrorCode) -> Self {
        Self { code, sentence: code.sentence().into(), retry_after_ms: None }
    }

    /// Worth another try after so many milliseconds.
    pub fn retry_after(mut self, ms: u32) -> Self {
        self.retry_after_ms = Some(ms);
        self
    }
}

/// Why the relay closes a connection: WebSocket close codes (RFC 6455, clause
/// 7.4). Those from 4000 on are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// The relay is going down in good order; come back soon.
    GoingAway = 1001,
    /// A frame over [`crate::limits::FRAME_BYTES`].
    TooBig = 1009,
    /// The reader was too slow for its queue: connect again and resume.
    Resync = 4000,
    /// The owner's session was ended.
    SignedOut = 4001,
    /// The first frame was not an acceptable `hello`; a `problem` frame says why.
    Refused = 4002,
    /// Nothing came for [`crate::limits::SILENT_AFTER_MS`].
    Silent = 4003,
    /// Too many frames that could not be understood.
    Nonsense = 4004,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back_and_has_a_sentence() {
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from(code.as_str().to_owned()), code);
            assert!(code.sentence().ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn a_code_from_the_future_is_other() {
        assert_eq!(ErrorCode::from("moon_phase".to_owned()), ErrorCode::Other);
    }
}
