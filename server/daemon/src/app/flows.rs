//! What is under way, so that the server can wait for it before it stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts calls and flows under way; after [`Flows::drain`] no further one begins.
#[derive(Debug, Clone, Default)]
pub struct Flows(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    draining: AtomicBool,
    under_way: AtomicUsize,
    ended: Notify,
}

/// Something under way, until it is dropped.
#[derive(Debug)]
pub struct UnderWay(Arc<Inner>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.ended.notify_waiters();
        }
    }
}

impl Flows {
    /// Begins one; `None` if the server is stopping.
    pub fn enter(&self) -> Option<UnderWay> {
        let under_way = self.follow();
        (!self.0.draining.load(Ordering::Acquire)).then_some(under_way)
    }

    /// Begins one that belongs to a call under way, so it may begin even now.
    pub fn follow(&self) -> UnderWay {
        self.0.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(&self.0))
    }

    /// Whether the server is stopping.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Ordering::Acquire)
    }

    /// Lets no further one begin and waits for those under way.
    pub async fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
        loop {
            let ended = self.0.ended.notified();
            tokio::pin!(ended);
            // Registered before the count is read, so an end in between is not missed.
            ended.as_mut().enable();
            if self.0.under_way.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn draining_waits_for_what_is_under_way() {
        let flows = Flows::default();
        let call = flows.enter().unwrap();
        let waiter = tokio::spawn({
            let flows = flows.clone();
            async move { flows.drain().await }
        });
        while !flows.is_draining() {
            tokio::task::yield_now().await;
        }
        assert!(flows.enter().is_none());
        let flow = flows.follow();
        drop(call);
        tokio::task::yield_now().await;
        assert!(!waiter.is_finished());
        drop(flow);
        waiter.await.unwrap();
    }
}
