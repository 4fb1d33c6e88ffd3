//! A NATS of the test's own.

use crate::guarded::{Guarded, free_port};
use std::{net::TcpStream, path::PathBuf, process::Command, thread::sleep, time::Duration};
use tempfile::TempDir;

/// How often it is asked whether it is there, and after how long again.
const ASKED: u32 = 600;
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// A running NATS on a port of this machine.
#[derive(Debug)]
pub struct Nats {
    folder: TempDir,
    port: u16,
    running: Option<Guarded>,
}

impl Nats {
    /// Starts one.
    ///
    /// # Panics
    /// When it is not installed or does not start, with what to do.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut this = Self { folder, port: free_port(), running: None };
        this.start_again();
        this
    }

    /// Starts it after [`Self::stop`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let program = ["/usr/sbin/nats-server", "/usr/bin/nats-server", "/usr/local/bin/nats-server"];
        let program = program.into_iter().map(PathBuf::from).find(|file| file.exists());
        let program = program.expect("There is no NATS. On Debian: `apt-get install nats-server`.");
        let mut server = Command::new(program);
        server.args(["-a", "127.0.0.1", "-p", &self.port.to_string()]);
        self.running = Some(Guarded::start(&server, "KILL", &self.folder.path().join("log")));
        for _ in 0..ASKED {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return;
            }
            sleep(ASKED_EVERY);
        }
        panic!("NATS did not start.");
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
