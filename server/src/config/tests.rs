//! Which setting wins, and what is said of a wrong one.

use super::{Config, Format, Source, load};
use std::{fs, path::PathBuf};

fn folder_with(toml: &str) -> (tempfile::TempDir, Source) {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(super::load::FILE_NAME), toml).expect("written");
    let source = Source { data: Some(folder.path().into()), ..Source::default() };
    (folder, source)
}

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn without_anything_the_defaults_hold() {
    let (_folder, source) = folder_with("");
    let config = load(&source).expect("loads");
    assert_eq!(config.server.listen, Config::default().server.listen);
    assert!(config.metrics.listen.is_none());
}

#[test]
fn flag_wins_over_environment_over_file_over_default() {
    let (_folder, mut source) = folder_with("[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"");
    assert_eq!(load(&source).expect("loads").server.listen.port(), 1);
    source.env = env(&[("SHOPBELL_SERVER__LISTEN", "127.0.0.1:2"), ("SHOPBELL_LOG__FORMAT", "json")]);
    let config = load(&source).expect("loads");
    assert_eq!((config.server.listen.port(), config.log.format), (2, Format::Json));
    assert_eq!(config.log.level, "warn", "what the environment does not name stays");
    source.listen = Some("127.0.0.1:3".parse().expect("an address"));
    assert_eq!(load(&source).expect("loads").server.listen.port(), 3);
}

#[test]
fn the_environment_can_set_numbers_and_lists() {
    let (_folder, mut source) = folder_with("");
    source.env = env(&[
        ("SHOPBELL_LIMITS__CONNECTIONS", "5"),
        ("SHOPBELL_SERVER__TRUSTED_PROXIES", "[\"10.0.0.0/8\"]"),
        ("SHOPBELL_SERVER__PUBLIC_URL", "https://bell.example"),
        ("SHOPBELL_UNRELATED", "x"),
    ]);
    let config = load(&source).expect("loads");
    assert_eq!(config.limits.connections, 5);
    assert_eq!(config.server.trusted_proxies.len(), 1);
    assert_eq!(config.server.public_url.expect("set").as_str(), "https://bell.example");
}

#[test]
fn what_looks_like_a_number_and_is_a_text_is_a_text() {
    let (_folder, mut source) = folder_with("");
    source.env = env(&[
        ("SHOPBELL_SMS__ACCOUNT_SID", "12"),
        ("SHOPBELL_SMS__AUTH_TOKEN", "0123"),
        ("SHOPBELL_SMS__FROM", "+351912345678"),
        ("SHOPBELL_LIMITS__CONNECTIONS", "5"),
    ]);
    let config = load(&source).expect("loads");
    let sms = config.sms.expect("set");
    assert_eq!((sms.account_sid.as_str(), sms.auth_token.as_str()), ("12", "0123"));
    assert_eq!((sms.from.as_str(), config.limits.connections), ("+351912345678", 5));
    source.env.push(("SHOPBELL_SERVER__LISTEN".into(), "7".into()));
    let said = load(&source).expect_err("no address").to_string();
    assert!(said.contains("SHOPBELL_SERVER__LISTEN"), "{said}");
}

#[test]
fn an_unknown_key_is_named_with_its_file() {
    let (folder, source) = folder_with("[server]\nlisen = \"127.0.0.1:1\"");
    let said = load(&source).expect_err("unknown").to_string();
    assert!(said.contains("unknown field `lisen`"), "{said}");
    assert!(said.contains(&folder.path().join("shopbell.toml").display().to_string()), "{said}");
}

#[test]
fn a_wrong_variable_is_named() {
    for (name, value) in [
        ("SHOPBELL_LIMITS__CONNECTIONS", "many"),
        ("SHOPBELL_SERVER__LISEN", "x"),
        ("SHOPBELL_SEVER__LISTEN", "x"),
    ] {
        let (_folder, mut source) = folder_with("");
        source.env = env(&[(name, value)]);
        let said = load(&source).expect_err("wrong").to_string();
        assert!(said.contains(name), "{said}");
    }
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let source = Source { file: Some(PathBuf::from("/nowhere/shopbell.toml")), ..Source::default() };
    let said = load(&source).expect_err("missing").to_string();
    assert!(said.contains("/nowhere/shopbell.toml"), "{said}");
}

#[test]
fn the_file_in_the_data_folder_cannot_move_the_data() {
    let (_folder, source) = folder_with("[server]\ndata = \"elsewhere\"");
    assert!(load(&source).expect_err("refused").to_string().contains("server.data"));
}

#[test]
fn a_public_url_with_a_path_is_refused() {
    let (_folder, source) = folder_with("[server]\npublic_url = \"https://bell.example/chat\"");
    assert!(load(&source).expect_err("refused").to_string().contains("server.public_url"));
}
