//! Fills a connection's settings into a preset: `{key}` becomes the setting's text, `{tenant}` stays.

use std::collections::BTreeMap;

use toml::Value;

/// What a connection fills into its preset, by key.
pub type Settings = BTreeMap<String, String>;

/// The table with every text filled in, keys among them.
///
/// # Errors
/// In words: a place that no setting fills.
pub(super) fn table(table: &toml::Table, settings: &Settings) -> Result<toml::Table, String> {
    table.iter().map(|(key, inner)| Ok((fill(key, settings)?, value(inner, settings)?))).collect()
}

fn value(inner: &Value, settings: &Settings) -> Result<Value, String> {
    Ok(match inner {
        Value::String(text) => Value::String(fill(text, settings)?),
        Value::Array(all) => {
            Value::Array(all.iter().map(|one| value(one, settings)).collect::<Result<_, _>>()?)
        }
        Value::Table(inner) => Value::Table(table(inner, settings)?),
        other => other.clone(),
    })
}

fn fill(text: &str, settings: &Settings) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (key, after) = after.split_once('}').ok_or_else(|| format!("{text:?} lacks a closing brace"))?;
        filled.push_str(before);
        match settings.get(key) {
            Some(setting) => filled.push_str(setting),
            None if key == "tenant" => filled.push_str("{tenant}"),
            None => return Err(format!("no setting fills {{{key}}} in {text:?}")),
        }
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_filled_in_and_the_tenants_place_stays() {
        let settings = Settings::from([("api".to_owned(), "https://api.example/{tenant}".to_owned())]);
        assert_eq!(fill("{api}/v1 {tenant}", &settings).unwrap(), "https://api.example/{tenant}/v1 {tenant}");
        assert!(fill("{other}", &settings).unwrap_err().contains("{other}"));
    }
}
