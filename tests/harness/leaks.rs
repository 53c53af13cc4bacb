//! Looks for tokens where none may be: in the page, its storage, what its scripts can reach, what
//! passes between page and app, and every file of the person's home.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::window::Window;

/// A token's text, or what looks like one, in a place where it must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// Where.
    pub place: String,
    /// The first characters of what was found.
    pub found: String,
}

/// Texts to look for. Whatever has the form of a JWT is looked for as well.
#[derive(Debug, Default)]
pub struct Watch {
    texts: Vec<String>,
}

/// Records all that passes between page and app: every request's body, every answer, every event.
const RECORD: &str = r#"
    if (window.__passed) return true;
    window.__passed = [];
    const pass = text => window.__passed.push(String(text));
    const fetch = window.fetch;
    window.fetch = async (...request) => {
        pass(request[0]); pass(request[1]?.body ?? ''); pass(JSON.stringify([...new Headers(request[1]?.headers ?? {})]));
        const answer = await fetch(...request);
        answer.clone().text().then(pass);
        return answer;
    };
    const internals = window.__TAURI_INTERNALS__;
    const heard = internals.transformCallback(event => pass(JSON.stringify(event)), false);
    await internals.invoke('plugin:event|listen', { event: 'view', target: { kind: 'Any' }, handler: heard });
    return true;
"#;

/// Walks everything that a script can reach from `window`, the document and its storage included.
const REACHABLE: &str = r#"
    const texts = new Set([document.documentElement.outerHTML, document.cookie, location.href, document.title]);
    for (const store of [localStorage, sessionStorage])
        for (let i = 0; i < store.length; i++) { texts.add(store.key(i)); texts.add(store.getItem(store.key(i))); }
    for (const database of (indexedDB.databases ? await indexedDB.databases() : [])) texts.add(database.name);
    for (const field of document.querySelectorAll('input, textarea')) texts.add(field.value);
    const seen = new Set([window]), queue = [window];
    while (queue.length && seen.size < 400000) {
        const thing = queue.pop();
        let names = [];
        try { names = Reflect.ownKeys(thing); } catch { continue; }
        for (const name of names) {
            let value;
            try { value = thing[name]; } catch { continue; }
            if (typeof name === 'string') texts.add(name);
            if (typeof value === 'string') texts.add(value);
            else if (value && (typeof value === 'object' || typeof value === 'function') && !seen.has(value)) {
                seen.add(value); queue.push(value);
                if (value instanceof Map || value instanceof Set)
                    for (const entry of value.entries()) for (const part of entry) {
                        if (typeof part === 'string') texts.add(part);
                        else if (part && typeof part === 'object' && !seen.has(part)) { seen.add(part); queue.push(part); }
                    }
            }
        }
    }
    return { texts: [...texts].filter(text => text && text.length > 15), objects: seen.size };
"#;

impl Watch {
    /// Watches for these texts too. Short ones would be found by chance.
    pub fn add(&mut self, texts: impl IntoIterator<Item = String>) {
        self.texts.extend(texts.into_iter().filter(|text| text.len() >= 20));
    }

    /// How many texts are watched for.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether no text is watched for.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// From now on records what passes between page and app. Call it again after the page is loaded anew.
    pub async fn record(&self, window: &Window) {
        assert_eq!(asynchronous(window, RECORD).await, json!(true), "the recorder is in place");
    }

    /// Looks at the page: DOM, storage, all that scripts reach, and what was recorded.
    pub async fn in_page(&self, window: &Window) -> Vec<Leak> {
        let reached = asynchronous(window, REACHABLE).await;
        let objects = reached["objects"].as_u64().unwrap_or_default();
        assert!(objects > 1_000, "the walk saw only {objects} objects; it does not reach the page");
        let passed = window.run("return window.__passed ?? [];", vec![]).await;
        let texts = |list: &Value| -> Vec<String> {
            list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let passed = texts(&passed);
        assert!(!passed.is_empty(), "nothing passed between page and app: the recorder is not in place");
        let mut leaks = self.look("script-visible memory", texts(&reached["texts"]).iter());
        leaks.extend(self.look("IPC traffic", passed.iter()));
        leaks
    }

    /// Looks at every file below `folder`.
    pub fn in_files(&self, folder: &Path) -> Vec<Leak> {
        let mut leaks = Vec::new();
        let mut folders = vec![folder.to_owned()];
        let mut read = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                let (path, kind) = (entry.path(), entry.file_type().expect("a kind"));
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    // A file may go while it is looked for; then it holds nothing.
                    let Ok(bytes) = fs::read(&path) else { continue };
                    read += 1;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    leaks.extend(self.look(&path.display().to_string(), [text].iter()));
                }
            }
        }
        assert!(read > 0, "there is nothing below {}", folder.display());
        leaks
    }

    fn look<'t>(&self, place: &str, texts: impl Iterator<Item = &'t String>) -> Vec<Leak> {
        let mut leaks = Vec::new();
        for text in texts {
            let known =
                self.texts.iter().filter(|watched| text.contains(watched.as_str())).map(String::as_str);
            for found in known.chain(jwt_like(text)) {
                leaks.push(Leak { place: place.to_owned(), found: found.chars().take(24).collect() });
            }
        }
        leaks
    }
}

/// `eyJ….eyJ…`: two base64url parts that both begin as JSON does.
fn jwt_like(text: &str) -> Option<&str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.match_indices("eyJ").map(|(at, _)| &text[at..]).find(|rest| {
        let header = rest.find(|c| !part(c)).unwrap_or(rest.len());
        header > 16 && rest[header..].starts_with(".eyJ")
    })
}

async fn asynchronous(window: &Window, body: &str) -> Value {
    let script = format!(
        "const done = arguments[arguments.length - 1]; (async () => {{ {body} }})().then(done, e => done({{ failed: String(e) }}));"
    );
    let answer = window.client.execute_async(&script, vec![]).await.expect("the script runs");
    assert!(answer.get("failed").is_none(), "{answer}");
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_token_is_found_and_other_text_is_not() {
        let token = "eyJhbGciOiJFUzI1NiJ9xx.eyJzdWIiOiJhZGEifQ.c2ln";
        assert!(jwt_like(&format!("token={token};")).is_some());
        assert!(jwt_like("eyJ is how base64 of {\" begins").is_none());
        let mut watch = Watch::default();
        watch.add(["a-refresh-token-of-some-length".to_owned(), "short".to_owned()]);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file"), b"\xff a-refresh-token-of-some-length").unwrap();
        assert_eq!(watch.in_files(folder.path()).len(), 1);
    }
}
