//! Measures the relay against what it must reach, each value as a ratio to a
//! ceiling that is measured in the same run: `bench [throughput] [postgres] [latency] [crowd] [kill]
//! [peers] [channels]`.

mod ceiling;
mod channels;
mod cluster;
mod crowd;
mod latency;
mod load;
mod peers;
mod process;
mod sender;
mod table;
mod throughput;

use anyhow::{Result, bail};
use std::process::ExitCode;
use table::Row;

const USAGE: &str = "\
Usage: bench [throughput] [postgres] [latency] [crowd] [kill] [peers] [channels | out back dead] [--runs N]

  throughput   durable acknowledged messages a second, 64 senders, against bare SQLite
  latency      visitor to owner, p99, at 100 messages a second with 1,000 idle connections
  postgres     the first on PostgreSQL, against inserts of 64 rows
  kill         how soon everybody is back when one of three relays is killed
  crowd        memory and processor time of the relay for each of 18,000 idle visitors, and how
               soon all of them are back when they come at once
  peers        the first beside ejabberd, a socket.io relay and NATS JetStream, as far as they are
               installed (tests/peers/README.md)
  channels     all of these:
    out        a visitor's message to the push service, the mailbox, the Bot API, at 20 a second
    back       the owner's answer by LMTP, Telegram and IMAP to the visitor's open panel
    dead       what 10,000 deliveries for a dead far side cost in memory, and other channels
  --runs N     how often each is measured; the median counts (default 3)

`cargo xtask bench replies` compares what is cut out of mailed answers with what others do.

Without a name all of them are measured. The relay is the executable of SHOPBELL_BIN, or
the one beside this one: build it with `cargo xtask build`.";

const PARTS: [&str; 6] = ["throughput", "postgres", "latency", "crowd", "kill", "peers"];
const CHANNELS: [&str; 3] = ["out", "back", "dead"];

/// What was asked for.
struct Asked {
    parts: Vec<String>,
    runs: usize,
}

fn asked() -> Result<Option<Asked>> {
    let mut asked = Asked { parts: Vec::new(), runs: 3 };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "channels" => asked.parts.extend(CHANNELS.map(Into::into)),
            arg if PARTS.contains(&arg) || CHANNELS.contains(&arg) => asked.parts.push(arg.into()),
            "--runs" => {
                let runs = args.next().and_then(|runs| runs.parse().ok()).filter(|runs| *runs > 0);
                asked.runs = runs.ok_or_else(|| anyhow::anyhow!("--runs wants a number.\n\n{USAGE}"))?;
            }
            "--help" | "-h" => return Ok(None),
            _ => bail!("{arg:?} is nothing that can be measured.\n\n{USAGE}"),
        }
    }
    Ok(Some(asked))
}

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() -> Result<ExitCode> {
    let Some(asked) = asked()? else {
        println!("{USAGE}");
        return Ok(ExitCode::SUCCESS);
    };
    process::raise_own_limit()?;
    let wanted = |part: &str| asked.parts.is_empty() || asked.parts.iter().any(|asked| asked == part);
    let mut rows: Vec<Row> = Vec::new();
    if wanted("throughput") {
        rows.extend(throughput::measure(asked.runs)?);
    }
    if wanted("postgres") {
        rows.extend(cluster::throughput(asked.runs)?);
    }
    if wanted("kill") {
        rows.extend(cluster::kill(asked.runs)?);
    }
    if wanted("latency") {
        rows.extend(latency::measure(asked.runs)?);
    }
    if wanted("crowd") {
        rows.extend(crowd::measure(asked.runs)?);
    }
    for part in CHANNELS.into_iter().filter(|part| wanted(part)) {
        rows.extend(channels::measure(part, asked.runs)?);
    }
    let beside = if wanted("peers") { Some(peers::measure(asked.runs)?) } else { None };
    if !rows.is_empty() {
        println!("{}", table::draw(&rows));
    }
    let mut missed = rows.iter().any(|row| row.is_missed());
    if let Some(beside) = beside {
        print!("{}", table::draw_peers(&beside.lines));
        beside.skipped.iter().chain(&beside.failed).for_each(|who| println!("{who}"));
        missed |= !beside.failed.is_empty();
    }
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
