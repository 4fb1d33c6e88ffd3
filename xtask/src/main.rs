//! `cargo xtask`: what developers run on Shopbell. Every job of CI is a command
//! here, so that what fails there can be run at home.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line speaks by printing")]

mod bench;
mod build;
mod chaos;
mod demo;
mod failures;
mod http;
mod places;
mod relay;
mod replies;
mod report;
mod shell;
mod size;
mod steps;
mod tally;
mod tidy;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// What developers run on Shopbell.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", disable_version_flag = true)]
struct Cli {
    #[command(subcommand)]
    job: Job,
}

#[derive(Subcommand)]
enum Job {
    /// Build everything and start a relay with a demo shop on this machine
    Demo {
        /// Where the relay listens; the shop's page is on the next port
        #[arg(long, default_value = "127.0.0.1:8787", value_name = "ADDRESS")]
        listen: String,
        /// Where the relay keeps its data [default: target/demo]
        #[arg(long, value_name = "FOLDER")]
        data: Option<PathBuf>,
        /// Start the relay's development build: slower, but built sooner
        #[arg(long)]
        fast: bool,
    },
    /// Run every check and every test, and sum them up
    Test,
    /// Run one of the steps of `test` by its name
    Ci {
        /// Show the steps and what each does
        #[arg(long)]
        list: bool,
        /// Which step
        #[arg(required_unless_present = "list")]
        step: Option<String>,
    },
    /// Build the widget, the inbox and the `shopbell` executable with both inside
    Build {
        /// Build the relay for development: slower at work, but built sooner
        #[arg(long)]
        fast: bool,
    },
    /// Say what a visitor's browser has to load, against the budgets
    Size {
        /// Ask the relay's development build: its pages are the same
        #[arg(long)]
        fast: bool,
    },
    /// Measure the relay; everything after `bench` is handed on
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Let everything fail under a relay with people on it: --seed N, --minutes M or --rounds R;
    /// or in a simulation: --seeds N, --seed FIRST
    Chaos {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let places = places::Places::find();
    let done = match Cli::parse().job {
        Job::Demo { listen, data, fast } => demo::run(&places, &listen, data, relay::Profile::pick(fast)),
        Job::Test => steps::run_all(&places),
        Job::Ci { step: Some(name), list: false } => steps::run_one(&places, &name),
        Job::Ci { .. } => steps::list(),
        Job::Build { fast } => build::everything(&places, relay::Profile::pick(fast)),
        Job::Size { fast } => size::run(&places, relay::Profile::pick(fast)),
        Job::Bench { args } => bench::run(&places, &args),
        Job::Chaos { args } => chaos::run(&places, &args),
    };
    match done {
        Ok(code) => code,
        Err(problem) => {
            eprintln!("{problem:#}");
            ExitCode::FAILURE
        }
    }
}
