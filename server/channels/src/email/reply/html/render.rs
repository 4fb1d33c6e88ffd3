//! Writes out what a reader of the HTML sees, as lines with their marks.

use super::Shown;
use super::events::{Element, Event, is_block};
use super::marks::mark;
use crate::email::reply::known::key;
use crate::email::reply::lines::{Line, Mark, plain};

/// Writes a document out.
pub(super) fn render(events: &[Event]) -> Shown {
    let mut page = Page::default();
    let mut open: Vec<Frame<'_>> = Vec::new();
    let mut at = 0;
    while at < events.len() {
        match &events[at] {
            Event::Open(element) if is_unseen(element) => {
                at = element.end;
            }
            Event::Open(element) => {
                let frame = Frame { element, mark: mark(events, at, element), from: (0, 0) };
                open.push(page.enter(frame));
            }
            Event::Text(text) => page.text(text),
            Event::Close => {
                if let Some(frame) = open.pop() {
                    page.leave(&frame);
                }
            }
            Event::Deep => page.too_deep |= matches!(page.mark(), Mark::Plain | Mark::Loose),
        }
        at += 1;
    }
    page.end_line();
    Shown { lines: page.lines, too_deep: page.too_deep }
}

/// Whether nobody sees an element, nor what is in it.
fn is_unseen(element: &Element) -> bool {
    let tag = element.tag.as_str();
    if matches!(tag, "head" | "title" | "style" | "script" | "noscript" | "template" | "object" | "select") {
        return true;
    }
    if element.has("hidden") {
        return true;
    }
    let style = element.style();
    let styles = [
        "display:none",
        "visibility:hidden",
        "mso-hide:all",
        "font-size:0;",
        "font-size:0px",
        "max-height:0",
    ];
    styles.iter().any(|hidden| style.contains(hidden)) || style.ends_with("font-size:0")
}

/// An element that is open.
struct Frame<'a> {
    element: &'a Element,
    mark: Option<Mark>,
    /// Where it began: after how many lines and how much of one.
    from: (usize, usize),
}

/// A list that is open: the next item's number, when it has numbers.
struct List {
    number: Option<u32>,
}

#[derive(Default)]
struct Page {
    lines: Vec<Line>,
    line: String,
    /// The line counts also when it stays empty.
    kept: bool,
    /// White space that shows only when something follows on the line.
    space: bool,
    /// An empty line that shows only when something follows.
    margin: bool,
    /// The line has nothing but an item's mark.
    bare: bool,
    marks: Vec<Mark>,
    rest: bool,
    pre: usize,
    lists: Vec<List>,
    too_deep: bool,
}

impl Page {
    /// What the open elements say of a line, the strongest word first.
    fn mark(&self) -> Mark {
        if self.rest {
            return Mark::Rest;
        }
        let order = [Mark::Quote, Mark::Attribution, Mark::Signature, Mark::Loose];
        order.into_iter().find(|mark| self.marks.contains(mark)).unwrap_or(Mark::Plain)
    }

