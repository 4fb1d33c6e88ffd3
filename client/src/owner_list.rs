//! The inbox's list: what is loaded of it, in its order, kept true by changes.

use shopbell_protocol::{ConversationId, ListFilter, Summary, UnixMillis};

/// When the list is asked for anew after a cut, so many lines beyond its first
/// page stay, until their pages have come again: a list that is read does not
/// jump because a phone has slept.
const LINES_KEPT: usize = 200;

/// What the list shows and how far it is loaded.
#[derive(Debug, Clone, Default)]
pub struct ConversationList {
    filter: ListFilter,
    search: Option<String>,
    conversations: Vec<Summary>,
    next: Option<String>,
    loaded: bool,
    /// What is loaded may have changed unheard: it is shown until it comes anew.
    stale: bool,
    wants_more: bool,
    asked: bool,
    /// Beyond this place stand lines of before a cut.
    old_beyond: Option<Place>,
}

type Place = (bool, u64, ConversationId);

/// Where a conversation stands: those that wait before the others, the longest
/// wait first; then the latest first.
fn place(filter: ListFilter, summary: &Summary) -> Place {
    match (filter, summary.waiting_since) {
        (ListFilter::Open, Some(UnixMillis(since))) => (false, since, summary.conversation),
        _ => (true, u64::MAX - summary.last_at.0, summary.conversation),
    }
}

impl ConversationList {
    /// Which conversations are shown.
    pub fn filter(&self) -> ListFilter {
        self.filter
    }

    /// What is searched for.
    pub fn search(&self) -> Option<&str> {
        self.search.as_deref()
    }

    /// What is loaded, in the list's order.
    pub fn conversations(&self) -> &[Summary] {
        &self.conversations
    }

    /// Whether the first page has come.
    pub fn is_loaded(&self) -> bool {
        self.loaded
    }

    /// Whether there is more to load.
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// One of the loaded ones.
    pub fn get(&self, conversation: ConversationId) -> Option<&Summary> {
        self.conversations.iter().find(|summary| summary.conversation == conversation)
    }

    /// Shows something else. Whether that is a change.
    pub(crate) fn show(&mut self, filter: ListFilter, search: Option<String>) -> bool {
        if self.filter == filter && self.search == search {
            return false;
        }
        *self = Self { filter, search, ..Self::default() };
        true
    }

    /// A person scrolled to the end.
    pub(crate) fn want_more(&mut self) {
        self.wants_more = self.next.is_some();
    }

    /// The connection is new: what is shown may be old, so the list is asked for anew.
    pub(crate) fn connection_lost(&mut self) {
        self.asked = false;
        self.stale = true;
    }

    /// What to ask for: none, the first page (`Some(None)`), or the next one.
    pub(crate) fn ask(&mut self) -> Option<Option<String>> {
        let first = !self.loaded || self.stale;
        if self.asked || (!first && !self.wants_more) {
            return None;
        }
        self.asked = true;
        Some(if first { None } else { self.next.clone() })
    }

    /// A page came in. Pages of another question are late and dropped.
    pub(crate) fn take_page(
        &mut self,
        filter: ListFilter,
        search: Option<String>,
        cursor: Option<String>,
        page: Vec<Summary>,
        next: Option<String>,
    ) -> bool {
        if filter != self.filter || search != self.search {
            return false;
        }
        self.asked = false;
        if cursor.is_none() {
            self.take_first_page(page);
        } else if cursor == self.next {
            self.wants_more = false;
            self.forget_old(&page);
            for summary in page {
                self.put(summary);
            }
        } else {
            return false;
        }
        self.next = next;
        self.loaded = true;
        if self.next.is_none() {
            self.wants_more = false;
            if let Some(end) = self.old_beyond.take() {
                let filter = self.filter;
                self.conversations.retain(|summary| place(filter, summary) <= end);
            }
        }
        self.wants_more |= self.old_beyond.is_some();
        true
    }

