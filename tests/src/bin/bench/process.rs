//! What the system knows of a process: its time and its memory.

use anyhow::{Context, Result};
use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};

/// Lets this process, and the relay that it starts, open as many files as the
/// system allows at all.
pub(crate) fn raise_own_limit() -> Result<()> {
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })
        .context("The limit of open files can't be raised.")
}

/// Processor time that a process has used, in microseconds.
pub(crate) fn cpu_us(pid: Pid) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()))?;
    // The name stands in brackets and may have anything in it.
    let (_, rest) = stat.rsplit_once(')').context("/proc/PID/stat is not as it was")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // Fields 14 and 15 of the line (proc(5)); the rest begins with field 3.
    let ticks = |field: usize| fields.get(field - 3).and_then(|ticks| ticks.parse::<f64>().ok());
    let ticks = ticks(14).zip(ticks(15)).map(|(user, system)| user + system);
    let ticks = ticks.context("/proc/PID/stat is not as it was")?;
    Ok(ticks * 1e6 / clock_ticks_per_second() as f64)
}

/// Resident memory of a process, in bytes.
pub(crate) fn resident_bytes(pid: Pid) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<f64>().ok());
    Ok(kib.context("/proc/PID/status has no VmRSS")? * 1024.0)
}
