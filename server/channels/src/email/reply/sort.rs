//! Says of each line of a part what it is: new, quoted, said about a quote, a signature.

use super::known::Known;
use super::lines::{Line, Mark, fold};
use super::words::attribution::{self, Likeness};
use super::words::{footers, headers};
use super::{limits, separator};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    New,
    Quote,
    Attribution,
    Signature,
    /// What a phone, a program or a firm's server put there.
    Footer,
    /// The mail that is answered, without a mark at each line.
    Rest,
}

/// A part whose lines are sorted, and what is not certain of it.
pub(super) struct Sorted {
    pub(super) lines: Vec<(Kind, Line)>,
    /// Somebody else's mail is passed on.
    pub(super) forwarded: bool,
    /// What another part that is certain can settle.
    pub(super) soft: Option<&'static str>,
    /// What nothing can settle.
    pub(super) hard: Option<&'static str>,
}

/// Sorts a part.
pub(super) fn sort(lines: Vec<Line>, known: &Known) -> Sorted {
    let lines = lines.into_iter().map(|line| (kind_by_mark(line.mark), line)).collect();
    let mut sorted = Sorted { lines, forwarded: false, soft: None, hard: None };
    sorted.find_separator();
    sorted.find_headers(known);
    sorted.find_attributions(known);
    sorted.settle_loose(known);
    sorted.suspect_above_quotes(known);
    sorted.find_signatures();
    sorted.find_footers();
    sorted.find_forward();
    sorted
}

fn kind_by_mark(mark: Mark) -> Kind {
    match mark {
        Mark::Plain => Kind::New,
        Mark::Quote | Mark::Loose => Kind::Quote,
        Mark::Attribution => Kind::Attribution,
        Mark::Signature => Kind::Signature,
        Mark::Rest => Kind::Rest,
    }
}

impl Sorted {
    fn is_new(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(|(kind, _)| *kind == Kind::New)
    }

    fn is_blank(&self, at: usize) -> bool {
        self.lines.get(at).is_some_and(|(_, line)| line.is_blank())
    }

    fn text(&self, at: usize) -> &str {
        &self.lines[at].1.text
    }

    fn set(&mut self, from: usize, to: usize, kind: Kind) {
        for line in &mut self.lines[from..to] {
            line.0 = kind;
        }
    }

    /// The next line at or after a place that is not blank.
    fn next_said(&self, from: usize) -> Option<usize> {
        (from..self.lines.len()).find(|at| !self.is_blank(*at))
    }

    /// Whether something of ours stands unmarked at or after a place.
    fn new_is_ours(&self, from: usize, known: &Known) -> bool {
        self.lines[from..].iter().any(|(kind, line)| *kind == Kind::New && known.is_ours(&line.text))
    }

    fn doubt(&mut self, why: &'static str) {
        self.soft.get_or_insert(why);
    }

    /// Our own sentence at the top of our letter: from there on it is ours.
    fn find_separator(&mut self) {
        let found =
            (0..self.lines.len()).find(|at| self.is_new(*at) && separator::is_separator(self.text(*at)));
        if let Some(at) = found {
            self.set_rest(at);
        }
    }

    /// Everything new from here on is the mail that is answered, and so are the rules and
    /// empty lines just above.
    fn set_rest(&mut self, from: usize) {
        let mut from = from;
        while from > 0 && self.is_new(from - 1) {
            let above = self.text(from - 1);
            if !(above.trim().is_empty() || headers::is_rule(above, 5)) {
                break;
            }
            from -= 1;
        }
        for (kind, _) in &mut self.lines[from..] {
            if matches!(kind, Kind::New | Kind::Attribution | Kind::Signature) {
                *kind = Kind::Rest;
            }
        }
    }

    /// Header blocks and lines like `-----Original Message-----`.
    fn find_headers(&mut self, known: &Known) {
        for at in 0..self.lines.len() {
            if !self.is_new(at) || self.is_blank(at) {
                continue;
            }
            let text = self.text(at);
            if headers::is_forwarded(text) || headers::is_original(text) {
                self.forwarded |= headers::is_forwarded(text);
                return self.set_rest(at);
            }
            let after_dashes = headers::is_dashed(text).then(|| self.next_said(at + 1)).flatten();
            let block = self.header_block(after_dashes.unwrap_or(at));
            let above = (0..at).rev().find(|above| !self.is_blank(*above));
            let under_rule =
                after_dashes.is_some() || above.is_some_and(|above| headers::is_rule(self.text(above), 5));
            match block {
                Block::Certain => return self.set_rest(at),
                Block::Likely if under_rule => return self.set_rest(at),
                Block::Likely => {
                    // Unless what follows is ours, somebody may have written a list.
                    if !self.new_is_ours(at, known) {
                        self.doubt("Some lines look like the head of another mail.");
                    }
                    return self.set_rest(at);
                }
                Block::No => {}
            }
        }
    }

