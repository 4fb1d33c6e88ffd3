//! All of the inbox's words, in one table for each language.

/// A sentence that counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plural {
    one: &'static str,
    other: &'static str,
}

impl Plural {
    /// The sentence for this number, with the number in it.
    pub(crate) fn of(&self, count: usize) -> String {
        let sentence = if count == 1 { self.one } else { self.other };
        fill(sentence, &[("n", &count.to_string())])
    }
}

/// Puts values into the places that a sentence keeps for them, like `{name}`.
pub(crate) fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let Some((name, after)) = after.split_once('}') else {
            rest = after;
            break;
        };
        filled.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = after;
    }
    filled + rest
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $english:expr;)*) => {
        /// A language's words.
        #[derive(Debug)]
        pub(crate) struct Words { $($(#[$doc])* pub(crate) $name: $type,)* }

        /// English.
        pub(crate) static WORDS: Words = Words { $($name: $english,)* };
    };
}

words! {
    /// The language's tag (BCP 47).
    language: &'static str = "en";

    // The app
    inbox: &'static str = "Inbox";
    /// The tab's title: `{shop}`.
    title: &'static str = "{shop} – Inbox";
    unread_title: &'static str = "({n}) {title}";
    skip_to_reply: &'static str = "Go to the conversation";

    // The list
    conversations: &'static str = "Conversations";
    search: &'static str = "Search names and messages";
    clear_search: &'static str = "Clear the search";
    which: &'static str = "Which conversations";
    open: &'static str = "Open";
    closed: &'static str = "Closed";
    loading: &'static str = "Loading…";
    searching: &'static str = "Searching…";
    nothing_found: &'static str = "Nothing was found for “{search}”.";
    nobody_closed: &'static str = "No closed conversations.";
    all_done: &'static str = "Nobody is waiting for you.";
    all_done_more: &'static str = "When somebody writes, they appear here.";
    visitor: &'static str = "Visitor";
    visitor_on: &'static str = "Visitor on “{page}”";
    you_said: &'static str = "You: ";
    unread: Plural = Plural { one: "{n} unread message", other: "{n} unread messages" };
    /// What a list shows of a message without words.
    pictures: Plural = Plural { one: "Picture", other: "{n} pictures" };
    waits: &'static str = "Waiting for {span}";
    waits_now: &'static str = "Waiting since just now";
    here: &'static str = "Here now";
    draft: &'static str = "Not sent: ";
    rang: &'static str = "New message from {name}";

    // A conversation
    back: &'static str = "Back to the list";
    rename: &'static str = "Rename";
    name: &'static str = "What you call this visitor";
    save: &'static str = "Save";
    cancel: &'static str = "Cancel";
    close: &'static str = "Close conversation";
    close_short: &'static str = "Close";
    reopen: &'static str = "Reopen";
    is_closed: &'static str = "This conversation is closed. It opens again by itself when they write.";
    details: &'static str = "Details";
    messages: &'static str = "Messages";
    reply: &'static str = "Your reply";
    reply_hint: &'static str = "Write a reply…";
    send: &'static str = "Send";
    their_time: &'static str = "{time} for them";
    writes_now: &'static str = "The visitor is writing…";
    new_messages: &'static str = "New";
    to_end: &'static str = "Go to the latest message";
    cut: &'static str = "Messages may be missing here: the relay went back to an earlier copy.";
    loading_older: &'static str = "Loading older messages…";
    beginning: &'static str = "This is where it began.";
    load_older: &'static str = "Show older messages";
    from_you: &'static str = "You";
    picture_from_you: &'static str = "Picture from you";
    picture_from_visitor: &'static str = "Picture from the visitor";
    from_system: &'static str = "Sent by your system";
    system_said: &'static str = "Your system: ";
    not_found: &'static str = "This conversation could not be found.";
    characters_left: Plural = Plural { one: "{n} character left", other: "{n} characters left" };
    outbox_full: &'static str = "Too many messages wait on this device. Send this one when the others have gone.";
    needs_line: &'static str = "This needs a connection.";
    choose: &'static str = "Choose a conversation";
    choose_more: &'static str = "Those who have waited longest stand first.";

    // A message's states
    on_device: &'static str = "On your device";
    kept: &'static str = "Kept";
    handed_over: &'static str = "Handed over";
    opened: &'static str = "Opened";
    stuck: &'static str = "Stuck: {reason}";
    try_again: &'static str = "Try again";
    remove: &'static str = "Remove";

    // Details
    about_visitor: &'static str = "About this visitor";
    done: &'static str = "Done";
    wrote_first: &'static str = "First wrote";
    began_on: &'static str = "Page it began on";
    local_time: &'static str = "Their local time";
    language_of: &'static str = "Their language";
    looked_at: &'static str = "What they looked at";
    nothing_known: &'static str = "Their browser has not told.";
    no_visits: &'static str = "No pages are known.";

    // Times
    just_now: &'static str = "just now";
    today: &'static str = "Today";
    yesterday: &'static str = "Yesterday";

    // The line to the relay
    connecting: &'static str = "Connecting…";
    offline: &'static str = "You are offline. What you write is kept here and goes out when you are back.";
    no_line: &'static str = "No connection at the moment. Trying again by itself.";
    stopped: &'static str = "{reason}";
    try_now: &'static str = "Try now";
    unsent: Plural = Plural {
        one: "{n} message waits on this device.",
        other: "{n} messages wait on this device.",
    };
    stuck_somewhere: &'static str = "Some messages could not be sent.";

    // Your bell, devices
    settings: &'static str = "Settings";
    your_bell: &'static str = "Your bell";
    welcome: &'static str = "Hang up your bell";
    welcome_more: &'static str = "Visitors can write to you as soon as your bell hangs on your page. Paste this line into it, just before </body>, or send it to whoever makes your pages.";
    bell_more: &'static str = "This line puts the bell on a page. It belongs just before </body>.";
    tag: &'static str = "The line to paste";
    copy: &'static str = "Copy";
    copied: &'static str = "Copied";
    copy_by_hand: &'static str = "Your browser does not let us copy. Mark the line and copy it yourself.";
    check: &'static str = "Is it there?";
    check_more: &'static str = "Open your page once after pasting. This changes by itself.";
    not_seen_on: &'static str = "Not seen yet on {site}";
    seen_on: &'static str = "Seen on {site} {when}";
    no_sites: &'static str = "No site is allowed to carry your bell yet. Ask whoever runs the relay to add yours.";
    devices: &'static str = "Signed-in devices";
    devices_more: &'static str = "End those you do not know or no longer use. They are signed out at once.";
    this_device: &'static str = "This device";
    signed_in: &'static str = "Signed in {when}";
    last_seen: &'static str = "last seen {when}";
    end: &'static str = "End";
    end_named: &'static str = "End the session of {device}, signed in {when}";
    needs_new_link: &'static str = "This device will need a new sign-in link to come back.";
    end_now: &'static str = "Yes, sign it out";
    sign_out: &'static str = "Sign out";
    sign_out_unsent: Plural = Plural {
        one: "{n} message on this device has not been sent. It stays here until you sign in again.",
        other: "{n} messages on this device have not been sent. They stay here until you sign in again.",
    };

    // Being told elsewhere
    channels: &'static str = "When you are not looking";
    channels_more: &'static str = "Choose where you are told that somebody has written. When one of them fails, the next steps in.";
    no_channels: &'static str = "Nothing yet: messages wait for you here.";
    by_email: &'static str = "E-mail";
    by_push: &'static str = "Notifications";
    by_telegram: &'static str = "Telegram";
    by_ntfy: &'static str = "ntfy";
    by_webhook: &'static str = "Your own system";
    by_sms: &'static str = "Text messages";
    add_named: &'static str = "Add: {kind}";
    add: &'static str = "Add";
    email_field: &'static str = "Your e-mail address";
    email_hint: &'static str = "You can answer these mails as you answer any other.";
    ntfy_field: &'static str = "The topic's address";
    ntfy_hint: &'static str = "Like https://ntfy.example/my-bell. Anybody who knows it can read along, so choose a name that nobody guesses.";
    ntfy_token: &'static str = "Access token, if it asks for one";
    webhook_field: &'static str = "Where your system listens";
    webhook_hint: &'static str = "An https address. Each request is signed as Standard Webhooks ask for.";
    signing: &'static str = "Show the secret and the address";
    signing_secret: &'static str = "The secret";
    signing_secret_more: &'static str = "Your system knows by this secret that a request is from here. Keep it to yourself:";
    signing_address: &'static str = "The address";
    signing_address_more: &'static str = "It can speak in a conversation here, signed with the same secret. Its words are shown as your system's, not as yours:";
    bot_command: &'static str = "What to send to the bot";
    sms_field: &'static str = "Your phone number";
    sms_hint: &'static str = "With the country's code, like +351 912 345 678. Each text may cost whoever runs the relay.";
    telegram_open: &'static str = "Open {bot} on this device, for a chat with it alone";
    telegram_or: &'static str = "Send this to the bot, from the chat in which you want to answer:";
    telegram_more: &'static str = "The code works once, for 15 minutes. In a group with topics, each visitor gets a topic.";
    push_here: &'static str = "Notify me on this device";
    push_hide: &'static str = "Without the visitor's words";
    push_needs_https: &'static str = "Notifications need an https address. Open the inbox by one.";
    push_unsupported: &'static str = "This browser has no notifications. Try another, or choose another way below.";
    push_needs_home_screen: &'static str = "On this phone, first put the inbox on the home screen (Share, then “Add to Home Screen”) and open it from there.";
    push_blocked: &'static str = "Notifications are blocked on this device. Allow them for this page in your browser's settings, then press again.";
    push_failed: &'static str = "The browser's notification service could not be reached. Try again in a moment.";
    when: &'static str = "Use it";
    used: &'static str = "Used {when}";
    at_once: &'static str = "at once";
    unanswered: Plural = Plural {
        one: "after {n} minute unanswered",
        other: "after {n} minutes unanswered",
    };
    standby: &'static str = "only when the others fail";
    only_outside: &'static str = "Not while I am at the inbox";
    quiet: &'static str = "Quiet hours";
    quiet_between: &'static str = "Quiet from {from} to {to}";
    quiet_from: &'static str = "From";
    quiet_to: &'static str = "to";
    is_well: &'static str = "Works";
    last_used: &'static str = "Last used {when}.";
    is_untried: &'static str = "Not used yet";
    is_failing: &'static str = "Trying again";
    is_sick: &'static str = "Does not work";
    is_gone: &'static str = "Set it up again";
    stuck_at: Plural = Plural { one: "{n} message could not be sent this way.", other: "{n} messages could not be sent this way." };
    waiting_at: Plural = Plural { one: "{n} message waits for it.", other: "{n} messages wait for it." };
    test: &'static str = "Test";
    trying: &'static str = "Trying…";
    test_worked: &'static str = "Sent. Look whether it has arrived.";
    earlier: &'static str = "Move up";
    earlier_named: &'static str = "Move up {channel}";
    remove_now: &'static str = "Yes, remove it";
    undelivered: &'static str = "Not sent by {kind}: {reason}";
    by_mail: &'static str = "Reached by mail too";
    by_notification: &'static str = "Reached by notification too";
    held: &'static str = "Answers that wait for your word";
    held_more: &'static str = "These came in by mail and are not sure to be right. Nothing is sent before you say so.";
    held_count: Plural = Plural { one: "{n} answer waits for your word", other: "{n} answers wait for your word" };
    held_as_you: &'static str = "From {from}, to be sent as yours";
    held_as_visitor: &'static str = "From {from}, as the visitor's";
    held_send: &'static str = "It is right, send it";
    held_discard: &'static str = "Do not send";
    held_open: &'static str = "Open the conversation";

    // Signing in
    signing_in: &'static str = "Signing you in…";
    signed_out: &'static str = "You are signed out";
    signed_out_more: &'static str = "To come back, open a new sign-in link on this device.";
    link_used: &'static str = "This link no longer works";
    link_used_more: &'static str = "Sign-in links work once and only for a short while. Ask for a new one.";
    how_to_get_link: &'static str = "Whoever runs your relay gets one with this command, with your shop's id in place of SHOP:";
    link_command: &'static str = "shopbell owner link SHOP";
    elsewhere: &'static str = "This link is another shop's";
    elsewhere_more: &'static str = "This device is signed in to a shop already. Only go on if you know whose link this is.";
    stay: &'static str = "Stay signed in";
    open_inbox: &'static str = "Open the inbox";
    change_shop: &'static str = "Sign in to the other shop";
    no_relay: &'static str = "The relay could not be reached";
    no_relay_more: &'static str = "Your sign-in link is still good. Check your connection and try again.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_filled_and_never_filled_twice() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "x")]), "{b} and x");
        assert_eq!(fill("no {place}", &[]), "no ");
        assert_eq!(fill("open { end", &[]), "open  end");
    }

    #[test]
    fn one_is_one_and_nought_is_many() {
        let say = |count| WORDS.unread.of(count);
        assert_eq!(say(0), "0 unread messages");
        assert_eq!(say(1), "1 unread message");
        assert_eq!(say(21), "21 unread messages");
    }
}
