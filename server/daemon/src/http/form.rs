//! A form whose parts are read from the connection one after the other, as fast as whoever reads them takes them.

use std::fmt;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, BytesMut};
use futures_util::StreamExt as _;

use super::body::{Flaw, Received};
use super::multipart;
use super::splitter::{Head, Splitter, Step};

/// A form that arrives. What has come of it and was not taken stays with the connection, which reads no more then.
pub struct Form {
    payload: Payload,
    splitter: Splitter,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")
    }
}

/// The boundary of a form, if the request says that its body is one.
pub fn boundary(request: &HttpRequest) -> Option<&str> {
    let kind = request.headers().get(CONTENT_TYPE)?;
    multipart::boundary(kind.to_str().ok()?)
}

impl Form {
    /// The form in this body.
    pub fn new(payload: Payload, boundary: &str) -> Self {
        Self {
            payload,
            splitter: Splitter::new(boundary),
        }
    }

    /// The head of the next part, once the one before was read; none where the body ends.
    ///
    /// # Errors
    /// If the body ends elsewhere, or is no form.
    pub async fn part(&mut self) -> Result<Option<Head>, Flaw> {
        match self.step().await? {
            Step::Head(head) => Ok(Some(head)),
            Step::End => self.rest().await.map(|()| None),
            Step::More | Step::Piece(_) | Step::Over => Err(Flaw::Broken),
        }
    }

    /// The next bytes of a part; none where it ends.
    ///
    /// # Errors
    /// As [`Form::part`].
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Flaw> {
        match self.step().await? {
            Step::Piece(piece) => Ok(Some(piece)),
            Step::Over => Ok(None),
            Step::More | Step::Head(_) | Step::End => Err(Flaw::Broken),
        }
    }

    /// A part that is small: as much of it as may come.
    pub async fn whole(&mut self, limit: usize) -> Received {
        let mut bytes = BytesMut::new();
        let flaw = loop {
            match self.piece().await {
                Ok(Some(piece)) if bytes.len().saturating_add(piece.len()) > limit => {
                    break Some(Flaw::TooLarge);
                }
                Ok(Some(piece)) => bytes.extend_from_slice(&piece),
                Ok(None) => break None,
                Err(flaw) => break Some(flaw),
            }
        };
        let bytes = bytes.freeze();
        Received { bytes, flaw }
    }

    async fn step(&mut self) -> Result<Step, Flaw> {
        loop {
            match self.splitter.step().map_err(|_| Flaw::Broken)? {
                Step::More if !self.more().await? => return Err(Flaw::Broken),
                Step::More => {}
                step => return Ok(step),
            }
        }
    }

    /// What comes after the form: hardly anything may.
    async fn rest(&mut self) -> Result<(), Flaw> {
        while self.more().await? {
            self.splitter.step().map_err(|_| Flaw::Broken)?;
        }
        Ok(())
    }

    async fn more(&mut self) -> Result<bool, Flaw> {
        let Some(bytes) = self.payload.next().await else {
            return Ok(false);
        };
        self.splitter.push(&bytes.map_err(|_| Flaw::Broken)?);
        Ok(true)
    }
}
