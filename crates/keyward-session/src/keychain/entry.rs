//! How one value lies in a store: as it is where it fits, else in parts under names of their own, with a
//! header in the entry's place.
//!
//! Parts carry the generation of the write that made them, and the header that names them is written
//! last: a write that breaks off leaves the older value readable. What it leaves lying about is swept by
//! the next write or by the deletion.

use keyward_model::Secret;
use serde::{Deserialize, Serialize};

use super::{KeychainFault, SecretStore};
use crate::secrets::{fingerprint, random_name};

/// What a header begins with. No refresh token does: it has no line feed (RFC 6749 §A.17).
const MARK: &str = "keyward-parts\n";
/// How often a value is read anew because another process has replaced it meanwhile.
const TRIES: usize = 3;

/// Says which parts make the value.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    generation: String,
    parts: u32,
    length: usize,
    fingerprint: String,
}

/// Where a value lies, and how it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lying {
    /// How many secrets of the store make it.
    pub(super) pieces: u32,
    /// What is wrong with it.
    pub(super) damage: Option<String>,
}

/// The entry's value; `None` where there is no entry.
pub(super) fn read(store: &dyn SecretStore, entry: &str) -> Result<Option<Secret>, KeychainFault> {
    let mut tries = 0;
    loop {
        let Some(first) = store.get(entry)? else { return Ok(None) };
        let Some(header) = Header::in_place_of(&first)? else { return Ok(Some(first)) };
        let whole = header.join(store, entry);
        tries += 1;
        if !matches!(whole, Err(KeychainFault::Damaged(_))) || tries == TRIES || stands(store, entry, &first)?
        {
            return whole.map(Some);
        }
    }
}

/// Puts the value into the entry, and looks whether it is there whole.
pub(super) fn write(store: &dyn SecretStore, entry: &str, value: &Secret) -> Result<(), KeychainFault> {
    let text = value.expose();
    let Some(limit) = store.limit() else { return put_whole(store, entry, value) };
    // Those that lie there now. Parts that another process is writing at this moment come later.
    let leftovers = parts_of(store, entry)?;
    if limit.fits(text) {
        put_whole(store, entry, value)?;
    } else {
        let header = Header {
            generation: random_name().map_err(|error| KeychainFault::Unavailable(error.message))?,
            parts: 0,
            length: text.len(),
            fingerprint: fingerprint(text),
        };
        put_in_parts(store, entry, value, &limit.cut(text), header)?;
    }
    sweep(store, leftovers);
    Ok(())
}

/// Removes the entry with all its parts, and looks whether they are gone.
pub(super) fn delete(store: &dyn SecretStore, entry: &str) -> Result<(), KeychainFault> {
    // The header first: what is left of a deletion that breaks off reads as no entry.
    store.delete(entry)?;
    if store.get(entry)?.is_some() {
        return Err(KeychainFault::Damaged("the entry is still there after it was deleted".to_owned()));
    }
    for part in parts_of(store, entry)? {
        store.delete(&part)?;
    }
    match parts_of(store, entry)?.len() {
        0 => Ok(()),
        left => Err(KeychainFault::Damaged(format!("{left} parts are still there after they were deleted"))),
    }
}

/// Where the entry's value lies; `None` where there is no entry.
pub(super) fn look(store: &dyn SecretStore, entry: &str) -> Result<Option<Lying>, KeychainFault> {
    let Some(first) = store.get(entry)? else { return Ok(None) };
    let pieces = match Header::in_place_of(&first) {
        Ok(None) => return Ok(Some(Lying { pieces: 1, damage: None })),
        Ok(Some(header)) => header.parts + 1,
        Err(_) => 1,
    };
    match read(store, entry) {
        Ok(_) => Ok(Some(Lying { pieces, damage: None })),
        Err(KeychainFault::Damaged(what)) => Ok(Some(Lying { pieces, damage: Some(what) })),
        Err(fault) => Err(fault),
    }
}

fn put_whole(store: &dyn SecretStore, entry: &str, value: &Secret) -> Result<(), KeychainFault> {
    store.put(entry, value)?;
    let kept = store.get(entry)?;
    let Some(difference) = difference(value, kept.as_ref()) else { return Ok(()) };
    // A broken token would be taken for the session later on. Another process's own is left alone.
    if kept.is_some_and(|kept| value.expose().starts_with(kept.expose())) {
        store.delete(entry)?;
    }
    Err(KeychainFault::Damaged(difference))
}

