//! The command line, the settings, and what whoever runs the relay looks at.

use rustix::process::Signal;
use shopbell_tests::binary::{run, text};
use shopbell_tests::relay::{Setup, free_address};
use shopbell_tests::{Relay, Visitor, web};
use std::fs;
use std::process::Output;

fn said(output: &Output) -> String {
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_is_worth_reading() {
    let help = run(["--help"]);
    assert!(help.status.success());
    let help = said(&help);
    for word in ["serve", "shop", "owner", "doctor", "SHOPBELL_", "--demo", "limits", "public_url"] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    for (args, words) in [
        (&["serve", "--help"][..], &["--demo", "--listen", "--data", "--config"][..]),
        (&["shop", "add", "--help"], &["--name", "--owner", "--site", "Example"]),
        (&["owner", "link", "--help"], &["once", "15 minutes"]),
        (&["doctor", "--help"], &["wrong"]),
    ] {
        let output = run(args);
        assert!(output.status.success(), "{args:?}");
        let help = said(&output);
        assert!(words.iter().all(|word| help.contains(word)), "{args:?}:\n{help}");
    }
    let version = run(["--version"]);
    assert!(said(&version).starts_with("shopbell "));
    assert!(!run(["dance"]).status.success());
}

#[test]
fn shops_are_added_once_and_listed() {
    let relay = Relay::prepare(Setup::default());
    relay.add_shop("oak");
    relay.add_shop("ash");
    let list = relay.cli(&["shop", "list"]).output().expect("runs");
    let list = text(&list.stdout);
    let ids: Vec<_> = list.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
    assert_eq!(ids, ["ash", "oak"]);
    assert!(list.contains("Oak & Ash") && list.contains("https://shop.example"), "{list}");

    let add = |args: &[&str]| {
        let mut all = vec!["shop", "add"];
        all.extend(args);
        relay.cli(&all).output().expect("runs")
    };
    for (args, word) in [
        (&["oak", "--name", "X", "--owner", "Y", "--site", "https://x.example"][..], "already"),
        (&["Oak Shop", "--name", "X", "--owner", "Y", "--site", "https://x.example"], "lower-case"),
        (&["elm", "--name", "X", "--owner", "Y", "--site", "x.example/path"], "site"),
        (&["elm", "--name", " ", "--owner", "Y", "--site", "https://x.example"], "name"),
        (&["elm", "--name", "X"], "--owner"),
    ] {
        let output = add(args);
        assert!(!output.status.success(), "{args:?}");
        assert!(said(&output).contains(word), "{args:?}: {}", said(&output));
    }
    let edit = |args: &[&str]| relay.cli(&[&["shop", "edit"], args].concat()).output().expect("runs");
    let many: Vec<_> = (0..51).flat_map(|n| ["--add-site".into(), format!("https://{n}.example")]).collect();
    let many: Vec<_> = ["oak"].into_iter().chain(many.iter().map(String::as_str)).collect();
    for (args, word) in [
        (&["elm", "--name", "X"][..], "no shop called elm"),
        (&["oak", "--owner", " "], "owner"),
        (&["oak", "--add-site", "x.example"], "site"),
        (&many, "at most 50"),
    ] {
        let output = edit(args);
        assert!(!output.status.success() && said(&output).contains(word), "{args:?}: {}", said(&output));
    }
    let edited = edit(&["oak", "--add-site", "https://www.shop.example"]);
    assert!(said(&edited).contains("https://shop.example https://www.shop.example"), "{}", said(&edited));
    let link = relay.cli(&["owner", "link", "elm"]).output().expect("runs");
    assert!(!link.status.success() && said(&link).contains("no shop called elm"), "{}", said(&link));
}

#[tokio::test]
async fn a_flag_wins_over_the_environment_and_that_over_the_file() {
    let unused = free_address();
    let relay = Relay::prepare(Setup::default().set("LIMITS__VISITOR_SENDS_PER_MINUTE", 3));
    fs::create_dir_all(relay.data()).expect("a folder");
    let file = format!(
        "[server]\nlisten = \"{unused}\"\n[limits]\nvisitor_sends_per_minute = 1000\nshop_sends_per_minute = 5\n"
    );
    fs::write(relay.data().join("shopbell.toml"), file).expect("writes");
    relay.add_shop("oak");
    // It listens where the flag says, though the file says otherwise.
    let relay = relay.up().await;
    let send = || {
        let post = web::browser().post(relay.url("/talk/oak")).header("origin", relay.origin());
        post.form(&[("body", "hello")]).send()
    };
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(send().await.expect("an answer").status().as_u16());
    }
    assert_eq!(statuses, [303, 303, 303, 303, 303, 429], "the shop's limit stands in the file");
    let visitor = Visitor::new(&relay, "oak");
    visitor.until_live().await;
}

