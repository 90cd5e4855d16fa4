//! What an operator writes, and what comes of it.
use super::*;

/// Loads with a file's content and variables, in a data folder of its own.
fn load(file: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Config, ConfigError> {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().join("config.toml");
    fs::write(&path, file).unwrap();
    let flags = Flags { data: Some(data.path().into()), config: Some(path), ..flags };
    Config::load_with(&flags, environment.iter().map(|(name, value)| (name.into(), value.into())))
}

fn problems(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment, Flags::default()).unwrap_err().to_string()
}

fn loaded(file: &str) -> Config {
    load(file, &[], Flags::default()).unwrap()
}

fn origin(config: &Config, key: &str) -> String {
    config.settings.iter().find(|setting| setting.key == key).unwrap().origin.to_string()
}

#[test]
fn later_layers_win_and_say_so() {
    let file = "[server]\nlisten = [\"127.0.0.1:1\"]\nhosts = [\"file.example\"]\n[limits]\nrooms_per_hour = 1";
    let environment = [("SNUG_SERVER__HOSTS", "one.example, two.example"), ("SNUG_SERVER__LISTEN", "[::1]:2")];
    let config = load(file, &environment, Flags { listen: vec!["[::1]:3".into()], ..Flags::default() }).unwrap();
    assert_eq!(config.server.listen, ["[::1]:3".parse().unwrap()]);
    assert_eq!(config.server.hosts, ["one.example", "two.example"]);
    assert_eq!(config.limits.rooms_per_hour, 1);
    assert_eq!(origin(&config, "server.listen"), "flag --listen");
    assert_eq!(origin(&config, "server.hosts"), "environment SNUG_SERVER__HOSTS");
    assert_eq!(origin(&config, "limits.rooms_per_hour"), config.file.unwrap().display().to_string());
    assert_eq!(origin(&loaded(""), "log.level"), "default");
}

#[test]
fn secrets_may_be_handed_over_by_the_service_manager() {
    let file = "[server]\ntls = \"files\"\ncert = \"credential:chat.crt\"\nkey = \"/etc/chat.key\"\n[auth]\nsetup_code_file = \"credential:code\"";
    for (environment, folder) in
        [(&[("CREDENTIALS_DIRECTORY", "/run/x")][..], "/run/x"), (&[], "/run/credentials/snug.service")]
    {
        let config = load(file, environment, Flags::default()).unwrap();
        let (cert, key) = (Path::new(folder).join("chat.crt"), "/etc/chat.key".into());
        assert_eq!(config.server.tls, TlsMode::Files { cert, key });
        assert_eq!(config.auth.setup_code_file, Some(Path::new(folder).join("code")));
    }
    assert_eq!(loaded("").auth.setup_code_file, None);
    for name in ["", "../../etc/shadow", "..", ".hidden"] {
        let said = problems(&format!("[auth]\nsetup_code_file = \"credential:{name}\""), &[]);
        assert!(said.contains("auth.setup_code_file") && said.contains("LoadCredential="), "{said}");
    }
}

#[test]
fn the_environment_names_folder_and_file() {
    let data = tempfile::tempdir().unwrap();
    fs::write(data.path().join("config.toml"), "[log]\nlevel = \"warn\"").unwrap();
    fs::write(data.path().join("other.toml"), "[log]\nlevel = \"debug\"").unwrap();
    let folder = ("SNUG_DATA".into(), data.path().into());
    let config = Config::load_with(&Flags::default(), [folder.clone()]).unwrap();
    assert_eq!((config.data.as_path(), config.log.level.as_str()), (data.path(), "warn"));
    let file = ("SNUG_CONFIG".into(), data.path().join("other.toml").into());
    assert_eq!(Config::load_with(&Flags::default(), [folder.clone(), file]).unwrap().log.level, "debug");
    let missing = ("SNUG_CONFIG".into(), "/nowhere/config.toml".into());
    assert!(Config::load_with(&Flags::default(), [folder, missing]).is_err());
}

