//! When the nightly backup is made: a time of the day by the machine's own clock, summer and winter.
use crate::clock::Millis;
use crate::limits::HOUR_MS;
use tz::TimeZone;

const DAY_MS: i64 = 24 * HOUR_MS as i64;

/// How far local time is ahead of UTC at a moment. Where the machine does not say, it has UTC.
pub fn offset_ms(at: Millis) -> i64 {
    // Asked each time: an operator may change it while the server runs.
    TimeZone::local().map_or(0, |zone| offset_in(&zone, at))
}

fn offset_in(zone: &TimeZone, at: Millis) -> i64 {
    let found = zone.find_local_time_type((at / 1_000) as i64);
    found.map_or(0, |found| i64::from(found.ut_offset()) * 1_000)
}

/// The newest moment that has this time of the day and is not after `now`.
pub fn last_before(now: Millis, at: (u8, u8)) -> Millis {
    (0..3).map(|days_ago| on(now, -days_ago, at, offset_ms)).find(|moment| *moment <= now).unwrap_or(0)
}

/// The first one after `now`.
pub fn first_after(now: Millis, at: (u8, u8)) -> Millis {
    (0..3).map(|days| on(now, days, at, offset_ms)).find(|moment| *moment > now).unwrap_or(now + HOUR_MS)
}

fn on(now: Millis, days: i64, (hour, minute): (u8, u8), offset_ms: impl Fn(Millis) -> i64) -> Millis {
    let today = (now as i64 + offset_ms(now)).div_euclid(DAY_MS);
    let local = (today + days) * DAY_MS + (i64::from(hour) * 60 + i64::from(minute)) * 60_000;
    // The offset of that moment, not of now: the clocks may change between the two.
    let near = (local - offset_ms(now)).max(0) as Millis;
    (local - offset_ms(near)).max(0) as Millis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_past_three_is_half_past_three_in_summer_and_in_winter() {
        let berlin = TimeZone::from_posix_tz("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let offset = |at| offset_in(&berlin, at);
        let time = |seconds: u64| seconds * 1_000;
        // 2026-03-28 12:00 UTC is a day before the clocks go forward, and 10-24 one before they go back.
        let (spring, autumn) = (time(1_774_699_200), time(1_792_843_200));
        assert_eq!(on(spring, 0, (3, 30), offset), time(1_774_665_000), "02:30 UTC on the 28th");
        assert_eq!(on(spring, 1, (3, 30), offset), time(1_774_747_800), "01:30 UTC on the 29th");
        assert_eq!(on(autumn, 1, (3, 30), offset), time(1_792_895_400), "02:30 UTC on the 25th");
        // Half past two does not exist that night: an hour later is near enough.
        let missing = on(spring, 1, (2, 30), offset);
        assert!(missing.abs_diff(time(1_774_747_800)) <= HOUR_MS, "{missing}");
    }

    #[test]
    fn the_next_one_is_within_a_day_and_the_last_one_was() {
        let now = 1_774_699_200_000;
        for minute in [0, 30, 59] {
            for hour in 0..24 {
                let (last, next) = (last_before(now, (hour, minute)), first_after(now, (hour, minute)));
                assert!(last <= now && now < next && next - last <= 25 * HOUR_MS, "{hour}:{minute}");
            }
        }
    }
}
