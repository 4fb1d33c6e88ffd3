//! The corpus itself, for whoever judges what comes out of it: `replies/<program>/<name>.eml`
//! and `.txt` beside this folder.

use mail_parser::MessageParser;
use shopbell_channels::email::reply::{Extracted, ReplyMail, extract};
use std::fs;
use std::path::{Path, PathBuf};

/// A mail, and what a person would say is new in it.
pub(crate) struct Case {
    pub(crate) program: String,
    pub(crate) name: String,
    pub(crate) raw: Vec<u8>,
    /// `sure`, `unsure` or `nothing`.
    pub(crate) outcome: String,
    pub(crate) text: String,
    never: Vec<String>,
    /// The lines of our own letter.
    pub(crate) letter: Vec<String>,
}

/// What came of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Result {
    Exact,
    Held,
    Wrong,
    Leaked,
}

impl Case {
    /// What we take for new in it, when this is known of our letter.
    pub(crate) fn extract(&self, letter: &[String]) -> Extracted {
        let message = MessageParser::default().parse(&self.raw).unwrap();
        extract(&ReplyMail::of(&message, letter))
    }

    /// A mail that is to be held is exact when it is.
    pub(crate) fn judge(&self, letter: &[String]) -> Result {
        let shown = match (self.extract(letter), self.outcome.as_str()) {
            (Extracted::Unsure { .. }, "unsure") => return Result::Exact,
            (Extracted::Nothing, "nothing") => return Result::Exact,
            (Extracted::Unsure { .. }, _) => return Result::Held,
            (Extracted::Nothing, _) => return Result::Wrong,
            (Extracted::Sure(shown), _) => shown,
        };
        if self.leaks(&shown) {
            return Result::Leaked;
        }
        if self.outcome == "sure" && shown == self.text { Result::Exact } else { Result::Wrong }
    }

    /// Whether something of what was quoted stands in what would be shown.
    pub(crate) fn leaks(&self, shown: &str) -> bool {
        let bare =
            |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let shown = bare(shown);
        let lines = self.letter.iter().filter(|line| line.chars().count() >= 12);
        lines.chain(&self.never).any(|line| shown.contains(&bare(line)))
    }
}

/// All of them.
pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies");
    let mut cases = Vec::new();
    for program in entries(&folder).into_iter().filter(|path| path.is_dir()) {
        for mail in entries(&program).iter().filter(|path| path.extension().is_some_and(|it| it == "eml")) {
            cases.push(case(&folder, &program, mail));
        }
    }
    cases
}

fn case(folder: &Path, program: &Path, mail: &Path) -> Case {
    let said = fs::read_to_string(mail.with_extension("txt")).unwrap();
    let (head, text) = said.split_once("---\n").unwrap();
    let values = |name: &str| {
        let lines = head.lines().filter_map(|line| line.split_once(": ")).filter(|(known, _)| *known == name);
        lines.map(|(_, value)| value.to_owned()).collect::<Vec<_>>()
    };
    let letter =
        fs::read_to_string(folder.join("letters").join(&values("letter")[0]).with_extension("txt")).unwrap();
    Case {
        program: program.file_name().unwrap().to_string_lossy().into_owned(),
        name: mail.file_stem().unwrap().to_string_lossy().into_owned(),
        raw: fs::read(mail).unwrap(),
        outcome: values("outcome")[0].clone(),
        text: text.trim_end_matches('\n').to_owned(),
        never: values("never"),
        letter: letter.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect(),
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
