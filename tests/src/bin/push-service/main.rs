//! The push service of ours as a program of its own, for tests that a real browser takes
//! part in. It prints its origin, and for each line of its input what it has seen, as JSON:
//! `complaints`, `acks` and `nacks`. It ends with its input, and so with who started it.

use anyhow::Result;
use serde_json::json;
use shopbell_tests::far::push::PushService;
use std::io::{Write as _, stdin, stdout};

fn main() -> Result<()> {
    // The service works on the runtime's own threads while this one reads.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let service = runtime.block_on(PushService::start());
    let say = |line: String| writeln!(stdout(), "{line}");
    say(service.origin().to_owned())?;
    for line in stdin().lines() {
        line?;
        let (acks, nacks) = service.fared();
        say(json!({ "complaints": service.complaints(), "acks": acks, "nacks": nacks }).to_string())?;
    }
    Ok(())
}
