//! How many calls may wait for signers at once: each asks the database again and again.

use kyso_core::id::ClientId;

use super::shares::{Share, Shares};

/// Of one system: a province's leaders who all have something to decide.
const OF_ONE: usize = 250;
/// Of all systems.
const OF_ALL: usize = 500;

/// The calls that wait, by system.
#[derive(Debug, Clone)]
pub struct Waits(Shares<ClientId>);

/// A call that may wait; its place is free again once this is dropped.
#[derive(Debug)]
pub struct Waiting(#[expect(dead_code, reason = "its drop gives the place back")] Share<ClientId>);

impl Default for Waits {
    fn default() -> Self {
        Self(Shares::new(OF_ONE, OF_ALL))
    }
}

impl Waits {
    /// A place for a call of this system; `None` while there are too many.
    pub fn admit(&self, client: ClientId) -> Option<Waiting> {
        self.0.admit(client).map(Waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_and_all_together_have_their_bound() {
        let waits = Waits::default();
        let clients = [(); 3].map(|()| ClientId::random());
        let take = |client: ClientId| -> Vec<Waiting> {
            (0..=OF_ONE).filter_map(|_| waits.admit(client)).collect()
        };
        let [one, other, third] = clients.map(take);
        assert_eq!([one.len(), other.len(), third.len()], [OF_ONE, OF_ONE, 0]);
        drop(one);
        assert_eq!(take(clients[2]).len(), OF_ONE);
        assert!(waits.admit(clients[1]).is_none());
    }
}
