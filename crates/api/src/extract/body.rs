//! The bytes of a body: so many at most, in so much time, and refused before they are read when they are too many.

use std::time::Duration;

use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use bytes::{Bytes, BytesMut};
use faxgate_core::Error;
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::room::{Place, Room};

/// A body that stalls so long is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// The slowest line that is still served, in bytes a second.
const SLOWEST: u64 = 16 * 1024;

/// A body and its place in the room.
#[derive(Debug)]
pub(crate) struct Body {
    /// All of it.
    pub(crate) bytes: Bytes,
    #[expect(dead_code, reason = "held for its drop")]
    place: Place,
}

/// Reads a body of at most `limit` bytes.
///
/// # Errors
/// `BODY_TOO_LARGE` (413), from `Content-Length` when there is one; `BODY_INCOMPLETE`; `BODY_TOO_SLOW`; `BUSY`.
pub(crate) async fn read<S>(
    headers: &HeaderMap,
    stream: S,
    limit: u64,
    room: &Room,
) -> Result<Body, Error>
where
    S: Stream<Item = Result<Bytes, PayloadError>>,
{
    let declared = declared(headers, limit)?;
    let place = room.take(declared.unwrap_or(limit))?;
    let mut stream = std::pin::pin!(stream);
    let mut arrival = Arrival::new(limit);
    let mut bytes = BytesMut::new();
    while let Some(chunk) = arrival.next(stream.as_mut()).await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body {
        bytes: bytes.freeze(),
        place,
    })
}

/// What `Content-Length` says.
///
/// # Errors
/// `BODY_TOO_LARGE` (413) when that is more than `limit`.
pub(crate) fn declared(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, Error> {
    let declared = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.trim().parse().ok());
    match declared {
        Some(length) if length > limit => Err(too_large(limit)),
        declared => Ok(declared),
    }
}

fn too_large(limit: u64) -> Error {
    Error::too_large(
        "BODY_TOO_LARGE",
        format!("the request body is too large; at most {limit} bytes are taken here"),
    )
}

/// Watches a body come in: its size and its pace.
#[derive(Debug)]
pub(crate) struct Arrival {
    limit: u64,
    read: u64,
    deadline: Instant,
}

impl Arrival {
    /// A body of at most `limit` bytes, which starts now.
    pub(crate) fn new(limit: u64) -> Self {
        let whole = PATIENCE + Duration::from_secs(limit / SLOWEST);
        Self {
            limit,
            read: 0,
            deadline: Instant::now() + whole,
        }
    }

    /// Waits for something of the body, as long as it may take.
    ///
    /// # Errors
    /// `BODY_TOO_SLOW`.
    pub(crate) async fn within<T>(&self, next: impl Future<Output = T>) -> Result<T, Error> {
        let deadline = self.deadline.min(Instant::now() + PATIENCE);
        timeout_at(deadline, next).await.map_err(|_| {
            Error::bad_input(
                "BODY_TOO_SLOW",
                "the request body did not arrive in time; send it again",
            )
        })
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `BODY_TOO_LARGE`, `BODY_INCOMPLETE`, `BODY_TOO_SLOW`.
    pub(crate) async fn next<S, E>(&mut self, mut stream: S) -> Result<Option<Bytes>, Error>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: Into<BodyProblem>,
    {
        let chunk = self.within(stream.next()).await?;
        let Some(chunk) = chunk else { return Ok(None) };
        let chunk = chunk.map_err(|problem| problem.into().0)?;
        self.read += chunk.len() as u64;
        if self.read > self.limit {
            return Err(too_large(self.limit));
        }
        Ok(Some(chunk))
    }
}

/// Why a body did not come whole.
pub(crate) struct BodyProblem(pub(crate) Error);

impl From<PayloadError> for BodyProblem {
    fn from(_: PayloadError) -> Self {
        Self(Error::bad_input(
            "BODY_INCOMPLETE",
            "the request body ended before it was complete; send it again",
        ))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use futures_util::stream;

    use super::*;

    fn pieces(pieces: &[&'static str]) -> impl Stream<Item = Result<Bytes, PayloadError>> + use<> {
        let pieces: Vec<_> = pieces
            .iter()
            .map(|piece| Ok(Bytes::from_static(piece.as_bytes())))
            .collect();
        stream::iter(pieces)
    }

    #[actix_web::test]
    async fn a_body_within_the_limit_is_read_whole() {
        let room = Room::new(1 << 20);
        let body = read(&HeaderMap::new(), pieces(&["one", "two"]), 6, &room)
            .await
            .unwrap();
        assert_eq!(body.bytes, "onetwo");
    }

    #[actix_web::test]
    async fn a_body_that_grows_beyond_the_limit_is_413() {
        let room = Room::new(1 << 20);
        let error = read(&HeaderMap::new(), pieces(&["one", "two"]), 5, &room)
            .await
            .unwrap_err();
        assert_eq!(error.kind.http(), 413);
    }

    #[actix_web::test]
    async fn a_declared_length_beyond_the_limit_is_413_and_nothing_is_read() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("1073741824"));
        let unreadable = stream::poll_fn(
            |_| -> std::task::Poll<Option<Result<Bytes, PayloadError>>> {
                panic!("the body was read")
            },
        );
        let error = read(&headers, unreadable, 1024, &Room::new(1 << 20))
            .await
            .unwrap_err();
        assert_eq!(error.code, "BODY_TOO_LARGE");
    }

    #[actix_web::test]
    async fn a_body_that_breaks_off_is_400() {
        let broken = stream::iter([
            Ok(Bytes::from_static(b"{")),
            Err(PayloadError::Incomplete(None)),
        ]);
        let error = read(&HeaderMap::new(), broken, 1024, &Room::new(1 << 20))
            .await
            .unwrap_err();
        assert_eq!(error.code, "BODY_INCOMPLETE");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stalls_is_given_up() {
        let stalled = stream::pending::<Result<Bytes, PayloadError>>();
        let error = read(&HeaderMap::new(), stalled, 1024, &Room::new(1 << 20))
            .await
            .unwrap_err();
        assert_eq!(error.code, "BODY_TOO_SLOW");
    }
}
