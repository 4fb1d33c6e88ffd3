//! The token stands in every address that is called, and nowhere else.

use super::rig::*;
use shopbell_channels::Channel;
use shopbell_tests::far::telegram::Fault;
use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};
use tracing_subscriber::filter::LevelFilter;

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_error_and_no_line_of_the_log_has_the_token_in_it() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    // All of this test runs on one thread, and so do the tasks that it starts.
    let _guard = tracing::subscriber::set_default(subscriber);

    let mut rig = Rig::with_private_chat().await;
    let token = rig.fake.token();
    let secret = token.split_once(':').expect("an id and a secret").1.to_owned();
    let hello = notice(words(1, &["Hello"]));
    for fault in [
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Gateway(502),
        Fault::Says(400, "Bad Request: what is /bot7000000001:AAF-fake_token_of_the_bell/sendMessage"),
        Fault::Says(401, "Unauthorized"),
        Fault::Says(403, "Forbidden: bot was blocked by the user"),
        Fault::Says(409, "Conflict"),
    ] {
        rig.fake.fails("*", fault.clone(), 2);
        let failure = rig.hand(&private(), &hello, None).await.expect_err("it fails");
        let examined = rig.telegram.examine().await.expect_err("it fails");
        assert!(!format!("{failure:?} {failure} {examined}").contains(&secret), "{fault:?}");
        rig.fake.heals();
    }
    rig.fake.fails("getupdates", Fault::CutBefore, 1);
    rig.fake.fails("getupdates", Fault::Says(409, "Conflict: terminated by other getUpdates request"), 1);
    rig.listen();
    rig.maya.says(MAYA, "/start");
    rig.quiet().await;
    let text = log.text();
    assert!(text.contains("somebody else asks for the Telegram bot's updates"), "something was logged");
    let line = text.lines().find(|line| line.contains(&secret) && !line.contains("shopbell_tests"));
    assert_eq!(line, None);
}
