//! Takes out of the script and the WebAssembly what the other never uses, and
//! gives their common names fewer letters.
//!
//! Crates that a room depends on may offer things to a page's scripts that no page
//! of ours asks for. Each such offer keeps code alive on both sides. So: what the
//! script never touches is no longer exported, what WebAssembly then no longer
//! asks for leaves the script, and so on until nothing more falls away.

use super::node::Tools;
use anyhow::{Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use walrus::Module;

/// How wasm-bindgen writes an entry of the table of functions that it hands to
/// WebAssembly.
const ENTRY_INDENT: &str = "        ";

/// Drops what neither side uses.
///
/// # Errors
/// When esbuild fails.
pub(super) fn drop_unused(js: &str, module: &mut Module, tools: &Tools) -> Result<String> {
    let mut js = shakeable(js);
    loop {
        let shaken = tools.shake(&js)?;
        let words: BTreeSet<&str> = words(&shaken).collect();
        let unused: Vec<_> = module
            .exports
            .iter()
            .filter(|e| !words.contains(e.name.as_str()))
            .map(walrus::Export::id)
            .collect();
        for id in &unused {
            module.exports.delete(*id);
        }
        walrus::passes::gc::run(module);
        let asked: BTreeSet<&str> = module.imports.iter().map(|import| import.name.as_str()).collect();
        let fewer = keep_entries(&js, &asked);
        if unused.is_empty() && fewer == js {
            return Ok(shaken);
        }
        js = fewer;
    }
}

/// Gives the names that both sides share one or two letters.
///
/// # Errors
/// When the script has such names already, so that they could get mixed up.
pub(super) fn shorten_names(js: &str, room: &str, module: &mut Module) -> Result<String> {
    if words(js).any(|word| word.starts_with('$')) {
        bail!("wasm-bindgen's script has names with a dollar sign; see xtask/src/build/trim.rs.");
    }
    let shared =
        module.imports.iter().map(|i| i.name.clone()).chain(module.exports.iter().map(|e| e.name.clone()));
    // Other names than these could be a browser's own, like `memory`.
    let made: BTreeSet<String> = shared.filter(|name| is_made(name)).collect();
    let short: BTreeMap<String, String> =
        made.into_iter().enumerate().map(|(n, name)| (name, short_name(n))).collect();
    let from = format!("./{room}_bg.js");
    for import in module.imports.iter_mut() {
        if let Some(name) = short.get(&import.name) {
            import.name.clone_from(name);
        }
        if import.module == from {
            import.module = "$".to_owned();
        }
    }
    for export in module.exports.iter_mut() {
        if let Some(name) = short.get(&export.name) {
            export.name.clone_from(name);
        }
    }
    Ok(replace_words(&js.replace(&format!("\"{from}\""), "\"$\""), &short))
}

/// Takes away what keeps esbuild from seeing that a part is unused.
fn shakeable(js: &str) -> String {
    let lines = js.lines().filter(|line| !line.starts_with("if (Symbol.dispose) "));
    let mut out = String::with_capacity(js.len());
    for line in lines {
        let line = line.strip_prefix("export ").unwrap_or(line);
        out.push_str(
            &line.replace(": new FinalizationRegistry(", ": /* @__PURE__ */ new FinalizationRegistry("),
        );
        out.push('\n');
    }
    out
}

/// Without the entries of the table of functions that WebAssembly does not ask for.
fn keep_entries(js: &str, asked: &BTreeSet<&str>) -> String {
    let mut out = String::with_capacity(js.len());
    let mut dropping = false;
    for line in js.lines() {
        let entry = line.strip_prefix(ENTRY_INDENT).filter(|rest| rest.starts_with("__"));
        if let Some((name, _)) = entry.and_then(|rest| rest.split_once(": ")) {
            dropping = name.starts_with("__wb") && !asked.contains(name);
        } else if !line.starts_with(ENTRY_INDENT) {
            dropping = false;
        }
        if !dropping {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn short_name(mut n: usize) -> String {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::from("$");
    loop {
        name.push(char::from(LETTERS[n % LETTERS.len()]));
        n /= LETTERS.len();
        if n == 0 {
            return name;
        }
        n -= 1;
    }
}

/// Whether wasm-bindgen made this name up.
fn is_made(name: &str) -> bool {
    name.starts_with("__") || name.starts_with("wasm_bindgen_")
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

fn words(js: &str) -> impl Iterator<Item = &str> {
    js.split(|c| !is_word(c)).filter(|word| !word.is_empty())
}

fn replace_words(js: &str, by: &BTreeMap<String, String>) -> String {
    let mut out = String::with_capacity(js.len());
    let mut rest = js;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(|c| !is_word(c)).unwrap_or(from.len()));
        out.push_str(before);
        out.push_str(by.get(word).map_or(word, String::as_str));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_nobody_asks_for_leave_the_table() {
        let js = "    const import0 = {\n        __proto__: null,\n        __wbg_a_1: function(arg0) {\n            \
                  arg0.a();\n        },\n        __wbg_b_2: function() { return handleError(function (arg0) \
                  {\n            x;\n        }, arguments); },\n    };\n    return import0;\n";
        let kept = keep_entries(js, &BTreeSet::from(["__wbg_b_2"]));
        assert!(!kept.contains("__wbg_a_1") && !kept.contains("arg0.a()"), "{kept}");
        assert!(
            kept.contains("__proto__: null") && kept.contains("__wbg_b_2") && kept.contains("return import0")
        );
        assert_eq!(keep_entries(js, &BTreeSet::from(["__wbg_a_1", "__wbg_b_2"])), js);
    }

    #[test]
    fn only_whole_words_are_replaced() {
        let by = BTreeMap::from([("__wbg_a".to_owned(), "$a".to_owned())]);
        assert_eq!(replace_words("wasm.__wbg_a(__wbg_ab, 'é__wbg_a');", &by), "wasm.$a(__wbg_ab, 'é$a');");
    }

    #[test]
    fn short_names_are_all_different() {
        let names: BTreeSet<String> = (0..5000).map(short_name).collect();
        assert_eq!(names.len(), 5000);
    }
}
