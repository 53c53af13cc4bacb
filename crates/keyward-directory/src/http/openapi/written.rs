//! The document as a whole, and the test that compares it.

use std::{fs, path::PathBuf};

use schemars::{
    JsonSchema, Schema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde_json::{Map, Value, json};

use super::{operation, problem};
use crate::http::ROUTES;

const FILE: &str = "docs/openapi.json";

/// Schemas of what comes in and of what goes out: a field with a default may be left out of the one and never
/// of the other.
pub(super) struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let of = |contract| {
            let mut settings = SchemaSettings::draft2020_12();
            settings.definitions_path = "/components/schemas".into();
            settings.contract = contract;
            settings.into_generator()
        };
        Self { asked: of(Contract::Deserialize), answered: of(Contract::Serialize) }
    }

    pub(super) fn asked<T: JsonSchema>(&mut self) -> Value {
        self.asked.subschema_for::<T>().to_value()
    }

    pub(super) fn answered<T: JsonSchema>(&mut self) -> Value {
        self.answered.subschema_for::<T>().to_value()
    }

    /// The schema itself, not its name.
    pub(super) fn whole<T: JsonSchema>(&mut self) -> Value {
        T::json_schema(&mut self.answered).to_value()
    }

    /// The fields of a query string, as parameters.
    pub(super) fn query<T: JsonSchema>(&mut self) -> Vec<Value> {
        let schema: Schema = T::json_schema(&mut self.asked);
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let fields = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        let parameter = |(name, mut schema): (String, Value)| {
            // What may be left out of a query string is not written there as null.
            if let Some(kinds) = schema.get("type").and_then(Value::as_array) {
                schema["type"] = kinds[0].clone();
            }
            if let Some(kinds) = schema.get("anyOf").and_then(Value::as_array) {
                schema = kinds[0].clone();
            }
            json!({ "name": name, "in": "query", "required": required.contains(&json!(name)), "schema": schema })
        };
        fields.into_iter().map(parameter).collect()
    }

    /// Everything that was named. What one name stands for is the same both ways.
    fn all(mut self) -> Map<String, Value> {
        let mut all = self.answered.take_definitions(true);
        for (name, schema) in self.asked.take_definitions(true) {
            let known = all.entry(&name).or_insert_with(|| schema.clone());
            assert_eq!(*known, schema, "{name} is asked as one thing and answered as another");
        }
        all
    }
}

fn document() -> Value {
    let mut schemas = Schemas::new();
    let mut paths = json!({});
    for route in &ROUTES {
        let method = route.method.as_str().to_lowercase();
        paths[route.path][method] = operation::of(route, &mut schemas);
    }
    let responses = problem::responses(&mut schemas);
    let mut schemas = schemas.all();
    problem::keep_ours(&mut schemas);
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Keyward role directory",
            "version": "1",
            "summary": "Who holds which role in which tenant.",
            "description": problem::ABOUT,
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": responses,
            "headers": operation::headers(),
            "parameters": operation::parameters(),
            "securitySchemes": {
                "person": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "A person's access token, proven for the tenant in the path.",
                },
                "provider": {
                    "type": "http", "scheme": "bearer",
                    "description": "A provider that asks at issuance, as its configuration says: a secret, a token \
                                    of its own, or an HMAC in Keyward-Signature instead.",
                },
            },
        },
    });
    without_links(&mut document);
    // Whatever order the maps are kept in, the file is one.
    document.sort_all_objects();
    document
}

/// Writes what our documentation links to, which nobody here can follow, as the name that it is.
fn without_links(value: &mut Value) {
    match value {
        Value::String(text) => {
            while let Some((before, (_, after))) =
                text.split_once("](crate::").and_then(|(before, link)| Some((before, link.split_once(')')?)))
            {
                *text = before.replacen('[', "", 1) + after;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_links),
        Value::Object(fields) => fields.values_mut().for_each(without_links),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn types_are_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(FILE);
    let now = serde_json::to_string_pretty(&document()).unwrap() + "\n";
    if std::env::var_os("KEYWARD_WRITE_TYPES").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == now, "{FILE} is not what the routes and types say: run `cargo xtask types`");
}
