//! A load generator that costs little itself: one blocking TLS connection per thread, one buffer,
//! no parsing beyond the status line and `Content-Length`.
//!
//! It shares the machine's cores with the server it measures, so every microsecond it saves is
//! one that the measurement does not charge to the server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// One kept-alive HTTPS connection.
#[derive(Debug)]
pub struct Connection {
    stream: StreamOwned<ClientConnection, TcpStream>,
    reply: Vec<u8>,
    request: Vec<u8>,
}

/// A reply: its status and where its body lies in the connection's buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Connection {
    /// Connects and shakes hands.
    ///
    /// # Errors
    /// If the server cannot be reached or its certificate is not trusted.
    pub fn open(address: SocketAddr, tls: &Arc<ClientConfig>) -> anyhow::Result<Self> {
        let name = ServerName::try_from("localhost")?;
        let session = ClientConnection::new(Arc::clone(tls), name)?;
        let socket = TcpStream::connect(address)?;
        socket.set_nodelay(true)?;
        let stream = StreamOwned::new(session, socket);
        Ok(Self {
            stream,
            reply: Vec::with_capacity(1 << 16),
            request: Vec::with_capacity(1 << 15),
        })
    }

    /// Posts a JSON body; `headers` are whole lines, each ended by CRLF.
    ///
    /// # Errors
    /// If the connection breaks or the reply is not HTTP/1.1 with a `Content-Length`.
    pub fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> anyhow::Result<Reply<'_>> {
        self.request.clear();
        write!(
            self.request,
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             {headers}Content-Length: {}\r\n\r\n",
            body.len()
        )?;
        self.request.extend_from_slice(body);
        self.stream.write_all(&self.request)?;
        self.stream.flush()?;
        self.read_reply()
    }

    /// Gets a page; how long it took from the request to the first byte of the reply.
    ///
    /// # Errors
    /// As [`post`](Self::post).
    pub fn get(&mut self, path: &str, headers: &str) -> anyhow::Result<(Reply<'_>, Duration)> {
        self.request.clear();
        write!(
            self.request,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
        )?;
        let asked = Instant::now();
        self.stream.write_all(&self.request)?;
        self.stream.flush()?;
        self.reply.clear();
        self.read_more()?;
        let first_byte = asked.elapsed();
        Ok((self.read_rest()?, first_byte))
    }

    fn read_reply(&mut self) -> anyhow::Result<Reply<'_>> {
        self.reply.clear();
        self.read_rest()
    }

    fn read_rest(&mut self) -> anyhow::Result<Reply<'_>> {
        let (head, length) = loop {
            if let Some(found) = head_of(&self.reply)? {
                break found;
            }
            self.read_more()?;
        };
        while self.reply.len() < head + length {
            self.read_more()?;
        }
        let status = std::str::from_utf8(self.reply.get(9..12).context("no status")?)?.parse()?;
        let body = self.reply.get(head..head + length).context("body cut")?;
        Ok(Reply { status, body })
    }

    fn read_more(&mut self) -> anyhow::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk)? {
            0 => bail!("the server closed the connection"),
            read => {
                self.reply
                    .extend_from_slice(chunk.get(..read).unwrap_or_default());
                Ok(())
            }
        }
    }
}

/// Where the head ends and how long the body is, once the whole head is there.
fn head_of(bytes: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(bytes.get(..end).unwrap_or_default())?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map(|(_, value)| value.trim().parse());
    match length {
        Some(length) => Ok(Some((end + 4, length?))),
        // A reply without content says nothing of its length (RFC 9110 §8.6).
        None if head.get(9..12) == Some("204") => Ok(Some((end + 4, 0))),
        None => bail!("no Content-Length"),
    }
}

#[cfg(test)]
mod tests {
    use super::head_of;

    #[test]
    fn finds_the_end_of_the_head() {
        let reply = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(head_of(reply).unwrap(), Some((reply.len() - 2, 2)));
        assert_eq!(head_of(b"HTTP/1.1 200 OK\r\ncontent-le").unwrap(), None);
        assert!(head_of(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        let reply = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(head_of(reply).unwrap(), Some((reply.len(), 0)));
    }
}