    fn header_block(&self, from: usize) -> Block {
        if !self.is_new(from)
            || !headers::is_labelled(self.text(from)) && headers::label(self.text(from)).is_none()
        {
            return Block::No;
        }
        let mut labels = Vec::new();
        let (mut labelled, mut continued) = (0, false);
        let (mut addressed, mut dated) = (false, false);
        for at in from..self.lines.len().min(from + limits::HEADER_LINES) {
            let text = self.text(at);
            if text.trim().is_empty() {
                continue;
            }
            match headers::label(text) {
                Some(label) => {
                    labels.extend((!labels.contains(&label)).then_some(label));
                    let folded = fold(text);
                    addressed |= attribution::has_address(&folded);
                    dated |= attribution::has_date(&folded);
                }
                None if headers::is_labelled(text) => {}
                // One line may be the rest of a long one above it; two are not.
                None if !continued => continued = true,
                None => break,
            }
            labelled += usize::from(headers::is_labelled(text));
        }
        let first_is_known = headers::label(self.text(from)).is_some();
        let has_from = labels.contains(&headers::Label::From);
        match labels.len() {
            3.. if first_is_known && has_from && (addressed || dated) => Block::Certain,
            3.. if first_is_known && (has_from || addressed) => Block::Likely,
            2 if first_is_known && (addressed || (has_from && dated)) => Block::Likely,
            // In a language that is not known, like "Avsändare: Ana <…>" and three more.
            _ if labelled >= 4 && attribution::has_address(&fold(self.text(from))) => Block::Likely,
            _ => Block::No,
        }
    }

    /// Lines like "On … Ana wrote:", also over several lines.
    fn find_attributions(&mut self, known: &Known) {
        let mut at = 0;
        while at < self.lines.len() {
            if !self.is_new(at) || !attribution::is_end(&fold(self.text(at))) {
                at += 1;
                continue;
            }
            let next = self.next_said(at + 1);
            let above_quote = next.is_some_and(|next| self.lines[next].0 == Kind::Quote);
            if let Some((from, likeness)) = self.attribution_ending(at, above_quote) {
                self.set(from, at + 1, Kind::Attribution);
                let unmarked = next.filter(|next| self.is_new(*next));
                if let (Likeness::Certain, Some(next)) = (likeness, unmarked) {
                    let is_ours = self.new_is_ours(next, known)
                        || self.lines[next..].iter().any(|(_, line)| separator::is_separator(&line.text));
                    if !is_ours {
                        self.doubt("What is quoted is not marked, so it is not certain where it ends.");
                    }
                    return self.set_rest(next);
                }
            }
            at += 1;
        }
    }

    /// Where the attribution begins that ends at a line.
    fn attribution_ending(&self, end: usize, above_quote: bool) -> Option<(usize, Likeness)> {
        let least = if above_quote { Likeness::AboveQuote } else { Likeness::Certain };
        let mut text = String::new();
        let mut plain = None;
        for from in (end.saturating_sub(limits::ATTRIBUTION_LINES - 1)..=end).rev() {
            if !self.is_new(from) || self.is_blank(from) {
                break;
            }
            text = format!("{} {text}", self.text(from));
            if text.chars().count() > limits::ATTRIBUTION_CHARS {
                break;
            }
            let folded = fold(&text);
            let likeness = attribution::likeness(&folded);
            if likeness < least {
                continue;
            }
            let is_dated = attribution::has_date(&folded) || attribution::has_time(&folded);
            if attribution::is_start(&folded) && is_dated {
                return Some((from, likeness));
            }
            // A form that begins with a name: the shortest that says when, else the shortest.
            match plain {
                Some((_, _, true)) => {}
                None => plain = Some((from, likeness, is_dated)),
                Some(_) if is_dated => plain = Some((from, likeness, true)),
                Some(_) => {}
            }
        }
        plain.map(|(from, likeness, _)| (from, likeness))
    }

