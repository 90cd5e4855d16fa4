//! What the time of an answer gives away: nothing.
use crate::support::World;
use serde_json::json;
use snug::chat::user::{self, NewUser};
use snug::row::Role;
use snug::store::tables::PRIVATE;
use std::time::{Duration, Instant};

const PEOPLE: usize = 200;
const TRIES: usize = 4;
const P_MIN: f64 = 0.001;

/// The two-sided p of the Mann-Whitney U test by normal approximation, with mid-ranks for ties: how probable times that
/// differ this much are if both kinds come from one distribution.
fn mann_whitney(one: &[Duration], two: &[Duration]) -> f64 {
    let (n, m) = (one.len() as f64, two.len() as f64);
    let below = |of: &Duration| two.iter().filter(|other| *other < of).count() as f64;
    let equal = |of: &Duration| two.iter().filter(|other| *other == of).count() as f64;
    let u: f64 = one.iter().map(|time| below(time) + equal(time) / 2.0).sum();
    let z = (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt();
    complementary_error(z.abs() / std::f64::consts::SQRT_2)
}

/// erfc for x >= 0: Abramowitz and Stegun 7.1.26, good to 1.5e-7.
fn complementary_error(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let factors = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    factors.iter().fold(0.0, |sum, factor| (sum + factor) * t) * (-x * x).exp()
}

#[test]
fn the_judge_of_times_knows_equal_from_different() {
    let times = |from: u64| -> Vec<Duration> { (0..200).map(|step| Duration::from_micros(from + step * 7)).collect() };
    assert!(mann_whitney(&times(1_000), &times(1_000)) > 0.99);
    assert!(mann_whitney(&times(1_000), &times(1_010)) > 0.5);
    assert!(mann_whitney(&times(1_000), &times(1_200)) < P_MIN, "one seventh of the spread is seen");
    assert!((complementary_error(1.959_964 / std::f64::consts::SQRT_2) - 0.05).abs() < 1e-5);
    assert!((complementary_error(3.290_527 / std::f64::consts::SQRT_2) - 0.001).abs() < 1e-5);
}

#[tokio::test]
async fn s14_the_times_of_a_wrong_password_and_of_an_unknown_name_do_not_differ() {
    // The brakes are on, as in life; each account is tried less often than they bite.
    let world = World::with(&[("SNUG_LIMITS__LOGINS_PER_10_MIN", "100000")]).await;
    let ann = world.owner("ann").await;
    let own = ann.id;
    world
        .app
        .store
        .change(move |change| {
            let password = PRIVATE.need(change, own)?.password;
            for number in 0..PEOPLE {
                let (username, password) = (format!("known{number}"), password.clone());
                user::create(change, &NewUser { username, name: None, role: Role::Member, password })?;
            }
            Ok(())
        })
        .await
        .unwrap();
    let log_in = async |name: String| {
        let body = json!({"username": name, "password": "not the one of anybody"});
        let began = Instant::now();
        let answer = world.post("/auth/login", body).await;
        (began.elapsed(), answer)
    };
    let told = |answer: &crate::support::Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        headers.remove("date");
        (answer.status, headers, answer.body.clone())
    };
    let first = told(&log_in("nobody".into()).await.1);
    let mut found = Vec::new();
    for _ in 0..TRIES {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for number in 0..PEOPLE {
            // Neither kind always comes after the other.
            let names = [format!("known{number}"), format!("other{number}")];
            for kind in if number % 2 == 0 { [0, 1] } else { [1, 0] } {
                let (time, answer) = log_in(names[kind].clone()).await;
                assert_eq!(told(&answer), first, "{}", names[kind]);
                if kind == 0 { known.push(time) } else { unknown.push(time) }
            }
        }
        let p = mann_whitney(&known, &unknown);
        known.sort_unstable();
        unknown.sort_unstable();
        println!("medians {:?} and {:?}, p = {p:.4}", known[PEOPLE / 2], unknown[PEOPLE / 2]);
        found.push(p);
        if p > P_MIN {
            return;
        }
    }
    panic!("the times differ: p = {found:?}");
}
