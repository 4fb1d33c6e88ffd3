//! What the system knows of a process's time; and who works where.

use anyhow::{Context, Result};
use rustix::param::clock_ticks_per_second;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::sync::OnceLock;

/// Does something so often, on one thread, so that a core is left to the relay.
pub(crate) fn again<T>(times: usize, run: impl AsyncFn() -> Result<T>) -> Result<Vec<T>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    (0..times).map(|_| runtime.block_on(run())).collect()
}

/// Lets this process, and the relay that it starts, open as many files as the
/// system allows at all.
pub(crate) fn raise_own_limit() -> Result<()> {
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most })
        .context("The limit of open files can't be raised.")
}

/// Processor time that a process has used, in microseconds.
pub(crate) fn cpu_us(pid: Pid) -> Result<f64> {
    Ok(Stat::of(&pid.as_raw_nonzero().to_string())?.own_us)
}

/// Processor time of all processes that this one has started, and they in turn, whether they
/// live or not, in microseconds.
pub(crate) fn cpu_us_of_children(pid: u32) -> Result<f64> {
    // Who ends while it is looked is in the list and not to be found, or counted by its parent.
    let all = std::fs::read_dir("/proc")?.flatten();
    let all: Vec<_> = all.filter_map(|entry| Stat::of(entry.file_name().to_str()?).ok()).collect();
    let (mut found, mut sum_us) = (vec![pid], 0.0);
    while let Some(parent) = found.pop() {
        for child in all.iter().filter(|stat| stat.parent == parent) {
            found.push(child.pid);
            sum_us += child.own_us + child.ended_us;
        }
    }
    Ok(sum_us)
}

/// A line of `/proc/PID/stat` (proc(5)).
struct Stat {
    pid: u32,
    parent: u32,
    own_us: f64,
    /// Of children that it has seen end.
    ended_us: f64,
}

impl Stat {
    fn of(pid: &str) -> Result<Self> {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
        Self::read(&stat).context("/proc/PID/stat is not as it was")
    }

    fn read(stat: &str) -> Option<Self> {
        // The name stands in brackets and may have anything in it.
        let (pid, _) = stat.split_once(' ')?;
        let (_, rest) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // The rest begins with field 3.
        let field = |number: usize| fields.get(number - 3).copied();
        let ticks = |number| field(number)?.parse::<f64>().ok();
        let us = |user, system| Some((ticks(user)? + ticks(system)?) * 1e6 / clock_ticks_per_second() as f64);
        Some(Self {
            pid: pid.parse().ok()?,
            parent: field(4)?.parse().ok()?,
            own_us: us(14, 15)?,
            ended_us: us(16, 17)?,
        })
    }
}

/// What this process had at first: later it may have one of them only.
fn all_cores() -> Result<&'static CpuSet> {
    static ALL: OnceLock<CpuSet> = OnceLock::new();
    let now = sched_getaffinity(None)?;
    Ok(ALL.get_or_init(|| now))
}

/// What is started from now on may work on every core.
pub(crate) fn take_all_cores() -> Result<()> {
    Ok(sched_setaffinity(None, all_cores()?)?)
}

/// Starts something on the first core and goes on on the second, so that neither takes from
/// the other. On a machine with one core they share it.
pub(crate) async fn with_a_core_each<T>(start: impl Future<Output = T>) -> Result<T> {
    let all = all_cores()?;
    let cores: Vec<_> = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core)).collect();
    let only = |core: usize| {
        let mut set = CpuSet::new();
        set.set(core);
        sched_setaffinity(None, &set)
    };
    let (Some(first), Some(second)) = (cores.first(), cores.last()) else { return Ok(start.await) };
    // A child has the cores that its parent had.
    only(*first)?;
    let started = start.await;
    only(*second)?;
    Ok(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_anything_in_it() {
        let stat = "42 (a ) S 7) R 41 42 42 0 -1 0 0 0 0 0 300 200 30 20 20 0 1";
        let stat = Stat::read(stat).expect("a line");
        let tick_us = 1e6 / clock_ticks_per_second() as f64;
        assert_eq!((stat.pid, stat.parent), (42, 41));
        assert_eq!((stat.own_us, stat.ended_us), (500.0 * tick_us, 50.0 * tick_us));
    }
}
