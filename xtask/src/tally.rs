//! Counts tests from what the runners print.

/// How many tests went how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Ran and held.
    pub(crate) passed: u32,
    /// Ran and did not hold, or were broken off.
    pub(crate) failed: u32,
    /// Were left out by their own word (`#[ignore]`, `test.skip`).
    pub(crate) skipped: u32,
}

impl Tally {
    /// From cargo's `test result: ok. 3 passed; 0 failed; 1 ignored; …`, of which
    /// there is one for each executable.
    pub(crate) fn from_cargo(log: &str) -> Self {
        let mut sum = Self::default();
        for line in log.lines().filter_map(|line| line.trim().strip_prefix("test result: ")) {
            for part in line.split([';', '.']) {
                sum.count(part.trim(), &["passed"], &["failed"], &["ignored"]);
            }
        }
        sum
    }

    /// From the end of Playwright's list: one line for each kind of ending, like
    /// `  12 passed (30.1s)`.
    pub(crate) fn from_playwright(log: &str) -> Self {
        let mut sum = Self::default();
        for line in log.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let line = line.trim();
            let line = line.split(" (").next().unwrap_or(line);
            sum.count(line, &["passed", "flaky"], &["failed", "interrupted"], &["skipped", "did not run"]);
        }
        sum
    }

    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }

    /// For the end of a step's line; nothing when nothing was counted.
    pub(crate) fn in_words(&self) -> String {
        if *self == Self::default() { String::new() } else { format!("  {self}") }
    }

    fn count(&mut self, part: &str, passed: &[&str], failed: &[&str], skipped: &[&str]) {
        let Some((number, kind)) = part.split_once(' ') else { return };
        let Ok(number) = number.parse::<u32>() else { return };
        for (kinds, place) in
            [(passed, &mut self.passed), (failed, &mut self.failed), (skipped, &mut self.skipped)]
        {
            if kinds.contains(&kind) {
                *place += number;
            }
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 { write!(f, ", {} skipped", self.skipped) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_lines_are_summed_over_all_executables() {
        let log = "
running 3 tests
test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 4 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s
";
        assert_eq!(Tally::from_cargo(log), Tally { passed: 7, failed: 2, skipped: 1 });
    }

    #[test]
    fn what_a_test_prints_is_not_counted() {
        let log = "I say 9 passed; 9 failed\n        9 passed\n";
        assert_eq!(Tally::from_cargo(log), Tally::default());
        assert_eq!(Tally::from_playwright(log), Tally::default());
    }

    #[test]
    fn playwrights_endings_are_summed() {
        let log = "Running 7 tests using 1 worker\n  \u{2713}  1 bell.spec.ts:3:1 › rings (1.2s)\n
  1 failed
    bell.spec.ts:9:1 › is heard
  1 flaky
    bell.spec.ts:19:1 › swings
  2 skipped
  3 passed (30.1s)
";
        assert_eq!(Tally::from_playwright(log), Tally { passed: 4, failed: 1, skipped: 2 });
    }

    #[test]
    fn the_closing_line_is_plain() {
        assert_eq!(Tally { passed: 4, failed: 0, skipped: 0 }.to_string(), "4 passed, 0 failed");
        assert_eq!(Tally { passed: 4, failed: 1, skipped: 2 }.to_string(), "4 passed, 1 failed, 2 skipped");
    }
}