    fn take_first_page(&mut self, page: Vec<Summary>) {
        let held = std::mem::replace(&mut self.conversations, page);
        self.stale = false;
        self.old_beyond = None;
        let Some(end) = self.conversations.last().map(|end| place(self.filter, end)) else { return };
        if self.search.is_some() {
            return;
        }
        let beyond =
            |summary: &Summary| place(self.filter, summary) > end && self.get(summary.conversation).is_none();
        let old: Vec<_> = held.into_iter().filter(beyond).take(LINES_KEPT).collect();
        if !old.is_empty() {
            self.conversations.extend(old);
            self.old_beyond = Some(end);
        }
    }

    /// The lines of before a cut that stand where this page stands give way to it.
    fn forget_old(&mut self, page: &[Summary]) {
        let (Some(begin), Some(last)) = (self.old_beyond, page.last()) else { return };
        let (filter, end) = (self.filter, place(self.filter, last));
        self.conversations.retain(|summary| {
            let place = place(filter, summary);
            place <= begin || place > end
        });
        let any_left = self.conversations.last().is_some_and(|last| place(filter, last) > end);
        self.old_beyond = any_left.then_some(end);
    }

    /// A conversation is new or has changed. Whether that shows.
    pub(crate) fn take_change(&mut self, summary: &Summary) -> bool {
        // The first page, which was asked for later, has it.
        if !self.loaded {
            return false;
        }
        let known = self.get(summary.conversation).is_some();
        let belongs = if self.search.is_some() {
            // Whether it would be found only the relay can tell.
            known
        } else {
            summary.closed == (self.filter == ListFilter::Closed)
        };
        if !belongs {
            self.conversations.retain(|other| other.conversation != summary.conversation);
            return known;
        }
        // Below the end of what is loaded it comes with its page.
        let beyond = !known
            && self.next.is_some()
            && self
                .conversations
                .last()
                .is_some_and(|end| place(self.filter, end) < place(self.filter, summary));
        if beyond {
            return false;
        }
        self.put(summary.clone());
        true
    }

    /// Whether the visitor is there has changed.
    pub(crate) fn take_presence(&mut self, conversation: ConversationId, here: bool) -> bool {
        let known = self.conversations.iter_mut().find(|summary| summary.conversation == conversation);
        known.is_some_and(|summary| std::mem::replace(&mut summary.visitor_here, here) != here)
    }