#[test]
fn root_looks_after_the_folder_of_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let own = |any_owner| default_data(folder.path(), any_owner);
    assert_eq!((own(false).as_path(), own(true).as_path()), (folder.path(), folder.path()));
    let none = Path::new("snug-data");
    assert_eq!(default_data(&folder.path().join("nothing"), true), none);
    let is_root = rustix::process::geteuid().is_root();
    if is_root && std::os::unix::fs::chown(folder.path(), Some(7), Some(7)).is_ok() {
        assert_eq!((own(false).as_path(), own(true).as_path()), (none, folder.path()));
    }
}

#[test]
fn an_environment_without_quotes_is_understood() {
    let listens = |text| load("", &[("SNUG_SERVER__LISTEN", text)], Flags::default()).unwrap().server.listen.len();
    assert_eq!(listens("[::]:8443"), 1);
    assert_eq!(listens("127.0.0.1:1,[::1]:1"), 2);
    assert_eq!(listens("[\"127.0.0.1:1\", \"[::1]:1\"]"), 2);
    assert!(problems("", &[("SNUG_LIMITS__ROOMS_PER_HOUR", "many")]).contains("SNUG_LIMITS__ROOMS_PER_HOUR"));
}

#[test]
fn unknown_keys_are_named_with_a_suggestion() {
    assert!(problems("[server]\nlisen = []", &[]).contains("no key server.lisen; did you mean server.listen?"));
    assert!(problems("[server]\npassword_min = 9", &[]).contains("did you mean auth.password_min?"));
    assert!(problems("hosts = []", &[]).contains("did you mean server.hosts?"));
    assert!(problems("[colours]", &[]).contains("no section [colours]"));
    assert!(problems("", &[("SNUG_SERVER_TLS", "off")]).contains("did you mean SNUG_SERVER__TLS?"));
    assert!(problems("", &[("SNUG_AUTH__REGISTRATIN", "open")]).contains("did you mean SNUG_AUTH__REGISTRATION?"));
    assert!(load("", &[("SNUG_PORT_8443_TCP", "tcp://10.0.0.1:8443")], Flags::default()).is_ok());
}

#[test]
fn all_problems_are_told_with_key_and_source() {
    let all = problems("[auth]\npassword_min = \"x\"\nregistration = \"all\"", &[("SNUG_LOG__LEVEL", "loud")]);
    assert_eq!(all.lines().count(), 3, "{all}");
    assert!(all.contains("auth.password_min (/") && all.contains("must be a whole number"), "{all}");
    assert!(all.contains("auth.registration (/") && all.contains("open, invite, closed"), "{all}");
    assert!(all.contains("log.level (environment SNUG_LOG__LEVEL) is \"loud\""), "{all}");
    assert!(problems("[server", &[]).contains("is not TOML"));
}

#[test]
fn numbers_have_a_range_and_an_advised_minimum() {
    for (key, low, high) in
        [("password_min", 8, 128), ("argon2_memory_kib", 8, 4_194_304), ("argon2_iterations", 1, 100)]
    {
        let with = |number: i64| load(&format!("[auth]\n{key} = {number}"), &[], Flags::default());
        assert!(with(low - 1).unwrap_err().to_string().contains(key));
        assert!(with(high + 1).unwrap_err().to_string().contains(key));
        assert!(with(low).unwrap().warnings[0].contains(key));
        assert!(with(high).unwrap().warnings.is_empty());
    }
    assert!(problems("[limits]\nrooms_per_hour = -1", &[]).contains("limits.rooms_per_hour"));
    assert_eq!(loaded("[limits]\nlogins_per_10_min = 0").limits.logins_per_10_min, 0);
}

#[test]
fn without_tls_only_this_machine_or_a_proxy_is_served() {
    let off = |listen: &str, rest: &str| {
        load(&format!("[server]\ntls = \"off\"\nlisten = [{listen:?}]\n{rest}"), &[], Flags::default())
    };
    assert!(off("0.0.0.0:80", "").unwrap_err().to_string().contains("server.tls"));
    assert!(off("127.0.0.1:80", "").is_ok());
    assert!(off("[::1]:80", "").is_ok());
    assert!(off("0.0.0.0:80", "trusted_proxies = [\"10.0.0.0/8\"]").is_ok());
}

