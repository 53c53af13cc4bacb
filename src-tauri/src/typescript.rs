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
            let declaration = format!("{doc}export {}\n", T::decl(&self.config));
            // A comment of one line stands on one line.
            let declaration = declaration.replace("/**\n * ", "/** ").replace("\n */", " */");
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

/// Every `name: type` of the declarations, comments left out.
fn fields(declarations: &str) -> Vec<(String, String)> {
    let mut bare = String::new();
    for part in declarations.split("/**") {
        bare += part.split_once("*/").map_or(part, |(_, after)| after);
    }
    let pieces = bare.split([',', '{', '}', ';', '(', ')', '\n']);
    let field = |piece: &str| {
        let (name, of) = piece.split_once(':')?;
        Some((name.trim().trim_matches(['"', '?']).to_lowercase(), of.trim().to_owned()))
    };
    pieces.filter_map(field).collect()
}

/// Texts in a view or an argument whose name says that they could be a credential.
fn credentials(declarations: &str) -> Vec<String> {
    const NAMES: [&str; 11] = [
        "token",
        "access",
        "refresh",
        "secret",
        "verifier",
        "password",
        "bearer",
        "jwt",
        "nonce",
        "state",
        "credential",
    ];
    let text = |of: &str| of.starts_with("string") || of.starts_with("Array<string");
    let named = |name: &str| NAMES.iter().any(|secret| name.contains(secret)) || name == "code";
    fields(declarations)
        .into_iter()
        .filter(|(name, of)| text(of) && named(name))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn no_field_that_a_window_gets_could_hold_a_secret() {
    let declarations = generated();
    assert!(fields(&declarations).len() > 100, "the fields are found");
    assert_eq!(credentials(&declarations), Vec::<String>::new(), "the UI must never be given a credential");
    let leaky = "export type View = { /** Not a word of code: string */ name: string, access_token: string | null, code: string };";
    assert_eq!(credentials(leaky), ["access_token", "code"], "the check can fail");
}
