//! The table that is printed.

use std::fmt::Write;

/// What is asked of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

/// A measured value.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) what: &'static str,
    /// With its unit.
    pub(crate) value: String,
    /// The value's ratio to its ceiling, or the value itself, as `wanted` has it.
    pub(crate) figure: f64,
    pub(crate) wanted: Wanted,
}

impl Row {
    pub(crate) fn is_missed(&self) -> bool {
        match self.wanted {
            Wanted::AtLeast(least) => self.figure < least,
            Wanted::AtMost(most) => self.figure > most,
        }
    }
}

/// One line for each row.
pub(crate) fn draw(rows: &[Row]) -> String {
    let mut table = format!("{:<58}{:>38}{:>10}{:>16}\n", "what", "value", "figure", "wanted");
    for row in rows {
        let (figure, wanted) = match row.wanted {
            Wanted::AtLeast(least) => (format!("{:.2}", row.figure), format!("at least {least}")),
            Wanted::AtMost(most) => (format!("{:.2}", row.figure), format!("at most {most}")),
        };
        let mark = if row.is_missed() { "  MISSED" } else { "" };
        let line = writeln!(table, "{:<58}{:>38}{figure:>10}{wanted:>16}{mark}", row.what, row.value);
        line.expect("a string takes any text");
    }
    table
}

/// Somebody who does the same job.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) messages_a_second: f64,
    /// The ratio to what we did in the same run.
    pub(crate) of_ours: f64,
    pub(crate) cpu_us: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// One line for each of them.
pub(crate) fn draw_peers(peers: &[Peer]) -> String {
    let mut table = format!(
        "{:<42}{:>14}{:>10}{:>12}{:>12}{:>12}{:>12}\n",
        "64 senders, one message under way each",
        "durable/s",
        "of ours",
        "CPU each",
        "its core",
        "p50",
        "p99"
    );
    for peer in peers {
        let line = writeln!(
            table,
            "{:<42}{:>14.0}{:>10.2}{:>9.1} µs{:>10.0} %{:>9.2} ms{:>9.2} ms",
            peer.name,
            peer.messages_a_second,
            peer.of_ours,
            peer.cpu_us,
            peer.messages_a_second * peer.cpu_us / 1e4,
            peer.p50_ms,
            peer.p99_ms
        );
        line.expect("a string takes any text");
    }
    table
}

/// The middle one.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The value that half of them are not above.
pub(crate) fn p50(values: Vec<f64>) -> f64 {
    median(values)
}

/// The value that 99 of 100 are not above.
pub(crate) fn p99(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (values.len() * 99).div_ceil(100).saturating_sub(1);
    values.get(place).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles_are_values_that_were_measured() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        let values: Vec<_> = (1..=200).map(f64::from).collect();
        assert_eq!(p99(values), 198.0);
        assert_eq!(p99(vec![5.0]), 5.0);
    }

    #[test]
    fn what_misses_its_mark_says_so() {
        let row = |figure, wanted| Row { what: "x", value: String::new(), figure, wanted };
        assert!(row(0.2, Wanted::AtLeast(0.25)).is_missed());
        assert!(!row(1.9, Wanted::AtMost(2.0)).is_missed());
        assert!(draw(&[row(3.0, Wanted::AtMost(2.0))]).contains("MISSED"));
    }

    #[test]
    fn a_peers_line_says_how_busy_its_core_was() {
        let (messages_a_second, of_ours, cpu_us) = (8_000.0, 0.25, 100.0);
        let peer = Peer { name: "it", messages_a_second, of_ours, cpu_us, p50_ms: 8.0, p99_ms: 9.5 };
        assert!(draw_peers(&[peer]).contains("0.25    100.0 µs        80 %     8.00 ms     9.50 ms"));
    }
}