    fn enter<'a>(&mut self, mut frame: Frame<'a>) -> Frame<'a> {
        let element = frame.element;
        if frame.mark.is_some() || is_block(&element.tag) {
            self.end_line();
        }
        match frame.mark {
            Some(Mark::Rest) if !self.marks.contains(&Mark::Quote) => self.rest = true,
            // These stand where a signature begins, and do not hold it.
            Some(Mark::Signature) if matches!(element.tag.as_str(), "br" | "a") => {
                self.lines.push(Line::new("--", self.mark()));
                frame.mark = None;
            }
            Some(mark) => self.marks.push(mark),
            None => {}
        }
        self.margin |= has_margin(element);
        match element.tag.as_str() {
            "br" => self.new_line(),
            "pre" => self.pre += 1,
            "ul" | "ol" | "menu" | "dir" => {
                self.margin |= self.lists.is_empty();
                let number = (element.tag == "ol").then(|| element.get("start").parse().unwrap_or(1));
                self.lists.push(List { number });
            }
            "li" => self.item(),
            "img" => {
                // A picture of an emoji has the emoji as its text; other pictures' texts
                // are names of files and logos, which nobody wrote.
                let alt = element.get("alt");
                if !alt.is_empty()
                    && alt.len() <= 32
                    && !alt.chars().any(|c| c.is_ascii() || c.is_alphabetic())
                {
                    self.text(alt);
                }
            }
            "td" | "th" if !self.line.is_empty() && !self.bare => self.text(" | "),
            _ => {}
        }
        frame.from = (self.lines.len(), self.line.len());
        frame
    }

    fn leave(&mut self, frame: &Frame<'_>) {
        let element = frame.element;
        match element.tag.as_str() {
            "a" => self.link(element.get("href"), self.within(frame.from)),
            "pre" => self.pre -= 1,
            "ul" | "ol" | "menu" | "dir" => {
                self.lists.pop();
                self.margin |= self.lists.is_empty();
            }
            "span" if element.style().contains("mso-list:ignore") => {
                self.office_item(self.within(frame.from))
            }
            _ => {}
        }
        if frame.mark.is_some() || is_block(&element.tag) {
            self.end_line();
        }
        self.margin |= has_margin(element);
        if frame.mark.is_some_and(|mark| mark != Mark::Rest) {
            self.marks.pop();
        }
    }

    fn text(&mut self, text: &str) {
        // Outlook's empty lines have a space in them that does not break.
        self.kept |= self.line.is_empty() && text.contains('\u{a0}');
        let text = plain(text);
        if self.pre > 0 {
            for (count, part) in text.split('\n').enumerate() {
                if count > 0 {
                    self.new_line();
                }
                self.push(part.trim_end_matches('\r'));
            }
            return;
        }
        for c in text.chars() {
            if c.is_whitespace() {
                self.space = true;
            } else {
                let mut letter = [0; 4];
                self.push(c.encode_utf8(&mut letter));
            }
        }
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.space && !self.line.is_empty() && !self.line.ends_with(' ') {
            self.line.push(' ');
        }
        self.space = false;
        self.bare = false;
        self.line.push_str(text);
    }

    /// A break: the line ends, also when nothing stands on it.
    fn new_line(&mut self) {
        if self.margin && !self.line.is_empty() {
            self.margin = false;
            self.lines.push(Line::new("", self.mark()));
        }
        let text = std::mem::take(&mut self.line);
        let mark = self.mark();
        self.lines.push(Line::new(text.trim_end(), mark));
        self.space = false;
        self.bare = false;
        self.kept = false;
    }

    /// The border of a block: the line ends if something stands on it.
    fn end_line(&mut self) {
        if (!self.line.is_empty() && !self.bare) || (self.line.is_empty() && self.kept) {
            self.new_line();
        }
        self.space = false;
    }

    /// Where something that began at a place begins on this line.
    fn within(&self, (lines, from): (usize, usize)) -> usize {
        if self.lines.len() == lines && self.line.is_char_boundary(from) { from } else { 0 }
    }

    fn item(&mut self) {
        let level = self.lists.len().saturating_sub(1).min(8);
        let mark = match self.lists.last_mut() {
            Some(List { number: Some(number) }) => {
                *number = number.saturating_add(1);
                format!("{}. ", number.saturating_sub(1))
            }
            _ => "- ".to_owned(),
        };
        self.line = "  ".repeat(level) + &mark;
        self.bare = true;
    }

    /// Office writes an item's mark as text, a bullet as a letter of a font of bullets.
    fn office_item(&mut self, from: usize) {
        let mark = self.line.get(from..).unwrap_or_default().trim().to_owned();
        let is_number = mark.ends_with(['.', ')']) && mark.len() > 1;
        self.line.truncate(from);
        self.line.push_str(&if is_number { format!("{mark} ") } else { "- ".to_owned() });
        self.space = false;
        self.bare = true;
    }

    /// Where a link leads, when its text does not say so.
    fn link(&mut self, target: &str, from: usize) {
        let text = self.line.get(from..).unwrap_or_default().trim().to_owned();
        let target = target.trim();
        let shown = match target.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest)) {
            Some((scheme, _)) if scheme == "http" || scheme == "https" => target,
            Some((scheme, rest)) if scheme == "mailto" || scheme == "tel" => {
                rest.split('?').next().unwrap_or(rest)
            }
            _ => return,
        };
        if text.is_empty() || is_same_link(&text, shown) || shown.contains(char::is_whitespace) {
            return;
        }
        self.space = false;
        self.line.push_str(&format!(" ({shown})"));
    }
}

fn is_same_link(text: &str, target: &str) -> bool {
    let bare = |link: &str| {
        let link = link.to_lowercase();
        let link = link.strip_prefix("https://").or(link.strip_prefix("http://")).unwrap_or(&link).to_owned();
        let link = link.strip_prefix("www.").unwrap_or(&link).to_owned();
        link.trim_end_matches('/').to_owned()
    };
    let (text, target) = (bare(text), bare(target));
    // A phone's number is written with spaces, and an address inside a longer text.
    text == target || text.contains(&target) || (target.starts_with('+') && key(&text) == key(&target))
}

/// Whether a reader sees an empty line around an element.
fn has_margin(element: &Element) -> bool {
    match element.tag.as_str() {
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "pre" | "blockquote" | "table" | "hr" => true,
        "p" => {
            // Outlook's paragraphs are lines; an empty one stands between two.
            let class = element.get("class").to_ascii_lowercase();
            let style = element.style();
            let is_close = ["margin:0", "margin-top:0", "margin-bottom:0"].iter().any(|m| style.contains(m));
            !is_close && !class.contains("mso")
        }
        _ => false,
    }
}
