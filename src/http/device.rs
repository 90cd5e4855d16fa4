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

/// What the page about trust tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    Ios,
    Android,
    Windows,
    MacOs,
    Linux,
    Firefox,
}

impl System {
    pub const ALL: [System; 6] =
        [System::Ios, System::Android, System::Windows, System::MacOs, System::Linux, System::Firefox];

    /// What stands for it in the page.
    pub fn mark(self) -> &'static str {
        match self {
            System::Ios => "%IOS%",
            System::Android => "%ANDROID%",
            System::Windows => "%WINDOWS%",
            System::MacOs => "%MACOS%",
            System::Linux => "%LINUX%",
            System::Firefox => "%FIREFOX%",
        }
    }
}

/// The system of a browser. Firefox keeps a list of its own on Linux only. An iPad calls itself a Mac, whose own steps say
/// so soon enough.
pub fn system(agent: &str) -> System {
    let has = |mark| agent.contains(mark);
    match () {
        () if has("iPhone") || has("iPad") || has("iPod") => System::Ios,
        () if has("Android") => System::Android,
        () if has("Windows") => System::Windows,
        () if has("Mac OS") => System::MacOs,
        () if has("Firefox") => System::Firefox,
        () => System::Linux,
    }
}

fn first(agent: &str, names: &[(&str, &'static str)]) -> Option<&'static str> {
    names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::{System, name, system};

    #[test]
    fn systems_are_told_apart() {
        assert_eq!(system("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)"), System::Ios);
        assert_eq!(system("Mozilla/5.0 (Linux; Android 16; Pixel 9) Chrome/156.0"), System::Android);
        assert_eq!(system("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/150.0"), System::Windows);
        assert_eq!(system("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari"), System::MacOs);
        assert_eq!(system("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko Firefox/150.0"), System::Firefox);
        assert_eq!(system("Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0"), System::Linux);
        assert_eq!(system(""), System::Linux);
    }

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
