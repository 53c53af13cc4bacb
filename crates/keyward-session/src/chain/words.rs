//! A wish that was not fulfilled, in words.

use keyward_model::{Error, ErrorCode};

use super::{
    Target,
    step::{Over, Refusal, Standing, Verdict},
};
use crate::keychain::KeychainFault;

/// What `verdict` means for whoever asked for a token. `said` and `fault` are what the provider, the
/// system and the keychain said last.
pub(super) fn error(verdict: Verdict<Target>, said: Option<Error>, fault: Option<KeychainFault>) -> Error {
    let internal = || Error::new(ErrorCode::Internal, "The session lost its way in an exchange.");
    match verdict {
        Verdict::Refused(Refusal::NotLocked | Refusal::Provider) => said.unwrap_or_else(internal),
        Verdict::Refused(Refusal::Keychain) => fault.map_or_else(internal, Error::from),
        Verdict::Refused(Refusal::HeldElsewhere) => Error::new(
            ErrorCode::KeychainUnavailable,
            "Another Keyward on this computer holds this session's newest key, because the keychain would not \
             take it. Unlock the keychain and switch tenant there, or close it, and try again.",
        ),
        Verdict::Refused(Refusal::TooLate) => Error::new(
            ErrorCode::ProviderUnreachable,
            "The token ran out before it arrived, more than once. Your session is kept; try again.",
        ),
        Verdict::Parked(over) => ended(over, said),
        Verdict::Refused(Refusal::OutOfOrder)
        | Verdict::Served
        | Verdict::Saved
        | Verdict::SignedOut { .. } => internal(),
    }
}

fn ended(over: Over<Target>, said: Option<Error>) -> Error {
    let message = match over {
        Over::Ended(before) => {
            let said = said.map_or_else(
                || "The provider has ended this session. Sign in again to go on.".to_owned(),
                |error| error.message,
            );
            match why(before) {
                Some(why) => format!("{said} {why}"),
                None => said,
            }
        }
        Over::EndedElsewhere => {
            "Keyward has found this session ended before. Sign in again to go on.".to_owned()
        }
        Over::NoEntry => "The session is no longer in this computer's keychain: it was removed there. \
             Sign in again to go on."
            .to_owned(),
        Over::LeftBehind => "Another Keyward on this computer ended before the keychain took the session's \
             newest key, and the one that is left is too old. Sign in again to go on."
            .to_owned(),
    };
    Error::new(ErrorCode::SessionEnded, message)
}

/// What may have led to it.
fn why(before: Standing<Target>) -> Option<String> {
    match before {
        Standing::Settled | Standing::Over => None,
        Standing::AnswerLost => Some(
            "It did so after an answer was lost on the way: the session's next key may have been in it."
                .to_owned(),
        ),
        Standing::SuccessorLost => Some(
            "It did so after another Keyward ended before the keychain took the session's newest key."
                .to_owned(),
        ),
        Standing::Refused(target) => {
            let what = target.map_or_else(|| "the role directory".to_owned(), |tenant| format!("“{tenant}”"));
            Some(format!(
                "It did so after it refused {what}: some providers use up a session's key even then."
            ))
        }
    }
}
