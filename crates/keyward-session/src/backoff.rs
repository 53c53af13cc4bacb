//! How long to wait before something that failed is tried again.

use std::time::Duration;

use aws_lc_rs::rand;

/// Full jitter: anything up to a bound that begins with `first` and doubles four times, so that processes that
/// failed together do not come back together.
pub fn delay(first: Duration, failed: u8) -> Duration {
    let longest = first.saturating_mul(1 << failed.saturating_sub(1).min(4));
    let mut bits = [0_u8; 4];
    match rand::fill(&mut bits) {
        Ok(()) => longest.mul_f64(f64::from(u32::from_le_bytes(bits)) / f64::from(u32::MAX)),
        Err(_) => longest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_doubles_and_no_two_waits_need_be_alike() {
        for (failed, bound) in [(1, 400), (2, 800), (3, 1600), (200, 6400)] {
            let waits: Vec<_> = (0..64).map(|_| delay(Duration::from_millis(400), failed)).collect();
            assert!(waits.iter().all(|wait| wait.as_millis() <= bound), "{failed}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait != waits[0]), "without jitter all come back at once");
        }
    }
}
