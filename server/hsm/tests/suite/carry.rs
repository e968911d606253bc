//! What carries the calls of `p11-kit`'s client to its server, and can break off between them.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Carries calls from `socket` to the server and answers back; `break_off` has it end in the middle of an answer, once.
pub(crate) fn carry(socket: &Path, server: &Path, break_off: &Arc<AtomicBool>) {
    let listener = UnixListener::bind(socket).unwrap();
    let (server, break_off) = (server.to_owned(), Arc::clone(break_off));
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, break_off) = (client.unwrap(), Arc::clone(&break_off));
            // While there is no server, whoever comes is sent away.
            let Ok(server) = UnixStream::connect(&server) else {
                continue;
            };
            let calls = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut &calls.0, &mut &calls.1));
            thread::spawn(move || answer(&server, &client, &break_off));
        }
    });
}

/// An answer begins with three numbers of four bytes: its call, and how long its two parts are.
const HEAD: usize = 12;

/// Hands on the greeting, and each answer that has come whole. So a server that is killed leaves none half told, but where
/// that is wanted.
fn answer(mut server: &UnixStream, mut client: &UnixStream, break_off: &AtomicBool) {
    // The server says first which version it speaks.
    let mut greeting = [0];
    let greeted = server.read_exact(&mut greeting);
    let greeted = greeted.and_then(|()| client.write_all(&greeting)).is_ok();
    while let (true, Some(whole)) = (greeted, read(server)) {
        let cut = break_off.swap(false, Ordering::SeqCst);
        let end = if cut { HEAD + 1 } else { whole.len() };
        if client.write_all(&whole[..end]).is_err() || cut {
            break;
        }
    }
    for stream in [server, client] {
        drop(stream.shutdown(Shutdown::Both));
    }
}

fn read(mut server: &UnixStream) -> Option<Vec<u8>> {
    let mut whole = vec![0; HEAD];
    server.read_exact(&mut whole).ok()?;
    let long = |from: usize| u32::from_be_bytes(whole[from..from + 4].try_into().unwrap());
    let rest = usize::try_from(long(4) + long(8)).unwrap();
    whole.resize(HEAD + rest, 0);
    server.read_exact(&mut whole[HEAD..]).ok()?;
    Some(whole)
}
