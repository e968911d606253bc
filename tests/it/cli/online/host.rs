//! The host of an authority: what lies at which path, and what it was asked.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Path and body of a question.
pub(super) type Question = (String, Vec<u8>);

#[derive(Default)]
struct Desk {
    lies: HashMap<String, Vec<u8>>,
    asked: Vec<Question>,
}

/// A host on a port of its own, which ends with this process.
pub(super) struct Host {
    pub(super) name: String,
    desk: Arc<Mutex<Desk>>,
}

impl Host {
    /// One that answers what lies there, and 404 else.
    pub(super) fn new() -> Self {
        Self::serving(|stream, desk| {
            let _ = serve(stream, desk); // one who has gone is not answered
        })
    }

    /// One that takes every connection and never says anything.
    pub(super) fn silent() -> Self {
        let held = Mutex::new(Vec::new());
        Self::serving(move |stream, _| held.lock().unwrap().push(stream))
    }

    fn serving(serve: impl Fn(TcpStream, &Mutex<Desk>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let name = listener.local_addr().unwrap().to_string();
        let desk = Arc::<Mutex<Desk>>::default();
        let (hearing, serve) = (Arc::clone(&desk), Arc::new(serve));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (desk, serve) = (Arc::clone(&hearing), Arc::clone(&serve));
                thread::spawn(move || serve(stream, &desk));
            }
        });
        Self { name, desk }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.name)
    }

    pub(super) fn put(&self, path: &str, body: Vec<u8>) {
        let mut desk = self.desk.lock().unwrap();
        desk.lies.insert(format!("/{path}"), body);
    }

    /// What it was asked at that path.
    pub(super) fn asked(&self, path: &str) -> Vec<Vec<u8>> {
        let desk = self.desk.lock().unwrap();
        let path = format!("/{path}");
        let there = desk.asked.iter().filter(|(at, _)| *at == path);
        there.map(|(_, body)| body.clone()).collect()
    }
}

fn serve(stream: TcpStream, desk: &Mutex<Desk>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (path, body) = read(&mut stream)?;
    let answer = {
        let mut desk = desk.lock().unwrap();
        let answer = desk.lies.get(&path).cloned();
        desk.asked.push((path, body));
        answer
    };
    let status = if answer.is_some() { 200 } else { 404 };
    let body = answer.unwrap_or_default();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let stream = stream.get_mut();
    stream.write_all(&[head.as_bytes(), &body].concat()).ok()
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Question> {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first).ok()?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.parse().ok()?;
            }
            Some(_) => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let path = first.split(' ').nth(1)?.to_owned();
    Some((path, body))
}
