//! Real mail servers: Debian's Postfix and Dovecot, in a folder of their own and on ports of
//! this machine alone, with names from a DNS server of ours. They end with the test.

mod dns;
mod dovecot;
mod faulty;
mod house;
mod letters;
mod person;
mod postfix;

pub use dns::Names;
pub use faulty::{Faulty, Step};
pub use house::{House, Rooms};
pub use letters::Letters;
pub use person::{Key, Person};

use std::{
    collections::HashSet,
    fs,
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
};

/// A port that is free, and that no other test of this process was given.
pub fn free_port() -> u16 {
    static GIVEN: Mutex<Option<HashSet<u16>>> = Mutex::new(None);
    loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let mut given = GIVEN.lock().expect("nobody panics with it");
        if given.get_or_insert_default().insert(port) {
            return port;
        }
    }
}

/// A server in the foreground, under a shell that stops it when the test has gone, however
/// that came about.
struct Server {
    shell: Child,
}

impl Server {
    fn start(run: &str, stop: &str, log: &Path) -> Self {
        let log = fs::File::create(log).expect("a log");
        let script = format!("{run} & cat > /dev/null; {stop}; wait");
        let shell = Command::new("sh")
            .args(["-c", &script])
            .stdin(Stdio::piped())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            .spawn()
            .expect("a shell");
        Self { shell }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// # Panics
/// With what to install.
fn need(program: &str) {
    let found = Command::new("sh").args(["-c", &format!("command -v {program}")]).output();
    assert!(
        found.is_ok_and(|found| found.status.success()),
        "There is no {program}. On Debian, as root: `apt-get install postfix dovecot-imapd dovecot-lmtpd python3`."
    );
}

/// Runs a program to its end and gives what it said.
fn run(program: &str, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    child.stdin.take().expect("it is piped").write_all(input).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}
