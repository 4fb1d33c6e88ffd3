//! Reads the settings: the command line wins over the environment, that over the
//! file, and that over the defaults. What is wrong is told in a sentence that
//! names the place, the key and what to do.

use super::Config;
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// The file in the data folder that is read unless another is named.
pub(crate) const FILE_NAME: &str = "shopbell.toml";
/// How a setting is named in the environment: `SHOPBELL_SECTION__KEY`.
const PREFIX: &str = "SHOPBELL_";

/// What the environment sets, by `section.key`, as it stands there.
type EnvSettings = BTreeMap<String, String>;
type TableError = serde_path_to_error::Error<toml::de::Error>;

/// Where settings come from.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// `--config`.
    pub(crate) file: Option<PathBuf>,
    /// `--data`.
    pub(crate) data: Option<PathBuf>,
    /// `--listen`.
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// The environment.
    pub(crate) env: Vec<(String, String)>,
}

/// What is wrong with the settings, in a sentence for the person who set them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ConfigError(String);

/// Reads the settings.
///
/// # Errors
/// [`ConfigError`] when a file cannot be read, or a key or value is not known.
pub(crate) fn load(source: &Source) -> Result<Config, ConfigError> {
    let from_env = env_settings(&source.env)?;
    let data = source.data.clone().or_else(|| from_env.get("server.data").map(PathBuf::from));
    let place = source
        .file
        .clone()
        .unwrap_or_else(|| data.clone().unwrap_or_else(|| Config::default().data()).join(FILE_NAME));
    let mut table = read(&place, source.file.is_some())?;
    if source.file.is_none() && table.get("server").is_some_and(|server| server.get("data").is_some()) {
        return Err(ConfigError(format!(
            "{}: `server.data` cannot be set in the file inside the data folder. \
             Remove it, and use --data or SHOPBELL_SERVER__DATA instead.",
            place.display()
        )));
    }
    for (key, text) in &from_env {
        set(&mut table, key, env_value(text));
    }
    let mut config = with_env(table, &from_env).map_err(|error| sentence(&error, &place, &from_env))?;
    if let Some(listen) = source.listen {
        config.server.listen = listen;
    }
    if data.is_some() {
        config.server.data = data;
    }
    Ok(config)
}

/// The file's table; none is as good as an empty one, unless it was named.
fn read(place: &Path, named: bool) -> Result<Table, ConfigError> {
    match fs::read_to_string(place) {
        Ok(text) => text.parse::<Table>().map_err(|error| {
            ConfigError(format!("{}: this is not TOML: {}", place.display(), error.to_string().trim()))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !named => Ok(Table::new()),
        Err(error) => Err(ConfigError(format!(
            "{}: the configuration cannot be read: {error}. Check the path and who may read it.",
            place.display()
        ))),
    }
}

/// `SHOPBELL_SECTION__KEY=value` by `section.key`. Others with the
/// prefix but without the two underscores are not ours.
fn env_settings(env: &[(String, String)]) -> Result<EnvSettings, ConfigError> {
    let mut settings = EnvSettings::new();
    for (name, text) in env {
        let Some(rest) = name.strip_prefix(PREFIX) else { continue };
        let Some((section, key)) = rest.split_once("__") else { continue };
        if section.is_empty() || key.is_empty() {
            return Err(ConfigError(format!(
                "The environment variable {name} names no setting. \
                 It should look like SHOPBELL_SERVER__LISTEN."
            )));
        }
        let key = format!("{}.{}", section.to_lowercase(), key.to_lowercase());
        settings.insert(key, text.clone());
    }
    Ok(settings)
}

fn set(table: &mut Table, key: &str, value: Value) {
    let (section, name) = key.split_once('.').unwrap_or_default();
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(name.to_owned(), value);
    }
}

/// A value as it would stand in the file; what is no TOML is taken for text.
fn env_value(text: &str) -> Value {
    let line = format!("value = {text}");
    let parsed = line.parse::<Table>().ok().and_then(|mut table| table.remove("value"));
    match parsed {
        Some(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_) | Value::String(_))) => value,
        _ => Value::String(text.to_owned()),
    }
}

/// Whether a variable is a number or a text is the setting's to say, which is known only
/// when it is read: a phone number or a password can look like a number.
fn with_env(mut table: Table, env: &EnvSettings) -> Result<Config, TableError> {
    for _ in env {
        let error = match parse(&table) {
            Ok(config) => return Ok(config),
            Err(error) => error,
        };
        let key = error.path().to_string();
        match env.get(&key) {
            Some(text) if !matches!(env_value(text), Value::String(_)) => {
                let mut as_text = table.clone();
                set(&mut as_text, &key, Value::String(text.clone()));
                // What is no text either is told as it was found at first.
                if parse(&as_text).is_err_and(|error| error.path().to_string() == key) {
                    return Err(error);
                }
                table = as_text;
            }
            _ => return Err(error),
        }
    }
    parse(&table)
}

fn parse(table: &Table) -> Result<Config, TableError> {
    serde_path_to_error::deserialize(Value::Table(table.clone()))
}

fn sentence(error: &TableError, place: &Path, env: &EnvSettings) -> ConfigError {
    let key = error.path().to_string();
    let said = error.inner().message().trim().trim_end_matches('.');
    let of_env =
        env.keys().find(|k| **k == key || key.starts_with(&format!("{k}[")) || unknown(said, &key, k));
    let place = match of_env {
        Some(key) => {
            let name = key.to_uppercase().replacen('.', "__", 1);
            format!("The environment variable {PREFIX}{name}")
        }
        None => place.display().to_string(),
    };
    let at = if key == "." { String::new() } else { format!(" at `{key}`") };
    ConfigError(format!("{place}: {said}{at}. Correct the key or its value, or remove it."))
}

/// Whether an "unknown field" was said of this very key of the environment: then
/// the path may end at the section.
fn unknown(said: &str, path: &str, env_key: &str) -> bool {
    let (section, name) = env_key.split_once('.').unwrap_or_default();
    let of_section = said.starts_with(&format!("unknown field `{section}`"));
    of_section || (path.starts_with(section) && said.starts_with(&format!("unknown field `{name}`")))
}
