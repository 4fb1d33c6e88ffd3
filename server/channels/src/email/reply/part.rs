//! What one part of a mail says is new, and how sure that is.

use super::known::{Known, key, weight};
use super::lines::{Line, fold, join};
use super::sort::{Kind, Sorted};
use super::words::{attribution, closings, footers, headers};
use super::{limits, pointers};

/// What one part says.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// What is new, as far as can be told.
    pub(super) best: String,
    /// The signature that was set aside.
    pub(super) aside: String,
    /// A doubt that the other part can settle by being sure of the same.
    pub(super) soft: Option<&'static str>,
    /// A doubt that nothing can settle.
    pub(super) hard: Option<&'static str>,
}

/// Weighs a sorted part.
pub(super) fn weigh(sorted: Sorted, known: &Known) -> Part {
    let Sorted { lines, forwarded, soft, hard } = sorted;
    let mut part = Part { soft, hard, ..Part::default() };
    part.aside =
        join(lines.iter().filter(|(kind, _)| *kind == Kind::Signature).map(|(_, line)| line.text.as_str()));
    let blocks = blocks(&lines);
    let has_quote =
        lines.iter().any(|(kind, line)| matches!(kind, Kind::Quote | Kind::Rest) && !line.is_blank());
    if forwarded && !blocks.is_empty() {
        part.never("Somebody else's mail is passed on.");
    }
    let quoted = |from: usize| matches!(lines[from].0, Kind::Quote | Kind::Rest) && !lines[from].1.is_blank();
    match blocks.as_slice() {
        [] => return part.without_new(&lines, forwarded, known),
        [(from, to)] => {
            if (0..*from).any(quoted) && (*to..lines.len()).any(quoted) {
                part.never("The answer stands between quoted lines.");
            }
            if *from > 0 && quoted(from - 1) && lines[from - 1].1.text.chars().count() >= 60 {
                part.doubt("The quote goes over into the answer without a gap.");
            }
        }
        _ => part.never("There are answers between quoted lines."),
    }
    if has_text_under_signature(&lines) {
        part.doubt("Something stands under the signature.");
    }
    let mut new = part.without_ours(&lines, &blocks, known);
    part.cut_signature(&mut new);
    part.best = join(new.iter().map(String::as_str));
    part.look_again(has_quote, known);
    part
}

/// Runs of new lines with something in them, apart by what is quoted.
fn blocks(lines: &[(Kind, Line)]) -> Vec<(usize, usize)> {
    let mut blocks: Vec<(usize, usize)> = Vec::new();
    let mut apart = true;
    for (at, (kind, line)) in lines.iter().enumerate() {
        match kind {
            Kind::New if line.is_blank() => {}
            Kind::New if apart => {
                blocks.push((at, at + 1));
                apart = false;
            }
            Kind::New => {
                if let Some(last) = blocks.last_mut() {
                    last.1 = at + 1;
                }
            }
            Kind::Quote | Kind::Rest | Kind::Attribution => apart = apart || !line.is_blank(),
            Kind::Signature | Kind::Footer => {}
        }
    }
    blocks
}

fn has_text_under_signature(lines: &[(Kind, Line)]) -> bool {
    let said = lines.iter().filter(|(_, line)| !line.is_blank());
    let kinds: Vec<Kind> = said.map(|(kind, _)| *kind).collect();
    kinds.windows(2).any(|two| matches!(two[0], Kind::Signature | Kind::Footer) && two[1] == Kind::New)
}

impl Part {
    fn doubt(&mut self, why: &'static str) {
        self.soft.get_or_insert(why);
    }

    fn never(&mut self, why: &'static str) {
        self.hard.get_or_insert(why);
    }

    /// Nothing is new; or it is where nobody marked it.
    fn without_new(mut self, lines: &[(Kind, Line)], forwarded: bool, known: &Known) -> Self {
        if forwarded {
            return self;
        }
        let rest: Vec<&Line> =
            lines.iter().filter(|(kind, _)| *kind == Kind::Rest).map(|(_, line)| line).collect();
        if !self.aside.is_empty()
            && !lines.iter().any(|(kind, line)| *kind == Kind::Signature && line.text.trim() == "--")
        {
            let aside = self.aside.lines().filter(|line| !footers::is_footer(line));
            if aside.clone().next().is_some() {
                self.best = join(aside);
                self.never("Everything that is new stands in the signature.");
            }
        }
        if rest.iter().any(|line| !line.is_blank()) {
            let last = rest.iter().rposition(|line| known.is_ours(&line.text));
            match last {
                Some(last) => {
                    let strange =
                        |line: &&&Line| weight(&key(&line.text)) >= 3 && !known.may_be_ours(&line.text);
                    let under: Vec<&str> =
                        rest[last..].iter().filter(strange).map(|line| line.text.as_str()).collect();
                    if !under.is_empty() {
                        self.best = join(under);
                        self.never("The answer may stand under the quote, which has no end.");
                    }
                }
                None => self.doubt("Nothing stands above the quote, which has no end."),
            }
        }
        if let (true, Some(foreign)) = (self.hard.is_none(), foreign(lines, known)) {
            self.best = join(foreign.iter().map(|at| lines[*at].1.text.as_str()));
            self.never("There are answers inside the quote.");
        }
        self
    }

