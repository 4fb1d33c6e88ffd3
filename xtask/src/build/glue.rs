//! Joins WebAssembly to the page: wasm-bindgen's script around it, without the
//! parts that nothing uses, and one line that starts it.

use super::{Built, node::Tools, trim};
use crate::{places::Places, shell::Log};
use anyhow::{Context, Result, bail};
use std::fs;
use wasm_bindgen_cli_support::Bindgen;

/// Stands in the script where the WebAssembly's file name belongs.
pub(super) const WASM_NAME: &str = "@@WASM@@";

/// What wasm-bindgen writes at the end of its module, and what we put there: we
/// need no choice of how to start, so the code for the other ways falls away.
const EXPORTS: &str = "export { initSync, __wbg_init as default };";
const BOOT: &str = "\
WebAssembly.instantiateStreaming(fetch(new URL(\"@@WASM@@\", import.meta.url)), __wbg_get_imports())
    .then(({ instance, module }) => __wbg_finalize_init(instance, module));";

/// The script and the WebAssembly for a room.
///
/// # Errors
/// When one of the tools fails, or wasm-bindgen's output is not as we know it.
pub(super) fn make(name: &'static str, raw: &[u8], tools: Option<&Tools>, log: &mut Log) -> Result<Built> {
    let folder = tempfile::tempdir()?;
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes(name, raw.to_vec()).web(true)?;
    bindgen.typescript(false).omit_default_module_path(true).keep_debug(false);
    bindgen.remove_name_section(true).remove_producers_section(true);
    let mut output = bindgen.generate_output().context("wasm-bindgen failed.")?;
    let has_snippets = output.snippets().values().any(|list| !list.is_empty());
    if has_snippets || !output.local_modules().is_empty() {
        bail!("{name} uses a crate that brings scripts of its own; the widget and the inbox do without.");
    }
    output.emit(folder.path())?;
    let js = fs::read_to_string(folder.path().join(name).with_extension("js"))?;
    let js = self_starting(&js)?;
    let Some(tools) = tools else {
        return Ok(Built { name, js, wasm: output.wasm_mut().emit_wasm() });
    };
    let js = trim::drop_unused(&js, output.wasm_mut(), tools)?;
    let js = trim::shorten_names(&js, name, output.wasm_mut())?;
    let js = tools.minify_module(&js)?;
    let wasm = tools.shrink_wasm(&output.wasm_mut().emit_wasm(), log)?;
    Ok(Built { name, js, wasm })
}

fn self_starting(js: &str) -> Result<String> {
    if !js.contains(EXPORTS) {
        bail!("wasm-bindgen's script does not end as it used to; see xtask/src/build/glue.rs.");
    }
    Ok(js.replace(EXPORTS, BOOT))
}

/// wasm-bindgen's two halves, the crate and the tool, must be of one version.
/// Returns it.
///
/// # Errors
/// When Cargo.lock has two.
pub(super) fn check_versions(places: &Places) -> Result<String> {
    let lock = fs::read_to_string(places.root.join("Cargo.lock"))?;
    let (krate, tool) = (locked(&lock, "wasm-bindgen")?, locked(&lock, "wasm-bindgen-cli-support")?);
    if krate != tool {
        bail!(
            "Cargo.lock has wasm-bindgen {krate}, but wasm-bindgen-cli-support {tool}; they must be the same. \
             `cargo update -p wasm-bindgen-cli-support --precise {krate}` sets it right."
        );
    }
    Ok(krate)
}

fn locked(lock: &str, name: &str) -> Result<String> {
    let line = format!("name = \"{name}\"");
    let mut lines = lock.lines().skip_while(|l| *l != line);
    let version = lines.nth(1).and_then(|l| l.strip_prefix("version = "));
    version
        .map(|v| v.trim_matches('"').to_owned())
        .with_context(|| format!("Cargo.lock does not have {name}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";

    #[test]
    fn versions_are_read_from_the_lock_file() {
        assert_eq!(locked(LOCK, "wasm-bindgen").ok().as_deref(), Some("0.2.130"));
        assert!(locked(LOCK, "wasm-bindgen-cli-support").is_err());
    }

    #[test]
    fn the_script_starts_itself_or_is_refused() {
        let js = self_starting("let wasm;\nexport { initSync, __wbg_init as default };\n").unwrap();
        assert!(js.contains(WASM_NAME) && !js.contains("export {"));
        assert!(self_starting("export default init;").is_err());
    }
}