    /// Set in by the person or quoted by the program? An attribution or our own words tell.
    fn settle_loose(&mut self, known: &Known) {
        let mut at = 0;
        while at < self.lines.len() {
            if self.lines[at].1.mark != Mark::Loose || self.lines[at].0 != Kind::Quote {
                at += 1;
                continue;
            }
            let end = (at..self.lines.len()).find(|end| self.lines[*end].1.mark != Mark::Loose);
            let end = end.unwrap_or(self.lines.len());
            let above = (0..at).rev().find(|above| !self.is_blank(*above));
            let attributed = above.is_some_and(|above| matches!(self.lines[above].0, Kind::Attribution));
            let first = self.next_said(at).filter(|first| *first < end);
            let inside = first.is_some_and(|first| {
                attribution::likeness(&fold(self.text(first))) == Likeness::Certain
                    || separator::is_separator(self.text(first))
            });
            let ours = self.lines[at..end].iter().any(|(_, line)| known.is_ours(&line.text));
            if !(attributed || inside || ours) {
                self.doubt("Something is set in, and it is not certain whether it is quoted.");
            }
            at = end;
        }
    }

    /// A line just above a quote that says when or who, in words that are not known.
    fn suspect_above_quotes(&mut self, known: &Known) {
        for at in 1..self.lines.len() {
            if self.lines[at].0 != Kind::Quote || self.lines[at - 1].0 == Kind::Quote {
                continue;
            }
            let Some(above) = (0..at).rev().find(|above| !self.is_blank(*above)) else { continue };
            if !self.is_new(above) {
                continue;
            }
            if known.has_address(self.text(above)) {
                // Who else would be named there by the address that is answered?
                self.set(above, above + 1, Kind::Attribution);
            } else if attribution::is_suspect(self.text(above)) {
                self.set(above, above + 1, Kind::Attribution);
                self.doubt("The line above the quote is not known.");
            } else if fold(self.text(above)).ends_with(':') {
                self.doubt("The line above the quote may say who wrote it.");
            }
        }
    }

    /// From `-- ` (RFC 3676, clause 4.3) to where the new text ends.
    fn find_signatures(&mut self) {
        let Some(mark) = (0..self.lines.len()).find(|at| self.is_new(*at) && self.text(*at).trim() == "--")
        else {
            return;
        };
        let end = (mark..self.lines.len()).find(|at| !self.is_new(*at)).unwrap_or(self.lines.len());
        let said = (mark + 1..end).filter(|at| !self.is_blank(*at)).count();
        if said > limits::SIGNATURE_LINES {
            self.doubt("A long text stands under the mark of a signature.");
        }
        self.set(mark, end, Kind::Signature);
    }

    /// What phones and programs put under what was written, and firms under everything.
    fn find_footers(&mut self) {
        let mut at = self.lines.len();
        while at > 0 {
            at -= 1;
            let ends_here = self.is_new(at)
                && !self.is_blank(at)
                && !self.next_said(at + 1).is_some_and(|next| self.is_new(next));
            if !ends_here {
                continue;
            }
            if footers::is_footer(self.text(at)) {
                self.set(at, at + 1, Kind::Footer);
                continue;
            }
            if footers::may_be_footer(self.text(at)) && at > 0 && self.is_blank(at - 1) {
                self.doubt("The last line may be one that a program puts under every mail.");
                self.set(at, at + 1, Kind::Footer);
                continue;
            }
            let from = (0..=at)
                .rev()
                .take_while(|from| self.is_new(*from) && !self.is_blank(*from))
                .last()
                .unwrap_or(at);
            let paragraph: Vec<&str> = (from..=at).map(|line| self.text(line)).collect();
            if footers::is_disclaimer(&paragraph.join(" ")) {
                let under_quote = self.lines[..from].iter().any(|(kind, _)| *kind == Kind::Quote);
                if !under_quote {
                    self.doubt("Something at the end looks like a firm's standing notice.");
                }
                self.set(from, at + 1, Kind::Footer);
            }
        }
    }

    /// Whether what is quoted or follows is a mail that is passed on.
    fn find_forward(&mut self) {
        let mut last = Kind::New;
        for (kind, line) in &self.lines {
            let begins = *kind != last && !line.is_blank();
            if matches!(kind, Kind::Quote | Kind::Attribution | Kind::Rest) && begins {
                self.forwarded |= headers::is_forwarded(&line.text);
            }
            if !line.is_blank() {
                last = *kind;
            }
        }
    }
}

/// What some lines are of a header block.
enum Block {
    No,
    Likely,
    Certain,
}
