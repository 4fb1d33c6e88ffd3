//! What is remembered of a conversation's letters, so that they stand together in a mailbox.

use super::limits;
use serde::{Deserialize, Serialize};

/// The subject that the first letter had, and the letters' names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memo {
    /// Stays as it was, also when the visitor gets a name: many programs put letters
    /// together by it.
    pub(super) subject: String,
    /// Message-IDs without brackets: the first one, then the last ones.
    ids: Vec<String>,
}

impl Memo {
    /// What was remembered; what can't be read is begun anew.
    pub(super) fn read(memo: Option<&str>, subject: &str) -> Self {
        memo.and_then(|memo| serde_json::from_str(memo).ok())
            .filter(|memo: &Self| !memo.subject.is_empty())
            .unwrap_or_else(|| Self { subject: subject.into(), ids: Vec::new() })
    }

    /// The letters before this one.
    pub(super) fn before<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a String> {
        self.ids.iter().filter(move |known| *known != id)
    }

    /// One more letter; the same one again changes nothing.
    pub(super) fn add(&mut self, id: String) {
        if self.ids.contains(&id) {
            return;
        }
        if self.ids.len() >= limits::REFERENCES {
            self.ids.remove(1);
        }
        self.ids.push(id);
    }

    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_remembers_the_first_letter_and_the_last_ones() {
        let mut memo = Memo::read(None, "Tom on Oak & Ash");
        for number in 0..100 {
            memo = Memo::read(Some(&memo.write()), "another subject");
            memo.add(format!("{number}@relay.example"));
        }
        let ids: Vec<_> = memo.before("99@relay.example").map(String::as_str).collect();
        assert_eq!(ids.first(), Some(&"0@relay.example"));
        assert_eq!(ids.last(), Some(&"98@relay.example"));
        assert_eq!(ids.len(), limits::REFERENCES - 1);
        assert_eq!(memo.subject, "Tom on Oak & Ash");
        assert!(memo.write().len() < crate::limits::NOTE_BYTES);
    }

    #[test]
    fn a_letter_that_is_sent_again_is_no_second_one() {
        let mut memo = Memo::read(Some("not JSON"), "Tom on Oak & Ash");
        memo.add("1@relay.example".into());
        let once = memo.clone();
        memo.add("1@relay.example".into());
        assert_eq!(memo, once);
        assert_eq!(memo.before("1@relay.example").count(), 0);
    }
}
