//! The real relay as a process of its own, to be killed and started again.

use crate::binary::{command_of, shopbell, text};
use crate::clock::fresh;
use crate::wait::{until, until_blocking};
use rustix::process::{Pid, Signal, kill_process};
use shopbell_servers::Folder;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

/// Where a shop's pages are served from, as far as the relay is told.
pub const SITE: &str = "https://shop.example";
/// Ports below those that the system gives to clients, so that a relay that is
/// down does not lose its port to somebody's connection.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// How a relay is to be run.
#[derive(Default)]
pub struct Setup {
    env: Vec<(String, String)>,
    args: Vec<String>,
}

impl Setup {
    /// Sets a setting by its name in the environment, like `LIMITS__CONNECTIONS`.
    pub fn set(mut self, name: &str, value: impl ToString) -> Self {
        self.env.push((format!("SHOPBELL_{name}"), value.to_string()));
        self
    }

    /// Takes all limits away, so that load is load.
    pub fn without_limits(mut self) -> Self {
        for name in [
            "CONNECTIONS",
            "CONNECTIONS_PER_ADDRESS",
            "HELLOS_PER_SECOND",
            "VISITOR_SENDS_PER_MINUTE",
            "OWNER_SENDS_PER_MINUTE",
            "SHOP_SENDS_PER_MINUTE",
            "ADDRESS_SENDS_PER_MINUTE",
            "ADDRESS_BEGINS_PER_MINUTE",
            "ADDRESS_CONNECTS_PER_MINUTE",
            "ADDRESS_SIGN_INS_PER_MINUTE",
            "ADDRESS_REQUESTS_PER_MINUTE",
            "CONNECTION_FRAMES_PER_MINUTE",
        ] {
            self = self.set(&format!("LIMITS__{name}"), 0);
        }
        self
    }

    /// Adds an argument of `shopbell serve`.
    pub fn arg(mut self, arg: &str) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Starts a relay with one shop, `oak`.
    pub async fn start(self) -> Relay {
        let relay = Relay::prepare(self);
        relay.add_shop("oak");
        relay.up().await
    }
}

/// A running relay, or one that was killed. Its data folder goes with it.
pub struct Relay {
    setup: Setup,
    address: SocketAddr,
    folder: Folder,
    child: Option<Child>,
    /// Another build than the one under test.
    older: Option<PathBuf>,
}

impl Relay {
    /// A relay with one shop, `oak`, and the limits of the settings.
    pub async fn start() -> Self {
        Setup::default().start().await
    }

    /// A data folder and a port, and nothing running on it.
    ///
    /// # Panics
    /// When there is no folder or no port to be had.
    pub fn prepare(setup: Setup) -> Self {
        let folder = Folder::new().expect("a temporary folder");
        Self { setup, address: free_address(), folder, child: None, older: None }
    }

