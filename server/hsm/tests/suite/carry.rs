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

/// An answer begins with three numbers of four bytes.
const HEAD: usize = 12;

fn answer(mut server: &UnixStream, mut client: &UnixStream, break_off: &AtomicBool) {
    let mut buffer = [0; 1 << 13];
    while let Ok(length @ 1..) = server.read(&mut buffer) {
        let cut = length > HEAD && break_off.swap(false, Ordering::SeqCst);
        let length = if cut { HEAD + 1 } else { length };
        if client.write_all(&buffer[..length]).is_err() || cut {
            break;
        }
    }
    for stream in [server, client] {
        drop(stream.shutdown(Shutdown::Both));
    }
}
