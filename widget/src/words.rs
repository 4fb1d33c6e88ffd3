//! Every word that the widget says, one table for each language. What the
//! relay's page says already is taken over from it, not said again here.

/// The words of one language. Plurals are the business of the language's own
/// functions, for each has its own rules.
pub struct Words {
    /// Who wrote, for the visitor's own messages.
    pub you: &'static str,
    /// Whose words are no person's.
    pub system: fn(shop: &str) -> String,
    /// What a picture is called.
    pub picture: fn(mine: bool, owner: &str) -> String,
    /// A message's state, and its reason where it is stuck.
    pub on_device: &'static str,
    /// Likewise.
    pub kept: &'static str,
    /// Likewise.
    pub handed_over: &'static str,
    /// Likewise.
    pub opened: &'static str,
    /// Likewise.
    pub stuck: fn(reason: &str) -> String,
    /// A stuck message's buttons.
    pub try_again: &'static str,
    /// Likewise.
    pub remove: &'static str,
    /// The owner is at the inbox.
    pub here: &'static str,
    /// The owner is not at the inbox.
    pub away: fn(owner: &str) -> String,
    /// No way to the owner works.
    pub unreachable: fn(owner: &str) -> String,
    /// Invites to leave an address for answers.
    pub mail: &'static str,
    /// An address was left.
    pub mailed: fn(address: &str) -> String,
    /// What was left is no address.
    pub no_address: &'static str,
    /// The owner is writing.
    pub writing: fn(owner: &str) -> String,
    /// This device has no network; what is written survives closing the tab or not.
    pub offline: fn(stored: bool) -> String,
    /// The relay can't be reached.
    pub no_relay: fn(stored: bool) -> String,
    /// Too many messages wait already.
    pub outbox_full: &'static str,
    /// Older messages are on their way.
    pub loading_older: &'static str,
    /// Something may be missing here.
    pub cut: &'static str,
    /// The button that leads down to what came in, with how many there are.
    pub new_messages: fn(count: usize) -> String,
    /// How many characters still fit.
    pub left: fn(count: usize) -> String,
    /// How many characters there are too many.
    pub over: fn(count: usize) -> String,
}

impl Words {
    /// The words for a language (BCP 47): English, until there are more.
    pub fn of(_locale: &str) -> &'static Words {
        &ENGLISH
    }
}

static ENGLISH: Words = Words {
    you: "You",
    system: |shop| ["Sent automatically by ", shop].concat(),
    picture: |mine, owner| ["Picture from ", if mine { "you" } else { owner }].concat(),
    on_device: "On your device",
    kept: "Kept",
    handed_over: "Handed over",
    opened: "Opened",
    stuck: |reason| ["Stuck: ", reason].concat(),
    try_again: "Try again",
    remove: "Remove",
    here: "Here now",
    away: |owner| ["Away. Your message waits for ", owner, "."].concat(),
    unreachable: |owner| {
        let then = " sees it when they next look in.";
        [owner, " can\u{2019}t be reached just now. Your message is kept, and ", owner, then].concat()
    },
    mail: "Leaving? Get the answer by e-mail",
    mailed: |address| ["Answers you miss go to ", address].concat(),
    no_address: "That is no e-mail address. Please check it.",
    writing: |owner| [owner, " is writing"].concat(),
    offline: |stored| ["You are offline. ", english_stays(stored), "as soon as you are back."].concat(),
    no_relay: |stored| ["There is no connection right now. ", english_stays(stored), "by itself."].concat(),
    outbox_full: "Many messages are waiting to be sent. Please write on when they have gone.",
    loading_older: "Fetching older messages\u{2026}",
    cut: "Messages may be missing here: the shop had to go back to an earlier copy.",
    new_messages: |count| english_count(count, " new message", " new messages"),
    left: |count| english_count(count, " character left", " characters left"),
    over: |count| {
        [english_count(count, " character", " characters").as_str(), " too many. Please send it in parts."]
            .concat()
    },
};

fn english_stays(stored: bool) -> &'static str {
    if stored {
        "What you write is kept on this device and goes "
    } else {
        "Please leave this window open: what you write is kept in it and goes "
    }
}

fn english_count(count: usize, one: &str, many: &str) -> String {
    [count.to_string().as_str(), if count == 1 { one } else { many }].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_many() {
        let words = Words::of("en");
        assert_eq!((words.new_messages)(1), "1 new message");
        assert_eq!((words.new_messages)(2), "2 new messages");
        assert_eq!((words.left)(0), "0 characters left");
        assert_eq!((words.over)(1), "1 character too many. Please send it in parts.");
    }

    #[test]
    fn it_does_not_promise_to_keep_what_it_cannot_store() {
        let words = Words::of("en");
        assert!((words.offline)(true).contains("kept on this device"));
        assert!((words.offline)(false).contains("leave this window open"));
    }
}