#[test]
fn a_wrong_setting_is_named_with_its_place() {
    let relay = Relay::prepare(Setup::default());
    fs::create_dir_all(relay.data()).expect("a folder");
    let file = relay.data().join("shopbell.toml");
    for (content, words) in [
        ("[server]\nlisen = \"127.0.0.1:1\"\n", &["lisen", "shopbell.toml"][..]),
        ("[limits]\nconnections = \"many\"\n", &["limits.connections"]),
        ("[server\n", &["not TOML"]),
        ("[server]\npublic_url = \"bell.example/path\"\n", &["public_url", "origin"]),
    ] {
        fs::write(&file, content).expect("writes");
        let output = relay.cli(&["serve", "--listen", "127.0.0.1:0"]).output().expect("runs");
        assert!(!output.status.success(), "{content}");
        let said = said(&output);
        assert!(words.iter().all(|word| said.contains(word)), "{content}: {said}");
    }
    fs::remove_file(&file).expect("removes");
    let mut serve = relay.cli(&["serve", "--listen", "127.0.0.1:0"]);
    let output = serve.env("SHOPBELL_LIMITS__CONECTIONS", "5").output().expect("runs");
    assert!(
        !output.status.success() && said(&output).contains("SHOPBELL_LIMITS__CONECTIONS"),
        "{}",
        said(&output)
    );
}

#[tokio::test]
async fn the_doctor_tries_everything_and_says_what_is_wrong() {
    let relay = Relay::prepare(Setup::default());
    relay.add_shop("oak");
    let healthy = relay.cli(&["doctor"]).output().expect("runs");
    assert!(healthy.status.success(), "{}", said(&healthy));

    let no_folder = relay.file("a-file");
    fs::write(&no_folder, "not a folder").expect("writes");
    let ill = run(["doctor".as_ref(), "--data".as_ref(), no_folder.as_os_str()]);
    assert!(!ill.status.success() && said(&ill).contains("a-file"), "{}", said(&ill));

    let junk = relay.file("junk");
    fs::create_dir_all(&junk).expect("a folder");
    for entry in fs::read_dir(relay.data()).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        fs::write(junk.join(name), "this is no database, and long enough to be seen as none".repeat(50))
            .expect("writes");
    }
    let ill = run(["doctor".as_ref(), "--data".as_ref(), junk.as_os_str()]);
    assert!(!ill.status.success(), "{}", said(&ill));
}

#[tokio::test]
async fn the_demo_prints_three_addresses_that_work() {
    let mut relay = Relay::prepare(Setup::default());
    let mut demo = relay.cli(&["serve", "--demo", "--listen", &relay.address().to_string()]);
    let out = fs::File::create(relay.file("out")).expect("a file");
    let child = demo.stdout(out).spawn().expect("starts");
    relay.adopt(child).await;
    let printed = shopbell_tests::until("three addresses", async || {
        let out = fs::read_to_string(relay.file("out")).ok()?;
        (out.lines().count() >= 3).then_some(out)
    })
    .await;
    let address = |name: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_else(|| panic!("no {name} in {printed}")).trim().to_owned()
    };
    let (shop, inbox, talk) = (address("shop:"), address("inbox:"), address("talk:"));
    assert!(inbox.starts_with(&relay.origin()) && inbox.contains("/inbox#code="), "{inbox}");
    assert!(talk.starts_with(&relay.url("/talk/")), "{talk}");
    assert!(!shop.starts_with(&relay.origin()), "the shop is another origin");
    let code = inbox.split("#code=").nth(1).expect("a code");
    assert_eq!(web::post_code(&web::browser(), &relay, code).await.status(), 200);
    let page = web::browser().get(&talk).send().await.expect("an answer");
    let shop_origin = shop.split('/').take(3).collect::<Vec<_>>().join("/");
    assert!(
        web::header(&page, "content-security-policy").contains(&shop_origin),
        "the frame opens on the demo shop"
    );
    let page = web::browser().get(&shop).send().await.expect("an answer").text().await.expect("a page");
    assert!(page.contains(&relay.url("/shopbell.js")) && page.contains("data-shop=\"demo\""), "{page}");
}

