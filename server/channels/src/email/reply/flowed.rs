//! Undoes `format=flowed` (RFC 3676): lines that were broken for the way are whole again.

/// The text with soft breaks taken out, quotes still marked by `>`.
pub(super) fn unflow(text: &str, delete_space: bool) -> String {
    let mut whole: Vec<String> = Vec::new();
    // The level of the line that goes on, if one does.
    let mut going_on: Option<usize> = None;
    for line in text.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let level = line.bytes().take_while(|byte| *byte == b'>').count();
        let content = &line[level..];
        // Clause 4.4: one space was put in front of what would have been misread.
        let content = content.strip_prefix(' ').unwrap_or(content);
        // Clause 4.3: the signature's mark is no soft break, and ends a paragraph.
        let is_signature = content == "-- ";
        let is_soft = content.ends_with(' ') && !is_signature;
        let kept = if is_soft && delete_space { &content[..content.len() - 1] } else { content };
        match whole.last_mut() {
            Some(last) if going_on == Some(level) && !is_signature => last.push_str(kept),
            _ if level > 0 => whole.push(format!("{} {kept}", ">".repeat(level))),
            _ => whole.push(kept.to_owned()),
        }
        going_on = is_soft.then_some(level);
    }
    whole.join("\n")
}

#[cfg(test)]
mod tests {
    use super::unflow;

    #[test]
    fn soft_breaks_go_and_hard_ones_stay() {
        assert_eq!(unflow("We open \r\nat nine.\r\nCome in.", false), "We open at nine.\nCome in.");
    }

    #[test]
    fn a_quote_flows_by_itself() {
        let text = "> Do you \n> ship?\n>> Earlier \nYes.";
        assert_eq!(unflow(text, false), "> Do you ship?\n>> Earlier \nYes.");
    }

    #[test]
    fn the_mark_of_a_signature_is_no_soft_break() {
        assert_eq!(unflow("Yes. \n-- \nAna", false), "Yes. \n-- \nAna");
    }

    #[test]
    fn spaces_go_where_the_mail_says_so_and_stuffed_ones_always() {
        assert_eq!(unflow("きょう \nは", true), "きょうは");
        assert_eq!(unflow(" From me to you", false), "From me to you");
    }
}
