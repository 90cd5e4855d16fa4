//! Style sheets: a sheet that imports others is served as one file, with each of them in the place of its line.
use std::collections::{BTreeMap, BTreeSet};

/// Joins in place. Sheets that were taken into another are no files of their own any more.
pub fn join(files: &mut BTreeMap<String, Vec<u8>>) -> Result<(), String> {
    let mut taken = BTreeSet::new();
    let mut joined = Vec::new();
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".css")) {
        let text = std::str::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))?;
        let mut whole = String::new();
        for (at, line) in text.lines().enumerate() {
            let Some(rest) = line.strip_prefix("@import") else {
                whole.extend([line, "\n"]);
                continue;
            };
            let place = format!("assets/{name}:{}", at + 1);
            let file = rest.trim().strip_prefix("'./").and_then(|rest| rest.strip_suffix("';"));
            let file = file.ok_or_else(|| format!("{place}: write @import './name.css';"))?;
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let file = format!("{folder}/{file}");
            let part = files.get(&file).ok_or_else(|| format!("{place}: there is no {file}"))?;
            let part = std::str::from_utf8(part).map_err(|_| format!("{file} is not UTF-8"))?;
            if part.contains("@import") {
                return Err(format!("{place}: {file} imports others itself"));
            }
            whole.push_str(part);
            taken.insert(file);
        }
        joined.push((name.clone(), whole.into_bytes()));
    }
    files.extend(joined);
    files.retain(|name, _| !taken.contains(name));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheets(list: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        list.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_sheet_stands_where_it_is_imported_and_nowhere_else() {
        let mut files = sheets(&[
            ("css/first.css", "/* all */\n@import './b.css';\n@import './a.css';\n"),
            ("css/a.css", "a { color: red; }\n"),
            ("css/b.css", "b { color: red; }\n"),
            ("css/alone.css", "i { color: red; }\n"),
        ]);
        join(&mut files).unwrap();
        assert_eq!(files.keys().collect::<Vec<_>>(), ["css/alone.css", "css/first.css"]);
        assert_eq!(files["css/first.css"], b"/* all */\nb { color: red; }\na { color: red; }\n");
    }

    #[test]
    fn what_cannot_be_joined_is_named_with_its_line() {
        let fault = |list: &[(&str, &str)]| join(&mut sheets(list)).unwrap_err();
        assert!(fault(&[("css/a.css", "\n@import url(b.css);")]).starts_with("assets/css/a.css:2: write @import"));
        assert_eq!(fault(&[("css/a.css", "@import './b.css';")]), "assets/css/a.css:1: there is no css/b.css");
        let nested = [("css/a.css", "@import './b.css';"), ("css/b.css", "@import './c.css';"), ("css/c.css", "")];
        assert_eq!(fault(&nested), "assets/css/a.css:1: css/b.css imports others itself");
    }
}
