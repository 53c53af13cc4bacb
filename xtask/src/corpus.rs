//! `cargo xtask bench corpus`: the attack corpus through other libraries, and `docs/corpus.md` written of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    process::{Command, ExitCode},
};

use serde::Deserialize;

use crate::{
    command::{Stop, must, stdout},
    providers,
    workspace::Workspace,
};

/// As it is asked for.
pub const NAME: &str = "corpus";
/// What it is.
pub const ABOUT: &str = "the attack corpus through seven other libraries; writes docs/corpus.md";

#[derive(Deserialize)]
struct Corpus {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    class: String,
    by: String,
    good: bool,
}

/// What a library made of every vector: `accepted`, `refused` or `crashed`.
#[derive(Deserialize)]
struct Reader {
    name: String,
    version: String,
    from: String,
    outcomes: BTreeMap<String, String>,
}

/// Runs the corpus through everything. Ours is its test, which stands for nothing wrong at all.
pub fn task() -> Result<ExitCode, Stop> {
    let workspace = Workspace::find()?;
    let folder = workspace.root.join("tests/corpus");
    let path = folder.join("vectors.json");
    let text = fs::read_to_string(&path).map_err(|error| Stop::file("read", &path, &error))?;
    let corpus: Corpus = parsed(&text)?;
    must(workspace.cargo().args([
        "test",
        "--locked",
        "--package",
        "keyward-verify",
        "--test",
        "it",
        "corpus::",
    ]))?;
    let installed = providers::install_for_corpus(&workspace)?;
    if let Some(why) = installed.absent.first() {
        return Err(Stop(why.clone()));
    }
    let peers = folder.join("peers");
    let mut rust = workspace.cargo();
    rust.args(["run", "--quiet", "--locked", "--manifest-path"]).arg(peers.join("rust/Cargo.toml"));
    rust.arg("--target-dir").arg(workspace.folder("corpus-peers")?).arg("--").arg(&path);
    let mut node = Command::new("node");
    node.arg(peers.join("npm/run.mjs")).arg(&path);
    let mut python = Command::new(installed.folder.join("corpus-python/venv/bin/python"));
    python.arg(peers.join("python/run.py")).arg(&path);
    let mut readers: Vec<Reader> = Vec::new();
    for command in [&mut rust, &mut node, &mut python] {
        readers.extend(parsed::<Vec<Reader>>(&stdout(command)?)?);
    }
    let page = workspace.root.join("docs/corpus.md");
    fs::write(&page, written(&corpus.vectors, &readers))
        .map_err(|error| Stop::file("write", &page, &error))?;
    println!("Written to {}.", page.display());
    Ok(ExitCode::SUCCESS)
}

fn parsed<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Stop> {
    serde_json::from_str(text)
        .map_err(|error| Stop(format!("The corpus has another form than known: {error}.")))
}

/// How many vectors a reader got wrong.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wrong {
    accepted: usize,
    refused: usize,
    crashed: usize,
}

fn wrong<'v>(reader: &Reader, vectors: impl Iterator<Item = &'v Vector>) -> Wrong {
    let mut wrong = Wrong::default();
    for vector in vectors {
        // What was not tried is not right.
        match (reader.outcomes.get(&vector.id).map(String::as_str), vector.good) {
            (Some("accepted"), false) => wrong.accepted += 1,
            (Some("accepted"), true) | (Some("refused"), false) => (),
            (Some("refused"), true) => wrong.refused += 1,
            _ => wrong.crashed += 1,
        }
    }
    wrong
}

const HEAD: &str = "\
# The attack corpus

`tests/corpus/vectors.json` holds tokens that must be refused and tokens that must pass. Each that must be refused is right in all but
the one thing it is about, and truly signed. `cargo xtask bench corpus` runs the file through Keyward and through other
libraries, each set up as its documentation shows (issuer, audience, algorithms, required claims, `typ` where it has it; the scripts are in
`tests/corpus/peers`), and writes this page.

