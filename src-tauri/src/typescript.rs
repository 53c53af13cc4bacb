//! The TypeScript that the UI is built on, made from the Rust types: commands, events, errors. The
//! generated file is committed, and a test says whether it is current.

use std::{any::TypeId, collections::BTreeMap, collections::HashSet, fs, path::Path};

use keyward_model::Error;
use keyward_session::WindowView;
use ts_rs::{Config, TS, TypeVisitor};

const FILE: &str = "ui/src/lib/backend/generated.ts";

/// Collects declarations and commands.
pub struct Declarations {
    config: Config,
    seen: HashSet<TypeId>,
    types: BTreeMap<String, String>,
    commands: String,
}

impl Declarations {
    fn new() -> Self {
        let config = Config::new().with_large_int("number");
        Self { config, seen: HashSet::new(), types: BTreeMap::new(), commands: String::new() }
    }

    /// A type's name in TypeScript; it and all it is made of are declared.
    pub fn name<T: TS + 'static + ?Sized>(&mut self) -> String {
        self.visit::<T>();
        T::name(&self.config)
    }

    /// A command that windows can call.
    pub fn command<T: TS + 'static>(&mut self, doc: &[&str], name: &str, arguments: &[(&str, String)]) {
        let answer = self.name::<T>();
        let typed: Vec<String> = arguments.iter().map(|(name, of)| format!("{name}: {of}")).collect();
        let names: Vec<&str> = arguments.iter().map(|(name, _)| *name).collect();
        let sent = if names.is_empty() { String::new() } else { format!(", {{ {} }}", names.join(", ")) };
        self.commands += &format!(
            "  /** {} */\n  {}: ({}) => invoke<{answer}>(\"{name}\"{sent}),\n",
            doc.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" "),
            camel(name),
            typed.join(", "),
        );
    }

    fn file(self) -> String {
        let mut file = "// Generated from the Rust types by `cargo xtask types`. Do not edit.\n\
            import { invoke } from \"@tauri-apps/api/core\";\n\n"
            .to_owned();
        for declaration in self.types.into_values() {
            file += &declaration;
            file.push('\n');
        }
        file +=
            "/** The event that brings a window what it shows. */\nexport const VIEW_EVENT = \"view\";\n\n";
        file += &format!(
            "/** What a window may ask for. Each rejects with a KeywardError. */\nexport const commands = {{\n{}}};\n",
            self.commands
        );
        file
    }
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let doc = T::docs().unwrap_or_default();
            let declaration = format!("{}export {}\n", doc, T::decl(&self.config));
            self.types.insert(T::ident(&self.config), declaration);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        camel += &word[..1].to_uppercase();
        camel += &word[1..];
    }
    camel
}

fn generated() -> String {
    let mut declarations = Declarations::new();
    declarations.visit::<Error>();
    declarations.visit::<WindowView>();
    crate::commands::describe(&mut declarations);
    declarations.file()
}

#[test]
fn types_are_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let now = generated();
    if std::env::var_os("KEYWARD_WRITE_TYPES").is_some() {
        fs::write(&path, &now).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == now, "{FILE} is not what the Rust types say: run `cargo xtask types`");
}

#[test]
fn no_field_that_a_window_gets_could_hold_a_secret() {
    let declarations = generated();
    let fields = declarations.split(|c: char| !c.is_alphanumeric() && c != '_');
    let secret = [
        "access_token",
        "refresh_token",
        "id_token",
        "access",
        "refresh",
        "secret",
        "verifier",
        "password",
        "bearer",
        "jwt",
        "nonce",
        "state",
    ];
    let found: Vec<&str> = fields.filter(|field| secret.contains(&field.to_lowercase().as_str())).collect();
    assert!(found.is_empty(), "the UI must never be given a credential: {found:?}");
}