#[test]
fn tls_modes_say_what_they_lack() {
    assert!(problems("[server]\ntls = \"files\"", &[]).contains("server.cert"));
    let own = loaded("[server]\ntls = \"files\"\ncert = \"/a.pem\"\nkey = \"/b.pem\"");
    assert_eq!(own.server.tls, TlsMode::Files { cert: "/a.pem".into(), key: "/b.pem".into() });
    assert!(problems("[server]\nmetrics_listen = \"9464\"", &[]).contains("server.metrics_listen"));
    assert_eq!(loaded("").server.metrics_listen, None);
    let open = loaded("[server]\nmetrics_listen = \"127.0.0.1:9464\"");
    assert!(open.server.metrics_listen.is_some() && open.warnings.is_empty());
    let open = loaded("[server]\nmetrics_listen = \"0.0.0.0:9464\"");
    assert!(open.warnings.iter().any(|warning| warning.contains("server.metrics_listen")));
}

#[test]
fn s3_an_authority_is_asked_for_names_that_everybody_can_look_up() {
    let acme = |rest: &str| load(&format!("[server]\ntls = \"acme\"\n{rest}"), &[], Flags::default());
    let wanted = |rest: &str| match acme(rest).unwrap().server.tls {
        TlsMode::Acme(wanted) => *wanted,
        other => panic!("{other:?}"),
    };
    let names = |rest: &str| wanted(rest).names;
    assert_eq!(names("hosts = [\"chat.example.org\", \"192.0.2.1\"]"), ["chat.example.org"]);
    assert_eq!(acme("hosts = [\"chat.example.org\", \"192.0.2.1\"]").unwrap().warnings.len(), 1);
    for bad in
        ["", "localhost", "192.0.2.1", "box.local", "chat.lan", "chat", "a.home.arpa", "x.test", "a_b.example.org"]
    {
        let hosts = if bad.is_empty() { String::new() } else { format!("hosts = [{bad:?}]") };
        assert!(acme(&hosts).unwrap_err().to_string().contains("server.hosts"), "{bad}");
    }
    // An authority of one's own knows names of one's own.
    assert_eq!(names("hosts = [\"chat.lan\"]\n[acme]\nroot = \"/ca.pem\""), ["chat.lan"]);
    let host = "hosts = [\"chat.example.org\"]";
    for bad in [
        "directory = \"http://acme.example.org/\"",
        "email = \"nobody\"",
        "eab_key_id = \"kid\"",
        "eab_key_file = \"/key\"",
    ] {
        let key = bad.split(' ').next().unwrap();
        assert!(
            acme(&format!("{host}\n[acme]\n{bad}")).unwrap_err().to_string().contains(&key[..key.len().min(7)]),
            "{bad}"
        );
    }
    let both =
        wanted(&format!("{host}\n[acme]\neab_key_id = \"kid\"\neab_key_file = \"/key\"\nemail = \"ada@example.org\""));
    assert_eq!((both.external, both.email.as_deref()), (Some(("kid".into(), "/key".into())), Some("ada@example.org")));
}

