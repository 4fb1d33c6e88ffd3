//! What keeps the house in order and no compiler checks: where arrows may point,
//! that versions stand in one table, that files stay short.

mod arrows;
mod files;
mod manifests;

use crate::{places::Places, report::Outcome, shell::Log, tally::Tally};
use anyhow::Result;

/// As a step of the tests.
///
/// # Errors
/// When the checkout can't be read.
pub(crate) fn step(places: &Places, log: &mut Log) -> Result<Outcome> {
    let found = check(places)?;
    for problem in &found {
        log.write(problem);
    }
    if found.is_empty() { Ok(().into()) } else { Ok(Outcome::Failed(Tally::default(), found.join("\n"))) }
}

/// A sentence for each thing out of order.
fn check(places: &Places) -> Result<Vec<String>> {
    let mut found = arrows::check(&arrows::read(places)?);
    found.extend(manifests::check(places)?);
    found.extend(files::check(places)?);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checkout_is_tidy() {
        let found = check(&Places::find()).unwrap();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }
}
