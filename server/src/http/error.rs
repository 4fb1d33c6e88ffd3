//! What a person or a script is told when a request fails: a stable code, a
//! status and a sentence that says what to do.

use super::Origin;
use crate::{entropy::NoEntropy, guard::TooFast, pages};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use shopbell_protocol::{ErrorCode, Problem, ShopId};
use shopbell_store::StoreError;

/// A request that failed.
#[derive(Debug, Clone)]
pub(crate) struct HttpError {
    status: StatusCode,
    problem: Problem,
    page: Option<Framed>,
}

/// Where a page that tells of a failure may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Framed {
    /// In no other page.
    Nowhere,
    /// In the page that asked for it, which learns nothing that is not for everybody.
    On(Origin),
}

impl HttpError {
    fn new(status: StatusCode, code: ErrorCode, sentence: &str) -> Self {
        let problem = Problem { code, sentence: sentence.into(), retry_after_ms: None };
        Self { status, problem, page: None }
    }

    fn coded(status: StatusCode, code: ErrorCode) -> Self {
        Self::new(status, code, code.sentence())
    }

    /// There is nothing here.
    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, ErrorCode::Other, "There is nothing here. Please check the address.")
    }

    /// No shop has this id.
    pub(crate) fn no_such_shop() -> Self {
        Self::coded(StatusCode::NOT_FOUND, ErrorCode::NoSuchShop)
    }

    /// The conversation is somebody else's, or none at all: both look the same.
    pub(crate) fn not_yours() -> Self {
        Self::coded(StatusCode::NOT_FOUND, ErrorCode::NotYours)
    }

    /// Without a session, or with one that has ended.
    pub(crate) fn signed_out() -> Self {
        Self::coded(StatusCode::UNAUTHORIZED, ErrorCode::SignedOut)
    }

    /// A sign-in link that is used, too old, or made up.
    pub(crate) fn link_over() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::SignedOut,
            "This sign-in link was used before or is older than 15 minutes. \
             Ask for a new one with `shopbell owner link`.",
        )
    }

    /// The page that asks is not the relay's own.
    pub(crate) fn foreign() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            ErrorCode::Other,
            "This can only be done from the relay's own pages. \
             If this is one of them, set `server.public_url` to the address in the browser.",
        )
    }

    /// The frame was asked for by a page that is none of the shop's.
    pub(crate) fn not_its_site(shop: &ShopId, page: &Origin) -> Self {
        let sentence = format!(
            "This bell does not belong on {page} yet. Whoever runs the relay lets it in with: \
             shopbell shop edit {shop} --add-site {page}"
        );
        Self::new(StatusCode::FORBIDDEN, ErrorCode::Other, &sentence)
    }

    /// The link is another shop's than the one this device is signed in to.
    pub(crate) fn signed_in_elsewhere() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            ErrorCode::Other,
            "This device is signed in to another shop. Say \"replace\": true to leave that one.",
        )
    }

    /// What was sent was not kept, and why.
    pub(crate) fn refused(problem: Problem) -> Self {
        let status = match problem.code {
            ErrorCode::SignedOut => StatusCode::UNAUTHORIZED,
            ErrorCode::NoSuchConversation => StatusCode::NOT_FOUND,
            ErrorCode::TooFast => StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::Busy | ErrorCode::NotKept => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self { status, problem, page: None }
    }

    /// Over a rate limit.
    pub(crate) fn too_fast(limit: TooFast) -> Self {
        let mut error = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::TooFast,
            "That was a lot at once. Please try again in a moment.",
        );
        error.problem.retry_after_ms = Some(limit.retry_after_ms);
        error
    }

    /// Too many connections.
    pub(crate) fn busy(retry_after_ms: u32) -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Busy,
            "The line is busy. Please try again in a moment.",
        );
        error.problem.retry_after_ms = Some(retry_after_ms);
        error
    }

    /// The body is over its limit.
    pub(crate) fn too_big() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::TooLong,
            "This is too much to send at once. Please send it in parts of at most 4,000 characters.",
        )
    }

    /// The request makes no sense.
    pub(crate) fn bad(sentence: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadFrame, sentence)
    }

    /// The address is right and what was asked of it is not.
    pub(crate) fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            ErrorCode::BadFrame,
            "This address cannot be used in that way.",
        )
    }

    /// The request took too long to arrive or to be answered.
    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, ErrorCode::Busy, "This took too long. Please try again.")
    }

    /// The store or something else that is needed is away.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            ErrorCode::Busy,
            "The relay cannot look this up just now. Please try again in a moment.",
        )
    }

    /// Tells it as a page for a person, not as JSON for a script.
    pub(crate) fn into_page(mut self) -> Self {
        self.page.get_or_insert(Framed::Nowhere);
        self
    }

    /// The same, for a web developer to see on their page, where the bell's frame would be.
    pub(crate) fn into_page_on(mut self, page: Origin) -> Self {
        self.page = Some(Framed::On(page));
        self
    }
}

impl From<StoreError> for HttpError {
    fn from(error: StoreError) -> Self {
        // The text is for whoever runs the relay, never for who asked.
        tracing::error!(%error, "the store failed a request");
        Self::unavailable()
    }
}

impl From<NoEntropy> for HttpError {
    fn from(error: NoEntropy) -> Self {
        tracing::error!(%error, "a request failed");
        Self::unavailable()
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let retry = self.problem.retry_after_ms.map(|ms| HeaderValue::from(ms.div_ceil(1000)));
        let mut response = match self.page {
            Some(framed) => pages::notice(&self.problem.sentence, &framed),
            None => Json(self.problem).into_response(),
        };
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(retry) = retry {
            headers.insert(header::RETRY_AFTER, retry);
        }
        response
    }
}
