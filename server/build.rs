//! Makes sure that the folder of the built widget exists, so that the relay
//! also builds (and says so when it starts) before `cargo xtask build` has filled it.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let room = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    for folder in ["../target/web-assets", "../examples/demo-shop"] {
        fs::create_dir_all(Path::new(&room).join(folder))?;
        println!("cargo::rerun-if-changed={folder}");
    }
    println!("cargo::rerun-if-changed=templates");
    Ok(())
}
