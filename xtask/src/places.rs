//! Where things stand in the checkout.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The folders that xtask reads and writes.
pub(crate) struct Places {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) cargo_target: PathBuf,
}

impl Places {
    /// Those of the checkout that this xtask belongs to.
    pub(crate) fn find() -> Self {
        let room =
            env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").to_owned().into());
        let root = Path::new(&room).parent().unwrap_or(Path::new(".")).to_owned();
        let cargo_target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => root.join("target"),
        };
        Self { root, cargo_target }
    }

    /// The finished web files; the relay takes them into its executable from here.
    pub(crate) fn web_assets(&self) -> PathBuf {
        self.root.join("target/web-assets")
    }

    /// Where the browser's rooms are compiled: a folder of their own, since the
    /// flags differ from the relay's and cargo would build everything anew.
    pub(crate) fn web_target(&self) -> PathBuf {
        self.cargo_target.join("web")
    }

    /// What each step has printed.
    pub(crate) fn logs(&self) -> PathBuf {
        self.root.join("target/logs")
    }

    /// Tools that were fetched for this checkout.
    pub(crate) fn tools(&self) -> PathBuf {
        self.root.join("target/tools")
    }

    /// Where the demo keeps its data.
    pub(crate) fn demo_data(&self) -> PathBuf {
        self.root.join("target/demo")
    }
}
