//! The port to what a system keeps secrets in. It knows names and values, and nothing of Keyward.

use keyward_model::Secret;

use super::KeychainFault;

/// The name under which all entries stand.
pub const SERVICE: &str = "dev.keyward.desktop";

/// Named secrets, as a system keeps them. Calls block for as long as the system takes; only
/// [`unlock`](Self::unlock) may ask the person anything.
pub trait SecretStore: Send + Sync {
    /// Its name for people, such as "Windows Credential Manager".
    fn name(&self) -> String;

    /// How much it takes at once; `None` where no refresh token comes near it.
    fn limit(&self) -> Option<Limit>;

    /// The secret of this name; `None` where there is none.
    ///
    /// # Errors
    /// [`KeychainFault`], which says nothing about whether there is one.
    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault>;

    /// Stores the secret in place of what was there.
    ///
    /// # Errors
    /// [`KeychainFault`]; it may be stored all the same.
    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault>;

    /// Removes the secret; having none is success.
    ///
    /// # Errors
    /// [`KeychainFault`]; it may be removed all the same.
    fn delete(&self, name: &str) -> Result<(), KeychainFault>;

    /// The names of all secrets under [`SERVICE`].
    ///
    /// # Errors
    /// [`KeychainFault`].
    fn list(&self) -> Result<Vec<String>, KeychainFault>;

    /// Asks the system to unlock, which may ask the person.
    ///
    /// # Errors
    /// [`KeychainFault::Locked`] where it stays locked.
    fn unlock(&self) -> Result<(), KeychainFault>;
}

/// The largest value a store takes, in the bytes that it makes of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many bytes.
    pub bytes: usize,
    /// How a text becomes bytes.
    pub encoding: Encoding,
}

/// How a store writes a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// One byte an ASCII letter.
    Utf8,
    /// Two bytes an ASCII letter.
    Utf16,
}

impl Limit {
    /// Whether the store takes this text at once.
    pub fn fits(&self, text: &str) -> bool {
        text.chars().map(|letter| self.size(letter)).sum::<usize>() <= self.bytes
    }

    /// How many ASCII letters the store takes at once.
    pub(super) fn letters(&self) -> usize {
        self.bytes / self.size('x')
    }

    /// The text in pieces that the store takes, in order.
    pub fn cut<'t>(&self, text: &'t str) -> Vec<&'t str> {
        let (mut pieces, mut begin, mut size) = (Vec::new(), 0, 0);
        for (at, letter) in text.char_indices() {
            if size + self.size(letter) > self.bytes && at > begin {
                pieces.push(&text[begin..at]);
                (begin, size) = (at, 0);
            }
            size += self.size(letter);
        }
        pieces.push(&text[begin..]);
        pieces
    }

    fn size(&self, letter: char) -> usize {
        match self.encoding {
            Encoding::Utf8 => letter.len_utf8(),
            Encoding::Utf16 => letter.len_utf16() * 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows Credential Manager.
    const WINDOWS: Limit = Limit { bytes: 2560, encoding: Encoding::Utf16 };

    #[test]
    fn windows_takes_1280_letters_and_not_one_more() {
        assert!(WINDOWS.fits(&"x".repeat(1280)));
        assert!(!WINDOWS.fits(&"x".repeat(1281)), "2,560 bytes are 1,280 UTF-16 units");
    }

    #[test]
    fn pieces_fit_and_make_the_whole_again() {
        for text in ["x".repeat(1281), "x".repeat(5000), "a🔑é".repeat(999)] {
            for limit in [WINDOWS, Limit { bytes: 100, encoding: Encoding::Utf8 }] {
                let pieces = limit.cut(&text);
                assert!(pieces.len() > 1 && pieces.iter().all(|piece| limit.fits(piece)), "{limit:?}");
                assert_eq!(pieces.concat(), text);
            }
        }
    }
}
