//! Relays that share a PostgreSQL: how much of it one keeps, and how soon everybody is back
//! when one of three is killed.

use crate::{
    process::{self, again},
    table::{Row, Wanted, median},
    throughput,
};
use anyhow::{Context, Result};
use shopbell_servers::{Nats, Nginx, Postgres};
use shopbell_tests::{
    Relay, Visitor, clock::tick, host::Storage, people::credential, relay::Setup, wait::PATIENCE,
};
use std::{fmt::Write as _, time::Duration};

/// Rows in one bare commit.
const BATCH: usize = 64;
const BARE: Duration = Duration::from_millis(2_500);
const BODY: &str = "Do you have the round table in oak as well?";
/// People at the three relays when one is killed.
const VISITORS: usize = 300;
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Durable acknowledged messages a second on PostgreSQL, against multi-row inserts.
pub(crate) fn throughput(runs: usize) -> Result<Vec<Row>> {
    let done = again(runs, kept)?;
    let of = |value: fn(&(f64, f64, f64)) -> f64| median(done.iter().map(value).collect());
    let (kept, bare, cpu_us) = (of(|run| run.0), of(|run| run.1), of(|run| run.2));
    Ok(vec![Row {
        what: "the same on PostgreSQL / rows by INSERTs of 64",
        value: format!("{kept:.0}/s of {bare:.0}/s, {cpu_us:.1} µs"),
        figure: of(|run| run.0 / run.1),
        wanted: Wanted::AtLeast(0.5),
    }])
}

async fn kept() -> Result<(f64, f64, f64)> {
    process::take_all_cores()?;
    let server = Postgres::start(&[]);
    let database = server.database();
    let name = database.rsplit('/').next().context("a name")?.to_owned();
    let setup = Setup::default().without_limits().set("STORE__POSTGRES", server.socket_url(&name));
    let relay = process::with_a_core_each(setup.start()).await?;
    let bare = bare_rows_a_second(&server.socket_url(&name)).await?;
    let (messages, cpu_us) = throughput::kept_a_second(&relay).await?;
    Ok((messages, bare, cpu_us))
}

/// Message rows a second, written straight into the relay's own tables, each 64 in one
/// statement and one commit.
async fn bare_rows_a_second(url: &str) -> Result<f64> {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    let mut values = String::new();
    for row in 0..BATCH {
        let comma = if row == 0 { "" } else { "," };
        write!(
            values,
            "{comma}(lpad(to_hex({row}), 32, '0')::uuid, (lpad(to_hex($1::bigint), 16, '0') || lpad(to_hex({row}), 16, '0'))::uuid, $1, $1, 1, false, $2)"
        )?;
    }
    let insert =
        format!("INSERT INTO messages (conversation, id, seq, at, side, system, body) VALUES {values}");
    let insert = client.prepare(&insert).await?;
    let begun = tick();
    let mut seq = 0_i64;
    while begun.elapsed() < BARE {
        seq += 1;
        client.execute(&insert, &[&seq, &BODY]).await?;
    }
    let rows = (seq as f64 * BATCH as f64) / begun.elapsed().as_secs_f64();
    client.batch_execute("TRUNCATE messages").await?;
    drop(client);
    connection.await??;
    Ok(rows)
}

/// How soon everybody is back, with what they wrote in that very moment kept.
pub(crate) fn kill(runs: usize) -> Result<Vec<Row>> {
    let done = again(runs, back)?;
    let p99 = median(done);
    Ok(vec![Row {
        what: "three relays, one killed: back, and what was written kept",
        value: format!("p99 {p99:.2} s, {VISITORS} visitors"),
        figure: p99,
        wanted: Wanted::AtMost(5.0),
    }])
}

async fn back() -> Result<f64> {
    process::take_all_cores()?;
    let (server, bus) = (Postgres::start(&["max_connections=200"]), Nats::start());
    let postgres = server.database();
    let mut relays: Vec<Relay> = (0..3)
        .map(|_| {
            let setup = Setup::default().without_limits().set("STORE__POSTGRES", &postgres);
            Relay::prepare(setup.set("CLUSTER__NATS", bus.url()))
        })
        .collect();
    let addresses = [relays[0].address(), relays[1].address(), relays[2].address()];
    let nginx = Nginx::before(addresses);
    relays[0].add_shop("oak");
    for place in 0..3 {
        relays[place].set("SERVER__PUBLIC_URL", nginx.origin());
        relays[place].set("SERVER__TRUSTED_PROXIES", "[\"127.0.0.1/32\"]");
        if place > 0 {
            relays[place].take_key_of(&relays[0]);
        }
        relays[place].start_again().await;
    }
    let mut visitors = Vec::new();
    for _ in 0..VISITORS {
        let visitor = Visitor::waiting(nginx.origin(), "oak", credential(), Storage::default());
        visitor.start();
        visitor.write(BODY);
        visitors.push(visitor);
    }
    for visitor in &visitors {
        visitor.until_all_kept().await;
    }
    relays[1].kill();
    let begun = tick();
    for visitor in &visitors {
        visitor.write(BODY);
    }
    let mut took = vec![None; VISITORS];
    while took.contains(&None) {
        anyhow::ensure!(begun.elapsed() < PATIENCE, "somebody did not come back");
        for (visitor, took) in visitors.iter().zip(&mut took) {
            if took.is_none() && visitor.stored().is_empty() {
                *took = Some(begun.elapsed().as_secs_f64());
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let mut took: Vec<f64> = took.into_iter().flatten().collect();
    took.sort_by(f64::total_cmp);
    // A third of them was at the relay that was killed: the p99 of those.
    let hit = &took[VISITORS - VISITORS / 3..];
    Ok(hit[hit.len() * 99 / 100])
}
