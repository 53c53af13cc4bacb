//! How the token endpoint fails.

/// How the token endpoint writes its refusals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorQuirks {
    /// The status of each; none: the standard's.
    pub status: Option<u16>,
    /// The `error` of each; none: the standard's.
    pub name: Option<&'static str>,
    /// What is in them.
    pub body: ErrorBody,
}

/// What a refusal of the token endpoint has in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorBody {
    /// JSON (RFC 6749 §5.2).
    #[default]
    Json,
    /// The same text, called `text/plain`.
    PlainText,
    /// A page of HTML that names the error.
    Html,
    /// Nothing.
    Empty,
}

/// The token endpoint fails for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outage {
    /// So many answers from now on; then it works.
    pub answers: u32,
    /// Their status; 0: 503.
    pub status: u16,
}

/// Which answers of refreshes are lost after the rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Loss {
    /// None.
    #[default]
    Nothing,
    /// The next few.
    Next(u32),
    /// Some, the same for the same seed.
    Share {
        /// So many of a thousand.
        permille: u16,
        /// Which ones.
        seed: u64,
    },
}

impl Loss {
    /// Whether the answer of this number, from zero, is lost.
    pub(crate) fn takes(self, number: u64) -> bool {
        match self {
            Self::Nothing => false,
            Self::Next(few) => number < u64::from(few),
            Self::Share { permille, seed } => scattered(seed, number) % 1000 < u64::from(permille),
        }
    }
}

/// A number that looks random and is not (SplitMix64).
fn scattered(seed: u64, number: u64) -> u64 {
    let mut x = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::Loss;

    #[test]
    fn a_share_is_about_that_share_and_the_same_for_the_same_seed() {
        let lost = |seed| -> Vec<u64> {
            (0..10_000).filter(|n| Loss::Share { permille: 200, seed }.takes(*n)).collect()
        };
        assert!((1_800..2_200).contains(&lost(7).len()), "{}", lost(7).len());
        assert_eq!(lost(7), lost(7));
        assert_ne!(lost(7), lost(8));
    }
}
