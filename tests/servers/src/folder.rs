//! A folder that does not outlive the test, however it ends.

use std::{
    io,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// Removes the folder when the pipe to whoever made it is closed: nothing is dropped that stands in
/// a `static`, or when the test is killed. What is mounted in it, and has lost who served it, is
/// taken off first; a server that is about to end may still write, so it is tried for a minute.
/// `$0` is the folder.
const KEEPER: &str = r#"cat > /dev/null
for time in $(seq 600)
do
    rm -rf -- "$0" && exit
    for inside in "$0"/*
    do fusermount3 -u -z "$inside" || umount -l "$inside"
    done
    sleep 0.1
done"#;

/// A folder of a test's own, for what servers keep.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    keeper: Child,
}

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    /// When there is no place for it, or no shell to keep it.
    pub fn new() -> io::Result<Self> {
        let made = tempfile::Builder::new().prefix("shopbell-").tempdir()?;
        let mut keeper = Command::new("sh");
        keeper.arg("-c").arg(KEEPER).arg(made.path());
        keeper.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What ends the test at the terminal is not to end this one.
        let keeper = keeper.process_group(0).spawn()?;
        Ok(Self { path: made.keep(), keeper })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The keeper of a folder that was never dropped, as one in a `static`, when its pipe is closed.
    #[test]
    fn a_folder_goes_with_its_test_also_when_nobody_drops_it() {
        let mut folder = Folder::new().expect("a folder");
        fs::create_dir(folder.path().join("data")).expect("a folder in it");
        fs::write(folder.path().join("data/file"), "kept").expect("a file");
        let path = folder.path().to_owned();
        drop(folder.keeper.stdin.take());
        folder.keeper.wait().expect("it ends");
        assert!(!path.exists());
        std::mem::forget(folder);
    }
}
