//! `shopbell`: the relay, in one executable.

mod assets;
mod cli;
mod clock;
mod cluster;
mod config;
mod copies;
mod demo;
mod doctor;
mod entropy;
mod guard;
mod http;
mod hub;
mod limits;
mod loader;
mod logging;
mod memory;
mod metrics;
mod moving;
mod outside;
mod pages;
mod pictures;
mod relay;
mod secrets;
mod serve;
mod shops;
mod sightings;
#[cfg(test)]
mod simulation;
mod talk;
#[cfg(test)]
mod testing;

use clap::Parser;
use std::process::ExitCode;

/// Holds thousands of idle visitors, and a crowd that comes back, in less memory than the system's.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[tokio::main]
async fn main() -> ExitCode {
    shopbell_channels::use_ring();
    cli::run(cli::Arguments::parse()).await
}