#[test]
fn where_an_authority_looks_there_the_server_listens() {
    let one_flag = Flags { tls: Some("acme".into()), hosts: vec!["chat.example.org".into()], ..Flags::default() };
    let config = load("", &[], one_flag).unwrap();
    assert_eq!(config.server.listen, ["[::]:443".parse().unwrap()]);
    assert_eq!(config.server.redirect_listen, ["[::]:80".parse().unwrap()]);
    assert!(config.is_default("server.redirect_listen") && origin(&config, "server.listen").contains("acme"));
    let proofs = |rest: &str| {
        let file = format!("[server]\ntls = \"acme\"\nhosts = [\"chat.example.org\"]\n{rest}");
        match loaded(&file).server.tls {
            TlsMode::Acme(wanted) => wanted.proofs,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(proofs(""), [Proof::Alpn, Proof::Http]);
    assert_eq!(proofs("listen = [\"[::]:8443\"]"), [Proof::Http, Proof::Alpn]);
    assert_eq!(proofs("listen = [\"[::]:8443\"]\nproxy_protocol = [\"10.0.0.1\"]"), [Proof::Alpn, Proof::Http]);
    assert_eq!(proofs("redirect_listen = [\"off\"]"), [Proof::Alpn]);
    // Otherwise nothing listens for plain HTTP, and where HTTPS is not spoken nobody can be sent there.
    assert!(loaded("").server.redirect_listen.is_empty());
    assert_eq!(loaded("[server]\nredirect_listen = [\"[::]:80\"]").server.redirect_listen.len(), 1);
    let off = "[server]\ntls = \"off\"\nlisten = [\"127.0.0.1:1\"]\nredirect_listen = [\"127.0.0.1:2\"]";
    assert!(problems(off, &[]).contains("server.redirect_listen"));
}

#[test]
fn s1_s5_how_tls_is_spoken() {
    assert_eq!(loaded("").tls, Tls { oldest: TlsVersion::V1_2, hsts_subdomains: false });
    let strict = loaded("[tls]\nmin = \"1.3\"\nhsts_subdomains = true").tls;
    assert_eq!(strict, Tls { oldest: TlsVersion::V1_3, hsts_subdomains: true });
    assert!(problems("[tls]\nmin = \"1.1\"", &[]).contains("1.2, 1.3"));
    assert!(problems("[tls]\nhsts_subdomains = \"yes\"", &[]).contains("true or false"));
    let said = load("", &[("SNUG_TLS__HSTS_SUBDOMAINS", "true")], Flags::default()).unwrap();
    assert!(said.tls.hsts_subdomains);
    assert!(problems("", &[("SNUG_TLS__HSTS_SUBDOMAINS", "maybe")]).contains("SNUG_TLS__HSTS_SUBDOMAINS"));
}

#[test]
fn s52_a_private_key_that_everybody_may_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key.pem");
    fs::write(&key, "").unwrap();
    for (mode, warnings) in [(0o600, 0), (0o640, 0), (0o644, 1)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let file = format!("[server]\ntls = \"files\"\ncert = \"/a.pem\"\nkey = {key:?}");
        assert_eq!(loaded(&file).warnings.len(), warnings, "{mode:o}");
    }
}

#[test]
fn s61_a_contact_is_something_to_write_to() {
    let contact = |text: &str| loaded(&format!("[server]\ncontact = {text:?}")).server.contact;
    assert_eq!(contact(""), None);
    assert_eq!(contact("ada@chat.example").as_deref(), Some("mailto:ada@chat.example"));
    for good in ["mailto:ada@chat.example", "https://chat.example/holes", "tel:+49-30-1"] {
        assert_eq!(contact(good).as_deref(), Some(good));
    }
    for bad in
        ["ada", "http://chat.example", "javascript:alert(1)", "mailto:ada", "a@b.example\\nContact: x", "https://"]
    {
        assert!(problems(&format!("[server]\ncontact = \"{bad}\""), &[]).contains("server.contact"), "{bad}");
    }
}

#[test]
fn backups_are_made_at_a_time_of_day_in_a_folder_that_is_named_whole() {
    let backup = |text: &str| load(&format!("[backup]\n{text}"), &[], Flags::default());
    let usual = loaded("");
    assert_eq!((usual.backup.nightly, usual.backup.folder), (Some((3, 30)), usual.data.join("backups")));
    assert_eq!(backup("nightly = \"\"").unwrap().backup.nightly, None);
    assert_eq!(backup("nightly = \"23:05\"").unwrap().backup.nightly, Some((23, 5)));
    for bad in ["24:00", "3", "03:60", "half past three", "03:30:00", "+3:30"] {
        assert!(backup(&format!("nightly = {bad:?}")).unwrap_err().to_string().contains("backup.nightly"), "{bad}");
    }
    assert_eq!(backup("folder = \"/mnt/b\"").unwrap().backup.folder, Path::new("/mnt/b"));
    assert!(backup("folder = \"b\"").unwrap_err().to_string().contains("backup.folder"));
    let key = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    assert_eq!(backup(&format!("age_recipients = [{key:?}]")).unwrap().backup.age_recipients[0].to_string(), key);
    assert!(backup("age_recipients = [\"age1x\"]").unwrap_err().to_string().contains("backup.age_recipients"));
}

#[test]
fn hosts_and_origins_are_what_browsers_send() {
    assert_eq!(loaded("[server]\nhosts = [\"Chat.Example.\", \"[::1]\"]").server.hosts, ["chat.example", "::1"]);
    for bad in ["https://chat.example", "chat.example:8443", "*.example", "", "chät.example"] {
        assert!(problems(&format!("[server]\nhosts = [{bad:?}]"), &[]).contains("server.hosts"), "{bad}");
    }
    let origins = ["https://app.example", "http://localhost:3000", "http://[::1]:1"];
    assert_eq!(loaded(&format!("[cors]\norigins = {origins:?}")).cors.origins, origins);
    for bad in ["*", "null", "app.example", "https://app.example/", "https://a.example:443", "file://x", "https://*.a"]
    {
        assert!(problems(&format!("[cors]\norigins = [{bad:?}]"), &[]).contains("cors.origins"), "{bad}");
    }
}

#[test]
fn networks_contain_addresses_however_they_came_in() {
    let net: Net = "10.1.2.3/8".parse().unwrap();
    assert!(net.contains("10.9.9.9".parse().unwrap()) && net.contains("::ffff:10.9.9.9".parse().unwrap()));
    assert!(!net.contains("11.0.0.1".parse().unwrap()));
    let one: Net = "fd00::1".parse().unwrap();
    assert!(one.contains("fd00::1".parse().unwrap()) && !one.contains("fd00::2".parse().unwrap()));
    assert!("10.0.0.0/33".parse::<Net>().is_err());
}

#[test]
fn the_example_shows_every_key_with_its_default() {
    let example = include_str!("../../config.example.toml");
    let live: String = example.lines().map(|line| format!("{}\n", uncommented(line))).collect();
    let config = loaded(&live);
    let defaults = loaded("").settings;
    for (setting, default) in config.settings.iter().zip(&defaults) {
        assert_eq!(setting.value, default.value, "{}", setting.key);
        assert_ne!(setting.origin, Origin::Default, "{} is missing", setting.key);
    }
    assert!(!loaded(example).settings.iter().any(|setting| setting.origin != Origin::Default));
}

/// `# key = value` without its `#`; prose stays a comment.
fn uncommented(line: &str) -> &str {
    let setting =
        line.strip_prefix("# ").filter(|rest| rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')));
    setting.unwrap_or(line)
}

#[test]
fn what_is_kept_in_the_database_counts_where_nobody_else_says_anything() {
    let kept = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
    let origin = |live: &Live, key: &str| live.settings.iter().find(|one| one.key == key).unwrap().origin.to_string();
    let key = "retention.messages_days";
    let file = "[retention]\nmessages_days = 30";
    for (config, days, from) in [
        (load("", &[], Flags::default()), 7, "database"),
        (load(file, &[], Flags::default()), 30, "config"),
        (load(file, &[("SNUG_RETENTION__MESSAGES_DAYS", "60")], Flags::default()), 60, "environment"),
    ] {
        let live = config.unwrap().live(&kept(key, "7")).unwrap();
        assert_eq!(live.retention.messages_days, days);
        assert!(origin(&live, key).contains(from), "{}", origin(&live, key));
    }
    let config = loaded("");
    assert_eq!(config.live(&[]).unwrap().settings, config.settings);
    // What waits for a restart is not taken from there.
    let live = config.live(&kept("log.level", "\"trace\"")).unwrap();
    assert_eq!(origin(&live, "log.level"), "default");
    for (key, bad) in [
        (key, "-1"),
        (key, "\"7\""),
        (key, "7.5"),
        ("auth.password_min", "7"),
        ("auth.registration", "\"all\""),
        ("no.key", "1"),
    ] {
        assert!(config.live(&kept(key, bad)).unwrap_err().to_string().contains(key), "{key} = {bad}");
    }
    // A kept value that is bad in itself does not count against the file.
    assert_eq!(loaded("[auth]\npassword_min = 15").live(&kept("auth.password_min", "16")).unwrap().password_min, 15);
}
