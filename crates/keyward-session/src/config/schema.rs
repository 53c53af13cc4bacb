//! `docs/keyward.schema.json`: the JSON Schema of `keyward.toml`, made from the types that read it and from
//! the presets. Editors complete and check by it; the examples beside it are read here both ways.

use std::{fs, path::PathBuf};

use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value, json};

use super::{Written, parse};
use crate::preset::{CUSTOM, Preset, USUAL};

const FILE: &str = "docs/keyward.schema.json";

/// The connections that a person or their administrator has set up.
#[derive(JsonSchema)]
#[schemars(title = "keyward.toml", deny_unknown_fields)]
#[allow(dead_code, reason = "only its schema is used")]
struct File {
    /// Each a provider, a client registered there, and where its tenants are.
    #[schemars(default)]
    connection: Vec<Written>,
}

fn schema() -> Value {
    let mut schema = schema_for!(File).to_value();
    let presets = Preset::all().unwrap();
    let ids: Vec<&str> = presets.iter().map(|preset| preset.id.as_str()).chain([CUSTOM]).collect();
    let written = &mut schema["$defs"]["Written"];
    written["properties"]["preset"]["enum"] = json!(ids);
    let custom = json!({
        "if": { "properties": { "preset": { "const": CUSTOM } }, "required": ["preset"] },
        "then": { "required": ["mode"] },
        "else": { "not": { "required": ["mode"] } },
    });
    written["allOf"] = presets.iter().map(of_preset).chain([custom]).collect();
    schema
}

/// What a connection of this preset has to fill in.
fn of_preset(preset: &Preset) -> Value {
    let mut chosen = json!({ "properties": { "preset": { "const": preset.id } } });
    if preset.id != USUAL {
        chosen["required"] = json!(["preset"]);
    }
    let settings: Map<String, Value> = preset
        .settings
        .iter()
        .map(|setting| {
            let words = format!("{}. {} Such as {}", setting.label, setting.hint, setting.example);
            let place = json!({ "pattern": r"\{tenant\}" });
            let place = if setting.has_tenant_place() { place } else { json!({ "not": place }) };
            let value = json!({ "type": "string", "description": words, "pattern": r"\S", "allOf": [place] });
            (setting.key.clone(), value)
        })
        .collect();
    let keys = |with_directory: bool| -> Vec<&String> {
        let wanted = preset.settings.iter().filter(|setting| with_directory || !setting.with_directory);
        wanted.map(|setting| &setting.key).collect()
    };
    let requires = |keys: Vec<&String>| match keys.is_empty() {
        true => json!({}),
        false => json!({ "required": ["settings"], "properties": { "settings": { "required": keys } } }),
    };
    let mut then = json!({
        "properties": { "settings": { "properties": settings, "additionalProperties": false } },
        "allOf": [requires(keys(false))],
        "if": { "required": ["directory"] },
        "then": requires(keys(true)),
    });
    let examples = preset.settings.iter().map(|setting| (setting.key.clone(), setting.example.clone()));
    if preset.mode(&examples.collect(), true).unwrap().has_applications() {
        then["properties"]["tenant"] = json!({ "items": { "required": ["client_id"] } });
    }
    json!({ "if": chosen, "then": then })
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn types_are_current() {
    let path = repository().join(FILE);
    let now = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("KEYWARD_WRITE_TYPES").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == now, "{FILE} is not what the Rust types say: run `cargo xtask types`");
}

/// What is wrong with a file, by the schema.
fn by_schema(text: &str) -> Vec<String> {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let file: Value = toml::from_str(text).unwrap();
    validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn examples() -> Vec<(String, String)> {
    let files = fs::read_dir(repository().join("docs/examples")).unwrap().map(|file| file.unwrap().path());
    let name = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_example_is_right_by_the_schema_and_is_read() {
    for (name, text) in examples() {
        assert_eq!(by_schema(&text), Vec::<String>::new(), "{name}");
        let connections = parse(&text).unwrap_or_else(|why| panic!("{name}: {why}"));
        assert!(!connections.is_empty(), "{name}");
    }
}

#[test]
fn every_preset_has_an_example() {
    let examples = examples();
    for id in Preset::all().unwrap().into_iter().map(|preset| preset.id).chain([CUSTOM.to_owned()]) {
        let (_, text) = examples.iter().find(|(name, _)| *name == id).unwrap_or_else(|| panic!("{id}"));
        assert!(text.contains(&format!("preset = \"{id}\"")), "{id}");
    }
}

#[test]
fn a_wrong_file_is_wrong_by_the_schema_and_is_not_read() {
    let examples = examples();
    let of = |name: &str| &examples.iter().find(|(example, _)| example == name).unwrap().1;
    let wrong = [
        ("auth0-api-per-tenant", "client_id", "client"),
        ("auth0-api-per-tenant", "keyward-desktop", "the client's id"),
        ("auth0-api-per-tenant", "id = \"example\"", "id = \"Ex ample\""),
        ("auth0-api-per-tenant", "https://example.eu", "ftp://example.eu"),
        ("auth0-api-per-tenant", "auth0-api-per-tenant\"", "auth0\""),
        ("auth0-api-per-tenant", "/{tenant}", "/acme"),
        ("auth0-api-per-tenant", "https://roles.example.com\"\nsettings", "https://roles.example.com\"\n#"),
        ("auth0-api-per-tenant", "settings.directory_audience", "#"),
        ("auth0-api-per-tenant", "preset = \"auth0-api-per-tenant\"\n", "settings.scope = \"x\"\n"),
        ("auth0-organizations", "com\"\n\n", "com/{tenant}\"\n\n"),
        ("auth0-organizations", "settings.audience", "#"),
        ("auth0-application-per-tenant", "client_id = \"keyward-acme\"", ""),
        ("custom", "preset = \"custom\"", "preset = \"logto\""),
        ("keycloak-organizations", "keycloak-organizations\"", "custom\""),
        ("several-connections", "redirect_ports = [47110", "redirect_ports = [470000"),
        ("several-connections", "\"claim\"", "\"tokens\""),
        ("several-connections", "\"/signed-in\"", "\"signed-in\""),
        ("several-connections", "\"none\"", "\"squid\""),
        ("several-connections", "sandbox = true", "sandbox = \"yes\""),
    ];
    for (name, right, wrong) in wrong {
        assert!(of(name).contains(right), "{name} has {right:?} no more");
        let text = of(name).replace(right, wrong);
        assert!(!by_schema(&text).is_empty(), "{name} with {wrong:?} is right by the schema");
        assert!(parse(&text).is_err(), "{name} with {wrong:?} is read");
    }
}
