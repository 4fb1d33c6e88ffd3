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
const ASKED: u32 = 3_000;
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// Ends the server when the pipe to whoever started it is closed: also when that was killed.
/// `$0` is the signal.
const KEEPER: &str = r#""$@" < /dev/null & server=$!
cat > /dev/null
kill -$0 $server
wait $server"#;

/// A server and its keeper.
#[derive(Debug)]
pub struct Guarded {
    keeper: Child,
}

impl Guarded {
    /// Starts a server whose output goes to a log, and which ends at this signal, like `KILL`.
    ///
    /// # Panics
    /// When there is no shell, or no log can be written.
    pub fn start(server: &Command, signal: &str, log: &Path) -> Self {
        let out = File::create(log).expect("a log");
        let err = out.try_clone().expect("a log");
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, signal]).arg(server.get_program()).args(server.get_args());
        for (name, value) in server.get_envs() {
            if let Some(value) = value {
                keeper.env(name, value);
            }
        }
        if let Some(folder) = server.get_current_dir() {
            keeper.current_dir(folder);
        }
        keeper.stdin(Stdio::piped()).stdout(out).stderr(err);
        let keeper = keeper.spawn().expect("a shell");
        Self { keeper }
    }

    /// The keeper's process: the server is its child.
    pub fn keeper(&self) -> u32 {
        self.keeper.id()
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

/// Where a server's executable is, if it is installed: seldom where a plain user's path leads.
/// What somebody has put there by hand goes before what the system brings.
pub fn installed(name: &str) -> Option<PathBuf> {
    let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];
    folders.into_iter().map(|folder| Path::new(folder).join(name)).find(|file| file.exists())
}

/// The same for one that a test can't do without.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    let found = installed(name);
    found.unwrap_or_else(|| panic!("There is no {name}. On Debian: `apt-get install {package}`."))
}

/// Waits until somebody listens on a port.
///
/// # Errors
/// With what was logged, when nobody does within a minute.
pub fn listening(port: u16, log: &Path) -> Result<(), String> {
    for _ in 0..ASKED {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        sleep(ASKED_EVERY);
    }
    Err(format!("The server did not start: {}", fs::read_to_string(log).unwrap_or_default()))
}

/// The same where nothing goes on without it.
pub(crate) fn until_listening(port: u16, log: &Path) {
    if let Err(why) = listening(port, log) {
        panic!("{why}");
    }
}

/// A port that is free now.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
