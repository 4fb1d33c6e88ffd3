//! The words of the talk page, in one table for each language.

/// English.
pub(crate) struct Words;

#[allow(dead_code, clippy::unused_self, reason = "the template chooses, and other languages will differ")]
impl Words {
    /// The page's and the panel's name.
    pub(crate) fn conversation_with(&self, owner: &str) -> String {
        format!("Conversation with {owner}")
    }
    /// The first line of every conversation.
    pub(crate) fn greeting(&self, owner: &str) -> String {
        format!("{owner} reads and answers this in person.")
    }
    /// Whether the owner is there.
    pub(crate) fn presence(&self, owner: &str, here: &bool, unreachable: &bool) -> String {
        match (here, unreachable) {
            (true, _) => "Here now".to_owned(),
            (false, false) => format!("Away. Your message waits for {owner}."),
            (false, true) => format!(
                "{owner} can\u{2019}t be reached just now. Your message is kept, and {owner} sees it when they \
                 next look in."
            ),
        }
    }
    /// The log's name.
    pub(crate) fn messages(&self) -> &'static str {
        "Messages"
    }
    /// What a picture is called.
    pub(crate) fn picture_from(&self, mine: &bool, owner: &str) -> String {
        let who = if *mine { "you" } else { owner };
        format!("Picture from {who}")
    }
    /// The text box.
    pub(crate) fn your_message(&self) -> &'static str {
        "Your message"
    }
    /// The button.
    pub(crate) fn send(&self) -> &'static str {
        "Send"
    }
    /// The link to what is before.
    pub(crate) fn older(&self) -> &'static str {
        "Older messages"
    }
    /// The link back.
    pub(crate) fn latest(&self) -> &'static str {
        "Latest messages"
    }
    /// The link that shows new answers, without scripts.
    pub(crate) fn look_for_answers(&self) -> &'static str {
        "Look for answers"
    }
    /// The private link.
    pub(crate) fn keep_link(&self) -> &'static str {
        "Keep this link to come back"
    }
    /// Asked before a private link is followed.
    pub(crate) fn take_up(&self, owner: &str, instead: bool) -> String {
        let instead = if instead { ", in place of the one that is here already" } else { "" };
        format!("Go on with this conversation with {owner} on this device{instead}?")
    }
    /// The button for it.
    pub(crate) fn go_on(&self) -> &'static str {
        "Go on here"
    }
    /// Where answers go that the visitor misses.
    pub(crate) fn mail(&self, address: &str) -> String {
        if address.is_empty() {
            "Leaving? Get the answer by e-mail".to_owned()
        } else {
            format!("Answers you miss go to {address}")
        }
    }
    /// The box for it.
    pub(crate) fn your_address(&self) -> &'static str {
        "Your e-mail address"
    }
    /// The button beside it.
    pub(crate) fn save(&self) -> &'static str {
        "Save"
    }
    /// Leads to the button of the same name, or is it.
    pub(crate) fn notify(&self) -> &'static str {
        "Get a notification on this device"
    }
    /// The button, once it was pressed.
    pub(crate) fn notify_no_more(&self) -> &'static str {
        "No more notifications here"
    }
    /// It was pressed.
    pub(crate) fn notified(&self, owner: &str) -> String {
        format!("This device tells you when {owner} answers while you are away.")
    }
    /// The browser was told to ask no more.
    pub(crate) fn notify_blocked(&self) -> &'static str {
        "This browser does not let this page notify you. You can change that in its settings for this page."
    }
    /// It did not work, and may the next time.
    pub(crate) fn notify_failed(&self) -> &'static str {
        "That did not work. Please try again in a moment."
    }
    /// Why there is no button.
    pub(crate) fn notify_not_on_apple(&self) -> &'static str {
        "On an iPhone or iPad only apps on the home screen may notify you, and this page is none."
    }
    /// Asked before no more mail is sent.
    pub(crate) fn stop(&self, address: &str) -> String {
        format!("Send no more mail about this conversation to {address}? The private links in it end too.")
    }
    /// The button for it.
    pub(crate) fn stop_button(&self) -> &'static str {
        "No more mail"
    }
    /// No more mail is sent.
    pub(crate) fn stopped(&self) -> &'static str {
        "Done. No more mail about this conversation is sent to this address."
    }
    /// Who wrote a message, for those who don't see on which side it stands.
    pub(crate) fn you(&self) -> &'static str {
        "You"
    }
    /// Whose words are no person's.
    pub(crate) fn system(&self, shop: &str) -> String {
        format!("Sent automatically by {shop}")
    }
    /// Something may be missing here.
    pub(crate) fn cut(&self) -> &'static str {
        "Messages may be missing here: the shop had to go back to an earlier copy."
    }
    /// Committed.
    pub(crate) fn kept(&self) -> &'static str {
        "Kept"
    }
    /// A device of the owner's has it.
    pub(crate) fn handed_over(&self) -> &'static str {
        "Handed over"
    }
    /// The owner has had it before their eyes.
    pub(crate) fn opened(&self) -> &'static str {
        "Opened"
    }
}