Who says that a token is good or bad is told apart, because it matters:

- **standard**: the RFCs, of any reader that knows issuer, audience and algorithms.
- **profile**: RFC 9068 and RFC 8725 (`typ`, required claims) or a pinned client. A library that has no word for it cannot be blamed; whoever
  uses it has to write the check.
- **strict**: the standards leave it open, and Keyward is strict, because two readers could see two tokens.
- **tenant**: the tenant rule. No general library has one, and none pretends to.

The counts are no ranking: a looseness counts once for each algorithm that it was tried with, some of it does no harm to most who use the
library, and what the libraries leave to their user (which key a `kid` names) is done by the scripts as plainly as they can. Authlib's own
`authlib.jose` is given up by its authors in favour of joserfc.

Each cell is *wrongly accepted / wrongly refused / crashed*. Crashed is an error that the library does not document as its own; most
are refusals in effect. Keyward's line is its test, which fails where it gets any
token wrong. Its zeros are no surprise: the corpus was written beside it, *strict* is what it does, and where it was wrong it was mended. The
others had no such chance.

";

fn written(vectors: &[Vector], readers: &[Reader]) -> String {
    let mut page = HEAD.to_owned();
    let count = |by: &str, good: bool| vectors.iter().filter(|one| one.by == by && one.good == good).count();
    let kinds = ["standard", "profile", "strict", "tenant"];
    row(&mut page, "", kinds.iter().map(|kind| (*kind).to_owned()));
    row(&mut page, "---", kinds.iter().map(|_| "---:".to_owned()));
    let asked = kinds.iter().map(|kind| format!("{} bad, {} good", count(kind, false), count(kind, true)));
    row(&mut page, "*tokens*", asked);
    row(&mut page, "**Keyward**", kinds.iter().map(|_| "0 / 0 / 0".to_owned()));
    for reader in readers {
        let cells =
            kinds.iter().map(|kind| cell(&wrong(reader, vectors.iter().filter(|one| one.by == *kind))));
        row(&mut page, &format!("{} {} ({})", reader.name, reader.version, reader.from), cells);
    }
    page.push_str("\n## By class, as the standards have it\n\nOnly tokens of the kind *standard*; a class in which nobody is wrong is left out.\n\n");
    row(&mut page, "class", readers.iter().map(|reader| reader.name.clone()));
    row(&mut page, "---", readers.iter().map(|_| "---:".to_owned()));
    let classes: BTreeSet<&str> = vectors.iter().map(|vector| vector.class.as_str()).collect();
    for class in classes {
        let of_class = || vectors.iter().filter(|one| one.class == class && one.by == "standard");
        let all: Vec<Wrong> = readers.iter().map(|reader| wrong(reader, of_class())).collect();
        if all.iter().any(|wrong| *wrong != Wrong::default()) {
            row(&mut page, &format!("{class} ({})", of_class().count()), all.iter().map(cell));
        }
    }
    page
}

fn cell(wrong: &Wrong) -> String {
    format!("{} / {} / {}", wrong.accepted, wrong.refused, wrong.crashed)
}

fn row(page: &mut String, first: &str, cells: impl Iterator<Item = String>) {
    let cells: Vec<String> = cells.collect();
    // Writing to a text cannot fail.
    let _ = writeln!(page, "| {first} | {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_that_was_not_tried_is_not_right() {
        let vector =
            |id: &str, good| Vector { id: id.to_owned(), class: String::new(), by: String::new(), good };
        let vectors = [vector("a", false), vector("b", true), vector("c", true), vector("d", false)];
        let outcomes = [("a", "accepted"), ("b", "refused"), ("d", "refused")];
        let outcomes = outcomes.map(|(id, outcome)| (id.to_owned(), outcome.to_owned())).into();
        let reader = Reader { name: String::new(), version: String::new(), from: String::new(), outcomes };
        assert_eq!(wrong(&reader, vectors.iter()), Wrong { accepted: 1, refused: 1, crashed: 1 });
    }
}