    /// Changes a setting for when it is started the next time.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.setup.env.push((format!("SHOPBELL_{name}"), value.to_string()));
    }

    /// Gives the process this in its environment when it is started the next time.
    pub fn set_environment(&mut self, name: &str, value: impl ToString) {
        self.setup.env.push((name.into(), value.to_string()));
    }

    /// From its next start on it is an older build, or the one under test again.
    pub fn set_older(&mut self, executable: Option<PathBuf>) {
        self.older = executable;
    }

    /// Whether it is, or will be, an older build.
    pub fn is_older(&self) -> bool {
        self.older.is_some()
    }

    /// Starts it, or starts it again, and waits until it is ready.
    ///
    /// # Panics
    /// When it ends instead; with what it logged.
    pub async fn up(mut self) -> Self {
        self.start_again().await;
        self
    }

    /// Starts it again on the same port and data, and waits until it is ready.
    ///
    /// # Panics
    /// When it ends instead; with what it logged.
    pub async fn start_again(&mut self) {
        self.spawn();
        self.until_ready().await;
    }

    /// Takes over a process that a test has started on this relay's address and data.
    ///
    /// # Panics
    /// When it ends instead of becoming ready; with what it logged.
    pub async fn adopt(&mut self, child: Child) {
        self.child = Some(child);
        self.until_ready().await;
    }

    async fn until_ready(&mut self) {
        let ready = self.url("/readyz");
        let client = crate::web::client();
        until("the relay to be ready", async || {
            let child = self.child.as_mut().expect("it was just started");
            if let Some(status) = child.try_wait().expect("a child can be asked") {
                panic!("the relay ended at once ({status}):\n{}", self.log());
            }
            client.get(&ready).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Starts it without waiting for anything.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn spawn(&mut self) {
        let log = File::options().create(true).append(true).open(self.log_file()).expect("a log file");
        let mut serve = self.cli(&["serve", "--listen", &self.address.to_string()]);
        serve.args(&self.setup.args).stdout(Stdio::null()).stderr(log);
        self.child = Some(serve.spawn().expect("the executable starts"));
    }

    /// A call of the command line on this relay's data.
    pub fn cli(&self, args: &[&str]) -> Command {
        let mut command = command_of(self.older.as_ref().unwrap_or(&shopbell()));
        command.args(args).arg("--data").arg(self.data());
        command.envs(self.setup.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Adds a shop whose pages are on [`SITE`].
    ///
    /// # Panics
    /// When the command fails; with what it said.
    pub fn add_shop(&self, id: &str) {
        let args = ["shop", "add", id, "--name", "Oak & Ash", "--owner", "Ana", "--site", SITE];
        let output = self.cli(&args).output().expect("the executable starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
    }

    /// The code of a fresh sign-in link.
    ///
    /// # Panics
    /// When the command fails; with what it said.
    pub fn sign_in_code(&self, shop: &str) -> String {
        let output = self.cli(&["owner", "link", shop]).output().expect("the executable starts");
        let said = text(&output.stdout);
        let code = said.split("#code=").nth(1).and_then(|rest| rest.split_whitespace().next());
        code.unwrap_or_else(|| panic!("no link in {said:?}: {}", text(&output.stderr))).into()
    }

    /// Ends it at once, as a power cut would.
    ///
    /// # Panics
    /// When it is not running.
    pub fn kill(&mut self) {
        let mut child = self.child.take().expect("a running relay");
        child.kill().expect("a child can be killed");
        child.wait().expect("a killed child ends");
    }

    /// Asks it to end in good order, and waits until it has.
    ///
    /// # Panics
    /// When it is not running, or does not end.
    pub fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        let mut child = self.child.take().expect("a running relay");
        until_blocking("the relay to end in good order", || child.try_wait().expect("a child can be asked"))
    }

    /// Whether it was started and not ended by the test.
    pub fn is_up(&self) -> bool {
        self.child.is_some()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    /// When it is not running.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a running child can be signalled");
    }

    /// Its process.
    ///
    /// # Panics
    /// When it is not running.
    pub fn pid(&self) -> Pid {
        Pid::from_child(self.child.as_ref().expect("a running relay"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its own origin.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// An address on it.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// Has the key of another relay, with which it shares a memory.
    ///
    /// # Panics
    /// When the other one has none yet.
    pub fn take_key_of(&self, other: &Relay) {
        std::fs::create_dir_all(self.data()).expect("a folder");
        std::fs::copy(other.data().join("relay.key"), self.data().join("relay.key")).expect("a key");
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// All that it has logged, over all its lives.
    pub fn log(&self) -> String {
        std::fs::read(self.log_file()).map(|bytes| text(&bytes)).unwrap_or_default()
    }

    /// A file of the test's own, beside the data.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if self.child.is_some() {
            self.kill();
        }
        if std::thread::panicking() {
            eprintln_log(&self.log());
        }
    }
}

#[allow(clippy::print_stderr, reason = "a failed test shows what the relay logged")]
fn eprintln_log(log: &str) {
    eprintln!("the relay's log:\n{log}");
}

/// An address that nobody listens on.
///
/// # Panics
/// When none is free.
pub fn free_address() -> SocketAddr {
    let span = u64::from(PORTS.end - PORTS.start);
    let own = u64::from(std::process::id()) * 31;
    (0..span)
        .find_map(|_| {
            let offset = u16::try_from((own + fresh()) % span).expect("below a port");
            let address = SocketAddr::from(([127, 0, 0, 1], PORTS.start + offset));
            TcpListener::bind(address).is_ok().then_some(address)
        })
        .expect("a free port")
}
