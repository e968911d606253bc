//! A deployment's files: configuration, TLS certificate, token, database.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, bail};

use super::tls;

/// The token's PIN; it guards nothing. Unlike anything else, so that it can be looked for.
pub const PIN: &str = "Ma-PIN-6f1d93ae";

/// What a deployment is made of, before its files are there.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where its files go.
    pub directory: PathBuf,
    /// A PostgreSQL URL; `None` for an SQLite file in the directory.
    pub postgres: Option<String>,
    /// Port of the public listener; `None` lets the system choose.
    pub public_port: Option<u16>,
    /// Port of the internal listener; `None` lets the system choose.
    pub internal_port: Option<u16>,
    /// The program `kysod`, or one that takes the same arguments.
    pub program: PathBuf,
    /// The address to serve instead of this machine alone.
    pub lan: Option<IpAddr>,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<String>,
    /// Whether CSC's `auth/login` is on, as in the demonstration.
    pub auth_login: bool,
    /// More lines for the table `audit`.
    pub audit: String,
    /// More lines for the table `csc`.
    pub csc: String,
    /// Whether seals go on what the system says, without the PDF; `None` leaves it to the server's default.
    pub asserted_seals: Option<bool>,
    /// More lines for the configuration.
    pub more: String,
    /// The PKCS#11 module.
    pub module: PathBuf,
    /// Lanes of the token.
    pub lanes: u8,
    /// More lines for the token's profile.
    pub profile: String,
    /// Variables for the server's process.
    pub environment: Vec<(String, String)>,
}

impl Plan {
    /// A deployment on SQLite, on ports that the system chooses.
    pub fn new(directory: &Path, program: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            postgres: None,
            public_port: None,
            internal_port: None,
            lan: None,
            program: program.to_owned(),
            proxies: Vec::new(),
            auth_login: true,
            audit: String::new(),
            csc: String::new(),
            asserted_seals: Some(true),
            more: String::new(),
            module: PathBuf::from("/usr/lib/softhsm/libsofthsm2.so"),
            lanes: 2,
            profile: String::new(),
            environment: Vec::new(),
        }
    }
}

/// A deployment whose files are there.
#[derive(Debug, Clone)]
pub struct Site {
    plan: Plan,
    public_port: u16,
    internal_port: u16,
    issuer: String,
    /// A further server of a log that has begun elsewhere.
    further: bool,
}

impl Site {
    /// Writes the files that are not there yet and makes the token.
    ///
    /// # Errors
    /// If the directory cannot be written, or SoftHSM2 is not installed.
    pub fn prepare(plan: Plan) -> anyhow::Result<Self> {
        let directory = fs::create_dir_all(&plan.directory).and(fs::canonicalize(&plan.directory));
        let mut plan = plan;
        plan.directory = directory.context("the directory cannot be made")?;
        let public_port = plan.public_port.map_or_else(free_port, Ok)?;
        let site = Self {
            public_port,
            internal_port: plan.internal_port.map_or_else(free_port, Ok)?,
            issuer: format!("https://{}:{public_port}", host(&plan)),
            further: false,
            plan,
        };
        tls::write_once(&site.plan.directory, site.plan.lan)?;
        site.write_token()?;
        fs::write(site.path("hsm.toml"), site.profile())?;
        fs::write(site.path("kysod.toml"), site.configuration())?;
        if let Some(url) = &site.plan.postgres {
            write_private(&site.path("postgres.url"), url)?;
        }
        Ok(site)
    }

    /// A second server of the same log: token, PIN, database and issuer are shared, ports are its own.
    ///
    /// # Errors
    /// If the system has no port.
    pub fn second(&self, directory: &Path) -> anyhow::Result<Self> {
        let mut plan = self.plan.clone();
        directory.clone_into(&mut plan.directory);
        fs::create_dir_all(directory)?;
        let site = Self {
            plan,
            public_port: free_port()?,
            internal_port: free_port()?,
            issuer: self.issuer.clone(),
            further: true,
        };
        for file in [
            tls::CA,
            tls::CERTIFICATE,
            tls::KEY,
            "pin",
            "postgres.url",
            "softhsm2.conf",
            "evaluation-ca.pem",
        ] {
            let _ = fs::copy(self.path(file), site.path(file));
        }
        fs::write(site.path("hsm.toml"), site.profile())?;
        fs::write(site.path("kysod.toml"), site.configuration())?;
        Ok(site)
    }

    /// A file of the deployment.
    pub fn path(&self, name: &str) -> PathBuf {
        self.plan.directory.join(name)
    }

    /// Where the public listener is.
    pub fn base_url(&self) -> String {
        format!("https://{}:{}", host(&self.plan), self.public_port)
    }

    /// Whether others in the network reach it.
    pub const fn is_on_the_lan(&self) -> bool {
        self.plan.lan.is_some()
    }

