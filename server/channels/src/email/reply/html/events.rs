//! HTML as elements that open and close in good order, in one pass over it.
//!
//! The tokenizer is the standard's own (clause 13.2.5), the tree is not: the standard's
//! way to repair what is nested wrongly takes time by the square of the nesting, which
//! nobody's mail needs and a hostile one could use. This one keeps the rules that
//! people's mail programs rely on: paragraphs, list items and cells that end by
//! themselves, and end tags that reach no further than their table cell.

use super::limits;
use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

/// A step through a document. Every `Open` has its `Close`.
#[derive(Debug)]
pub(super) enum Event {
    Open(Element),
    Text(String),
    Close,
    /// What comes is nested too deep to be told apart.
    Deep,
}

/// An element, and those of its attributes that matter.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// In small letters.
    pub(super) tag: String,
    attributes: Vec<(&'static str, String)>,
    /// Where its `Close` is.
    pub(super) end: usize,
}

/// The attributes that matter.
const ATTRIBUTES: [&str; 13] = [
    "class",
    "id",
    "style",
    "href",
    "type",
    "name",
    "alt",
    "start",
    "hidden",
    "itemtype",
    "data-marker",
    "data-smartmail",
    "bgcolor",
];

impl Element {
    /// An attribute's value; empty when it is missing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Whether an attribute stands there, be it without a value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.attributes.iter().any(|(known, _)| *known == name)
    }

    /// The style in small letters and without spaces.
    pub(super) fn style(&self) -> String {
        self.get("style").chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    }
}

enum Token {
    Start(Element),
    End(String),
    Text(String),
}

/// Reads a document; none when it has too many parts.
pub(super) fn read(html: &str) -> Option<Vec<Event>> {
    let mut element = Element::default();
    let mut attribute = None;
    let mut emitter = CallbackEmitter::new(move |event: CallbackEvent<'_>, _: Span<()>| -> Option<Token> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                element = Element { tag: small(name), ..Element::default() };
                attribute = None;
            }
            CallbackEvent::AttributeName { name } => {
                let name = ATTRIBUTES.iter().find(|known| known.as_bytes() == name);
                // The first of two counts (clause 13.2.5.33).
                attribute = name.filter(|name| !element.has(name)).copied();
                if let Some(name) = attribute {
                    element.attributes.push((name, String::new()));
                }
            }
            CallbackEvent::AttributeValue { value } => {
                if let (Some(_), Some((_, kept))) = (attribute, element.attributes.last_mut()) {
                    let value = &value[..value.len().min(limits::ATTRIBUTE_BYTES)];
                    kept.push_str(&String::from_utf8_lossy(value));
                }
            }
            CallbackEvent::CloseStartTag { .. } => return Some(Token::Start(std::mem::take(&mut element))),
            CallbackEvent::EndTag { name } => return Some(Token::End(small(name))),
            CallbackEvent::String { value } => {
                return Some(Token::Text(String::from_utf8_lossy(value).into_owned()));
            }
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
        None
    });
    emitter.naively_switch_states(true);
    let mut document = Document::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::Start(element) => document.open(element),
            Token::End(tag) => document.close(&tag),
            Token::Text(text) => document.events.push(Event::Text(text)),
        }
        if document.events.len() > limits::NODES {
            return None;
        }
    }
    document.close_down_to(0);
    Some(document.events)
}

