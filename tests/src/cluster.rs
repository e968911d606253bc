//! A PostgreSQL cluster for this test process alone: its own directory, a Unix socket, no port.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};

use anyhow::{Context as _, bail};

/// Where Debian and Ubuntu put the programs, in a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Runs the cluster until its standard input ends, which it does when the test process ends,
/// however it ends; so nothing stays behind.
const KEEPER: &str = r#"
trap '' INT TERM
dir=$1; bin=$2; run=
if [ "$(id -u)" = 0 ]; then chown postgres "$dir"; run="runuser -u postgres --"; fi
cd "$dir"
$run "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C -N >"$dir/initdb.log" 2>&1 &&
$run "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/server.log" \
    -o "-k $dir -c listen_addresses= -c max_connections=300 -c shared_buffers=32MB -c max_wal_size=256MB" start >/dev/null 2>&1 &&
echo ready || { echo failed; cat "$dir"/*.log; }
cat >/dev/null
$run "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1
cd /; rm -rf "$dir"
"#;

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    directory: PathBuf,
    next: AtomicU32,
    _keeper: (Child, Option<ChildStdin>),
}

/// The programs of the newest version that is installed.
fn newest() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).with_context(|| format!("no {VERSIONS}"))?;
    let number = |name: &str| name.parse::<u32>().ok();
    let numbers = versions.filter_map(|entry| number(entry.ok()?.file_name().to_str()?));
    let newest = numbers.max().context("PostgreSQL is not installed")?;
    Ok(Path::new(VERSIONS).join(newest.to_string()).join("bin"))
}

static CLUSTER: LazyLock<Result<Cluster, String>> =
    LazyLock::new(|| Cluster::start().map_err(|error| format!("{error:#}")));

impl Cluster {
    /// The cluster of this process, started when it is first asked for.
    ///
    /// # Errors
    /// If PostgreSQL is not installed or does not start.
    pub fn shared() -> anyhow::Result<&'static Self> {
        CLUSTER.as_ref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// A further cluster, for a test that changes the settings of its own; it ends with this value.
    ///
    /// # Errors
    /// As [`shared`](Self::shared).
    pub fn start() -> anyhow::Result<Self> {
        let directory = tempfile::Builder::new().prefix("kyso-pg").tempdir()?.keep();
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args([directory.as_path(), &newest()?])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("sh")?;
        let input = keeper.stdin.take();
        let mut lines = BufReader::new(keeper.stdout.take().context("no output")?).lines();
        match lines.next().transpose()?.as_deref() {
            Some("ready") => {}
            _ => bail!(
                "PostgreSQL did not start: {}",
                lines.map_while(Result::ok).collect::<String>()
            ),
        }
        Ok(Self {
            directory,
            next: AtomicU32::new(0),
            _keeper: (keeper, input),
        })
    }

    /// A new database; a copy of `template` if one is named.
    ///
    /// # Errors
    /// If the server refuses.
    pub fn database(&self, template: Option<&str>) -> anyhow::Result<String> {
        let name = format!("test_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let source = template.unwrap_or("template0");
        self.psql(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE {source}"),
        )?;
        Ok(name)
    }

    /// A database that `prepare` filled once, to be the template of others.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn template(
        &self,
        prepare: impl FnOnce(&str) -> anyhow::Result<()>,
    ) -> anyhow::Result<&'static str> {
        static TEMPLATE: OnceLock<Result<String, String>> = OnceLock::new();
        let made = TEMPLATE.get_or_init(|| {
            let name = self.database(None).map_err(|error| format!("{error:#}"))?;
            prepare(&self.url(&name)).map_err(|error| format!("{error:#}"))?;
            Ok(name)
        });
        made.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// The connection string of a database.
    pub fn url(&self, database: &str) -> String {
        format!(
            "host={} user=postgres dbname={database}",
            self.directory.display()
        )
    }

    /// Runs SQL with `psql`.
    ///
    /// # Errors
    /// If any statement fails.
    pub fn psql(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(newest()?.join("psql"))
            .args([
                "-X",
                "-q",
                "-A",
                "-t",
                "-v",
                "ON_ERROR_STOP=1",
                "-d",
                &self.url(database),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("psql")?;
        psql.stdin
            .take()
            .context("no input")?
            .write_all(sql.as_bytes())?;
        let output = psql.wait_with_output()?;
        if !output.status.success() {
            bail!("psql: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
