//! Which backups are over: of those that the server makes by itself, the newest good one of so many days and weeks stays.
use super::kept::{Kept, Kind};
use crate::clock::Millis;
use crate::limits::HOUR_MS;
use std::collections::BTreeSet;

const DAY_MS: i64 = 24 * HOUR_MS as i64;

/// The names of those that go. `kept` has the newest first; `offset_ms` is how far local time is ahead.
pub fn over(kept: &[Kept], daily: u64, weekly: u64, offset_ms: impl Fn(Millis) -> i64) -> Vec<String> {
    let nightly = || kept.iter().filter(|kept| kept.kind == Kind::Nightly);
    let good: Vec<&Kept> = nightly().filter(|kept| kept.problem.is_none() && kept.verified_at.is_some()).collect();
    // Without a good one everything that there is may be needed.
    let Some(newest) = good.first() else { return Vec::new() };
    let day = |kept: &Kept| (kept.created_at as i64 + offset_ms(kept.created_at)).div_euclid(DAY_MS);
    // 1970 began on a Thursday, weeks begin on Monday.
    let week = |kept: &Kept| (day(kept) + 3).div_euclid(7);
    let mut stay = BTreeSet::from([newest.name.as_str()]);
    for (many, of) in [(daily, &day as &dyn Fn(&Kept) -> i64), (weekly, &week as &dyn Fn(&Kept) -> i64)] {
        let mut seen = BTreeSet::new();
        for kept in &good {
            if (seen.len() as u64) < many && seen.insert(of(kept)) {
                stay.insert(kept.name.as_str());
            }
        }
    }
    nightly()
        .filter(|kept| !stay.contains(kept.name.as_str()) && kept.created_at <= newest.created_at)
        .map(|kept| kept.name.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made on a day at half past three, in the order of days.
    fn on(days: impl IntoIterator<Item = i64>) -> Vec<Kept> {
        let made = |day: i64| {
            let text = r#"{"kind":"nightly","version":"","schema":1,"last_id":0,"rows":0,"files":0,"file_bytes":0,"bytes":0,
                "added_bytes":0,"sha256":"","encrypted":false,"verified_at":1,"verified":"read","problem":null,"took_ms":0,"created_at":"#;
            let kept: Kept = serde_json::from_str(&format!("{text}{}}}", day * DAY_MS + 12_600_000)).unwrap();
            Kept { name: day.to_string(), ..kept }
        };
        let mut kept: Vec<Kept> = days.into_iter().map(made).collect();
        kept.reverse();
        kept
    }

    fn left(kept: &[Kept], daily: u64, weekly: u64) -> Vec<i64> {
        let over = over(kept, daily, weekly, |_| 0);
        kept.iter().filter(|kept| !over.contains(&kept.name)).map(|kept| kept.name.parse().unwrap()).collect()
    }

    #[test]
    fn seven_days_and_four_weeks_stay() {
        // Day 4 was a Monday, and so was 60; day 59 a Sunday.
        let all = on(0..60);
        assert_eq!(left(&all, 7, 4), [59, 58, 57, 56, 55, 54, 53, 52, 45, 38]);
        assert_eq!(left(&all, 0, 0), [59], "the newest good one always stays");
        assert_eq!(left(&all, 3, 0), [59, 58, 57]);
        assert_eq!(left(&on([1, 2]), 7, 4), [2, 1]);
    }

    #[test]
    fn what_is_bad_goes_only_when_a_good_one_follows_and_what_was_made_by_hand_never() {
        let mut kept = on(0..10);
        kept.iter_mut().for_each(|kept| kept.problem = Some("damaged".into()));
        assert_eq!(left(&kept, 1, 0).len(), 10);
        kept[4].problem = None;
        assert_eq!(left(&kept, 1, 0), [9, 8, 7, 6, 5]);
        kept[9].kind = Kind::Manual;
        assert_eq!(left(&kept, 1, 0), [9, 8, 7, 6, 5, 0]);
    }
}
