//! What was answered to writes that came with a key.

use keyward_model::{PersonId, TenantId, Timestamp};
use serde::Serialize;

use super::written;
use crate::{
    WriteKey,
    store::{Tried, Tx, values},
};

impl Tx<'_> {
    /// What was asked under this key, by its fingerprint, and answered.
    pub(crate) fn answer(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        key: &WriteKey,
    ) -> Tried<Option<(String, String)>> {
        let sql = "SELECT asked, answer FROM answers WHERE tenant = ? AND person = ? AND key = ?";
        self.first(sql, values![tenant, person, key], |row| Ok((row.get("asked")?, row.get("answer")?)))
    }

    /// Keeps an answer.
    pub(crate) fn keep_answer(
        &self,
        tenant: &TenantId,
        person: &PersonId,
        key: &WriteKey,
        asked: &str,
        answer: &impl Serialize,
        at: Timestamp,
    ) -> Tried<()> {
        let sql = "INSERT INTO answers (tenant, person, key, asked, answer, at) VALUES (?, ?, ?, ?, ?, ?)";
        self.run(sql, values![tenant, person, key, asked, written(answer)?, at]).map(drop)
    }

    /// Forgets the tenant's answers of before this moment.
    pub(crate) fn forget_answers(&self, tenant: &TenantId, before: Timestamp) -> Tried<()> {
        self.run("DELETE FROM answers WHERE tenant = ? AND at <= ?", values![tenant, before]).map(drop)
    }
}
