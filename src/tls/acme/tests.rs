//! When the next certificate is due, and how long a failure keeps quiet.
use super::*;
use crate::config::Proof;
use instant_acme::Problem;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn now() -> SystemTime {
    UNIX_EPOCH + 20_000 * DAY
}

fn wanted(names: &[&str]) -> config::Acme {
    config::Acme {
        names: names.iter().map(ToString::to_string).collect(),
        directory: "https://acme.example.org/directory".to_owned(),
        email: None,
        external: None,
        root: None,
        proofs: vec![Proof::Http],
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().permissions(fs::Permissions::from_mode(0o700)).tempdir().unwrap()
}

/// A certificate for these names that begins now and ends after so many days, with its key.
fn pem(names: &[&str], days: i64) -> String {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = rcgen::CertificateParams::new(names).unwrap();
    params.not_before = time::OffsetDateTime::from(now());
    params.not_after = params.not_before + time::Duration::days(days);
    let key = rcgen::KeyPair::generate().unwrap();
    format!("{}{}", key.serialize_pem(), params.self_signed(&key).unwrap().pem())
}

fn leaf(names: &[&str], days: i64) -> Leaf {
    let pem = pem(names, days);
    Leaf::from_pem(pem.as_bytes(), pem.as_bytes()).unwrap()
}

#[test]
fn renewal_is_due_after_two_thirds_of_a_life_and_a_little_by_chance() {
    let data = folder();
    let acme = Acme::open(data.path().to_owned(), &wanted(&["chat.example.org"])).unwrap();
    let progress = acme.progress(now()).unwrap();
    assert_eq!(acme.due_at(None, &progress), 0, "at once");
    for days in [6, 90] {
        let leaf = leaf(&["chat.example.org"], days);
        let due = super::time(acme.due_at(Some(&leaf), &progress)).duration_since(now()).unwrap();
        let third = DAY * days as u32 / 3;
        assert!((third * 2..third * 2 + DAY * days as u32 / JITTER).contains(&due), "{days} days: {due:?}");
        assert_eq!(acme.due_at(Some(&leaf), &progress), acme.due_at(Some(&leaf), &progress), "the same each time");
    }
    let advised = Progress { advised_at: Some(millis(now() + DAY)), ..progress.clone() };
    assert_eq!(acme.due_at(Some(&leaf(&["chat.example.org"], 90)), &advised), millis(now() + DAY));
    let other = leaf(&["other.example.org"], 90);
    assert_eq!(acme.due_at(Some(&other), &progress), 0, "a name is missing");
    let paused = Progress { not_before: Some(millis(now() + DAY)), ..progress };
    assert_eq!(acme.due_at(None, &paused), millis(now() + DAY));
}

#[test]
fn a_failure_keeps_quiet_for_longer_each_time_and_never_for_ever() {
    let minutes = |kind, failures| pause(kind, failures).as_secs() / 60;
    for failures in 1..200 {
        assert!(pause(Kind::Unreachable, failures) <= limits::ACME_PAUSE_MAX * 11 / 10, "{failures}");
    }
    assert!((0..=1).contains(&minutes(Kind::Unreachable, 1)));
    assert!((7..=9).contains(&minutes(Kind::Unreachable, 4)));
    assert!((18..=22).contains(&minutes(Kind::Unproven, 1)));
    // Let's Encrypt allows five failed proofs an hour, and an order may fail two.
    assert!(minutes(Kind::Unproven, 1) + minutes(Kind::Unproven, 2) >= 54);
    let mut progress = Progress::default();
    let until = now() + 3 * DAY;
    let failure = Failure { come_again: Some(until), ..Failure::new(Kind::Unproven, "too many") };
    assert_eq!(progress.fail(now(), &failure), until, "the authority itself knows best");
    assert_eq!((progress.failures, progress.last_error.as_deref()), (1, Some("too many")));
    progress.succeed(now(), Proof::Alpn);
    assert_eq!((progress.failures, progress.last_error, progress.not_before), (0, None, None));
}

#[test]
fn a_restart_remembers_a_pause_but_a_mended_configuration_begins_anew() {
    let data = folder();
    let acme = Acme::open(data.path().to_owned(), &wanted(&["chat.example.org"])).unwrap();
    let mut progress = acme.progress(now()).unwrap();
    for _ in 0..8 {
        progress.fail(now(), &Failure::new(Kind::Unproven, "no"));
    }
    acme.keep_progress(&progress).unwrap();
    let mode = fs::metadata(data.path().join("acme/state.json")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = acme.progress(now() + Duration::from_secs(60)).unwrap();
    assert_eq!(again.failures, 8);
    // Hours, where nobody was there to mend it; less, where somebody starts the server again.
    let left = again.not_before.unwrap() - millis(now());
    assert_eq!(left, limits::ACME_PAUSE_UNPROVEN.as_millis() as Millis);
    let mended = Acme::open(data.path().to_owned(), &wanted(&["chat.example.org", "talk.example.org"])).unwrap();
    assert_eq!(mended.progress(now()).unwrap().not_before, None);
    let elsewhere =
        config::Acme { directory: "https://other.example.org/".to_owned(), ..wanted(&["chat.example.org"]) };
    let elsewhere = Acme::open(data.path().to_owned(), &elsewhere).unwrap().progress(now()).unwrap();
    assert!(elsewhere.outdated && elsewhere.not_before.is_none());
}

#[test]
fn what_is_kept_is_used_while_it_is_good_for_a_name() {
    let data = folder();
    let acme = Acme::open(data.path().to_owned(), &wanted(&["chat.example.org"])).unwrap();
    assert!(acme.stored(now()).unwrap().is_none());
    acme.keep(&pem(&["chat.example.org"], 90)).unwrap();
    assert!(acme.stored(now()).unwrap().is_some());
    assert!(acme.stored(now() + 91 * DAY).unwrap().is_none(), "it is over");
    acme.keep(&pem(&["other.example.org"], 90)).unwrap();
    assert!(acme.stored(now()).unwrap().is_none());
    acme.keep("torn").unwrap();
    assert!(acme.stored(now()).unwrap().is_none());
}

#[test]
fn a_no_is_told_in_the_authoritys_words() {
    let problem = |json: &str| Failure::of(&instant_acme::Error::Api(serde_json::from_str::<Problem>(json).unwrap()));
    let kind = "urn:ietf:params:acme:error:";
    let needed = problem(&format!(r#"{{"type": "{kind}externalAccountRequired", "detail": "EAB is needed"}}"#));
    assert!(needed.why.starts_with("EAB is needed. ") && needed.why.contains("acme.eab_key_id"), "{}", needed.why);
    assert_eq!(needed.kind, Kind::Unproven);
    let down = problem(&format!(r#"{{"type": "{kind}serverInternal", "detail": "oops"}}"#));
    assert_eq!((down.kind, down.why.as_str()), (Kind::Unreachable, "oops."));
    let hostile = Failure::new(Kind::Unproven, format!("a\u{1b}[31m\n{}", "x".repeat(5_000)));
    assert!(hostile.why.starts_with("a [31m ") && hostile.why.chars().count() == limits::ACME_WHY_CHARS_MAX);
}
