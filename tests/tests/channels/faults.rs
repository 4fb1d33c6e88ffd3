//! What can go wrong between a channel and an HTTP far side, and a table that drives any
//! channel through all of it.

use shopbell_channels::{Channel, Failure, Fate, Handed, Outbound, Parcel, limits};
use shopbell_tests::{
    far::http::{Certificate, FarHttp, Fault, NAME, Reply},
    until,
};
use std::{net::IpAddr, pin::pin, time::Duration};

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// At the far side.
    Fault(Fault),
    /// Its certificate.
    Certificate(Certificate),
    /// Nobody knows its name.
    NameGone,
    /// Its name leads to a machine inside.
    NameInside,
}

impl Mishap {
    pub(crate) async fn begin(&self, far: &FarHttp) {
        far.forget();
        match self {
            Mishap::Fault(fault) => far.fault(fault.clone()).await,
            Mishap::Certificate(certificate) => far.show(*certificate),
            Mishap::NameGone => far.names().forget(NAME),
            Mishap::NameInside => far.names().lead(NAME, &[IpAddr::from([10, 1, 2, 3])]),
        }
    }

    /// Does something while this goes on. Where nobody answers, the clock is put forward
    /// as soon as the far side has heard the request.
    pub(crate) async fn through<T>(&self, far: &FarHttp, doing: impl Future<Output = T>) -> T {
        let mut doing = pin!(doing);
        if matches!(self, Mishap::Fault(Fault::Silent | Fault::StallInBody)) {
            let heard = until("the request", async || (!far.heard().is_empty()).then_some(()));
            tokio::select! {
                () = heard => past_the_time(limits::ANSWER_WITHIN).await,
                done = &mut doing => return done,
            }
        }
        doing.await
    }

    pub(crate) async fn end(&self, far: &FarHttp) {
        far.names().lead(NAME, &[IpAddr::from([127, 0, 0, 1])]);
        far.heal().await;
    }
}

/// Lets a limit pass without waiting for it.
pub(crate) async fn past_the_time(limit: Duration) {
    tokio::time::pause();
    tokio::time::advance(limit + Duration::from_secs(1)).await;
    tokio::time::resume();
}

/// What has to come of something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) fate: Fate,
    pub(crate) maybe_taken: bool,
    pub(crate) retry_after_s: Option<u64>,
    /// Words that stand in the reason.
    pub(crate) words: &'static str,
}

/// It may work again.
pub(crate) fn later(words: &'static str) -> Expected {
    Expected { fate: Fate::Later, maybe_taken: false, retry_after_s: None, words }
}

/// The target is no more.
pub(crate) fn gone(words: &'static str) -> Expected {
    Expected { fate: Fate::Gone, ..later(words) }
}

/// This parcel will never be taken.
pub(crate) fn refused(words: &'static str) -> Expected {
    Expected { fate: Fate::Refused, ..later(words) }
}

impl Expected {
    pub(crate) fn after(self, retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..self }
    }

    pub(crate) fn maybe_taken(self) -> Self {
        Self { maybe_taken: true, ..self }
    }
}

/// What happens to every channel over HTTP alike, whatever its far side answers.
fn of_the_line() -> Vec<(Mishap, Expected)> {
    vec![
        (Mishap::Fault(Fault::Refuse), later("refuses connections")),
        (Mishap::Fault(Fault::Silent), later("in time").maybe_taken()),
        (Mishap::Fault(Fault::Cut), later("cut the connection").maybe_taken()),
        (Mishap::Fault(Fault::CutInBody), later("cut the connection").maybe_taken()),
        (Mishap::Certificate(Certificate::Expired), later("expired")),
        (Mishap::Certificate(Certificate::OtherName), later("another name")),
        (Mishap::Certificate(Certificate::Stranger), later("issuer")),
        (Mishap::NameGone, later("cannot be found")),
        (Mishap::NameInside, later("not public")),
    ]
}

/// What most of them do with common answers.
fn of_answers() -> Vec<(Mishap, Expected)> {
    let answer = |reply| Mishap::Fault(Fault::Answer(reply));
    vec![
        (answer(Reply::status(302).header("location", "/elsewhere")), later("has moved")),
        (answer(Reply::status(429).header("retry-after", "30")), later("").after(30)),
        (answer(Reply::status(429)), later("")),
        (answer(Reply::status(500)), later("500")),
        (answer(Reply::status(503).header("retry-after", "5").text("<b>busy</b>")), later("503").after(5)),
    ]
}

/// Drives a channel through everything, and looks that it works before and after. The
/// channel is built anew each time, so that no old connection hides what goes wrong.
pub(crate) async fn every_fault(
    far: &FarHttp,
    channel: impl Fn(Outbound) -> Box<dyn Channel>,
    parcel: Parcel<'_>,
    own: Vec<(Reply, Expected)>,
) {
    let own = own.into_iter().map(|(reply, expected)| (Mishap::Fault(Fault::Answer(reply)), expected));
    let all = of_the_line().into_iter().chain(of_answers()).chain(own);
    drive(far, &channel, parcel, all.collect()).await;
    far.forget();
    let channel = channel(far.outbound());
    far.fault_times(Fault::Answer(Reply::status(502)), 2).await;
    for _ in 0..2 {
        channel.hand(parcel).await.expect_err("a fault");
    }
    channel.hand(parcel).await.unwrap_or_else(|failure| panic!("after all: {failure:?}"));
}

/// Drives a channel that has tests of its own for what is answered through what happens to
/// the line. One that tells its owner no more than that it is out of reach has these words.
pub(crate) async fn every_fault_of_the_line(
    far: &FarHttp,
    channel: impl Fn(Outbound) -> Box<dyn Channel>,
    parcel: Parcel<'_>,
    words: Option<&'static str>,
) {
    let all = of_the_line()
        .into_iter()
        .map(|(mishap, expected)| (mishap, Expected { words: words.unwrap_or(expected.words), ..expected }));
    drive(far, &channel, parcel, all.collect()).await;
    let well = channel(far.outbound()).hand(parcel).await;
    well.unwrap_or_else(|failure| panic!("after all: {failure:?}"));
}

async fn drive(
    far: &FarHttp,
    channel: &impl Fn(Outbound) -> Box<dyn Channel>,
    parcel: Parcel<'_>,
    all: Vec<(Mishap, Expected)>,
) {
    let well = channel(far.outbound()).hand(parcel).await;
    well.unwrap_or_else(|failure| panic!("before all: {failure:?}"));
    for (mishap, expected) in all {
        mishap.begin(far).await;
        let channel = channel(far.outbound());
        let outcome = mishap.through(far, channel.hand(parcel)).await;
        check(&mishap, &expected, outcome);
        assert!(far.heard().len() <= 1, "{mishap:?}: the relay decides when it is tried again");
        mishap.end(far).await;
    }
}

fn check(mishap: &Mishap, expected: &Expected, outcome: Result<Handed, Failure>) {
    let failure = outcome.expect_err("something went wrong");
    let words = failure.reason.to_lowercase().contains(&expected.words.to_lowercase());
    assert!(words, "{mishap:?}: {failure:?} says {:?}", expected.words);
    assert!(failure.reason.ends_with(['.', '!', '?', ')']), "a sentence: {failure}");
    let got = Expected {
        fate: failure.fate,
        maybe_taken: failure.maybe_taken,
        retry_after_s: failure.retry_after.map(|wait| wait.as_secs()),
        words: expected.words,
    };
    assert_eq!(&got, expected, "{mishap:?}: {failure}");
}
