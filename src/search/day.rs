//! Days as people name them in a question, in the time of who asks.
use crate::clock::Millis;
use std::ops::Range;
use time::{Date, Duration, Month};

/// One day or several: the first, and the one after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    first: Date,
    after: Date,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

impl Default for Days {
    fn default() -> Self {
        Days { first: Date::MIN, after: Date::MIN }
    }
}

impl Days {
    /// The day of a moment, so many minutes east of Greenwich.
    pub fn of(at: Millis, minutes_east: i32) -> Days {
        let local = at as i64 + i64::from(minutes_east) * 60_000;
        let first = Date::from_calendar_date(1970, Month::January, 1)
            .ok()
            .and_then(|epoch| epoch.checked_add(Duration::days(local.div_euclid(DAY_MS))))
            .unwrap_or(Date::MIN);
        Days { first, after: first.next_day().unwrap_or(first) }
    }

    /// `2026-01-31`, `2026-01`, `2026`, `today`, `yesterday`, `7d`: so many days ago.
    pub fn parse(text: &str, today: Days) -> Option<Days> {
        let text = text.to_ascii_lowercase();
        match text.as_str() {
            "today" => return Some(today),
            "yesterday" => return today.ago(1),
            _ => {}
        }
        if let Some(days) = text.strip_suffix('d').and_then(number) {
            return today.ago(days);
        }
        if let Some(weeks) = text.strip_suffix('w').and_then(number) {
            return today.ago(weeks.checked_mul(7)?);
        }
        let mut parts = text.split(['-', '/', '.']);
        let (year, month, day) = (parts.next()?, parts.next(), parts.next());
        if parts.next().is_some() || year.len() != 4 {
            return None;
        }
        let date = |year: u32, month: u32, day: u32| {
            let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
            Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()
        };
        let year = number(year)?;
        let (first, after) = match (month.map(number), day.map(number)) {
            (None, _) => (date(year, 1, 1)?, date(year + 1, 1, 1)?),
            (Some(Some(month)), None) => {
                let first = date(year, month, 1)?;
                (first, if month == 12 { date(year + 1, 1, 1)? } else { date(year, month + 1, 1)? })
            }
            (Some(Some(month)), Some(Some(day))) => {
                let first = date(year, month, day)?;
                (first, first.next_day()?)
            }
            _ => return None,
        };
        Some(Days { first, after })
    }

    /// The moments of these days, so many minutes east of Greenwich.
    pub fn moments(self, minutes_east: i32) -> Range<Millis> {
        let moment = |date: Date| {
            let epoch = Date::from_calendar_date(1970, Month::January, 1).unwrap_or(Date::MIN);
            let local = (date - epoch).whole_days().saturating_mul(DAY_MS);
            Millis::try_from(local - i64::from(minutes_east) * 60_000).unwrap_or(0)
        };
        moment(self.first)..moment(self.after)
    }

    fn ago(self, days: u32) -> Option<Days> {
        let first = self.first.checked_sub(Duration::days(days.into()))?;
        Some(Days { first, after: first.next_day()? })
    }
}

fn number(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_who_asks() {
        let noon = 1_772_366_400_000; // 2026-03-01 12:00 UTC
        let today = Days::of(noon, 0);
        let span = |text: &str| Days::parse(text, today).map(|days| days.moments(0));
        let midnight = noon - DAY_MS as u64 / 2;
        let day = DAY_MS as u64;
        assert_eq!(span("2026-03-01"), Some(midnight..midnight + day));
        assert_eq!(span("today"), span("2026/3/1"));
        assert_eq!(span("yesterday"), span("2026-02-28"));
        assert_eq!(span("7d"), span("2026-02-22"));
        assert_eq!(span("2026-02"), Some(midnight - 28 * day..midnight));
        assert_eq!(span("2025-12").unwrap().end, span("2026").unwrap().start);
        assert_eq!(span("1960"), Some(0..0));
        for bad in ["", "soon", "2026-13", "2026-02-30", "26-01-01", "2026-1-1-1", "99999", "-", "9999", "d", "99999d"]
        {
            assert_eq!(span(bad), None, "{bad:?}");
        }
        // In Tokyo it is the next day already at 15:00 UTC, in Honolulu still the one before at 9:00.
        assert_eq!(Days::of(midnight + 15 * 3_600_000, 540), Days::parse("2026-03-02", today).unwrap());
        assert_eq!(Days::of(midnight + 9 * 3_600_000, -600), Days::parse("2026-02-28", today).unwrap());
        assert_eq!(today.moments(540).start, midnight - 9 * 3_600_000);
    }
}
