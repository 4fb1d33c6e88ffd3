//! A server that does not outlive the test.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

/// How often it is asked whether a server is there, and after how long again.
const ASKED: u32 = 600;
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// Ends the server when the pipe to whoever started it is closed: also when that was killed.
/// `$0` is the signal.
const KEEPER: &str = r#""$@" < /dev/null & server=$!
cat > /dev/null
kill -$0 $server
wait $server"#;

/// A server and its keeper.
#[derive(Debug)]
pub(crate) struct Guarded {
    keeper: Child,
}

impl Guarded {
    /// Starts a server whose output goes to a log, and which ends at this signal.
    pub(crate) fn start(server: &Command, signal: &str, log: &Path) -> Self {
        let out = File::create(log).expect("a log");
        let err = out.try_clone().expect("a log");
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, signal]).arg(server.get_program()).args(server.get_args());
        for (name, value) in server.get_envs() {
            if let Some(value) = value {
                keeper.env(name, value);
            }
        }
        keeper.stdin(Stdio::piped()).stdout(out).stderr(err);
        let keeper = keeper.spawn().expect("a shell");
        Self { keeper }
    }

    /// Closes the pipe and waits for the end.
    pub(crate) fn stop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where a server's executable is: seldom where a plain user's path leads.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let folders = ["/usr/sbin", "/usr/bin", "/usr/local/bin"];
    let found = folders.into_iter().map(|folder| Path::new(folder).join(name)).find(|file| file.exists());
    found.unwrap_or_else(|| panic!("There is no {name}. On Debian: `apt-get install {package}`."))
}

/// Waits until somebody listens on a port; with what was logged when nobody does.
pub(crate) fn until_listening(port: u16, log: &Path) {
    for _ in 0..ASKED {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        sleep(ASKED_EVERY);
    }
    panic!("The server did not start: {}", fs::read_to_string(log).unwrap_or_default());
}

/// A port that is free now.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
