//! A NATS of the test's own.

use crate::folder::Folder;
use crate::guarded::{Guarded, free_port, program, until_listening};
use std::process::Command;

/// A running NATS on a port of this machine.
#[derive(Debug)]
pub struct Nats {
    // Before its folder, so that it ends before that goes.
    running: Option<Guarded>,
    folder: Folder,
    port: u16,
    settings: Vec<String>,
}

impl Nats {
    /// Starts one.
    ///
    /// # Panics
    /// When it is not installed or does not start, with what to do.
    pub fn start() -> Self {
        Self::start_with(Vec::new())
    }

    /// Starts two that pass on to each other what they are told. Who is at one is not told of the other.
    ///
    /// # Panics
    /// Likewise.
    pub fn start_two() -> [Self; 2] {
        let routes = [0, 1].map(|_| format!("nats://127.0.0.1:{}", free_port()));
        let [one, other] = &routes;
        [(one, other), (other, one)].map(|(own, to)| {
            let settings = ["--no_advertise=true", "--cluster", own, "--routes", to];
            Self::start_with(settings.map(String::from).into())
        })
    }

    fn start_with(settings: Vec<String>) -> Self {
        let folder = Folder::new().expect("a folder");
        let mut this = Self { running: None, folder, port: free_port(), settings };
        this.start_again();
        this
    }

    /// Starts it after [`Self::stop`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let mut server = Command::new(program("nats-server", "nats-server"));
        server.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]).args(&self.settings);
        let log = self.folder.path().join("log");
        self.running = Some(Guarded::start(&server, "KILL", &log));
        until_listening(self.port, &log);
    }

    /// Stops it.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }
}
