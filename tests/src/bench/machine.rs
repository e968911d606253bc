//! What the machine and the server's process say of themselves.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;

/// Clock ticks per second in `/proc`; 100 on every Linux that Rust runs on (`sysconf(_SC_CLK_TCK)`).
const TICKS_PER_SECOND: u64 = 100;

/// A process that is watched through `/proc`.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// CPU time spent so far, user and system.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn cpu(self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0))?;
        // The command's name may hold blanks; fields are counted behind its closing parenthesis.
        let (_, fields) = stat.rsplit_once(')').context("no command in stat")?;
        let ticks: u64 = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<u64>)
            .sum::<Result<_, _>>()?;
        Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Largest resident set so far, KiB.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn peak_rss_kib(self) -> anyhow::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0))?;
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .context("no VmHWM")?;
        Ok(line
            .split_whitespace()
            .nth(1)
            .context("no figure")?
            .parse()?)
    }
}

/// Median cost of one `fdatasync` after a small write in this directory, microseconds.
///
/// # Errors
/// If the directory cannot be written.
pub fn fdatasync_micros(directory: &Path) -> anyhow::Result<u64> {
    let path = directory.join("fdatasync.probe");
    let mut file = File::create(&path)?;
    let mut costs = Vec::with_capacity(101);
    for _ in 0..101 {
        file.write_all(&[0; 4096])?;
        let start = Instant::now();
        file.sync_data()?;
        costs.push(u64::try_from(start.elapsed().as_micros())?);
    }
    fs::remove_file(&path)?;
    costs.sort_unstable();
    costs.get(50).copied().context("no samples")
}

/// Cores that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What the kernel calls the processor; empty where it does not say.
pub fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("model name"));
    let name = line.and_then(|line| line.split_once(':'));
    name.map_or_else(String::new, |(_, name)| name.trim().to_owned())
}

/// A program of ours that was built into the same directory.
///
/// # Errors
/// If it was not built.
pub fn beside(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let directory = own.parent().map(Path::to_owned).context("no directory")?;
    let program = directory.join(name);
    anyhow::ensure!(
        Command::new(&program)
            .arg("--version")
            .output()
            .is_ok_and(|o| o.status.success()),
        "{} is not built: cargo build --release -p kysod",
        program.display()
    );
    Ok(program)
}
