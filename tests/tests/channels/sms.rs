//! Text messages: what arrives on the phone, and what a provider can say against it. The
//! provider of these tests is held against Twilio's own client, and the counting of
//! segments against Twilio's own counter.

use crate::{
    faults::{every_fault, gone, later, refused},
    notices::{alarm, parcel, test, words, words_from},
    npm,
};
use serde_json::{Value, json};
use shopbell_channels::{
    Channel, Fate, Notice, Target,
    sms::{Phone, SEGMENTS, Sms, SmsConfig, segments},
};
use shopbell_tests::far::{
    http::{Certificate, FarHttp, Fault, Reply},
    sms::{ACCOUNT, FarSms, NUMBER, SERVICE, TOKEN},
};

const PHONE: &str = "+351912345678";

fn phone() -> Target {
    Target::Sms(Phone { number: PHONE.into() })
}

fn config(far: &FarHttp) -> SmsConfig {
    SmsConfig {
        account_sid: ACCOUNT.into(),
        auth_token: TOKEN.into(),
        from: NUMBER.into(),
        api_url: far.url(""),
    }
}

fn way(far: &FarHttp) -> Sms {
    Sms::new(config(far), far.outbound())
}

/// What one notice becomes on the phone.
async fn read(far: &FarSms, notice: &Notice) -> String {
    let target = phone();
    way(&far.http).hand(parcel(&target, "k", notice)).await.expect("handed");
    let sent = far.sent().pop().expect("a text message");
    assert!(segments(&sent.body) <= SEGMENTS, "{}", sent.body);
    sent.body
}

#[tokio::test]
async fn an_owner_reads_who_wrote_what_and_where_to_answer() {
    let far = FarSms::start().await;
    let notice = words(&["Hello?", "Is the oak stool\nleft?"]);
    let link = match &notice {
        Notice::Words(words) => words.link.clone(),
        _ => unreachable!("words"),
    };
    let read = read(&far, &notice).await;
    assert_eq!(read, format!("A visitor wrote to Oak & Ash: Hello? Is the oak stool left? {link}"));
    let [sent] = far.sent().try_into().expect("one");
    assert_eq!((sent.to.as_str(), sent.from.as_str()), (PHONE, NUMBER));
}

#[tokio::test]
async fn alarms_and_tests_come_through_and_hidden_words_stay_hidden() {
    let far = FarSms::start().await;
    assert_eq!(
        read(&far, &alarm()).await,
        "Oak & Ash: E-mail to maya@oak-and-ash.example does not work: Its certificate has expired. \
         https://relay.example/inbox#settings"
    );
    assert!(read(&far, &test()).await.starts_with("A test from Shopbell: messages of Oak & Ash's visitors"));
    let mut hidden = words_from(1, &["My address is 7 Elm Street"]);
    hidden.show_words = false;
    let read = read(&far, &Notice::Words(Box::new(hidden))).await;
    assert!(read.starts_with("A visitor wrote to Oak & Ash. https://"), "{read}");
}

#[tokio::test]
async fn the_longest_words_are_cut_and_the_link_stays_whole() {
    let far = FarSms::start().await;
    for unit in ["word ", "ß", "ç", "€", "🦊", "a\n", "{"] {
        let body = unit.repeat(4000 / unit.chars().count());
        let mut long = words_from(1, &[&body]);
        long.visitor = Some("Ána of the very long name, from far away".into());
        let link = long.link.clone();
        let read = read(&far, &Notice::Words(Box::new(long))).await;
        assert!(read.ends_with(&link), "{read}");
        assert!(read.contains(unit.trim()) && read.contains("..."), "{read}");
    }
    let mut far_away = words_from(1, &["Hello?"]);
    far_away.link = format!("https://relay.example/{}", "x".repeat(400));
    let read = read(&far, &Notice::Words(Box::new(far_away))).await;
    assert_eq!(read, "A visitor wrote to Oak & Ash: Hello?", "a link that does not fit is left out whole");
}

#[tokio::test]
async fn a_name_is_never_too_long() {
    let far = FarSms::start().await;
    let mut notice = alarm();
    if let Notice::Alarm(alarm) = &mut notice {
        (alarm.shop_name, alarm.about) = ("🦊".repeat(80), "🪑".repeat(80));
    }
    assert!(read(&far, &notice).await.starts_with("🦊"));
}

