//! Bodies that come in time: whoever sends a byte now and then would keep a call under way for ever, with what it holds.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::rt::time::{Instant, Sleep, sleep_until};
use actix_web::web::Bytes;
use futures_util::Stream;

/// How long a short body may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes a second that a long one has to come at beyond that, in the mean.
const SLOWEST: u64 = 16 << 10;

/// The same body; it breaks once it is late.
pub fn in_time(body: Payload) -> Payload {
    Payload::Stream {
        payload: Box::pin(Timed::new(body, PATIENCE)),
    }
}

struct Timed {
    body: Payload,
    began: Instant,
    patience: Duration,
    received: u64,
    /// Only for a body that was waited for.
    late: Option<Pin<Box<Sleep>>>,
}

impl Timed {
    fn new(body: Payload, patience: Duration) -> Self {
        Self {
            body,
            began: Instant::now(),
            patience,
            received: 0,
            late: None,
        }
    }

    fn deadline(&self) -> Instant {
        self.began + self.patience + Duration::from_secs(self.received / SLOWEST)
    }

    /// Ready once the time is over.
    fn poll_late(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let deadline = self.deadline();
        let late = self
            .late
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if late.deadline() != deadline {
            late.as_mut().reset(deadline);
        }
        late.as_mut().poll(context)
    }
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match Pin::new(&mut self.body).poll_next(context) {
            Poll::Ready(Some(Ok(bytes))) => {
                self.received = self
                    .received
                    .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
                Poll::Ready(Some(Ok(bytes)))
            }
            Poll::Pending => self.poll_late(context).map(|()| {
                Some(Err(PayloadError::Incomplete(Some(
                    io::ErrorKind::TimedOut.into(),
                ))))
            }),
            Poll::Ready(end) => Poll::Ready(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;
    use futures_util::stream;

    use super::*;

    fn body(chunks: &[&'static str], then_nothing: bool) -> Payload {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok(Bytes::from(*chunk))).collect();
        let came = stream::iter(chunks);
        let payload: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = if then_nothing {
            Box::pin(came.chain(stream::pending()))
        } else {
            Box::pin(came)
        };
        Payload::Stream { payload }
    }

    #[actix_web::test]
    async fn a_body_that_stops_coming_breaks() {
        let mut timed = Timed::new(body(&["ab"], true), Duration::ZERO);
        assert_eq!(timed.next().await.unwrap().unwrap(), "ab");
        let end = timed.next().await.unwrap();
        assert!(
            matches!(end, Err(PayloadError::Incomplete(Some(_)))),
            "{end:?}"
        );
    }

    #[actix_web::test]
    async fn a_body_that_comes_is_as_it_was() {
        let timed = Timed::new(body(&["ab", "", "c"], false), Duration::ZERO);
        let chunks: Vec<_> = timed.map(Result::unwrap).collect().await;
        assert_eq!(chunks, ["ab", "", "c"]);
    }

    #[actix_web::test]
    async fn what_came_buys_time() {
        let mut timed = Timed::new(body(&[], true), PATIENCE);
        let first = timed.deadline();
        timed.received = 10 * SLOWEST;
        assert_eq!(timed.deadline() - first, Duration::from_secs(10));
    }
}