    /// Where metrics and health are.
    pub fn internal_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.internal_port)
    }

    /// Port of the public listener.
    pub const fn public_port(&self) -> u16 {
        self.public_port
    }

    /// The PostgreSQL URL, if that is where the data are.
    pub fn postgres(&self) -> Option<&str> {
        self.plan.postgres.as_deref()
    }

    /// The CA that the server's TLS certificate comes from, PEM.
    ///
    /// # Errors
    /// If somebody removed it.
    pub fn ca(&self) -> anyhow::Result<String> {
        Ok(fs::read_to_string(self.path(tls::CA))?)
    }

    /// A `kysod` command on this deployment.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.plan.program);
        command
            .arg("--config")
            .arg(self.path("kysod.toml"))
            .args(arguments)
            .env("SOFTHSM2_CONF", self.path("softhsm2.conf"))
            .envs(self.plan.environment.iter().cloned());
        command
    }

    /// Runs a `kysod` command to its end and gives what it printed.
    ///
    /// # Errors
    /// If it failed: the error shows what it said.
    pub fn run(&self, arguments: &[&str]) -> anyhow::Result<String> {
        output(&mut self.command(arguments))
    }

    fn write_token(&self) -> anyhow::Result<()> {
        if self.path("pin").exists() {
            return Ok(());
        }
        let tokens = self.path("tokens");
        fs::create_dir_all(&tokens)?;
        let text = format!(
            "directories.tokendir = {}\nlog.level = ERROR\n",
            tokens.display()
        );
        fs::write(self.path("softhsm2.conf"), text)?;
        let mut make = Command::new("softhsm2-util");
        make.args([
            "--init-token",
            "--free",
            "--label",
            "kyso",
            "--pin",
            PIN,
            "--so-pin",
            PIN,
        ]);
        output(make.env("SOFTHSM2_CONF", self.path("softhsm2.conf"))).context("softhsm2-util")?;
        write_private(&self.path("pin"), PIN)
    }

    fn profile(&self) -> String {
        format!(
            "module = '{}'\nsoftware_token = true\ntoken.label = 'kyso'\npin.file = '{}'\n\
             lanes.count = {}\nlanes.people = 256\nlanes.stamps = 1024\n\
             quirks.general_error_is_transient = true\n{}",
            self.plan.module.display(),
            self.path("pin").display(),
            self.plan.lanes,
            self.plan.profile
        )
    }

    fn configuration(&self) -> String {
        let database = match &self.plan.postgres {
            Some(_) => "postgres = { file = \"postgres.url\" }",
            None => "sqlite = \"kyso.db\"",
        };
        let asserted = self.plan.asserted_seals;
        let asserted = asserted.map(|believed| format!("asserted = {believed}"));
        format!(
            "environment = \"evaluation\"\n\
             [listen]\npublic = \"{}\"\ninternal = \"127.0.0.1:{}\"\ndrain_seconds = 10\n\
             [tls]\ncertificate = \"{}\"\nkey = {{ file = \"{}\" }}\n\
             [database]\n{database}\n\
             [audit]\nhead_file = \"audit.head\"\nlog_id = \"demo.kyso.example/2026\"\n\
             adopt_head = {}\ncheckpoint_seconds = 1\n{}\n\
             [hsm]\nprofile = \"hsm.toml\"\n\
             [server]\nbase_url = \"{}\"\nname = \"Kyso\"\nproxies = {:?}\n\
             [csc]\nauth_login = {}\n{}\n\
             [seals]\n{}\n\
             [evaluation]\nca_certificate = \"evaluation-ca.pem\"\n{}",
            SocketAddr::new(self.plan.lan.unwrap_or(LOOPBACK), self.public_port),
            self.internal_port,
            tls::CERTIFICATE,
            tls::KEY,
            self.further,
            self.plan.audit,
            self.issuer,
            self.plan.proxies,
            self.plan.auth_login,
            self.plan.csc,
            asserted.unwrap_or_default(),
            self.plan.more
        )
    }
}

/// Where a server is that nobody else reaches.
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How its URL names the server.
fn host(plan: &Plan) -> String {
    match plan.lan {
        None => "localhost".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("[{address}]"),
    }
}

/// Runs a command to its end; its standard output.
fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| program.clone())?;
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    if output.status.success() {
        return Ok(out.into_owned());
    }
    bail!(
        "{program} {:?} ended with {}: {out}{err}",
        command.get_args(),
        output.status
    )
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// If it cannot be written.
pub fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path);
    let mut file = file.with_context(|| path.display().to_string())?;
    Ok(file.write_all(text.as_bytes())?)
}

/// A port that nobody listens on now. `base_url` must name it before the server starts, so another could be given it
/// in between: it is one of those that the system gives to no connection by itself, and this process gives each of them once before it
/// gives one again, so that no two tests wait for the same.
fn free_port() -> anyhow::Result<u16> {
    static NEXT: LazyLock<AtomicU32> = LazyLock::new(|| {
        let [.., one, two] = uuid::Uuid::now_v7().into_bytes();
        AtomicU32::new(u32::from(u16::from_be_bytes([one, two])))
    });
    let chosen = || {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed) % u32::from(PORTS);
        FIRST_PORT + u16::try_from(turn).unwrap_or_default() // it is less than `PORTS`
    };
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    let mut ports = std::iter::repeat_with(chosen).take(1000);
    ports.find(is_free).context("no port is free")
}

/// Below those of outgoing connections (`ip_local_port_range`, from 32768 on Linux).
const FIRST_PORT: u16 = 20_000;
/// How many are chosen from.
const PORTS: u16 = 12_000;
