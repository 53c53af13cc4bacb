//! Text made comparable for people: case, accents and composition do not matter to a search or an order.

use std::collections::BTreeSet;

use icu_normalizer::{DecomposingNormalizerBorrowed, properties::CanonicalCombiningClassMapBorrowed};

/// `text` in lower case, decomposed (NFKD), without combining marks, and with the Latin letters that
/// have no decomposition written as most keyboards would.
pub(crate) fn fold(text: &str) -> String {
    const NFKD: DecomposingNormalizerBorrowed<'static> = DecomposingNormalizerBorrowed::new_nfkd();
    const MARKS: CanonicalCombiningClassMapBorrowed<'static> = CanonicalCombiningClassMapBorrowed::new();
    let mut folded = String::with_capacity(text.len());
    for c in NFKD.normalize_iter(text.chars()).filter(|c| MARKS.get_u8(*c) == 0).flat_map(char::to_lowercase)
    {
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ħ' => folded.push('h'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            // Lower-casing can decompose once more: İ becomes i and a dot.
            c if MARKS.get_u8(c) == 0 => folded.push(c),
            _ => {}
        }
    }
    folded
}

/// The folded words of `text`: what stands between spaces and punctuation.
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    fold(text).split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_composition_do_not_matter() {
        for (written, typed) in [
            ("Zoë", "zoe"),
            ("ZOE\u{308}", "zoë"),
            ("Łukasz Żak", "lukasz zak"),
            ("Søren Ægir", "soren aegir"),
            ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
            ("İpek Işık", "ipek isik"),
            ("Straße", "STRASSE"),
            ("Ｙａｍａｄａ", "yamada"),
            ("Đặng", "dang"),
        ] {
            assert_eq!(fold(written), fold(typed), "{written} is found by {typed}");
        }
    }

    #[test]
    fn an_address_is_several_words() {
        let words: Vec<_> = words("anna.b@Acme-Werke.example").into_iter().collect();
        assert_eq!(words, ["acme", "anna", "b", "example", "werke"]);
    }
}