#[tokio::test]
async fn the_demo_shop_may_be_found_on_another_port_the_next_time() {
    let relay = Relay::prepare(Setup::default());
    let stale = ["--site", "http://127.0.0.1:9", "--site", "https://own.example"];
    let add = [&["shop", "add", "demo", "--name", "Oak & Ash", "--owner", "Maya"][..], &stale].concat();
    assert!(relay.cli(&add).output().expect("runs").status.success());
    let mut demo = relay.cli(&["serve", "--demo", "--listen", &relay.address().to_string()]);
    let mut relay = relay;
    let child = demo.stdout(std::process::Stdio::null()).spawn().expect("starts");
    relay.adopt(child).await;
    let page = web::browser().get(relay.url("/talk/demo")).send().await.expect("an answer");
    let policy = web::header(&page, "content-security-policy");
    assert!(policy.contains("https://own.example") && !policy.contains("http://127.0.0.1:9 "), "{policy}");
    let next = relay.address().port() + 1;
    assert!(policy.contains(&format!("http://127.0.0.1:{next}")), "{policy}");
}

#[tokio::test]
async fn health_readiness_and_metrics_tell_how_it_is() {
    let metrics = free_address();
    let relay = Setup::default().set("METRICS__LISTEN", metrics).start().await;
    let get = async |address: String| {
        let answer = web::browser().get(address).send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    };
    assert_eq!(get(relay.url("/healthz")).await.0, 200);
    assert_eq!(get(relay.url("/readyz")).await.0, 200);
    assert_eq!(get(relay.url("/metrics")).await.0, 404, "not on the listener that everybody reaches");
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("a private word");
    visitor.until_all_kept().await;
    let page = shopbell_tests::until("the message to be counted", async || {
        let (_, page) = get(format!("http://{metrics}/metrics")).await;
        page.contains("shopbell_messages_kept_total{side=\"visitor\"} 1").then_some(page)
    })
    .await;
    assert!(page.contains("shopbell_connections{side=\"visitor\"} 1"), "{page}");
    let conversation = visitor.conversation().to_string();
    for private in ["a private word", "oak", conversation.as_str()] {
        assert!(!page.contains(private), "{private} is in the metrics: {page}");
    }
}

#[tokio::test]
async fn the_log_can_be_read_by_anybody_who_runs_it() {
    let mut relay = Setup::default().set("LOG__LEVEL", "trace").start().await;
    let visitor = Visitor::new(&relay, "oak");
    visitor.write("a private word");
    visitor.until_all_kept().await;
    let code = relay.sign_in_code("oak");
    let cookie = web::sign_in(&relay, &code).await;
    let token = cookie.split('=').nth(1).expect("a token").to_owned();
    relay.signal(Signal::TERM);
    relay.terminate();
    let log = relay.log();
    assert!(log.contains("listens") && log.contains("an owner signed in"), "{log}");
    for private in ["a private word", &code, &token, visitor.credential.secret.reveal(), "127.0.0.1:"] {
        let lines: Vec<_> =
            log.lines().filter(|line| line.contains(private) && !line.contains("listens")).collect();
        assert!(lines.is_empty(), "{private} is in the log: {lines:?}");
    }
}
