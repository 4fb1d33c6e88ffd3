//! The talk page: what the frame shows, and the whole conversation for those
//! without scripts. This is the agreement between the relay, which fills these
//! values in, and `templates/talk.html`, which says how they look.

use super::Words;
use askama::Template;

/// Everything that the template may use.
#[allow(dead_code, reason = "the template chooses what it shows")]
#[derive(Template)]
#[template(path = "talk.html")]
pub(crate) struct TalkPage<'a> {
    /// The page's language (BCP 47) and direction (`ltr` or `rtl`).
    pub(crate) lang: &'a str,
    /// See `lang`.
    pub(crate) dir: &'a str,
    /// All words of the page, in its language.
    pub(crate) words: Words,
    /// The scripts and styles.
    pub(crate) assets: TalkAssets<'a>,
    /// Whether the loader opened this page in its frame.
    pub(crate) framed: bool,
    /// The shop's id.
    pub(crate) shop_id: &'a str,
    /// The shop's name.
    pub(crate) shop: &'a str,
    /// The owner's name.
    pub(crate) owner: &'a str,
    /// Whether the owner is at the inbox now.
    pub(crate) owner_here: bool,
    /// Whether no way to the owner works now.
    pub(crate) unreachable: bool,
    /// Where unseen answers come to by mail, empty for nowhere yet; none when this relay
    /// sends no mail.
    pub(crate) mail: Option<String>,
    /// What a browser subscribes for to be notified of answers; none when this relay sends
    /// no pushes.
    pub(crate) push: Option<&'a str>,
    /// The messages, the oldest first.
    pub(crate) messages: Vec<TalkMessage>,
    /// Where the older messages are.
    pub(crate) older: Option<String>,
    /// After the last message something may be missing.
    pub(crate) cut_at_end: bool,
    /// Where the latest messages are, when these are older ones.
    pub(crate) latest: Option<String>,
    /// The private link to come back with, once there is a conversation.
    pub(crate) private_link: Option<String>,
    /// Where the form is posted to, and the page's own address.
    pub(crate) action: String,
    /// Where new answers are looked for.
    pub(crate) look: String,
    /// Field `id`: the message's id, made for this rendering, so that posting the
    /// form twice keeps one message.
    pub(crate) message_id: String,
    /// Field `key`: who speaks, when no cookie says it.
    pub(crate) key: Option<String>,
    /// Field `seen`: the last message that this page shows.
    pub(crate) seen: u32,
    /// What stands in the text box.
    pub(crate) typed: &'a str,
    /// What went wrong with the last send, in a sentence.
    pub(crate) problem: Option<String>,
    /// The longest message, in characters.
    pub(crate) body_chars: usize,
}

/// Scripts and styles of the talk page; none when this build has no widget inside.
#[allow(dead_code, reason = "the template chooses what it shows")]
pub(crate) struct TalkAssets<'a> {
    /// The style itself: to be written with `|safe` into the one style element,
    /// for the content security policy knows exactly this text.
    pub(crate) style: &'a str,
    /// The module's address.
    pub(crate) script: Option<String>,
    /// The WebAssembly's address.
    pub(crate) wasm: Option<String>,
    /// The address of the module for notifications; none in a frame, where they may not be
    /// asked for.
    pub(crate) notify: Option<String>,
}

/// One message.
#[allow(dead_code, reason = "the template chooses what it shows")]
pub(crate) struct TalkMessage {
    /// Whether the visitor wrote it.
    pub(crate) mine: bool,
    /// Whether the shop's own system said it.
    pub(crate) system: bool,
    /// The text; may be empty beside pictures.
    pub(crate) body: String,
    /// What is shown below it.
    pub(crate) pictures: Vec<TalkPicture>,
    /// When, for people.
    pub(crate) at: String,
    /// When, for machines (RFC 3339).
    pub(crate) at_iso: String,
    /// Its place in the conversation.
    pub(crate) seq: u32,
    /// Before it something may be missing.
    pub(crate) after_cut: bool,
    /// How far it has come; none for the owner's.
    pub(crate) state: Option<TalkState>,
}

/// A picture of a message.
#[allow(dead_code, reason = "the template chooses what it shows")]
pub(crate) struct TalkPicture {
    /// Where it is.
    pub(crate) address: String,
    /// How wide it is shown, in CSS pixels.
    pub(crate) width: u32,
    /// How high.
    pub(crate) height: u32,
}

/// How far a visitor's message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TalkState {
    /// For styles: `kept`, `handed` or `opened`.
    pub(crate) name: &'static str,
    /// For people.
    pub(crate) text: &'static str,
}
