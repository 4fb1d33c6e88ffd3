//! Which tests failed, and what they said: the end of a runner's output is
//! seldom where the failure stands.

/// How many lines of one failed test are shown; the rest stands in the log.
const LINES: usize = 40;

/// How many failed tests are shown.
const TESTS: usize = 12;

/// From cargo's `---- name stdout ----` and what follows it.
pub(crate) fn from_cargo(log: &str) -> String {
    let heads = |line: &str| line.starts_with("---- ") && line.ends_with(" stdout ----");
    in_words(&blocks(log, heads, |line| line == "failures:" || line.starts_with("test result: ")))
}

/// From the list at the end of Playwright's: `  1) [chromium] › specs/bell.spec.js:3:1 › rings ───`.
pub(crate) fn from_playwright(log: &str) -> String {
    let heads = |line: &str| {
        let number = line.strip_prefix("  ").and_then(|line| line.split_once(") "));
        number.is_some_and(|(number, _)| !number.is_empty() && number.chars().all(|c| c.is_ascii_digit()))
    };
    in_words(&blocks(log, heads, |line| line.starts_with("  ") && line.ends_with(" failed")))
}

/// The runs of lines that begin with a head and end before the next head or end.
fn blocks(log: &str, heads: impl Fn(&str) -> bool, ends: impl Fn(&str) -> bool) -> Vec<Vec<&str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in log.lines() {
        if heads(line) {
            inside = true;
            blocks.push(Vec::new());
        } else if ends(line) {
            inside = false;
        }
        if let (true, Some(block)) = (inside, blocks.last_mut()) {
            block.push(line);
        }
    }
    blocks
}

fn in_words(blocks: &[Vec<&str>]) -> String {
    let mut words = String::new();
    for block in blocks.iter().take(TESTS) {
        for line in block.iter().take(LINES) {
            words.push_str(line);
            words.push('\n');
        }
        if block.len() > LINES {
            words.push_str("(more in the log)\n");
        }
    }
    if blocks.len() > TESTS {
        words.push_str(&format!("({} more tests failed)\n", blocks.len() - TESTS));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_test_of_cargos_is_shown_with_what_it_said_and_nothing_else() {
        let log = "
test rings ... ok
failures:

---- is_heard stdout ----
thread 'is_heard' panicked at bell.rs:3:1:
nobody came

---- swings stdout ----
it hangs

failures:
    is_heard
    swings

test result: FAILED. 1 passed; 2 failed; 0 ignored
";
        let shown = from_cargo(log);
        assert!(shown.starts_with("---- is_heard stdout ----\n"), "{shown}");
        assert!(shown.contains("nobody came") && shown.contains("it hangs"), "{shown}");
        assert!(!shown.contains("test result") && !shown.contains("    swings"), "{shown}");
    }

    #[test]
    fn a_failed_test_of_playwrights_is_shown() {
        let log = "
  ✓  1 [chromium] › a.spec.js:3:1 › rings (1.2s)
  ✘  2 [chromium] › a.spec.js:9:1 › is heard (1.2s)


  1) [chromium] › a.spec.js:9:1 › is heard ────

    Error: nobody came

  1 failed
    [chromium] › a.spec.js:9:1 › is heard
  1 passed (3s)
";
        let shown = from_playwright(log);
        assert!(shown.starts_with("  1) [chromium]") && shown.contains("nobody came"), "{shown}");
        assert!(!shown.contains("1 passed"), "{shown}");
    }

    #[test]
    fn what_would_fill_a_screen_is_cut() {
        let long = format!("---- talks stdout ----\n{}failures:\n", "word\n".repeat(LINES * 2));
        assert!(from_cargo(&long).lines().count() == LINES + 1, "{}", from_cargo(&long));
        let many = "---- talks stdout ----\n".repeat(TESTS + 3);
        assert!(from_cargo(&many).ends_with("(3 more tests failed)\n"), "{}", from_cargo(&many));
    }
}
