//! Replies as people's mail programs write them, each with what a person would say is
//! new in it: `tests/replies/<program>/<name>.eml`, and beside it `<name>.txt`.
//!
//! A `.txt` has some lines of `name: value`, a line `---`, and the text. `outcome` is
//! `sure`, `unsure` or `nothing`; `letter` names our own letter in `letters/`; each
//! `never` is something that must not come out. For `unsure`, the text is the best guess,
//! where there is one to be made. `odd` are hard on purpose; `late`, `later` and `fresh` were
//! written after the code, to see what it does with mails that it was not written for.

#![allow(clippy::unwrap_used, reason = "a corpus that can't be read is a failed test")]

mod corpus;

use corpus::{Case, Result, cases};
use shopbell_channels::email::reply::Extracted;
use std::collections::BTreeMap;

/// What is asked of the mails that a person would be sure of.
const EXACT_PERCENT: usize = 98;

#[test]
fn replies_come_out_exactly_or_are_held_and_never_leak() {
    let cases = cases();
    assert!(cases.len() >= 220, "{} mails are too few", cases.len());
    let results: Vec<(&Case, Result)> = cases.iter().map(|case| (case, case.judge(&case.letter))).collect();
    print(&results);
    hold(&results, EXACT_PERCENT);
}

/// What is known of our own letter is the last of several guards, not the only one.
#[test]
fn nothing_leaks_even_when_nothing_is_known_of_our_letter() {
    let cases = cases();
    // Without it nobody could tell these quotes from what is new.
    let cases = cases.iter().filter(|case| !case.name.starts_with("quote-"));
    let results: Vec<(&Case, Result)> = cases.map(|case| (case, case.judge(&[]))).collect();
    print(&results);
    let leaked: Vec<&str> = named(&results, Result::Leaked);
    assert!(leaked.is_empty(), "leaked: {leaked:?}");
}

#[test]
fn a_best_guess_is_what_stands_between_the_quoted_lines() {
    for case in cases().iter().filter(|case| case.outcome == "unsure" && !case.text.is_empty()) {
        match case.extract(&case.letter) {
            Extracted::Unsure { best, .. } => assert_eq!(best, case.text, "{}", case.name),
            other => panic!("{}: {other:?}", case.name),
        }
    }
}

fn hold(results: &[(&Case, Result)], percent: usize) {
    let leaked = named(results, Result::Leaked);
    assert!(leaked.is_empty(), "leaked: {leaked:?}");
    let wrong = named(results, Result::Wrong);
    assert!(wrong.is_empty(), "wrong: {wrong:?}");
    let certain: Vec<_> = results.iter().filter(|(case, _)| case.outcome != "unsure").collect();
    let exact = certain.iter().filter(|(_, result)| *result == Result::Exact).count();
    assert!(exact * 100 >= certain.len() * percent, "{exact} of {} are exact", certain.len());
}

fn named<'a>(results: &[(&'a Case, Result)], which: Result) -> Vec<&'a str> {
    results.iter().filter(|(_, result)| *result == which).map(|(case, _)| case.name.as_str()).collect()
}

#[allow(clippy::print_stdout, reason = "the table is what one looks at")]
fn print(results: &[(&Case, Result)]) {
    let mut table: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for (case, result) in results {
        table.entry(&case.program).or_default()[*result as usize] += 1;
        table.entry("~ all").or_default()[*result as usize] += 1;
    }
    println!("{:14}{:>8}{:>8}{:>8}{:>8}", "", "exact", "held", "wrong", "leaked");
    for (program, [exact, held, wrong, leaked]) in table {
        println!("{program:14}{exact:>8}{held:>8}{wrong:>8}{leaked:>8}");
    }
    for (case, result) in results.iter().filter(|(case, result)| {
        matches!(result, Result::Wrong | Result::Leaked)
            || (*result == Result::Held && case.outcome != "unsure")
    }) {
        println!(
            "{result:?}: {}/{} ({}): {:?}",
            case.program,
            case.name,
            case.outcome,
            case.extract(&case.letter)
        );
    }
}
