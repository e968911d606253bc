//! What a process that reads a stranger's file forbids itself before it reads any of it.
//!
//! Whatever the file leads it to, it ends by its own limits and takes nothing else along: the kernel ends it first where
//! memory runs out, and it gives way to whoever signs.

use std::io;

use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, set_dumpable_behavior,
    set_parent_process_death_signal, setpriority_process, setrlimit,
};
use rustix::thread::set_no_new_privs;

/// The least urgent of all (`setpriority(2)`).
const NICE: i32 = 19;

/// Takes the limits, for good.
///
/// # Errors
/// What the system says. Then nothing may be read here.
pub fn take(memory: u64, seconds: u64) -> io::Result<()> {
    // No file of the server outlives it.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    set_no_new_privs(true)?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // Where there is no such file, there is nobody who would choose.
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
    setpriority_process(None, NICE)?;
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        // Neither another process nor a thread; neither a file nor a connection.
        (Resource::Nproc, 0),
        (Resource::Nofile, 0),
        (Resource::As, memory),
    ] {
        limit(resource, most, most)?;
    }
    // The first ends the process with a signal that says why, the second with one that does not.
    limit(Resource::Cpu, seconds, seconds.saturating_add(1))
}

fn limit(resource: Resource, current: u64, maximum: u64) -> io::Result<()> {
    let limit = Rlimit {
        current: Some(current),
        maximum: Some(maximum),
    };
    Ok(setrlimit(resource, limit)?)
}