fn put_in_parts(
    store: &dyn SecretStore,
    entry: &str,
    value: &Secret,
    pieces: &[&str],
    header: Header,
) -> Result<(), KeychainFault> {
    let mut header = header;
    for piece in pieces {
        header.parts += 1;
        store.put(&header.part(entry, header.parts), &Secret::new(*piece))?;
    }
    // Whether all is there is asked before the older value gives way to it.
    let kept = header.join(store, entry)?;
    match difference(value, Some(&kept)) {
        Some(difference) => Err(KeychainFault::Damaged(difference)),
        None => put_whole(store, entry, &header.text()?),
    }
}

/// In which way what a store gives back is not what was put there.
pub(super) fn difference(put: &Secret, kept: Option<&Secret>) -> Option<String> {
    let put = put.expose();
    match kept.map(Secret::expose) {
        Some(kept) if kept == put => None,
        Some(kept) if put.starts_with(kept) => {
            Some(format!("it keeps {} of {} bytes", kept.len(), put.len()))
        }
        Some(_) => Some("it has something else than was written".to_owned()),
        None => Some("it has nothing where something was written".to_owned()),
    }
}

/// Whether the entry still holds `first`.
fn stands(store: &dyn SecretStore, entry: &str, first: &Secret) -> Result<bool, KeychainFault> {
    Ok(store.get(entry)?.is_some_and(|now| now.expose() == first.expose()))
}

/// The names of all parts of the entry, of whatever generation. An entry's own name is a whole JSON
/// array, so no other entry's begins like this.
fn parts_of(store: &dyn SecretStore, entry: &str) -> Result<Vec<String>, KeychainFault> {
    let beginning = format!("{entry}#");
    Ok(store.list()?.into_iter().filter(|name| name.starts_with(&beginning)).collect())
}

/// Removes what no header names any more. Not being able to costs room and no session.
fn sweep(store: &dyn SecretStore, leftovers: Vec<String>) {
    for part in leftovers {
        if let Err(fault) = store.delete(&part) {
            tracing::warn!(%fault, "a part that is no longer needed could not be removed");
        }
    }
}

impl Header {
    /// The header that stands in the entry; `None` where the value itself does.
    fn in_place_of(first: &Secret) -> Result<Option<Self>, KeychainFault> {
        let Some(json) = first.expose().strip_prefix(MARK) else { return Ok(None) };
        let unreadable = |_| KeychainFault::Damaged("the header of its parts is unreadable".to_owned());
        serde_json::from_str(json).map(Some).map_err(unreadable)
    }

    fn text(&self) -> Result<Secret, KeychainFault> {
        let json = serde_json::to_string(self).map_err(|e| KeychainFault::Unavailable(e.to_string()))?;
        Ok(Secret::new(format!("{MARK}{json}")))
    }

    fn part(&self, entry: &str, number: u32) -> String {
        format!("{entry}#{}.{number}", self.generation)
    }

    /// Makes the value of its parts.
    fn join(&self, store: &dyn SecretStore, entry: &str) -> Result<Secret, KeychainFault> {
        let mut pieces = Vec::new();
        for number in 1..=self.parts {
            let Some(piece) = store.get(&self.part(entry, number))? else {
                let parts = self.parts;
                return Err(KeychainFault::Damaged(format!("part {number} of {parts} is missing")));
            };
            pieces.push(piece);
        }
        // Grown in one go: what a text leaves behind when it moves is not wiped.
        let mut whole = String::with_capacity(pieces.iter().map(|piece| piece.expose().len()).sum());
        pieces.iter().for_each(|piece| whole.push_str(piece.expose()));
        let whole = Secret::new(whole);
        if whole.expose().len() != self.length {
            let (found, length) = (whole.expose().len(), self.length);
            return Err(KeychainFault::Damaged(format!("its parts hold {found} of {length} bytes")));
        }
        if fingerprint(whole.expose()) != self.fingerprint {
            return Err(KeychainFault::Damaged("its parts are not those that were written".to_owned()));
        }
        Ok(whole)
    }
}
