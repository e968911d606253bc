//! A host on this machine that behaves as a test says, whatever it is asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How a host behaves.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    /// Answers with this body.
    Answers(Vec<u8>),
    /// Answers with this status and these further lines of the head.
    Head(u16, String),
    /// Takes the connection and says nothing.
    Silent,
    /// Says that a kilobyte comes, and sends a byte now and then.
    Drips,
    /// Sends without an end.
    Endless,
    /// A head without an end.
    EndlessHead,
    /// Closes the connection in the middle of what it announced.
    Breaks,
}

/// What it heard: the first line, the type of the content, the content.
pub(crate) type Heard = (String, String, Vec<u8>);

/// A host, until it is dropped.
pub(crate) struct Host {
    pub(crate) name: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    _ended: Sender<()>,
}

impl Host {
    pub(crate) fn new(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let name = listener.local_addr().unwrap().to_string();
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let hearing = Arc::clone(&heard);
        let (ended, end) = channel();
        let end = Arc::new(Mutex::new(end));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (manner, end) = (manner.clone(), Arc::clone(&end));
                let hearing = Arc::clone(&hearing);
                // One who has gone is not served.
                thread::spawn(move || serve(stream, &manner, &hearing, &end));
            }
        });
        Self {
            name,
            heard,
            _ended: ended,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/x", self.name)
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    manner: &Manner,
    questions: &Mutex<Vec<Heard>>,
    end: &Mutex<Receiver<()>>,
) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let asked = read(&mut stream)?;
    questions.lock().unwrap().push(asked);
    let mut stream = stream.into_inner();
    let head = |status: u16, more: &str| format!("HTTP/1.1 {status} X\r\n{more}\r\n");
    match manner {
        Manner::Answers(body) => {
            let head = head(200, &format!("content-length: {}\r\n", body.len()));
            stream.write_all(&[head.as_bytes(), body].concat()).ok()
        }
        Manner::Head(status, more) => stream.write_all(head(*status, more).as_bytes()).ok(),
        Manner::Silent => end.lock().unwrap().recv().ok(),
        Manner::Drips => {
            let head = head(200, "content-length: 1000\r\n");
            stream.write_all(head.as_bytes()).ok()?;
            let pause = || end.lock().unwrap().recv_timeout(Duration::from_millis(20));
            while pause() == Err(RecvTimeoutError::Timeout) {
                stream.write_all(b"x").ok()?;
            }
            None
        }
        Manner::Endless => {
            stream.write_all(head(200, "").as_bytes()).ok()?;
            endlessly(&mut stream, &[b'x'; 4096])
        }
        Manner::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 X\r\n").ok()?;
            endlessly(
                &mut stream,
                format!("x: {}\r\n", "y".repeat(4096)).as_bytes(),
            )
        }
        Manner::Breaks => {
            let head = head(200, "content-length: 1000\r\n");
            stream.write_all(&[head.as_bytes(), b"half"].concat()).ok()
        }
    }
}

/// Until the other side has had enough.
fn endlessly(stream: &mut TcpStream, piece: &[u8]) -> Option<()> {
    while stream.write_all(piece).is_ok() {}
    None
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Heard> {
    let (mut first, mut kind, mut length) = (String::new(), String::new(), 0);
    stream.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some((name, value)) if name.eq_ignore_ascii_case("content-type") => {
                value.clone_into(&mut kind);
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((first.trim_end().to_owned(), kind, body))
}
