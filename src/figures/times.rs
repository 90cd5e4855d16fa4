//! A histogram at a moment: of two, how long things took between them.
use prometheus::Histogram;
use prometheus::core::Metric;

/// How many took at most so long, for each bound, and how many there were.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Times {
    /// A bound in seconds, and how many are at or below it.
    buckets: Vec<(f64, u64)>,
    count: u64,
}

impl Times {
    pub fn of(histogram: &Histogram) -> Times {
        let metric = histogram.metric();
        let buckets = metric.get_histogram().get_bucket().iter();
        Times {
            buckets: buckets.map(|bucket| (bucket.upper_bound(), bucket.cumulative_count())).collect(),
            count: metric.get_histogram().get_sample_count(),
        }
    }

    /// The seconds that this part (0.99) of all since `before` took at most, between two bounds by proportion. None: there
    /// was nothing.
    pub fn quantile_since(&self, before: &Times, part: f64) -> Option<f64> {
        let count = self.count.saturating_sub(before.count);
        if count == 0 {
            return None;
        }
        let wanted = part * count as f64;
        let (mut bound, mut below) = (0.0, 0.0);
        for (at, (upper, total)) in self.buckets.iter().enumerate() {
            let earlier = before.buckets.get(at).map_or(0, |(_, total)| *total);
            let upto = total.saturating_sub(earlier) as f64;
            if upto >= wanted {
                return Some(bound + (upper - bound) * ((wanted - below) / (upto - below)).clamp(0.0, 1.0));
            }
            (bound, below) = (*upper, upto);
        }
        // Longer than the longest bound: that is all that is known.
        Some(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::HistogramOpts;

    #[test]
    fn what_took_long_before_is_not_counted_again() {
        let options = HistogramOpts::new("t", "t").buckets(vec![0.001, 0.01, 0.1]);
        let histogram = Histogram::with_opts(options).unwrap();
        let start = Times::of(&histogram);
        assert_eq!(start.quantile_since(&Times::default(), 0.5), None);
        (0..100).for_each(|_| histogram.observe(0.09));
        let slow = Times::of(&histogram);
        assert!(slow.quantile_since(&start, 0.5).unwrap() > 0.05);
        (0..99).for_each(|_| histogram.observe(0.0005));
        histogram.observe(5.0);
        let quick = Times::of(&histogram);
        let at = |part| quick.quantile_since(&slow, part).unwrap();
        assert!(at(0.5) < 0.001 && at(0.98) <= 0.001, "{} {}", at(0.5), at(0.98));
        assert_eq!(at(0.999), 0.1, "beyond the last bound");
        assert_eq!(quick.quantile_since(&quick, 0.99), None);
    }
}
