//! A server that does not outlive the test.

use std::{
    fs::File,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
};

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

/// A port that is free now.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