    /// The new lines, and those that somebody wrote into the quote; none that is ours.
    fn without_ours(
        &mut self,
        lines: &[(Kind, Line)],
        blocks: &[(usize, usize)],
        known: &Known,
    ) -> Vec<String> {
        let foreign = foreign(lines, known).unwrap_or_default();
        if !foreign.is_empty() {
            self.never("There are answers inside the quote.");
        }
        let mut new = Vec::new();
        for (at, (kind, line)) in lines.iter().enumerate() {
            let is_new = *kind == Kind::New && blocks.iter().any(|(from, to)| (*from..*to).contains(&at));
            if is_new || foreign.contains(&at) {
                if known.is_ours(&line.text) || known.has_address(&line.text) {
                    self.never("Some of our own letter stands in what is new.");
                } else {
                    new.push(line.text.clone());
                }
            } else if new.last().is_some_and(|last| !last.is_empty()) {
                new.push(String::new());
            }
        }
        new
    }

    /// A signature without a mark is only ever supposed.
    fn cut_signature(&mut self, new: &mut Vec<String>) {
        while new.last().is_some_and(|line| line.trim().is_empty() || headers::is_rule(line, 2)) {
            new.pop();
        }
        if let Some(at) = unmarked_signature(new) {
            new.truncate(at);
            self.doubt("The end looks like a signature, which has no mark.");
        }
    }

    /// What is about to be shown is looked at once more, as a stranger would.
    fn look_again(&mut self, has_quote: bool, known: &Known) {
        if known.is_in(&self.best) {
            self.never("Some of our own letter stands in what is new.");
        }
        if self.best.contains('\u{fffd}') {
            self.never("Some letters of the mail can't be read.");
        }
        if self.best.lines().any(attribution::is_residue) {
            self.never("Who wrote what, and when, stands in what is new.");
        }
        if self.best.lines().any(footers::is_footer) {
            self.never("Something stands under the line of a phone or a program.");
        }
        if has_quote && pointers::points_into_quote(&self.best) {
            self.never("The answer points to what was written into the quote.");
        }
    }
}

/// Lines that somebody wrote into what is quoted: they stand among ours, and are not ours.
fn foreign(lines: &[(Kind, Line)], known: &Known) -> Option<Vec<usize>> {
    let is_quoted = |at: &usize| matches!(lines[*at].0, Kind::Quote | Kind::Rest);
    let quoted: Vec<usize> = (0..lines.len()).filter(is_quoted).collect();
    let first = quoted.iter().position(|at| known.is_ours(&lines[*at].1.text))?;
    let last = quoted.iter().rposition(|at| known.is_ours(&lines[*at].1.text))?;
    let is_foreign = |at: &usize| {
        let text = &lines[*at].1.text;
        weight(&key(text)) >= 3 && !known.may_be_ours(text) && !super::separator::is_separator(text)
    };
    let foreign: Vec<usize> = quoted[first..=last].iter().copied().filter(is_foreign).collect();
    (!foreign.is_empty()).then_some(foreign)
}

/// Where a signature begins that nothing marks: ways to reach somebody, or several short
/// lines after "Best regards".
fn unmarked_signature(new: &[String]) -> Option<usize> {
    let said: Vec<usize> = (0..new.len()).filter(|at| !new[*at].trim().is_empty()).collect();
    let tail = &said[said.len().saturating_sub(limits::UNMARKED_SIGNATURE_LINES)..];
    let is_short = |at: &usize| {
        let line = new[*at].trim();
        line.chars().count() <= 60 && !line.ends_with(['.', '?', '!', ':', '。', '？', '！'])
            || closings::is_contact(line)
    };
    let is_contact = |at: &usize| closings::is_contact(&new[*at]);
    // A rule, then short lines.
    let rule = tail.iter().rposition(|at| headers::is_rule(&new[*at], 2));
    if let Some(rule) = rule.filter(|rule| rule + 1 < tail.len() && tail[rule + 1..].iter().all(is_short)) {
        return Some(tail[rule]);
    }
    // "Best regards", a name, and more than a second line to it.
    if let Some(closing) = tail.iter().rposition(|at| closings::is_closing(&new[*at])) {
        let after = &tail[closing + 1..];
        if after.iter().all(is_short) && (after.len() > 2 || after.iter().any(is_contact)) {
            let name =
                after.first().filter(|at| !is_contact(at) && new[**at].split_whitespace().count() <= 3);
            return Some(name.map_or(tail[closing], |name| *name) + 1);
        }
    }
    // Ways to reach somebody at the very end, that nothing leads over to.
    let run = tail.iter().rev().take_while(|at| is_short(at)).count();
    let run = &tail[tail.len() - run..];
    let first = run.iter().position(is_contact)?;
    let above = run[first].checked_sub(1).map(|above| new[above].as_str());
    let led_to = said.iter().rev().find(|at| **at < run[first]).map(|at| fold(&new[*at]));
    if led_to.is_none_or(|line| line.ends_with(':')) {
        return None;
    }
    // The name above the number goes with it, when it is of the same paragraph.
    let goes_with = first > 0 && above.is_some_and(|above| !above.trim().is_empty());
    let from = if goes_with { run[..first].iter().rev().take_while(|at| is_short(at)).last() } else { None };
    let from = from.copied().unwrap_or(run[first]);
    (from > said[0]).then_some(from)
}
