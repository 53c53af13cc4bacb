//! Cursors: where a page ended, opaque to whoever carries them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::{Error, ErrorCode, PersonId, Result, RoleId, TenantId};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Bytes of a cursor at most; ours are far shorter.
const MAX_CURSOR: usize = 2048;

/// The last row of a page of people: their place in the order, which holds while others come and go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleCursor {
    pub(crate) name_folded: String,
    pub(crate) person: PersonId,
}

/// The last entry of a page of the audit.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditCursor {
    pub(crate) number: u64,
}

/// How many effects of a plan came before. A plan does not change while it can be applied.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EffectsCursor {
    pub(crate) after: u64,
}

/// The last row of a page of holders.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HolderCursor {
    pub(crate) tenant: TenantId,
    pub(crate) role: RoleId,
    pub(crate) person: PersonId,
}

/// The last row of a page of tenants.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TenantCursor {
    pub(crate) tenant: TenantId,
}

/// Writes a cursor.
pub(crate) fn write<T: Serialize>(cursor: &T) -> Result<String> {
    let json = serde_json::to_vec(cursor).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// Reads a cursor back, if there is one.
pub(crate) fn read<T: DeserializeOwned>(text: Option<&str>) -> Result<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    let bytes = if text.len() <= MAX_CURSOR { URL_SAFE_NO_PAD.decode(text).ok() } else { None };
    match bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
        Some(cursor) => Ok(Some(cursor)),
        None => Err(Error::new(
            ErrorCode::InvalidRequest,
            "cursor: not one that this directory gave for this list. Leave it out to begin again.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_and_a_foreign_one_is_refused() {
        let cursor = AuditCursor { number: 7 };
        let text = write(&cursor).unwrap();
        assert_eq!(read(Some(&text)).unwrap(), Some(cursor));
        assert_eq!(read::<AuditCursor>(None).unwrap(), None);
        for bad in ["", "x", "%", &"A".repeat(9999)] {
            assert_eq!(read::<AuditCursor>(Some(bad)).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
        assert!(read::<PeopleCursor>(Some(&text)).is_err(), "the audit's cursor is none for people");
    }
}
