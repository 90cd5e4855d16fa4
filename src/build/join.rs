//! Modules: what the first view needs is served as one file. Sources stay one component per file, as developers write
//! and read them; each keeps a scope of its own here, and modules that are loaded later take their imports from it.
use crate::script::{Part, Script};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Puts `entry` and all that it imports at its top into the file `target`, and lets what is loaded later know.
pub fn join(files: &mut BTreeMap<String, Vec<u8>>, entry: &str, target: &str) -> Result<(), String> {
    let mut bundle = Bundle { files, target, scripts: BTreeMap::new(), order: Vec::new(), path: Vec::new() };
    bundle.visit(entry)?;
    let mut whole = String::new();
    for name in &bundle.order {
        whole.push_str(&bundle.scoped(name, name == entry)?);
    }
    let spaces: Vec<String> = bundle.order.iter().filter(|name| *name != entry).map(|name| space(name)).collect();
    whole.push_str(&format!("export {{ {} }};\n", spaces.join(", ")));
    let mut changed = Vec::new();
    for name in bundle.files.keys().filter(|name| is_module(name) && !bundle.scripts.contains_key(*name)) {
        // Upstream files are not read where they stand alone.
        let text = bundle.text(name)?;
        if !name.starts_with("vendor/") || text.contains("from\"./") || text.contains("from './") {
            changed.push((name.clone(), bundle.outside(name, &Script::read(name, text)?, entry)?.into_bytes()));
        }
    }
    let taken: BTreeSet<String> = bundle.scripts.into_keys().collect();
    files.retain(|name, _| !taken.contains(name));
    files.extend(changed);
    files.insert(target.to_owned(), whole.into_bytes());
    Ok(())
}

struct Bundle<'a> {
    files: &'a BTreeMap<String, Vec<u8>>,
    target: &'a str,
    scripts: BTreeMap<String, Script>,
    /// Each after those that it imports.
    order: Vec<String>,
    /// From the entry to the module that is read.
    path: Vec<String>,
}

