//! What a window is shown while a connection is added, and what is filled in there.

use std::collections::BTreeMap;

use keyward_model::Error;
use serde::{Deserialize, Serialize};

use super::Named;
use crate::preset::{Evidence, Preset};

/// A connection that is being added.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct AddingConnection {
    /// The address that was checked last, as it was typed.
    pub issuer: String,
    /// What the checks found, in their order.
    pub lines: Vec<CheckLine>,
    /// Whether checks are under way.
    pub checking: bool,
    /// What there is to choose from.
    pub presets: Vec<PresetView>,
    /// The one whose marks the issuer bears.
    pub suggested: Option<String>,
    /// What was filled in, as it was last tried or saved.
    pub draft: ConnectionDraft,
    /// The address that the browser was sent to, while a sign-in is tried.
    pub trying: Option<String>,
    /// How the sign-in went that was tried last.
    pub tried: Option<Tried>,
    /// The file that it will be written to.
    pub file: String,
    /// What is wrong with the draft, or could not be saved.
    pub problem: Option<Error>,
}

/// One check of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CheckLine {
    /// What is checked.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What was found.
    pub detail: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It has not yet.
    Running,
    /// Well.
    Passed,
    /// Well enough, with something to know.
    Warned,
    /// Badly: nobody can sign in.
    Failed,
}

/// A preset to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PresetView {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// Whether it was run against a real server of its kind, or follows the documentation only.
    #[cfg_attr(feature = "typescript", ts(type = "\"run\" | \"read\""))]
    pub evidence: Evidence,
    /// On what, in words.
    pub evidence_note: String,
    /// What it wants to know.
    pub settings: Vec<SettingView>,
}

/// Something that a preset wants to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SettingView {
    /// Its key.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// Where one finds it.
    pub hint: String,
    /// What it looks like.
    pub example: String,
    /// Whether it must have a place for the tenant, `{tenant}`.
    pub tenant_place: bool,
    /// Whether it is wanted only where there is a role directory.
    pub with_directory: bool,
}

/// What was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ConnectionDraft {
    /// The connection's name for people.
    pub name: String,
    /// The provider's issuer.
    pub issuer: String,
    /// The client registered there.
    pub client_id: String,
    /// The preset's id.
    pub preset: String,
    /// What the preset wants to know, by key.
    #[cfg_attr(feature = "typescript", ts(type = "{ [key: string]: string }"))]
    pub settings: BTreeMap<String, String>,
    /// The role directory's address, if there is one.
    pub directory: Option<String>,
    /// Tenants that are listed.
    pub tenants: Vec<DraftTenant>,
    /// Ports that the provider allows in redirects.
    pub redirect_ports: Vec<u16>,
}

/// A tenant that was filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct DraftTenant {
    /// Its short name.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What the provider calls it.
    pub at_provider: Option<String>,
    /// Its own application.
    pub client_id: Option<String>,
}

/// How a sign-in went that was tried.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Tried {
    /// Who signed in.
    pub person: Option<Named>,
    /// Names of the tenants they may enter.
    pub tenants: Vec<String>,
    /// The tenant that opened.
    pub tenant: Option<String>,
    /// What proved it.
    pub proven_by: Option<String>,
    /// What went wrong.
    pub problem: Option<Error>,
}

impl From<&Preset> for PresetView {
    fn from(preset: &Preset) -> Self {
        let setting = |setting: &crate::preset::Setting| SettingView {
            key: setting.key.clone(),
            label: setting.label.clone(),
            hint: setting.hint.clone(),
            example: setting.example.clone(),
            tenant_place: setting.has_tenant_place(),
            with_directory: setting.with_directory,
        };
        Self {
            id: preset.id.clone(),
            name: preset.name.clone(),
            summary: preset.summary.clone(),
            evidence: preset.evidence,
            evidence_note: preset.evidence_note.clone(),
            settings: preset.settings.iter().map(setting).collect(),
        }
    }
}
