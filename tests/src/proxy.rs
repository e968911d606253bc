//! A proxy before a PostgreSQL server that loses what it should carry, when a test says so.
//!
//! It stands for a network: it can go silent with every connection open, and it can break one at
//! the very moment when COMMIT is under way.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context as _;

/// What becomes of the next COMMIT, and of the connection that it came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It never reaches the server; the connection breaks.
    Lost,
    /// It reaches the server; the connection breaks before the answer.
    Unanswered,
    /// It reaches the server; the connection stays open, and silent for ever.
    Swallowed,
}

#[derive(Debug, Default)]
struct Weather {
    /// Connections opened so far.
    opened: usize,
    /// Those of a lower number carry nothing any more.
    silent_below: usize,
    fate: Option<Fate>,
    closed: bool,
    /// Silent connections: open, and never read again.
    silent: Vec<Pair>,
}

/// The two ends of one connection.
type Pair = (Stream, Option<Stream>);

/// A proxy on a port of its own; it ends with this value.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: Arc<Mutex<Weather>>,
}

impl Proxy {
    /// Before the server that this connection string names.
    ///
    /// # Errors
    /// If it names none, or the system has no port.
    pub fn to(url: &str) -> anyhow::Result<Self> {
        let server = Server::of(url)?;
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let weather = Arc::new(Mutex::new(Weather::default()));
        let seen = Arc::clone(&weather);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if lock(&seen).closed {
                    return;
                }
                carry(&server, Stream::Tcp(client), &seen);
            }
        });
        Ok(Self { address, weather })
    }

    /// The same connection string, through this proxy.
    pub fn through(&self, url: &str) -> String {
        if let Some((scheme, rest)) = url.split_once("://") {
            let (server, path) = rest.split_once('/').unwrap_or((rest, ""));
            let user = server.rsplit_once('@').map_or("", |(user, _)| user);
            return format!("{scheme}://{user}@{}/{path}", self.address);
        }
        let own = url.split(' ').filter(|word| !word.starts_with("host="));
        let own: Vec<&str> = own.collect();
        let (host, port) = (self.address.ip(), self.address.port());
        format!("host={host} port={port} {}", own.join(" "))
    }

    /// Carries nothing any more, on any connection, new ones too; all of them stay open.
    pub fn silence(&self) {
        lock(&self.weather).silent_below = usize::MAX;
    }

    /// New connections work again; those that went silent stay so.
    pub fn heal(&self) {
        let mut weather = lock(&self.weather);
        weather.silent_below = weather.opened;
    }

    /// What becomes of the next COMMIT.
    pub fn at_commit(&self, fate: Fate) {
        lock(&self.weather).fate = Some(fate);
    }

    /// Whether that COMMIT came.
    pub fn has_struck(&self) -> bool {
        lock(&self.weather).fate.is_none()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let silent = {
            let mut weather = lock(&self.weather);
            weather.closed = true;
            std::mem::take(&mut weather.silent)
        };
        for (client, server) in silent {
            client.close();
            server.iter().for_each(Stream::close);
        }
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(weather: &Mutex<Weather>) -> MutexGuard<'_, Weather> {
    weather.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the server is.
enum Server {
    Tcp(String),
    Unix(PathBuf),
}

impl Server {
    fn of(url: &str) -> anyhow::Result<Self> {
        if let Some((_, rest)) = url.split_once("://") {
            let server = rest.split('/').next().unwrap_or(rest);
            let address = server
                .rsplit_once('@')
                .map_or(server, |(_, address)| address);
            return Ok(Self::Tcp(address.to_owned()));
        }
        let folder = url.split(' ').find_map(|word| word.strip_prefix("host="));
        let folder = folder.context("the connection string names no host")?;
        Ok(Self::Unix(PathBuf::from(folder).join(".s.PGSQL.5432")))
    }

    fn connect(&self) -> std::io::Result<Stream> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(path) => UnixStream::connect(path).map(Stream::Unix),
        }
    }
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Stream {
    fn twin(&self) -> std::io::Result<Self> {
        match self {
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
        }
    }

    fn read(&mut self, chunk: &mut [u8]) -> usize {
        let read = match self {
            Self::Tcp(stream) => stream.read(chunk),
            Self::Unix(stream) => stream.read(chunk),
        };
        read.unwrap_or(0)
    }

    fn write(&mut self, chunk: &[u8]) -> bool {
        let written = match self {
            Self::Tcp(stream) => stream.write_all(chunk),
            Self::Unix(stream) => stream.write_all(chunk),
        };
        written.is_ok()
    }

    fn close(&self) {
        let _ = match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both),
            Self::Unix(stream) => stream.shutdown(Shutdown::Both),
        };
    }
}

/// Carries one connection by two threads, one for each way.
fn carry(server: &Server, client: Stream, weather: &Arc<Mutex<Weather>>) {
    let number = {
        let mut weather = lock(weather);
        weather.opened = weather.opened.saturating_add(1);
        if weather.silent_below == usize::MAX {
            weather.silent.push((client, None));
            return;
        }
        weather.opened - 1
    };
    let Ok(upstream) = server.connect() else {
        return client.close();
    };
    let Stream::Tcp(tcp) = &client else { return };
    let _ = tcp.set_nodelay(true);
    if let (Ok(back_from), Ok(back_to)) = (upstream.twin(), client.twin()) {
        for (from, to, asks) in [(client, upstream, true), (back_from, back_to, false)] {
            let way = Way {
                number,
                from,
                to,
                asks,
                weather: Arc::clone(weather),
            };
            thread::spawn(move || way.run());
        }
    }
}

/// One way of one connection.
struct Way {
    number: usize,
    from: Stream,
    to: Stream,
    /// Whether it goes from the client to the server.
    asks: bool,
    weather: Arc<Mutex<Weather>>,
}

impl Way {
    fn run(mut self) {
        let mut chunk = vec![0; 1 << 16];
        loop {
            let read = self.from.read(&mut chunk);
            let carried = chunk.get(..read).unwrap_or_default();
            if lock(&self.weather).silent_below > self.number {
                return self.fall_silent();
            }
            if carried.is_empty() {
                return self.close();
            }
            match self.fate_of(carried) {
                None if self.to.write(carried) => {}
                None | Some(Fate::Lost) => return self.close(),
                Some(Fate::Unanswered) => {
                    self.to.write(carried);
                    return self.close();
                }
                Some(Fate::Swallowed) => {
                    // Silent before the answer can come.
                    let below = self.number + 1;
                    lock(&self.weather).silent_below = below;
                    self.to.write(carried);
                    return self.fall_silent();
                }
            }
        }
    }

    /// A simple query's text ends with a zero byte.
    fn fate_of(&self, carried: &[u8]) -> Option<Fate> {
        let commits = self.asks && carried.windows(7).any(|part| part == b"COMMIT\0");
        commits.then(|| lock(&self.weather).fate.take()).flatten()
    }

    fn close(&self) {
        self.from.close();
        self.to.close();
    }

    fn fall_silent(self) {
        lock(&self.weather).silent.push((self.from, Some(self.to)));
    }
}