fn small(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

#[derive(Default)]
struct Document {
    events: Vec<Event>,
    /// Where the open elements' `Open` is.
    open: Vec<usize>,
    /// Elements that were too deep and are still open.
    deeper: usize,
}

impl Document {
    fn open(&mut self, element: Element) {
        match element.tag.as_str() {
            "li" => self.end_before(&["li"], &["ul", "ol"]),
            "td" | "th" => self.end_before(&["td", "th"], &["tr", "table"]),
            "tr" => self.end_before(&["tr"], &["table", "tbody", "thead", "tfoot"]),
            "dd" | "dt" => self.end_before(&["dd", "dt"], &["dl"]),
            tag if is_block(tag) => self.end_before(&["p"], &["button"]),
            _ => {}
        }
        let is_void = is_void(&element.tag);
        if self.open.len() >= limits::DEPTH {
            if self.deeper == 0 {
                self.events.push(Event::Deep);
            }
            if !is_void {
                self.deeper += 1;
                return;
            }
        }
        self.open.push(self.events.len());
        self.events.push(Event::Open(element));
        if is_void {
            self.close_down_to(self.open.len() - 1);
        }
    }

    fn close(&mut self, tag: &str) {
        if self.deeper > 0 {
            self.deeper -= 1;
            return;
        }
        if is_void(tag) {
            // `</br>` is a break (clause 13.2.6.4.7).
            if tag == "br" {
                self.open(Element { tag: "br".into(), ..Element::default() });
            }
            return;
        }
        let cell = if is_of_table(tag) { "table" } else { "" };
        for place in (0..self.open.len()).rev() {
            let open = self.tag_at(place);
            if open == tag {
                return self.close_down_to(place);
            }
            if if cell.is_empty() { matches!(open, "td" | "th" | "caption" | "table") } else { open == cell }
            {
                return;
            }
        }
    }

    /// Ends one of `these` when it is open and none of `within` was opened since.
    fn end_before(&mut self, these: &[&str], within: &[&str]) {
        if self.deeper > 0 {
            return;
        }
        for place in (0..self.open.len()).rev() {
            let open = self.tag_at(place);
            if these.contains(&open) {
                return self.close_down_to(place);
            }
            if within.contains(&open) || (!is_of_table(these[0]) && matches!(open, "td" | "th" | "table")) {
                return;
            }
        }
    }

    fn tag_at(&self, place: usize) -> &str {
        match &self.events[self.open[place]] {
            Event::Open(element) => &element.tag,
            _ => "",
        }
    }

    fn close_down_to(&mut self, place: usize) {
        while self.open.len() > place {
            let (Some(open), end) = (self.open.pop(), self.events.len()) else { return };
            if let Event::Open(element) = &mut self.events[open] {
                element.end = end;
            }
            self.events.push(Event::Close);
        }
    }
}

fn is_void(tag: &str) -> bool {
    matches!(
        tag,
        "br" | "hr"
            | "img"
            | "meta"
            | "link"
            | "input"
            | "area"
            | "base"
            | "col"
            | "embed"
            | "source"
            | "track"
            | "wbr"
    )
}

fn is_of_table(tag: &str) -> bool {
    matches!(tag, "table" | "tbody" | "thead" | "tfoot" | "tr" | "td" | "th")
}

/// Whether an element stands in lines of its own.
pub(super) fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
            | "ul"
    )
}

#[cfg(test)]
mod tests {
    use super::{Event, read};

    fn told(html: &str) -> String {
        let tell = |event: &Event| match event {
            Event::Open(element) => format!("<{}", element.tag),
            Event::Text(text) => text.clone(),
            Event::Close => ">".into(),
            Event::Deep => "…".into(),
        };
        read(html).unwrap().iter().map(tell).collect()
    }

    #[test]
    fn what_ends_by_itself_is_ended() {
        assert_eq!(told("<p>a<p>b<div>c</div>"), "<pa><pb><divc>");
        assert_eq!(told("<ul><li>a<li>b<ul><li>c</ul></ul>"), "<ul<lia><lib<ul<lic>>>>");
        assert_eq!(told("<table><tr><td>a<td>b<tr><td>c</table>d"), "<table<tr<tda><tdb>><tr<tdc>>>d");
    }

    #[test]
    fn an_end_tag_reaches_no_further_than_its_cell() {
        assert_eq!(told("<div><table><td>a</div>b</table></div>"), "<div<table<tdab>>>");
        assert_eq!(told("a</div>b<b>c"), "ab<bc>");
    }

    #[test]
    fn the_deep_is_flat_and_said_to_be() {
        let deep = read(&"<div>".repeat(20_000)).unwrap();
        assert_eq!(deep.iter().filter(|event| matches!(event, Event::Deep)).count(), 1);
        assert!(deep.len() < 500);
    }
}
