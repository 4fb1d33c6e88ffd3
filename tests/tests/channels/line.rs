//! Channels whose far sides have tests of their own for what they answer, on a line that
//! breaks in every way.

use crate::{
    faults::every_fault_of_the_line,
    notices::{parcel, words},
};
use shopbell_channels::{
    Channel, Target,
    push::{Push, PushConfig, VapidKey},
    telegram::{Chat, Telegram, TelegramConfig, Token},
};
use shopbell_tests::far::{
    http::{FarHttp, Reply},
    push::PushService,
};
use std::sync::Arc;

#[tokio::test]
async fn a_push_gets_through_whatever_happens_to_the_line() {
    let far = FarHttp::start(|_| Reply::status(201)).await;
    let key = VapidKey::from_bytes(&[9; 32]).expect("a key");
    let mut subscription = PushService::start().await.browser(&key.public_key()).subscription();
    subscription.endpoint = far.url("/push/1");
    let (target, notice) = (Target::Push(subscription), words(&["Is it oak?"]));
    let way = |outbound| -> Box<dyn Channel> {
        let random = |bytes: &mut [u8]| bytes.fill(7);
        Box::new(Push::new(PushConfig::default(), key.clone(), outbound, Arc::new(random)))
    };
    every_fault_of_the_line(&far, way, parcel(&target, "k-1", &notice), None).await;
}

#[tokio::test]
async fn a_message_to_telegram_gets_through_whatever_happens_to_the_line() {
    let sent =
        r#"{"ok":true,"result":{"message_id":7,"date":1,"chat":{"id":5,"type":"private"},"text":"x"}}"#;
    let far = FarHttp::start(move |_| Reply::status(200).text(sent)).await;
    let config = TelegramConfig { api_url: far.parsed("/"), ..TelegramConfig::new(Token::new("77:bell")) };
    let chat = Chat { chat: 5, user: 5, name: "Maya".into(), topics: false };
    let (target, notice) = (Target::Telegram(chat), words(&["Is it oak?"]));
    let way = |outbound| -> Box<dyn Channel> { Box::new(Telegram::new(config.clone(), outbound, None)) };
    every_fault_of_the_line(&far, way, parcel(&target, "k-1", &notice), Some("Telegram")).await;
}
