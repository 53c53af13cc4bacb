//! How providers differ, as data: a preset is a file that says what to add at a sign-in, how to switch,
//! which claims prove the tenant, and where roles and the list of tenants stand.
//!
//! The files lie in `presets/`. A connection names one and fills in its settings; what comes of both is a
//! [`Mode`], which is all that the rest of the session knows of a provider's ways.

mod expand;
mod mode;
mod pattern;

use std::collections::BTreeMap;

use keyward_model::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};

pub use expand::Settings;
pub use mode::{ClaimNames, ClaimPath, Gives, Mode, Parameters, Proof, SignIn, Switch};
pub use pattern::Pattern;

/// Every preset's id and file. `custom` has none: its mode stands in the configuration.
const FILES: [(&str, &str); 13] = [
    ("auth0-api-per-tenant", include_str!("../../presets/auth0-api-per-tenant.toml")),
    ("auth0-tenant-claim", include_str!("../../presets/auth0-tenant-claim.toml")),
    ("auth0-organizations", include_str!("../../presets/auth0-organizations.toml")),
    ("auth0-application-per-tenant", include_str!("../../presets/auth0-application-per-tenant.toml")),
    ("keycloak-organizations", include_str!("../../presets/keycloak-organizations.toml")),
    ("keycloak-scope-per-tenant", include_str!("../../presets/keycloak-scope-per-tenant.toml")),
    ("entra-id", include_str!("../../presets/entra-id.toml")),
    ("okta-server-per-tenant", include_str!("../../presets/okta-server-per-tenant.toml")),
    ("zitadel", include_str!("../../presets/zitadel.toml")),
    ("logto", include_str!("../../presets/logto.toml")),
    ("workos", include_str!("../../presets/workos.toml")),
    ("rfc8707", include_str!("../../presets/rfc8707.toml")),
    ("rfc8693", include_str!("../../presets/rfc8693.toml")),
];

/// The preset of a connection that describes its provider itself.
pub const CUSTOM: &str = "custom";
/// The preset of a connection that names none.
pub const USUAL: &str = "auth0-api-per-tenant";

/// A preset as its file has it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its id, as a configuration names it: the file's name.
    #[serde(skip)]
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// How sure one can be of it.
    pub evidence: Evidence,
    /// On what, in words.
    pub evidence_note: String,
    /// Parts of an issuer's address that give such a provider away.
    #[serde(default)]
    pub recognised_by: Vec<String>,
    /// What a connection has to fill in.
    #[serde(default, rename = "setting")]
    pub settings: Vec<Setting>,
    /// The mode, before the settings are filled in.
    mode: toml::Table,
}

/// How sure one can be of a preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It is run against a real server of this kind, by this project's tests.
    Run,
    /// It follows the provider's documentation; the proof decides.
    Read,
}

/// Something that a connection has to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Its key.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// Where one finds it.
    pub hint: String,
    /// What it looks like.
    pub example: String,
    /// Whether it is wanted only where the connection has a role directory.
    #[serde(default)]
    pub with_directory: bool,
}

impl Setting {
    /// Whether the value must have a place for the tenant.
    pub fn has_tenant_place(&self) -> bool {
        self.example.contains("{tenant}")
    }
}

impl Preset {
    /// The preset of this id.
    ///
    /// # Errors
    /// [`ErrorCode::ConfigInvalid`] names the ids that there are.
    pub fn find(id: &str) -> Result<Self> {
        let Some((id, text)) = FILES.iter().find(|(file, _)| *file == id) else {
            let ids: Vec<&str> = FILES.iter().map(|(id, _)| *id).chain([CUSTOM]).collect();
            return Err(Error::new(
                ErrorCode::ConfigInvalid,
                format!("there is no preset {id:?}; there are {}", ids.join(", ")),
            ));
        };
        let preset: Self = toml::from_str(text)
            .map_err(|e| Error::new(ErrorCode::Internal, format!("preset {id}: {}", e.message())))?;
        Ok(Self { id: (*id).to_owned(), ..preset })
    }

    /// Every preset, in the order in which people are offered them.
    ///
    /// # Errors
    /// [`ErrorCode::Internal`] where a file that ships with Keyward cannot be read.
    pub fn all() -> Result<Vec<Self>> {
        FILES.iter().map(|(id, _)| Self::find(id)).collect()
    }

    /// The mode with these settings filled in.
    ///
    /// # Errors
    /// In words: a setting that is missing, unknown, or without its place for the tenant.
    pub fn mode(
        &self,
        settings: &BTreeMap<String, String>,
        with_directory: bool,
    ) -> std::result::Result<Mode, String> {
        let wanted: Vec<&Setting> =
            self.settings.iter().filter(|setting| with_directory || !setting.with_directory).collect();
        for setting in &wanted {
            let key = &setting.key;
            let Some(value) = settings.get(key).filter(|value| !value.trim().is_empty()) else {
                return Err(format!(
                    "preset {} needs settings.{key}: {}. Such as {:?}",
                    self.id, setting.label, setting.example
                ));
            };
            if setting.has_tenant_place() != value.contains("{tenant}") {
                let how = if setting.has_tenant_place() { "must contain" } else { "must not contain" };
                return Err(format!(
                    "settings.{key} {value:?} {how} {{tenant}}. Such as {:?}",
                    setting.example
                ));
            }
        }
        if let Some(unknown) = settings.keys().find(|key| !self.settings.iter().any(|s| s.key == **key)) {
            let known: Vec<&str> = self.settings.iter().map(|setting| setting.key.as_str()).collect();
            return Err(format!(
                "preset {} has no setting {unknown:?}; it has {}",
                self.id,
                if known.is_empty() { "none".to_owned() } else { known.join(", ") }
            ));
        }
        Mode::read(&self.mode, settings, with_directory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(preset: &Preset) -> BTreeMap<String, String> {
        preset.settings.iter().map(|setting| (setting.key.clone(), setting.example.clone())).collect()
    }

    #[test]
    fn every_preset_is_whole_with_its_own_examples() {
        for preset in Preset::all().unwrap() {
            for with_directory in [true, false] {
                let mode = preset.mode(&examples(&preset), with_directory);
                assert!(mode.is_ok(), "{} (directory: {with_directory}): {mode:?}", preset.id);
            }
        }
    }

    #[test]
    fn a_setting_that_is_missing_misplaced_or_unknown_is_named() {
        let preset = Preset::find(USUAL).unwrap();
        let mut settings = examples(&preset);
        settings.remove("tenant_audience");
        let error = preset.mode(&settings, false).unwrap_err();
        assert!(error.contains("settings.tenant_audience") && error.contains("https://"), "{error}");
        settings.insert("tenant_audience".into(), "https://api.example".into());
        let error = preset.mode(&settings, false).unwrap_err();
        assert!(error.contains("must contain {tenant}"), "{error}");
        settings = examples(&preset);
        settings.insert("tennant".into(), "x".into());
        let error = preset.mode(&settings, true).unwrap_err();
        assert!(error.contains("tennant") && error.contains("tenant_audience"), "{error}");
    }

    #[test]
    fn an_unknown_preset_is_answered_with_those_that_there_are() {
        let error = Preset::find("auth0").unwrap_err();
        assert!(error.message.contains("auth0-organizations") && error.message.contains(CUSTOM), "{error}");
    }
}