impl Bundle<'_> {
    fn visit(&mut self, name: &str) -> Result<(), String> {
        if let Some(at) = self.path.iter().position(|one| one == name) {
            return Err(format!(
                "assets/{}: modules import each other in a circle: {} > {name}",
                name,
                self.path[at..].join(" > ")
            ));
        }
        if self.order.iter().any(|one| one == name) {
            return Ok(());
        }
        let script = Script::read(name, self.text(name)?)?;
        if script.waits && !self.path.is_empty() {
            return Err(format!("assets/{name}: only {} may wait (await) outside of a function", self.path[0]));
        }
        self.path.push(name.to_owned());
        for (_, part) in &script.parts {
            if let Part::Import { from, .. } | Part::Whole { from, .. } | Part::Export { from: Some(from), .. } = part {
                self.visit(&self.resolve(name, from)?)?;
            }
        }
        self.path.pop();
        self.order.push(name.to_owned());
        self.scripts.insert(name.to_owned(), script);
        Ok(())
    }

    /// A module of the bundle: a function that gives what it exports. The entry gives nothing, and may wait.
    fn scoped(&self, name: &str, entry: bool) -> Result<String, String> {
        let script = &self.scripts[name];
        let mut given = Vec::new();
        let mut edits = Vec::new();
        for (range, part) in &script.parts {
            let new = match part {
                Part::Import { from, names } => {
                    self.check(name, from, names.iter().map(|(exported, _)| exported))?;
                    take(names, &space(&self.resolve(name, from)?))
                }
                Part::Whole { from, local } => format!("const {local} = {};", space(&self.resolve(name, from)?)),
                Part::Export { from: None, names } => {
                    given.extend(names.iter().map(|(local, exported)| format!("{exported}: {local}")));
                    String::new()
                }
                Part::Export { from: Some(from), names } => {
                    self.check(name, from, names.iter().map(|(local, _)| local))?;
                    let from = space(&self.resolve(name, from)?);
                    given.extend(names.iter().map(|(local, exported)| format!("{exported}: {from}.{local}")));
                    String::new()
                }
                Part::Declared(declared) => {
                    given.push(declared.clone());
                    String::new()
                }
                Part::Default => {
                    given.push("default: $default".to_owned());
                    "const $default =".to_owned()
                }
                Part::Later(from) => format!("'{}'", self.address(&self.later(name, from)?)),
                Part::Here => format!("new URL('{}', import.meta.url).href", self.address(name)),
            };
            edits.push((range.clone(), new));
        }
        // Comments are for who reads the source; upstream ones hold licences.
        if name.starts_with("js/") {
            let inside = |comment: &Range<usize>| {
                script.parts.iter().any(|(part, _)| part.start < comment.end && comment.start < part.end)
            };
            edits.extend(
                script
                    .comments
                    .iter()
                    .filter(|comment| !inside(comment))
                    .map(|comment| (comment.clone(), String::new())),
            );
            edits.sort_by_key(|(range, _)| range.start);
        }
        // Where upstream keeps the source of its file says nothing about this one.
        if let Some(at) = script.text.rfind("//# sourceMappingURL=")
            && !script.text[at..].trim_end().contains('\n')
        {
            edits.push((at..script.text.len(), String::new()));
        }
        let body = edited(&script.text, &edits);
        Ok(match entry {
            true => format!("// {name}\n(async () => {{\n{body}\n}})();\n"),
            false => {
                format!(
                    "// {name}\nconst {} = (() => {{\n{body}\nreturn {{ {} }};\n}})();\n",
                    space(name),
                    given.join(", ")
                )
            }
        })
    }

    /// A module that is loaded later: what it imports of the bundle comes from there, the rest stays. Lines keep their numbers.
    fn outside(&self, name: &str, script: &Script, entry: &str) -> Result<String, String> {
        let mut edits = Vec::new();
        for (range, part) in &script.parts {
            let (Part::Import { from, .. } | Part::Whole { from, .. } | Part::Export { from: Some(from), .. }) = part
            else {
                if let Part::Later(from) = part {
                    self.later(name, from)?;
                }
                continue;
            };
            let wanted = self.resolve(name, from)?;
            if wanted == entry {
                return Err(format!("assets/{name}: nobody imports {entry}, which starts the page"));
            }
            if !self.scripts.contains_key(&wanted) {
                continue;
            }
            let names = match part {
                Part::Import { names, .. } => {
                    self.check(name, from, names.iter().map(|(exported, _)| exported))?;
                    take(names, &format!("$at{}", range.start))
                }
                Part::Whole { local, .. } => format!("const {local} = $at{};", range.start),
                _ => return Err(format!("assets/{name}: what the first view has is exported by nobody else")),
            };
            let lines = "\n".repeat(script.text[range.clone()].matches('\n').count());
            let bundle = relative(name, self.target);
            let new = format!("import {{ {} as $at{} }} from '{bundle}'; {names}{lines}", space(&wanted), range.start);
            edits.push((range.clone(), new));
        }
        Ok(edited(&script.text, &edits))
    }

    /// Where `import()` leads: to a module that is no part of the bundle.
    fn later(&self, name: &str, from: &str) -> Result<String, String> {
        let wanted = self.resolve(name, from)?;
        match self.scripts.contains_key(&wanted) {
            true => {
                Err(format!("assets/{name}: {wanted} is there from the start: import it at the top, or nowhere else"))
            }
            false => Ok(wanted),
        }
    }

    /// Refuses names that a module of the bundle does not export: they would be undefined without a word.
    fn check<'n>(&self, name: &str, from: &str, names: impl Iterator<Item = &'n String>) -> Result<(), String> {
        let wanted = self.resolve(name, from)?;
        let exports = |exported: &String| {
            self.scripts[&wanted].parts.iter().any(|(_, part)| match part {
                Part::Export { names, .. } => names.iter().any(|(_, name)| name == exported),
                Part::Declared(name) => name == exported,
                Part::Default => exported == "default",
                _ => false,
            })
        };
        match names.into_iter().find(|exported| !exports(exported)) {
            Some(missing) => Err(format!("assets/{name}: {wanted} exports no {missing}")),
            None => Ok(()),
        }
    }

    fn text(&self, name: &str) -> Result<&str, String> {
        std::str::from_utf8(&self.files[name]).map_err(|_| format!("assets/{name} is not UTF-8"))
    }

    /// The file that `from` means in `name`.
    fn resolve(&self, name: &str, from: &str) -> Result<String, String> {
        let mut folders: Vec<&str> = name.split('/').collect();
        folders.pop();
        for step in from.split('/') {
            match step {
                "." => {}
                ".." => drop(folders.pop()),
                _ => folders.push(step),
            }
        }
        let wanted = folders.join("/");
        match from.starts_with('.') && self.files.contains_key(&wanted) {
            true => Ok(wanted),
            false => Err(format!("assets/{name}: there is no {from}")),
        }
    }

    fn address(&self, name: &str) -> String {
        relative(self.target, name)
    }
}

fn is_module(name: &str) -> bool {
    name.ends_with(".js") || name.ends_with(".mjs")
}

/// The name that a module's exports have in the bundle.
fn space(name: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).trim_start_matches("js/");
    format!("${}", stem.replace(|sign: char| !sign.is_ascii_alphanumeric(), "_"))
}

