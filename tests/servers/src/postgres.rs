//! A PostgreSQL of the test's own.

use crate::folder::Folder;
use crate::guarded::{Guarded, free_port};
use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::Duration,
};

/// PostgreSQL does not run as root; this is nobody's number on every Unix.
const NOBODY: u32 = 65_534;
/// How often it is asked whether it is there, and after how long again.
const ASKED: u32 = 600;
const ASKED_EVERY: Duration = Duration::from_millis(50);

/// A running PostgreSQL, on a port of this machine and on a socket in its folder.
#[derive(Debug)]
pub struct Postgres {
    // Before its folder, so that it ends before that goes.
    running: Option<Guarded>,
    folder: Folder,
    programs: PathBuf,
    port: u16,
    settings: Vec<String>,
    databases: AtomicU32,
}

impl Postgres {
    /// Makes a cluster and starts it. Settings are like `fsync=off`.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start, with what to do.
    pub fn start(settings: &[&str]) -> Self {
        let folder = Folder::new().expect("a folder");
        let programs = programs();
        if is_root() {
            chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("gives the folder away");
        }
        let mut initdb = as_nobody(&programs.join("initdb"));
        initdb.arg("-D").arg(folder.path().join("data"));
        initdb.args(["-U", "shopbell", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]);
        let made = initdb.current_dir("/").output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let databases = AtomicU32::new(0);
        let mut this = Self { running: None, folder, programs, port: free_port(), settings, databases };
        this.start_again();
        this
    }

    /// Starts it after [`Self::stop`].
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        let mut server = Command::new("setpriv");
        if is_root() {
            server.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        server.arg(self.programs.join("postgres")).arg("-D").arg(self.folder.path().join("data"));
        server.arg("-k").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
        server.args(["-c", "listen_addresses=127.0.0.1"]);
        for setting in &self.settings {
            server.args(["-c", setting]);
        }
        let log = self.folder.path().join("log");
        self.running = Some(Guarded::start(&server, "QUIT", &log));
        for _ in 0..ASKED {
            if self.sql("postgres", "SELECT 1").is_some() {
                return;
            }
            sleep(ASKED_EVERY);
        }
        panic!("PostgreSQL did not start: {}", fs::read_to_string(log).unwrap_or_default());
    }

    /// Stops it as a crash would: what it has not on its disk is gone.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// The address of a fresh, empty database.
    ///
    /// # Panics
    /// When it can't be made.
    pub fn database(&self) -> String {
        let name = format!("shop{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let sql = format!("CREATE DATABASE {name} STRATEGY = wal_log");
        assert!(self.sql("postgres", &sql).is_some(), "no database was made");
        self.url(&name)
    }

    /// A copy of a database, made by PostgreSQL's own tool while it is in use.
    ///
    /// # Panics
    /// When it can't be made.
    pub fn dump(&self, database: &str) -> PathBuf {
        let file = self.folder.path().join(format!("{database}.dump"));
        self.run(Command::new(self.programs.join("pg_dump")).args(["-Fc", "-f"]).arg(&file), database);
        file
    }

    /// Puts a copy back in the place of what is there.
    ///
    /// # Panics
    /// When it does not work, as when somebody is still connected.
    pub fn put_back(&self, database: &str, copy: &Path) {
        for statement in [format!("DROP DATABASE {database}"), format!("CREATE DATABASE {database}")] {
            assert!(self.sql("postgres", &statement).is_some(), "{statement}");
        }
        self.run(Command::new(self.programs.join("pg_restore")).arg(copy), database);
    }

    fn run(&self, tool: &mut Command, database: &str) {
        tool.args(["-U", "shopbell", "-h", "127.0.0.1", "-p", &self.port.to_string(), "-d", database]);
        let done = tool.output().expect("it runs");
        assert!(done.status.success(), "{tool:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// The address of a database over TCP.
    pub fn url(&self, name: &str) -> String {
        format!("postgresql://shopbell@127.0.0.1:{}/{name}", self.port)
    }

    /// The address of a database over a socket in the cluster's folder, faster than TCP.
    pub fn socket_url(&self, name: &str) -> String {
        format!("postgresql://shopbell@/{name}?host={}&port={}", self.folder.path().display(), self.port)
    }

    /// The port it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The process whose children are this PostgreSQL.
    ///
    /// # Panics
    /// When it is stopped.
    pub fn keeper(&self) -> u32 {
        self.running.as_ref().expect("a running PostgreSQL").keeper()
    }

    /// Whether it is installed.
    pub fn is_installed() -> bool {
        Path::new("/usr/lib/postgresql").is_dir()
    }

    /// What a statement prints in a database; none when it fails.
    pub fn sql(&self, database: &str, statement: &str) -> Option<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "shopbell", "-h", "127.0.0.1"]);
        psql.args(["-p", &self.port.to_string(), "-d", database, "-c", statement]).stderr(Stdio::null());
        let done = psql.output().expect("psql runs");
        done.status.success().then(|| String::from_utf8_lossy(&done.stdout).trim().to_owned())
    }
}

/// The folder of the newest PostgreSQL's programs.
fn programs() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest =
        installed.filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin")))).max();
    newest.expect("There is no PostgreSQL. On Debian: `apt-get install postgresql`.").1
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

fn as_nobody(program: &Path) -> Command {
    let mut command = Command::new(program);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
