//! `cargo xtask size`: what a visitor's browser loads, asked from a running relay
//! and counted as it comes over the line, against the budgets.

use crate::{
    build,
    http::{self, Answer},
    places::Places,
    relay, report,
    shell::Log,
};
use anyhow::{Context, Result, bail};
use std::{collections::BTreeSet, process::ExitCode};

/// `/shopbell.js`, all that a page pays for before the first click.
const LOADER_BYTES: usize = 2_500;

/// All that comes after the click until the box is live.
const CONVERSATION_BYTES: usize = 64 * 1024;

/// One file and what came over the line for it.
struct Line {
    name: String,
    bytes: usize,
    brotli: bool,
}

/// Builds what is needed, asks and prints the table.
///
/// # Errors
/// When something can't be built or asked.
pub(crate) fn run(places: &Places, profile: relay::Profile) -> Result<ExitCode> {
    report::need(places, "web", |log| build::web(places, log))?;
    report::need(places, "relay", |log| relay::build(places, profile, log))?;
    let (table, within) = measure(places, profile)?;
    println!("\n{table}");
    Ok(if within { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// As a step of the tests: on the relay that is built already.
///
/// # Errors
/// When a budget is not kept.
pub(crate) fn check(places: &Places, profile: relay::Profile, log: &mut Log) -> Result<()> {
    let (table, within) = measure(places, profile)?;
    log.write(&table);
    if within { Ok(()) } else { bail!("Over the budget:\n\n{table}") }
}

fn measure(places: &Places, profile: relay::Profile) -> Result<(String, bool)> {
    let demo = relay::Demo::start(&relay::executable(places, profile))?;
    let origin = demo.talk.split('/').take(3).collect::<Vec<_>>().join("/");
    let before = [line("/shopbell.js", &http::get(&format!("{origin}/shopbell.js"))?)];
    // As the loader opens it.
    let document = http::get(&format!("{}?frame=1", demo.talk))?;
    let mut after = vec![line("the conversation's document", &document)];
    for path in needed(&document.text()?, places)? {
        after.push(line(&path, &http::get(&format!("{origin}{path}"))?));
    }
    let (first, first_within) = section("Before the click", &before, LOADER_BYTES);
    let (second, second_within) =
        section("After the click, until the box is live", &after, CONVERSATION_BYTES);
    Ok((format!("{first}\n{second}"), first_within && second_within))
}

fn line(name: &str, answer: &Answer) -> Line {
    Line { name: name.to_owned(), bytes: answer.body.len(), brotli: answer.is_brotli() }
}

/// The scripts and styles that the document names, and the WebAssembly that the
/// widget's script loads.
fn needed(document: &str, places: &Places) -> Result<BTreeSet<String>> {
    let mut paths = named_in(document);
    let table = build::table(places)?;
    let path = |name: &str| -> Result<String> {
        let asset: &build::Asset = table.get(name).with_context(|| format!("There is no {name}."))?;
        Ok(format!("/{}", asset.path))
    };
    if !paths.contains(&path("widget.js")?) {
        bail!("The relay's page does not name the widget that was built last.");
    }
    paths.insert(path("widget.wasm")?);
    Ok(paths)
}

fn named_in(document: &str) -> BTreeSet<String> {
    let values = document.split(['"', '\'']).filter(|value| value.starts_with('/') && !value.contains(' '));
    let loaded = |value: &&str| {
        let path = value.split(['?', '#']).next().unwrap_or(value);
        [".js", ".css", ".wasm"].iter().any(|ending| path.ends_with(ending))
    };
    values.filter(loaded).map(str::to_owned).collect()
}

fn section(title: &str, lines: &[Line], budget: usize) -> (String, bool) {
    let mut text = format!("{title}\n");
    for line in lines {
        let form = if line.brotli { "" } else { "  (not compressed)" };
        text.push_str(&format!("  {:<34} {:>8}{form}\n", line.name, grouped(line.bytes)));
    }
    let sum: usize = lines.iter().map(|line| line.bytes).sum();
    let within = sum <= budget;
    let verdict = if within { "kept" } else { "OVER" };
    let ratio = sum as f64 / budget as f64;
    text.push_str(&format!(
        "  {:<34} {:>8} of {} bytes, ratio {ratio:.2}: {verdict}\n",
        "together",
        grouped(sum),
        grouped(budget)
    ));
    (text, within)
}

/// 65536 as 65,536.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line_of(bytes: usize) -> Line {
        Line { name: "x".into(), bytes, brotli: true }
    }

    #[test]
    fn a_budget_is_kept_up_to_its_last_byte() {
        let (text, within) = section("t", &[line_of(1_000), line_of(1_500)], LOADER_BYTES);
        assert!(within && text.contains("2,500 of 2,500 bytes, ratio 1.00: kept"), "{text}");
        assert!(!section("t", &[line_of(2_501)], LOADER_BYTES).1);
    }

    #[test]
    fn scripts_and_styles_of_a_document_are_found() {
        let html =
            r#"<link rel="modulepreload" href="/a/widget-1.js"><a href="/talk/x">, <script src='/b.js'>"#;
        assert_eq!(named_in(html), BTreeSet::from(["/a/widget-1.js".to_owned(), "/b.js".to_owned()]));
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(65_536), "65,536");
        assert_eq!(grouped(1_000_000), "1,000,000");
    }
}