#[tokio::test]
async fn a_messaging_service_sends_too() {
    let far = FarSms::start().await;
    let (target, notice) = (phone(), test());
    let config = SmsConfig { from: SERVICE.into(), ..config(&far.http) };
    Sms::new(config, far.http.outbound()).hand(parcel(&target, "k", &notice)).await.expect("handed");
    assert_eq!(far.sent()[0].from, SERVICE);
}

#[tokio::test]
async fn what_the_provider_knows_of_a_phone_is_said() {
    let far = FarSms::start().await;
    let (target, notice) = (phone(), words(&["Hello?"]));
    far.unsubscribe(PHONE);
    let failure = way(&far.http).hand(parcel(&target, "k", &notice)).await.expect_err("unsubscribed");
    assert_eq!(failure.fate, Fate::Gone);
    assert!(failure.reason.contains("START"), "{failure}");
    let nobody = Target::Sms(Phone { number: "912345678".into() });
    far.http.forget();
    let failure = way(&far.http).hand(parcel(&nobody, "k", &notice)).await.expect_err("no number");
    assert_eq!((failure.fate, far.http.heard().len()), (Fate::Gone, 0), "{failure}");
}

#[tokio::test]
async fn a_message_that_fails_at_once_was_not_handed_over() {
    let far = FarSms::start().await;
    let (target, notice) = (phone(), words(&["Hello?"]));
    for (code, fate) in [
        (30003, Fate::Later),
        (30004, Fate::Gone),
        (30005, Fate::Gone),
        (30006, Fate::Gone),
        (30007, Fate::Refused),
        (30008, Fate::Later),
    ] {
        far.fail_with(code);
        let failure = way(&far.http).hand(parcel(&target, "k", &notice)).await.expect_err("failed");
        assert_eq!((failure.fate, failure.maybe_taken), (fate, false), "{code}: {failure}");
    }
}

#[tokio::test]
async fn every_fault_is_told_apart() {
    let far = FarSms::start().await;
    let (target, notice) = (phone(), words(&["Hello?"]));
    let fault = |status: u16, code: u32| {
        Reply::status(status)
            .json(&json!({ "code": code, "message": "…", "more_info": "…", "status": status }))
    };
    let own = vec![
        (fault(400, 21211), gone("number")),
        (fault(400, 21614), gone("number")),
        (fault(400, 21610), gone("unsubscribed")),
        (fault(400, 21408), later("country")),
        (fault(400, 21606), later("from in [sms]")),
        (fault(400, 21608), later("trial")),
        (fault(400, 21612), later("no way")),
        (fault(400, 21617), refused("does not take this text")),
        (fault(401, 20003), later("account_sid")),
        (fault(401, 20005), later("suspended")),
        (fault(403, 20003), later("account_sid")),
        (fault(404, 20404), later("account_sid")),
        (Reply::status(404), later("account_sid")),
        (fault(429, 20429).header("retry-after", "3"), later("fewer").after(3)),
        (fault(429, 63038), later("today")),
        (fault(400, 99999), later("400")),
        (Reply::status(200).text("<html>Welcome to the hotel</html>"), later("does not speak")),
        (fault(500, 20500), later("500")),
    ];
    let config = config(&far.http);
    let way = |outbound| Box::new(Sms::new(config.clone(), outbound)) as Box<dyn Channel>;
    every_fault(&far.http, way, parcel(&target, "k", &notice), own).await;
}

