//! A process's memory, as the system counts it.

use anyhow::{Context, Result};
use rustix::process::Pid;

/// Resident memory of a process, in bytes.
///
/// # Errors
/// When the process is gone.
pub fn resident_bytes(pid: Pid) -> Result<f64> {
    status_bytes(pid, "VmRSS:")
}

/// The most that it was since [`reset_peak`], in bytes.
///
/// # Errors
/// When the process is gone.
pub fn peak_bytes(pid: Pid) -> Result<f64> {
    status_bytes(pid, "VmHWM:")
}

/// From now on the peak is counted (proc(5), `clear_refs`).
///
/// # Errors
/// When the process is gone.
pub fn reset_peak(pid: Pid) -> Result<()> {
    Ok(std::fs::write(format!("/proc/{}/clear_refs", pid.as_raw_nonzero()), "5")?)
}

fn status_bytes(pid: Pid, name: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero()))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<f64>().ok());
    Ok(kib.with_context(|| format!("/proc/PID/status has no {name}"))? * 1024.0)
}
