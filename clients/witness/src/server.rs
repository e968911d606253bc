//! HTTP/1.1: `POST /add-checkpoint` (C2SP `tlog-witness`), and `GET /` for the key.
//!
//! Without TLS, which a reverse proxy adds: nothing here is secret, and what is answered is signed.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use kyso_evidence::note::NoteSignature;
use kyso_evidence::witness::{MAX_REQUEST_BYTES, Refusal};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::witness::{Refused, Witness};

/// How the witness keeps a stranger from occupying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// How long a connection may take for the head of a request, also an idle one for its next.
    pub head: Duration,
    /// How long the body of a request may take.
    pub body: Duration,
}

impl Default for Limits {
    /// A log needs one connection, and less than a second.
    fn default() -> Self {
        Self {
            connections: 64,
            head: Duration::from_secs(10),
            body: Duration::from_secs(10),
        }
    }
}

/// What a witness needs of the program around it.
pub trait Surroundings: Send + Sync + 'static {
    /// Seconds since 1970 in UTC.
    fn now(&self) -> u64;

    /// Called with every request that was refused, before it is answered.
    fn refused(&self, why: &Refused);
}

/// A witness that listens.
#[derive(Debug)]
pub struct Server<S> {
    listener: std::net::TcpListener,
    desk: Arc<Desk<S>>,
    limits: Limits,
}

impl<S: Surroundings> Server<S> {
    /// Takes the address, at port 0 a port that the system chooses.
    ///
    /// # Errors
    ///
    /// What the system says, for instance that the address is taken.
    pub fn bind(
        address: SocketAddr,
        witness: Witness,
        surroundings: S,
        limits: Limits,
    ) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            listener,
            desk: Arc::new(Desk {
                witness,
                surroundings,
            }),
            limits,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until the process ends, which it may at any moment.
    ///
    /// # Errors
    ///
    /// What the system says before the first connection.
    pub fn run(self) -> io::Result<Infallible> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(self.accept())
    }

    async fn accept(self) -> io::Result<Infallible> {
        let listener = TcpListener::from_std(self.listener)?;
        let places = Arc::new(Semaphore::new(self.limits.connections));
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let place = place.map_err(io::Error::other)?;
            let desk = Arc::clone(&self.desk);
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::spawn(async move {
                    serve(stream, desk, self.limits).await;
                    drop(place);
                })),
                // Out of descriptors, say: at once it would only fail again.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

/// One connection, to its end. What is wrong with it concerns nobody but who made it.
async fn serve<S: Surroundings>(stream: TcpStream, desk: Arc<Desk<S>>, limits: Limits) {
    let service = service_fn(move |request| {
        let desk = Arc::clone(&desk);
        async move { Ok::<_, Infallible>(desk.answer(request, limits).await) }
    });
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(16_384)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

type Answer = Response<Full<Bytes>>;

#[derive(Debug)]
struct Desk<S> {
    witness: Witness,
    surroundings: S,
}

impl<S: Surroundings> Desk<S> {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, limits: Limits) -> Answer {
        match (request.method(), request.uri().path()) {
            (&Method::POST, "/add-checkpoint") => match body(request, limits).await {
                Ok(body) => self.add(body).await,
                Err(answer) => answer,
            },
            (&Method::GET | &Method::HEAD, "/") => text(StatusCode::OK, &self.witness.key()),
            (_, "/add-checkpoint") => only("POST"),
            (_, "/") => only("GET, HEAD"),
            _ => text(StatusCode::NOT_FOUND, &"nothing is here"),
        }
    }

    /// On a thread that may wait for the disk.
    async fn add(self: Arc<Self>, body: Bytes) -> Answer {
        let desk = Arc::clone(&self);
        let added =
            tokio::task::spawn_blocking(move || desk.witness.add(&body, desk.surroundings.now()));
        match added.await.unwrap_or(Err(Refused::Lost)) {
            Ok(cosignature) => cosigned(&cosignature),
            Err(why) => {
                self.surroundings.refused(&why);
                refused(&why)
            }
        }
    }
}

async fn body(request: Request<Incoming>, limits: Limits) -> Result<Bytes, Answer> {
    let body = Limited::new(request.into_body(), MAX_REQUEST_BYTES).collect();
    match tokio::time::timeout(limits.body, body).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(last(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the request is too long",
        )),
        Ok(Err(_)) => Err(last(StatusCode::BAD_REQUEST, "the request broke off")),
        Err(_) => Err(last(
            StatusCode::REQUEST_TIMEOUT,
            "the request took too long",
        )),
    }
}

fn cosigned(cosignature: &NoteSignature) -> Answer {
    text(StatusCode::OK, cosignature)
}