#[tokio::test]
async fn the_doctor_asks_the_provider_who_it_is() {
    let far = FarSms::start().await;
    let said = way(&far.http).examine().await.expect("well");
    assert!(said.contains("Oak & Ash") && said.contains(NUMBER), "{said}");
    far.account("active", "Trial");
    assert!(way(&far.http).examine().await.expect("well").contains("trial"));
    far.account("suspended", "Full");
    assert!(way(&far.http).examine().await.expect_err("suspended").contains("suspended"));
    let config = config(&far.http);
    for wrong in [
        SmsConfig { auth_token: "wrong".into(), ..config.clone() },
        SmsConfig { account_sid: "AC00000000000000000000000000000000".into(), ..config.clone() },
    ] {
        let said = Sms::new(wrong, far.http.outbound()).examine().await.expect_err("not let in");
        assert!(said.contains("auth_token") && !said.contains("wrong"), "{said}");
    }
    let nowhere = SmsConfig { api_url: "nowhere".into(), ..config };
    assert!(Sms::new(nowhere, far.http.outbound()).examine().await.expect_err("nowhere").contains("api_url"));
    far.http.fault(Fault::Refuse).await;
    assert!(way(&far.http).examine().await.expect_err("refused").contains("refuses connections"));
}

#[tokio::test]
async fn a_setting_of_the_relays_does_not_end_a_phone() {
    let far = FarSms::start().await;
    let (target, notice) = (phone(), test());
    for api_url in ["http://1.1.1.1", "https://127.0.0.2", "https://10.0.0.1"] {
        let config = SmsConfig { api_url: api_url.into(), ..config(&far.http) };
        let failure = Sms::new(config, far.http.outbound()).hand(parcel(&target, "k", &notice)).await;
        let failure = failure.expect_err(api_url);
        assert_eq!((failure.fate, failure.maybe_taken), (Fate::Later, false), "{failure}");
        assert!(failure.reason.contains("api_url"), "{failure}");
    }
}

#[tokio::test]
async fn twilios_own_client_finds_the_provider_of_these_tests_to_be_one() {
    let far = FarSms::start().await;
    far.http.show(Certificate::None);
    let url = format!("http://127.0.0.1:{}", far.http.port());
    let said = npm::run("sms", "client.js", &[&url, ACCOUNT, TOKEN, NUMBER], "").await;
    let sent = &said["sent"];
    assert_eq!(
        (&sent["status"], &sent["to"], &sent["body"]),
        (&json!("queued"), &json!(PHONE), &json!("Hello"))
    );
    assert_eq!(sent["errorCode"], Value::Null);
    for (what, status, code) in [
        ("badNumber", 400, 21211),
        ("badSender", 400, 21606),
        ("empty", 400, 21602),
        ("badToken", 401, 20003),
    ] {
        assert_eq!(
            (&said[what]["status"], &said[what]["code"]),
            (&json!(status), &json!(code)),
            "{what}: {said}"
        );
    }
    assert_eq!(said["account"]["friendlyName"], "Oak & Ash");
    // Ours says no more and no less than Twilio's own does.
    let (target, notice) = (phone(), test());
    far.http.heal().await;
    way(&far.http).hand(parcel(&target, "k", &notice)).await.expect("handed");
    let heard = far.http.heard();
    let (theirs, ours) = (&heard[0], heard.last().expect("ours"));
    assert_eq!((&theirs.method, &theirs.path), (&ours.method, &ours.path));
    let names = |heard: &shopbell_tests::far::http::Heard| {
        let mut names: Vec<_> = heard.form().into_iter().map(|(name, _)| name).collect();
        names.sort();
        names
    };
    assert_eq!(names(theirs), names(ours));
    assert_eq!(theirs.header("authorization"), ours.header("authorization"));
}

#[tokio::test]
async fn segments_are_counted_as_twilio_counts_them() {
    let mut texts: Vec<String> = Vec::new();
    for unit in ["a", "€", "ç", "🦊", "é", "\n", "…", "a€", "aç", "{🦊", "Ψ", "`", "|", "ñ", "“"]
    {
        for length in [
            1, 34, 35, 36, 66, 67, 68, 69, 70, 71, 76, 80, 81, 133, 134, 135, 152, 153, 154, 160, 161, 306,
            307,
        ] {
            texts.push(unit.repeat(length));
            texts.push(format!("x{}", unit.repeat(length)));
        }
    }
    let counted = npm::run("sms", "segments.js", &[], &json!(texts).to_string()).await;
    let counted = counted.as_array().expect("numbers");
    assert_eq!(counted.len(), texts.len());
    for (text, counted) in texts.iter().zip(counted) {
        assert_eq!(&json!(segments(text)), counted, "{} characters: {text}", text.chars().count());
    }
}
