//! Bodies that arrive, whatever route they are for: what one network has under way at once, and all together, so that nobody
//! fills the server's memory with bodies that never end. How long one may take is [`crate::http::patience`].

use std::net::IpAddr;

use kyso_store::network_of;

use super::shares::{Share, Shares};

/// Bodies of full length (`limits.body_bytes`) that arrive at once from one network; shorter ones weigh less.
const OF_ONE: usize = 128;
/// Those of all networks: 2 GiB, where a body has 256 KiB at most. Room is taken by the length that a body names, so a bound that a few networks
/// reach with bodies of which nothing comes would keep everybody else out.
const OF_ALL: usize = 8_192;

/// What arrives now.
#[derive(Debug)]
pub struct Intake {
    longest: usize,
    shares: Shares<Option<IpAddr>>,
}

/// Room for a body, until its call has ended.
#[derive(Debug)]
#[must_use]
pub struct Arriving(
    #[expect(dead_code, reason = "its drop gives the room back")] Share<Option<IpAddr>>,
);

impl Intake {
    /// Room for bodies of so many bytes. Where a route takes longer ones, it bounds those itself (`arrivals`, `turns`).
    pub fn new(longest: usize) -> Self {
        let shares = Shares::new(OF_ONE * longest, OF_ALL * longest);
        Self { longest, shares }
    }

    /// Room for a body that says that it has this length, or says none; `None` while too many arrive.
    pub fn room(&self, source: Option<IpAddr>, length: Option<u64>) -> Option<Arriving> {
        let told = length.and_then(|length| usize::try_from(length).ok());
        let bytes = told.map_or(self.longest, |length| length.min(self.longest));
        let network = source.map(network_of);
        self.shares.admit_with(network, bytes).map(Arriving)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(intake: &Intake, network: u8, length: Option<u64>) -> Option<Arriving> {
        intake.room(Some([192, 0, 2, network].into()), length)
    }

    #[test]
    fn a_network_has_its_share_and_all_have_all() {
        let intake = Intake::new(1000);
        let full = |network| -> Vec<_> {
            (0..)
                .map_while(|_| room(&intake, network, None))
                .take(1_000)
                .collect()
        };
        let mut all = full(1);
        assert_eq!(all.len(), OF_ONE);
        assert!(room(&intake, 1, Some(1)).is_none());
        assert!(room(&intake, 2, Some(1)).is_some(), "another network");
        for network in 2..=64 {
            all.extend(full(network));
        }
        assert_eq!(all.len(), OF_ALL);
        assert!(room(&intake, 99, Some(1)).is_none());
        drop(all);
        assert!(intake.shares.are_free());
    }

    #[test]
    fn a_body_weighs_what_it_says_and_no_more_than_may_come() {
        let intake = Intake::new(1000);
        for (length, fit) in [(1, 128_000), (500, 256), (1_000, 128), (u64::MAX, 128)] {
            let bodies: Vec<_> = (0..)
                .map_while(|_| room(&intake, 1, Some(length)))
                .take(200_000)
                .collect();
            assert_eq!(bodies.len(), fit, "{length}");
        }
    }
}
