//! Reads a request's body up to a limit, so that who sends more still hears why.

use super::HttpError;
use crate::limits;
use axum::body::Body;
use bytes::BytesMut;
use http_body_util::BodyExt;

/// The whole body, of at most so many bytes.
///
/// What is over the limit is read on and thrown away (itself up to a limit):
/// closing the connection with bytes unread would take the answer away from a
/// client that writes first and reads then.
///
/// # Errors
/// [`HttpError::too_big`] above the limit, and a 400 when the body breaks off.
pub(crate) async fn read(body: Body, most: usize) -> Result<BytesMut, HttpError> {
    let mut body = body;
    let mut bytes = BytesMut::new();
    let mut thrown_away = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| HttpError::bad("The request broke off. Please try again."))?;
        let Ok(data) = frame.into_data() else { continue };
        if thrown_away > 0 || bytes.len() + data.len() > most {
            bytes = BytesMut::new();
            thrown_away += data.len();
            if thrown_away > limits::DRAIN_BYTES {
                break;
            }
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if thrown_away > 0 { Err(HttpError::too_big()) } else { Ok(bytes) }
}