    fn put(&mut self, summary: Summary) {
        if self.search.is_some() {
            // Found conversations stay where they are, so that nothing moves under a thumb.
            match self.conversations.iter_mut().find(|other| other.conversation == summary.conversation) {
                Some(held) => *held = summary,
                None => self.conversations.push(summary),
            }
            return;
        }
        self.conversations.retain(|other| other.conversation != summary.conversation);
        let wanted = place(self.filter, &summary);
        let at = self.conversations.partition_point(|other| place(self.filter, other) < wanted);
        self.conversations.insert(at, summary);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shopbell_protocol::{Seq, Side};

    fn summary(name: u8, waiting_since: Option<u64>, last_at: u64) -> Summary {
        Summary {
            conversation: ConversationId::from_bytes([name; 16]),
            name: None,
            waiting_since: waiting_since.map(UnixMillis),
            last_seq: Seq(1),
            last_at: UnixMillis(last_at),
            last_from: Side::Visitor,
            preview: String::new(),
            last_by_system: false,
            last_pictures: 0,
            unread: 0,
            closed: false,
            visitor_here: false,
            page: None,
        }
    }

    fn order(list: &ConversationList) -> Vec<u8> {
        list.conversations().iter().map(|summary| summary.conversation.as_bytes()[0]).collect()
    }

    fn loaded(page: Vec<Summary>, next: Option<&str>) -> ConversationList {
        let mut list = ConversationList::default();
        assert_eq!(list.ask(), Some(None));
        assert!(list.take_page(ListFilter::Open, None, None, page, next.map(Into::into)));
        list
    }

    #[test]
    fn those_that_wait_longest_come_first_and_then_the_latest() {
        let mut list = loaded(vec![], None);
        for change in
            [summary(1, None, 50), summary(2, Some(30), 30), summary(3, None, 60), summary(4, Some(10), 70)]
        {
            assert!(list.take_change(&change));
        }
        assert_eq!(order(&list), [4, 2, 3, 1]);
        list.take_change(&summary(4, None, 80));
        assert_eq!(order(&list), [2, 4, 3, 1], "answered, so it waits no more");
    }

    #[test]
    fn what_changed_before_the_first_page_comes_with_its_page() {
        let mut list = ConversationList::default();
        list.ask();
        assert!(!list.take_change(&summary(9, Some(90), 90)));
        list.take_page(ListFilter::Open, None, None, vec![summary(1, Some(10), 10)], Some("more".into()));
        assert_eq!(order(&list), [1]);
    }

    #[test]
    fn what_is_closed_leaves_the_open_list() {
        let mut list = loaded(vec![summary(1, None, 1)], None);
        assert!(list.take_change(&Summary { closed: true, ..summary(1, None, 1) }));
        assert!(order(&list).is_empty());
    }

    #[test]
    fn a_change_below_what_is_loaded_waits_for_its_page() {
        let mut list = loaded(vec![summary(1, None, 50)], Some("more"));
        assert!(!list.take_change(&summary(2, None, 10)));
        list.want_more();
        assert_eq!(list.ask(), Some(Some("more".into())));
        assert!(list.take_page(
            ListFilter::Open,
            None,
            Some("more".into()),
            vec![summary(2, None, 10)],
            None
        ));
        assert_eq!(order(&list), [1, 2]);
        assert_eq!(list.ask(), None);
    }

    #[test]
    fn an_answer_to_an_old_question_is_dropped() {
        let mut list = loaded(vec![], None);
        assert!(list.show(ListFilter::Open, Some("oak".into())));
        assert_eq!(list.ask(), Some(None));
        assert!(!list.take_page(ListFilter::Open, Some("o".into()), None, vec![summary(1, None, 1)], None));
        assert!(list.take_page(ListFilter::Open, Some("oak".into()), None, vec![summary(2, None, 1)], None));
        assert_eq!(order(&list), [2]);
    }

    /// Two pages, after a cut, about to come again.
    fn cut() -> ConversationList {
        let mut list = loaded(vec![summary(1, None, 90), summary(2, None, 80)], Some("more"));
        list.want_more();
        list.ask();
        let rest = vec![summary(3, None, 70), summary(4, None, 60)];
        list.take_page(ListFilter::Open, None, Some("more".into()), rest, None);
        list.connection_lost();
        assert_eq!(list.ask(), Some(None));
        list
    }

    #[test]
    fn after_a_cut_the_list_stays_as_long_as_it_was_until_it_has_come_again() {
        let mut list = cut();
        let first = vec![summary(5, None, 95), summary(1, None, 90)];
        list.take_page(ListFilter::Open, None, None, first, Some("a".into()));
        assert_eq!(order(&list), [5, 1, 2, 3, 4]);
        assert_eq!(list.ask(), Some(Some("a".into())), "by itself, for what is shown may be old");
        // The third one was closed elsewhere meanwhile.
        let second = vec![summary(2, None, 80), summary(4, None, 60)];
        list.take_page(ListFilter::Open, None, Some("a".into()), second, None);
        assert_eq!(order(&list), [5, 1, 2, 4]);
        assert_eq!(list.ask(), None);
    }

    #[test]
    fn what_is_no_more_after_a_cut_goes_with_the_last_page() {
        let mut list = cut();
        list.take_page(ListFilter::Open, None, None, vec![summary(1, None, 90)], None);
        assert_eq!(order(&list), [1]);
        assert_eq!(list.ask(), None);
    }

    #[test]
    fn a_wish_for_more_outlives_a_cut() {
        let mut list = loaded(vec![summary(1, None, 90)], Some("more"));
        list.want_more();
        list.ask();
        list.connection_lost();
        assert_eq!(list.ask(), Some(None));
        list.take_page(ListFilter::Open, None, None, vec![summary(1, None, 90)], Some("b".into()));
        assert_eq!(list.ask(), Some(Some("b".into())));
    }
}
