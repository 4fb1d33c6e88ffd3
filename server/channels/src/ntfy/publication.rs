//! What is published, as JSON ("Publish as JSON"). Never as Markdown: text is only text.

use crate::{Notice, Words, text::cut_bytes};
use serde::Serialize;
use shopbell_protocol::text::clean_line;

/// A message at most; a longer one would become a file.
const MESSAGE_BYTES: usize = 4096;
/// The whole JSON at most: twice the server's limit of a message.
const JSON_BYTES: usize = 2 * MESSAGE_BYTES;
/// A title at most.
const TITLE_CHARS: usize = 120;
/// What is shown of a page's title.
const PAGE_CHARS: usize = 120;
/// "High": a long vibration, for a person waits.
const HIGH: u8 = 4;
const DEFAULT: u8 = 3;

#[derive(Debug, Serialize)]
pub(super) struct Publication<'a> {
    topic: &'a str,
    title: String,
    message: String,
    priority: u8,
    tags: [&'static str; 1],
    click: &'a str,
    actions: [Action<'a>; 1],
    sequence_id: &'a str,
}

/// A button.
#[derive(Debug, Serialize)]
struct Action<'a> {
    action: &'static str,
    label: &'static str,
    url: &'a str,
    clear: bool,
}

impl<'a> Publication<'a> {
    pub(super) fn of(topic: &'a str, sequence_id: &'a str, notice: &'a Notice) -> Self {
        let publication = |title: String, message, priority, tag, label, url: &'a String| Self {
            topic,
            title: clean_line(&title, TITLE_CHARS),
            message,
            priority,
            tags: [tag],
            click: url,
            actions: [Action { action: "view", label, url, clear: true }],
            sequence_id,
        };
        match notice {
            Notice::Words(words) => {
                let title = format!("{} – {}", words.writer(), words.shop_name);
                publication(title, said(words), HIGH, "speech_balloon", "Reply", &words.link)
            }
            Notice::Alarm(alarm) => {
                let title = format!("{} does not work – {}", alarm.about, alarm.shop_name);
                publication(title, alarm.reason.clone(), HIGH, "warning", "Settings", &alarm.link)
            }
            Notice::Test { shop_name, link, .. } => {
                let message = "This is a test from Shopbell. Messages from your visitors come here.";
                let title = format!("It works – {shop_name}");
                publication(title, message.into(), DEFAULT, "white_check_mark", "Open", link)
            }
        }
    }

    /// As JSON that the server takes: what JSON makes longer, like quotes and line ends,
    /// is cut off at the message's end.
    pub(super) fn bounded(mut self) -> serde_json::Value {
        let mut most = MESSAGE_BYTES;
        loop {
            self.message = cut_bytes(&self.message, most);
            let json = serde_json::json!(self);
            let over = json.to_string().len().saturating_sub(JSON_BYTES);
            if over == 0 || most == 0 {
                return json;
            }
            most = self.message.len().saturating_sub(over.div_ceil(2));
        }
    }
}

/// What was said, and where; or only that something was.
fn said(words: &Words) -> String {
    if !words.show_words {
        return "You have a new message. Open it to read it.".into();
    }
    let mut said: Vec<_> = words.messages.iter().map(|message| message.body.clone()).collect();
    if let Some(page) = &words.page {
        let title = clean_line(&page.title, PAGE_CHARS);
        said.push(format!("On the page: {}", if title.is_empty() { &page.url } else { &title }));
    }
    said.join("\n\n")
}
