//! The command line.

use crate::{
    config::{self, Config, Source},
    copies, doctor,
    moving::{self, Memory},
    serve, shops,
};
use clap::{Args, Parser, Subcommand};
use shopbell_store::ShopEdit;
use std::{
    env,
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
    process::ExitCode,
};

const EXAMPLES: &str = "\
Examples:
  shopbell serve --demo                          try it out, with a shop to talk to
  shopbell shop add oak --name 'Oak & Ash' --owner Maya --site https://oak.example
  shopbell owner link oak                        a link that signs Maya's phone in, once
  shopbell serve --data /var/lib/shopbell        run it

Settings stand in DATA/shopbell.toml (or in the file of --config). Each can also be set in the
environment, as SHOPBELL_SECTION__KEY, which wins over the file; an option here wins over both:
  [server]   listen, public_url, trusted_proxies
  [limits]   connections, connections_per_address, visitor_sends_per_minute, …
  [log]      level, format
  [metrics]  listen
For example: SHOPBELL_SERVER__PUBLIC_URL=https://bell.example";

/// Shopbell's relay: a visitor of a shop's page writes, a real person answers.
#[derive(Debug, Parser)]
#[command(name = "shopbell", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the relay until it is told to stop (SIGTERM, or Ctrl-C).
    Serve {
        #[command(flatten)]
        place: Place,
        /// Where to listen; port 0 takes any that is free. [default: 127.0.0.1:8080]
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Also make a shop called "demo" and serve its page from the next port,
        /// and print where to find the shop, the inbox and the talk page.
        #[arg(long)]
        demo: bool,
    },
    /// Add shops, change them and list them.
    #[command(subcommand)]
    Shop(ShopCommand),
    /// Let owners in.
    #[command(subcommand)]
    Owner(OwnerCommand),
    /// Copy all that must be kept into a new folder, also while the relay runs.
    #[command(after_help = "Example:\n  shopbell backup /backup/shopbell-monday --data /var/lib/shopbell")]
    Backup {
        /// The folder to make. It is there whole or not at all.
        #[arg(value_name = "FOLDER")]
        to: PathBuf,
        #[command(flatten)]
        place: Place,
    },
    /// Put a copy back into a data folder that is empty, while no relay runs on it.
    #[command(
        after_help = "Examples:\n  shopbell restore /backup/shopbell-monday --data /var/lib/shopbell\n  \
        shopbell restore --postgres --data /var/lib/shopbell"
    )]
    Restore {
        /// A folder that `shopbell backup` has made.
        #[arg(value_name = "FOLDER", required_unless_present = "postgres")]
        from: Option<PathBuf>,
        /// The database of [store] postgres was put back by its own tools: note it, so that
        /// devices find out and send again what is missing.
        #[arg(long, conflicts_with = "from")]
        postgres: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Move everything from the data folder's SQLite database into the PostgreSQL database of
    /// [store] postgres, while no relay runs. What was broken off goes on when it is run again.
    #[command(
        after_help = "Example:\n  SHOPBELL_STORE__POSTGRES=postgresql://shopbell:PASSWORD@host/shopbell \\\n    \
        shopbell migrate --from sqlite --to postgres --data /var/lib/shopbell"
    )]
    Migrate {
        /// Where everything is now.
        #[arg(long)]
        from: Memory,
        /// Where it is to be.
        #[arg(long)]
        to: Memory,
        #[command(flatten)]
        place: Place,
    },
    /// Find out what is wrong: tries everything for real, and says what to do.
    Doctor {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum ShopCommand {
    /// Add a shop, and print the tag to paste into its pages.
    #[command(after_help = "Example:\n  shopbell shop add oak --name 'Oak & Ash' --owner Maya \\\n    \
        --site https://oak.example --site https://www.oak.example")]
    Add {
        /// The shop's id, as it will stand in the tag: lower-case letters, digits and hyphens.
        id: String,
        /// The shop's name, for people.
        #[arg(long)]
        name: String,
        /// The owner's name, as visitors read it.
        #[arg(long)]
        owner: String,
        /// An origin that the bell may hang on, like https://oak.example. May be given more than once.
        #[arg(long = "site", value_name = "ORIGIN", required = true)]
        sites: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// Change a shop's names or its sites; what is not given stays. A running relay goes by it at once.
    #[command(after_help = "Example:\n  shopbell shop edit oak --add-site https://www.oak.example")]
    Edit {
        /// The shop's id.
        id: String,
        /// The shop's new name.
        #[arg(long)]
        name: Option<String>,
        /// The owner's new name.
        #[arg(long)]
        owner: Option<String>,
        /// An origin that the bell may hang on from now on. May be given more than once.
        #[arg(long = "add-site", value_name = "ORIGIN")]
        add_sites: Vec<String>,
        /// An origin that it may hang on no more. May be given more than once.
        #[arg(long = "remove-site", value_name = "ORIGIN")]
        remove_sites: Vec<String>,
        #[command(flatten)]
        place: Place,
    },
    /// List the shops, one a line.
    List {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Subcommand)]
enum OwnerCommand {
    /// Print a link that signs one device of the owner's in. It works once, for 15 minutes.
    Link {
        /// The shop's id.
        shop: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Where the data and the settings are.
#[derive(Debug, Args)]
struct Place {
    /// The folder with all that must be backed up. [default: shopbell-data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The settings. [default: DATA/shopbell.toml, if it is there]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    fn load(self, listen: Option<SocketAddr>) -> Result<Config, String> {
        let is_text = |pair: (std::ffi::OsString, std::ffi::OsString)| {
            Some((pair.0.into_string().ok()?, pair.1.into_string().ok()?))
        };
        let env = env::vars_os().filter_map(is_text).collect();
        let source = Source { file: self.config, data: self.data, listen, env };
        config::load(&source).map_err(|error| error.to_string())
    }
}

/// Does what was asked; what goes wrong is said on stderr.
pub(crate) async fn run(arguments: Arguments) -> ExitCode {
    let done = match arguments.command {
        Command::Serve { place, listen, demo } => match place.load(listen) {
            Ok(config) => serve::run(config, demo).await,
            Err(sentence) => Err(sentence),
        },
        Command::Shop(ShopCommand::Add { id, name, owner, sites, place }) => match place.load(None) {
            Ok(config) => print(shops::add(&config, &id, &name, &owner, &sites).await),
            Err(sentence) => Err(sentence),
        },
        Command::Shop(ShopCommand::Edit { id, name, owner, add_sites, remove_sites, place }) => {
            match place.load(None) {
                Ok(config) => {
                    let edit = ShopEdit { name, owner, add_sites, remove_sites };
                    print(shops::edit(&config, &id, edit).await)
                }
                Err(sentence) => Err(sentence),
            }
        }
        Command::Shop(ShopCommand::List { place }) => match place.load(None) {
            Ok(config) => print(shops::list(&config).await),
            Err(sentence) => Err(sentence),
        },
        Command::Owner(OwnerCommand::Link { shop, place }) => match place.load(None) {
            Ok(config) => print(shops::link(&config, &shop).await),
            Err(sentence) => Err(sentence),
        },
        Command::Backup { to, place } => match place.load(None) {
            Ok(config) => print(copies::back_up(&config, &to)),
            Err(sentence) => Err(sentence),
        },
        Command::Restore { from, postgres: _, place } => match (place.load(None), from) {
            (Ok(config), Some(from)) => print(copies::restore(&config, &from)),
            (Ok(config), None) => print(copies::note_restore(&config).await),
            (Err(sentence), _) => Err(sentence),
        },
        Command::Migrate { from, to, place } => match place.load(None) {
            Ok(config) => print(moving::migrate(&config, from, to).await),
            Err(sentence) => Err(sentence),
        },
        Command::Doctor { place } => {
            let report = doctor::examine(place.load(None)).await;
            let said = print(Ok(report.text));
            if report.healthy { said } else { said.and(Err(String::new())) }
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            if !sentence.is_empty() {
                // When even this cannot be said, the exit code still says it.
                drop(writeln!(io::stderr(), "{sentence}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// Writes a command's result to stdout.
pub(crate) fn print(text: Result<String, String>) -> Result<(), String> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text?.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| format!("The result cannot be written: {error}."))
}
