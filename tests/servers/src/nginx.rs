//! An nginx of the test's own, in front of relays.

use crate::folder::Folder;
use crate::guarded::{Guarded, free_port, program, until_listening};
use std::{fs, net::SocketAddr, path::Path, process::Command};

/// A running nginx on a port of this machine.
#[derive(Debug)]
pub struct Nginx {
    // Before its folder, so that it ends before that goes.
    _running: Guarded,
    _folder: Folder,
    port: u16,
}

impl Nginx {
    /// Starts one by the example's configuration, with these relays behind it.
    ///
    /// # Panics
    /// When it is not installed or does not start, with what to do.
    pub fn before(relays: [SocketAddr; 3]) -> Self {
        let folder = Folder::new().expect("a folder");
        let port = free_port();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/cluster/nginx.conf");
        let mut config = fs::read_to_string(example).expect("the example's configuration");
        for (number, relay) in (8_081..).zip(relays) {
            config = config.replace(&format!("127.0.0.1:{number} "), &format!("{relay} "));
        }
        config = config.replace("listen 127.0.0.1:8080;", &format!("listen 127.0.0.1:{port};"));
        let file = folder.path().join("nginx.conf");
        fs::write(&file, config).expect("a configuration");
        let mut server = Command::new(program("nginx", "nginx-light"));
        server.arg("-p").arg(folder.path()).arg("-c").arg(&file);
        let log = folder.path().join("log");
        let running = Guarded::start(&server, "QUIT", &log);
        until_listening(port, &log);
        Self { _running: running, _folder: folder, port }
    }

    /// Its origin, as browsers see it.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}
