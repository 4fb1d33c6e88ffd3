//! On which ways a message is told, and when each is due.

/// As much of a channel as planning needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way<R> {
    /// What the backend knows it by.
    pub(crate) row: R,
    /// In minutes; below 0 on standby.
    pub(crate) wait_minutes: i64,
    pub(crate) well: bool,
}

const MINUTE_MS: i64 = 60_000;

/// When each way is due for a message of this time; none for those that wait for
/// another to fail. While all before it in the order are unwell, the first that is
/// well is used at once, whatever its rule says.
pub(crate) fn plan<R: Copy>(ways: &[Way<R>], at: i64) -> Vec<(R, Option<i64>)> {
    let first_well = ways.iter().position(|way| way.well);
    let due = |(place, way): (usize, &Way<R>)| {
        let stands_in = place > 0 && Some(place) == first_well;
        let due = match way.wait_minutes {
            _ if stands_in => Some(at),
            standby if standby < 0 => None,
            minutes => Some(at.saturating_add(minutes * MINUTE_MS)),
        };
        (way.row, due)
    };
    ways.iter().enumerate().map(due).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(row: i64, wait_minutes: i64, well: bool) -> Way<i64> {
        Way { row, wait_minutes, well }
    }

    #[test]
    fn each_way_is_due_by_its_own_rule() {
        let ways = [way(1, 0, true), way(2, 5, true), way(3, -1, true)];
        assert_eq!(plan(&ways, 7), [(1, Some(7)), (2, Some(300_007)), (3, None)]);
    }

    #[test]
    fn the_first_that_is_well_stands_in_for_those_before_it() {
        let ways = [way(1, 0, false), way(2, 5, false), way(3, -1, true), way(4, -1, true)];
        assert_eq!(plan(&ways, 7), [(1, Some(7)), (2, Some(300_007)), (3, Some(7)), (4, None)]);
    }

    #[test]
    fn the_first_of_all_keeps_its_own_time() {
        assert_eq!(plan(&[way(1, 5, true), way(2, 0, false)], 0), [(1, Some(300_000)), (2, Some(0))]);
    }
}
