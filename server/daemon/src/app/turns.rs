//! Verifications for everybody: of one network one after the other, few at once judged, and what arrives bounded
//! together, since each may be a large file and keep a processor busy for seconds.
//!
//! A file that still arrives holds its bytes and its network, and no place: whoever sends slowly keeps no other waiting.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use kyso_store::network_of;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Files judged at once, of all networks.
const PLACES: usize = 4;
/// Room for files that arrive or are judged, in pieces of [`PIECE`] bytes: 128 MiB.
const ROOM: usize = 2048;
/// One piece of the room, in bytes.
const PIECE: usize = 64 << 10;

/// Who verifies.
#[derive(Debug)]
pub struct Turns {
    places: Arc<Semaphore>,
    room: Arc<Semaphore>,
    networks: Arc<Mutex<HashSet<Option<IpAddr>>>>,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            room: Arc::new(Semaphore::new(ROOM)),
            networks: Arc::default(),
        }
    }
}

/// A network whose file arrives, until this is dropped.
#[derive(Debug)]
#[must_use]
pub struct Visit {
    network: Network,
    places: Arc<Semaphore>,
    room: Arc<Semaphore>,
    held: Vec<OwnedSemaphorePermit>,
}

/// A place in which a file is judged, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Turn {
    _place: OwnedSemaphorePermit,
    _visit: (Network, Vec<OwnedSemaphorePermit>),
}

/// One that is busy here.
#[derive(Debug)]
struct Network {
    address: Option<IpAddr>,
    all: Arc<Mutex<HashSet<Option<IpAddr>>>>,
}

impl Turns {
    /// Lets a file arrive, unless another of this network arrives or is judged.
    pub fn visit(&self, source: Option<IpAddr>) -> Option<Visit> {
        let address = source.map(network_of);
        let mut taken = self.networks.lock().unwrap_or_else(PoisonError::into_inner);
        taken.insert(address).then(|| Visit {
            network: Network {
                address,
                all: Arc::clone(&self.networks),
            },
            places: Arc::clone(&self.places),
            room: Arc::clone(&self.room),
            held: Vec::new(),
        })
    }
}

impl Visit {
    /// Room for a file that is this long by now; `false` if there is none.
    #[must_use]
    pub fn holds(&mut self, bytes: usize) -> bool {
        while self.held.len() < bytes.div_ceil(PIECE) {
            let Ok(piece) = Arc::clone(&self.room).try_acquire_owned() else {
                return false;
            };
            self.held.push(piece);
        }
        true
    }

    /// A place for the file that has come, once there is one.
    pub async fn turn(self) -> Option<Turn> {
        let place = self.places.acquire_owned().await.ok()?;
        Some(Turn {
            _place: place,
            _visit: (self.network, self.held),
        })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let mut taken = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        taken.remove(&self.address);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::FutureExt as _;

    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    fn turn(turns: &Turns, last: u8) -> Option<Turn> {
        turns.visit(Some(address(last)))?.turn().now_or_never()?
    }

    #[test]
    fn a_network_has_one_turn_and_all_have_few() {
        let turns = Turns::default();
        let first = turn(&turns, 1);
        assert!(first.is_some() && turns.visit(Some(address(1))).is_none());
        drop(first);
        let all: Vec<_> = (1..=4).map(|last| turn(&turns, last)).collect();
        assert!(all.iter().all(Option::is_some));
        let mut fifth = Box::pin(turns.visit(Some(address(5))).unwrap().turn());
        assert!(
            fifth.as_mut().now_or_never().is_none(),
            "all places are taken"
        );
        drop(all);
        assert!(fifth.now_or_never().is_some_and(|turn| turn.is_some()));
        assert!(turn(&turns, 5).is_some(), "it has ended");
    }

    #[test]
    fn what_still_arrives_takes_room_and_no_place() {
        let turns = Turns::default();
        let mut slow: Vec<_> = (1..=100)
            .map(|last| turns.visit(Some(address(last))).unwrap())
            .collect();
        assert!(slow.iter_mut().all(|one| one.holds(1)));
        assert!(turn(&turns, 101).is_some());
        let one = &mut slow[0];
        assert!(one.holds((ROOM - 99) * PIECE) && !one.holds((ROOM - 99) * PIECE + 1));
        assert!(!turns.visit(Some(address(101))).unwrap().holds(1));
        drop(slow);
        assert!(turns.visit(Some(address(101))).unwrap().holds(ROOM * PIECE));
    }
}
