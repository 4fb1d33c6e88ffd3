//! What a key does, by where it is struck.

/// Where the focus is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    /// In a field that takes text.
    Text,
    /// In the search field, from which arrow keys lead into the list.
    Search,
    /// In a dialog, which has its own keys.
    Dialog,
    /// On a button or a link outside the list.
    Control,
    /// In the list, or nowhere.
    Elsewhere,
}

/// A key with the modifiers that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    /// Control, Command or Alt: the browser's or the system's own.
    pub(crate) modified: bool,
    pub(crate) shift: bool,
    /// Part of composing a character: not yet a key of ours.
    pub(crate) composing: bool,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    /// Move in the list by so many lines.
    Move(i32),
    /// To the list's first line.
    First,
    /// Put the cursor into the search field.
    Search,
    /// Back to the list.
    Back,
}

/// What a key does anywhere in the app.
pub(crate) fn command(key: Key<'_>, focus: Focus) -> Option<Command> {
    if key.modified || key.composing || focus == Focus::Dialog {
        return None;
    }
    let free = matches!(focus, Focus::Elsewhere | Focus::Control);
    match (key.name, focus) {
        ("Escape", _) => Some(Command::Back),
        ("ArrowDown", Focus::Elsewhere | Focus::Search) | ("j", Focus::Elsewhere | Focus::Control) => {
            Some(Command::Move(1))
        }
        ("ArrowUp", Focus::Elsewhere) | ("k", Focus::Elsewhere | Focus::Control) => Some(Command::Move(-1)),
        ("PageDown", Focus::Elsewhere) => Some(Command::Move(8)),
        ("PageUp", Focus::Elsewhere) => Some(Command::Move(-8)),
        ("Home", Focus::Elsewhere) => Some(Command::First),
        ("/", _) if free => Some(Command::Search),
        _ => None,
    }
}

/// Whether a key in the reply box sends it. Where fingers type, Enter makes a new line.
pub(crate) fn sends(key: Key<'_>, by_finger: bool) -> bool {
    key.name == "Enter" && !key.composing && (key.modified || (!key.shift && !by_finger))
}

/// The line that a move leads to, kept inside the list; none in an empty one.
pub(crate) fn moved(from: Option<usize>, by: i32, lines: usize) -> Option<usize> {
    let last = lines.checked_sub(1)?;
    let to = match from {
        None if by > 0 => 0,
        None => last,
        Some(line) => line.saturating_add_signed(by as isize),
    };
    Some(to.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key<'_> {
        Key { name, modified: false, shift: false, composing: false }
    }

    #[test]
    fn letters_are_text_where_text_is_written() {
        for name in ["j", "k", "/", "ArrowDown", "Home"] {
            assert_eq!(command(key(name), Focus::Text), None, "{name}");
        }
        assert_eq!(command(key("/"), Focus::Search), None);
        assert_eq!(command(key("j"), Focus::Elsewhere), Some(Command::Move(1)));
        assert_eq!(command(key("k"), Focus::Control), Some(Command::Move(-1)));
        assert_eq!(command(key("ArrowDown"), Focus::Search), Some(Command::Move(1)));
        assert_eq!(command(key("/"), Focus::Elsewhere), Some(Command::Search));
    }

    #[test]
    fn escape_leads_back_even_out_of_the_box_but_not_out_of_a_dialog_or_a_composition() {
        assert_eq!(command(key("Escape"), Focus::Text), Some(Command::Back));
        assert_eq!(command(key("Escape"), Focus::Dialog), None);
        assert_eq!(command(Key { composing: true, ..key("Escape") }, Focus::Text), None);
    }

    #[test]
    fn the_browsers_own_keys_stay_its_own() {
        assert_eq!(command(Key { modified: true, ..key("j") }, Focus::Elsewhere), None);
    }

    #[test]
    fn enter_sends_except_with_shift_under_a_finger_or_in_mid_character() {
        assert!(sends(key("Enter"), false));
        assert!(!sends(Key { shift: true, ..key("Enter") }, false));
        assert!(!sends(key("Enter"), true));
        assert!(sends(Key { modified: true, ..key("Enter") }, true));
        assert!(!sends(Key { composing: true, ..key("Enter") }, false));
    }

    #[test]
    fn moving_stays_inside_the_list() {
        assert_eq!(moved(None, 1, 0), None);
        assert_eq!(moved(None, 1, 3), Some(0));
        assert_eq!(moved(None, -1, 3), Some(2));
        assert_eq!(moved(Some(0), -1, 3), Some(0));
        assert_eq!(moved(Some(1), 8, 3), Some(2));
    }
}