/// Names taken out of a module's exports.
fn take(names: &[(String, String)], space: &str) -> String {
    let names: Vec<String> = names
        .iter()
        .map(|(exported, local)| if exported == local { local.clone() } else { format!("{exported}: {local}") })
        .collect();
    if names.is_empty() { String::new() } else { format!("const {{ {} }} = {space};", names.join(", ")) }
}

/// How `to` is written in `from`.
fn relative(from: &str, to: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (from.split('/').collect(), to.split('/').collect());
    let shared = from[..from.len() - 1].iter().zip(&to).take_while(|(one, other)| one == other).count();
    let up = "../".repeat(from.len() - 1 - shared);
    format!("{}{}", if up.is_empty() { "./" } else { &up }, to[shared..].join("/"))
}

fn edited(text: &str, edits: &[(Range<usize>, String)]) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut at = 0;
    for (range, new) in edits {
        whole.push_str(&text[at..range.start]);
        whole.push_str(new);
        at = range.end;
    }
    whole.push_str(&text[at..]);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(list: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    fn joined(list: &[(&str, &str)]) -> BTreeMap<String, String> {
        let mut files = assets(list);
        join(&mut files, "js/main.js", "js/first.js").unwrap();
        files.into_iter().map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap())).collect()
    }

    fn fault(list: &[(&str, &str)]) -> String {
        join(&mut assets(list), "js/main.js", "js/first.js").unwrap_err()
    }

    #[test]
    fn the_first_view_is_one_file_and_what_comes_later_shares_its_state() {
        let files = joined(&[
            (
                "js/main.js",
                "import { a } from './ui/a.js';\nimport './b.js';\nawait a(import.meta.url);\nimport('./later.js');",
            ),
            (
                "js/ui/a.js",
                "import * as b from '../b.js';\nexport const a = () => b.c;\nexport const later = () => import('../later.js');\nnew URL('x', import.meta.url);",
            ),
            ("js/b.js", "// Said to readers.\nimport d from '../vendor/d.mjs';\nexport const c = d();\n"),
            ("vendor/d.mjs", "export default function(){}//# sourceMappingURL=d.map\n"),
            ("js/later.js", "import {\n  a as e,\n} from './ui/a.js';\nimport { f } from './f.js';\ne(f);"),
            ("js/f.js", "export const f = 1;"),
        ]);
        assert_eq!(files.keys().collect::<Vec<_>>(), ["js/f.js", "js/first.js", "js/later.js"]);
        let expected = "\
// vendor/d.mjs
const $vendor_d = (() => {
const $default = function(){}
return { default: $default };
})();
// js/b.js
const $b = (() => {
const { default: d } = $vendor_d;
const c = d();

return { c };
})();
// js/ui/a.js
const $ui_a = (() => {
const b = $b;
const a = () => b.c;
const later = () => import('./later.js');
new URL('x', new URL('./ui/a.js', import.meta.url).href);
return { a, later };
})();
// js/main.js
(async () => {
const { a } = $ui_a;

await a(new URL('./main.js', import.meta.url).href);
import('./later.js');
})();
export { $vendor_d, $b, $ui_a };
";
        assert_eq!(files["js/first.js"], expected);
        assert_eq!(
            files["js/later.js"],
            "import { $ui_a as $at0 } from './first.js'; const { a: e } = $at0;\n\n\nimport { f } from './f.js';\ne(f);"
        );
    }

    #[test]
    fn what_would_break_in_the_browser_breaks_the_build() {
        let circle =
            [("js/main.js", "import './a.js';"), ("js/a.js", "import './b.js';"), ("js/b.js", "import './a.js';")];
        assert_eq!(
            fault(&circle),
            "assets/js/a.js: modules import each other in a circle: js/a.js > js/b.js > js/a.js"
        );
        assert_eq!(fault(&[("js/main.js", "import './a.js';")]), "assets/js/main.js: there is no ./a.js");
        let waits = [("js/main.js", "import './a.js';"), ("js/a.js", "await 1;")];
        assert_eq!(fault(&waits), "assets/js/a.js: only js/main.js may wait (await) outside of a function");
        let missing = [("js/main.js", "import { b } from './a.js';"), ("js/a.js", "export const a = 1;")];
        assert_eq!(fault(&missing), "assets/js/main.js: js/a.js exports no b");
        let twice = [("js/main.js", "import './a.js';import('./a.js')"), ("js/a.js", "")];
        assert!(fault(&twice).contains("js/a.js is there from the start"));
        let back = [("js/main.js", "import('./a.js')"), ("js/a.js", "import { begin } from './main.js';")];
        assert_eq!(fault(&back), "assets/js/a.js: nobody imports js/main.js, which starts the page");
    }
}
