//! What others' reply parsers make of the mails of our own corpus, beside what ours does:
//! `cargo xtask bench replies`, which fetches them first.
//!
//! Both take plain text only. They are given the mail's text part with `format=flowed`
//! undone, or where there is none the HTML as html-to-text writes it, with `> ` before what
//! was quoted. They know nothing of our letter, and neither does ours in the second column
//! of numbers. They can't say that they are not sure: where a person would not be, the best
//! guess counts as exact too. And white space never counts against them.

#![allow(clippy::unwrap_used, reason = "what can't be compared is told by where it stopped")]
#![allow(clippy::print_stdout, reason = "the table is what one looks at")]

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use corpus::{Case, Result, cases};
use mail_parser::MessageParser;
use serde_json::{Value, json};
use shopbell_channels::email::reply::ReplyMail;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A column of the table: what it is called, and what came of each mail.
type Column = (&'static str, Vec<Result>);

fn main() {
    let mut folders = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(scripts), Some(python)) = (folders.next(), folders.next()) else {
        println!("Run `cargo xtask bench replies`: it fetches what this compares.");
        return;
    };
    let cases = cases();
    let mails: Vec<Value> = cases.iter().map(mail).collect();
    let mut parse_js = Command::new("node");
    parse_js.arg(scripts.join("parse.js"));
    let by_node = run(parse_js, &Value::from(mails));
    let texts: Vec<Value> = by_node.iter().map(|mail| mail["text"].clone()).collect();
    let mut parse_py = Command::new("python3");
    parse_py.arg(scripts.join("parse.py")).env("PYTHONPATH", python);
    let by_python = run(parse_py, &Value::from(texts));
    let others = |said: &[Value], field: &str| {
        cases.iter().zip(said).map(|(case, said)| judge(case, said[field].as_str().unwrap_or(""))).collect()
    };
    let columns: [Column; 5] = [
        ("Shopbell", cases.iter().map(|case| case.judge(&case.letter)).collect()),
        ("Shopbell, our letter unknown to it", cases.iter().map(|case| case.judge(&[])).collect()),
        ("email-reply-parser, visible text", others(&by_node, "reply")),
        ("mail-parser-reply, latest_reply", others(&by_python, "latest")),
        ("mail-parser-reply, body of it", others(&by_python, "body")),
    ];
    let with_text = cases.iter().zip(&by_node).filter(|(_, said)| said["made"] == false).count();
    println!("{} mails, {with_text} of them with a text part\n", cases.len());
    print(&columns);
    if std::env::var_os("SHOPBELL_SHOW").is_some() {
        for (place, case) in cases.iter().enumerate() {
            println!(
                "{}/{}: {:?}",
                case.program,
                case.name,
                columns.each_ref().map(|(_, results)| results[place])
            );
        }
    }
}

fn print(columns: &[Column]) {
    println!("{:38}{:>8}{:>8}{:>8}{:>8}{:>10}", "", "exact", "held", "wrong", "leaked", "exact");
    for (name, results) in columns {
        let count = |which| results.iter().filter(|result| **result == which).count();
        let exact = count(Result::Exact);
        println!(
            "{name:38}{exact:>8}{:>8}{:>8}{:>8}{:>9.1}%",
            count(Result::Held),
            count(Result::Wrong),
            count(Result::Leaked),
            exact as f64 * 100.0 / results.len() as f64,
        );
    }
}

/// What others are given of a mail.
fn mail(case: &Case) -> Value {
    let message = MessageParser::default().parse(&case.raw).unwrap();
    let mail = ReplyMail::of(&message, &[]);
    json!({ "text": mail.text, "html": mail.html })
}

/// As [`Case::judge`] does, but with the eyes of a friend.
fn judge(case: &Case, shown: &str) -> Result {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    match case.outcome.as_str() {
        _ if case.leaks(shown) => Result::Leaked,
        "nothing" if shown.trim().is_empty() => Result::Exact,
        "sure" | "unsure" if words(shown) == words(&case.text) => Result::Exact,
        _ => Result::Wrong,
    }
}

/// Gives a script its input and takes the list that it prints.
fn run(mut command: Command, input: &Value) -> Vec<Value> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = serde_json::to_vec(input).unwrap();
    // By a thread of its own, for the script may print before it has read all.
    let writing = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    let script = command.get_args().next().map(Path::new).map(Path::to_owned).unwrap_or_default();
    assert!(output.status.success(), "{} fails", script.display());
    serde_json::from_slice(&output.stdout).unwrap()
}
