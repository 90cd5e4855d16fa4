//! What a person would call the device that a User-Agent header comes from.

/// "Firefox on Linux", as far as the header tells; else its first word.
pub fn name(agent: &str) -> String {
    let browser = first(
        agent,
        &[
            ("Edg", "Edge"),
            ("OPR/", "Opera"),
            ("Vivaldi", "Vivaldi"),
            ("SamsungBrowser", "Samsung Internet"),
            ("Firefox", "Firefox"),
            ("FxiOS", "Firefox"),
            ("CriOS", "Chrome"),
            ("Chromium", "Chromium"),
            ("Chrome", "Chrome"),
            ("Safari", "Safari"),
        ],
    );
    let system = first(
        agent,
        &[
            ("iPhone", "iPhone"),
            ("iPad", "iPad"),
            ("Android", "Android"),
            ("Windows", "Windows"),
            ("Mac OS", "macOS"),
            ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ],
    );
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => {
            let word: String =
                agent.chars().take_while(|sign| sign.is_ascii_graphic() && *sign != '/').take(40).collect();
            if word.is_empty() { "Unknown device".to_owned() } else { word }
        }
    }
}

fn first(agent: &str, names: &[(&str, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn browsers_and_scripts_are_named() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";
        assert_eq!(name(chrome), "Chrome on Linux");
        let iphone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Safari/604.1";
        assert_eq!(name(iphone), "Safari on iPhone");
        assert_eq!(name("curl/8.14.1"), "curl");
        assert_eq!(name(""), "Unknown device");
    }
}