fn refused(why: &Refused) -> Answer {
    let status = StatusCode::from_u16(why.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match why {
        Refused::Checkpoint(Refusal::Conflict(size)) => {
            with(text(status, size), CONTENT_TYPE, "text/x.tlog.size")
        }
        _ => text(status, why),
    }
}

/// An answer after which the connection ends: the rest of the body was not read.
fn last(status: StatusCode, why: &str) -> Answer {
    with(text(status, &why), CONNECTION, "close")
}

fn only(methods: &'static str) -> Answer {
    let why = format!("only {methods} is answered here");
    with(text(StatusCode::METHOD_NOT_ALLOWED, &why), ALLOW, methods)
}

/// One line of text.
fn text(status: StatusCode, line: &impl std::fmt::Display) -> Answer {
    let mut answer = Response::new(Full::from(format!("{line}\n")));
    *answer.status_mut() = status;
    with(answer, CONTENT_TYPE, "text/plain; charset=utf-8")
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer
        .headers_mut()
        .insert(name, HeaderValue::from_static(value));
    answer
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use super::*;
    use crate::witness::tests::{log, request};

    struct Still;

    impl Surroundings for Still {
        fn now(&self) -> u64 {
            9
        }

        fn refused(&self, _: &Refused) {}
    }

    /// A witness of the log `a` that runs until the test's process ends.
    fn listening(limits: Limits) -> (tempfile::TempDir, SocketAddr) {
        let directory = tempfile::tempdir().unwrap();
        crate::found(directory.path(), "witness.example".parse().unwrap()).unwrap();
        let witness = Witness::open(directory.path(), vec![log("a")]).unwrap();
        let any = "127.0.0.1:0".parse().unwrap();
        let server = Server::bind(any, witness, Still, limits).unwrap();
        let address = server.address().unwrap();
        std::thread::spawn(move || server.run());
        (directory, address)
    }

    fn said(stream: &mut TcpStream) -> String {
        let mut text = String::new();
        // A reset is an end too, after what came before it; this wait is not.
        let too_long = Some(Duration::from_mins(1));
        stream.set_read_timeout(too_long).unwrap();
        let ended = stream
            .read_to_string(&mut text)
            .map_err(|error| error.kind());
        assert_ne!(ended, Err(io::ErrorKind::WouldBlock), "it never ends");
        text
    }

    fn head(length: usize, connection: &str) -> String {
        format!(
            "POST /add-checkpoint HTTP/1.1\r\nhost: w\r\nconnection: {connection}\r\n\
             content-length: {length}\r\n\r\n"
        )
    }

    #[test]
    fn whoever_says_nothing_is_let_go() {
        let short = Limits {
            head: Duration::from_millis(50),
            ..Limits::default()
        };
        let (_directory, address) = listening(short);
        for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: w\r\n\r\n"] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(begun.as_bytes()).unwrap();
            let text = said(&mut stream);
            assert_eq!(
                text.contains("witness.example+"),
                begun.ends_with("\r\n\r\n")
            );
        }
    }

    #[test]
    fn a_body_that_does_not_come_is_not_waited_for() {
        let short = Limits {
            body: Duration::from_millis(50),
            ..Limits::default()
        };
        let (_directory, address) = listening(short);
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{}old", head(100, "keep-alive")).unwrap();
        assert!(said(&mut stream).starts_with("HTTP/1.1 408 "));
    }

    #[test]
    fn more_connections_than_there_are_places_wait_their_turn() {
        let one = Limits {
            connections: 1,
            ..Limits::default()
        };
        let (_directory, address) = listening(one);
        let body = request("a", 0, 0, 3);
        let mut first = TcpStream::connect(address).unwrap();
        first
            .write_all(head(body.len(), "close").as_bytes())
            .unwrap();
        let mut second = TcpStream::connect(address).unwrap();
        second
            .write_all(b"GET / HTTP/1.1\r\nhost: w\r\nconnection: close\r\n\r\n")
            .unwrap();
        // Were it served at once, this were long enough to see it.
        let long = Some(Duration::from_millis(200));
        second.set_read_timeout(long).unwrap();
        let waits = second.read(&mut [0; 1]).unwrap_err().kind();
        assert_eq!(waits, io::ErrorKind::WouldBlock);
        first.write_all(&body).unwrap();
        assert!(said(&mut first).starts_with("HTTP/1.1 200 "));
        assert!(said(&mut second).starts_with("HTTP/1.1 200 "));
    }

    #[test]
    fn one_connection_serves_several_requests() {
        let (_directory, address) = listening(Limits::default());
        let mut stream = TcpStream::connect(address).unwrap();
        for (old, connection) in [(0, "keep-alive"), (3, "keep-alive"), (3, "close")] {
            let body = request("a", 0, old, 3);
            stream
                .write_all(head(body.len(), connection).as_bytes())
                .unwrap();
            stream.write_all(&body).unwrap();
        }
        assert_eq!(said(&mut stream).matches("HTTP/1.1 200 ").count(), 3);
    }
}
