//! A tenant's stream of events, as a reader sees it.

use std::time::Duration;

use keyward_directory::Directory;
use keyward_model::{Change, ErrorCode};
use serde_json::{Value, json};

use crate::{
    engine::{Engine, on_both_engines},
    house::{Hand, House, NOW, define, drop_role, give, read, remove, take, wish},
};

on_both_engines!(
    an_edit_at_one_server_appears_at_the_stream_of_another,
    a_reader_goes_on_after_the_last_event_it_saw,
    an_entry_that_moved_several_is_told_whole,
    who_may_not_see_people_is_told_of_themselves_alone,
    a_role_lost_counts_from_that_moment_on,
    an_edit_of_a_role_is_told_as_one_and_to_who_holds_it_as_their_own,
    a_stream_ends_with_the_membership_with_the_token_and_with_the_server,
);

/// Only ends a hang.
const HANG: Duration = Duration::from_secs(60);

struct Reader {
    response: reqwest::Response,
    text: String,
}

/// One event.
#[derive(Debug, PartialEq)]
struct Told {
    id: Option<String>,
    kind: String,
    data: Value,
}

impl Reader {
    async fn open(house: &House, who: &str, after: Option<&str>) -> Self {
        let mut request =
            house.request("GET", "/v1/tenants/acme/events").bearer_auth(house.token(who, "acme"));
        if let Some(after) = after {
            request = request.header("Last-Event-ID", after);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        Self { response, text: String::new() }
    }

    /// At the place where it begins.
    async fn at(house: &House, who: &str, after: Option<&str>, audit: u64) -> Self {
        let mut reader = Self::open(house, who, after).await;
        assert!(reader.response.headers()["keyward-role-version"].to_str().unwrap().parse::<u64>().is_ok());
        let since =
            Told { id: Some(audit.to_string()), kind: "since".to_owned(), data: json!({ "audit": audit }) };
        assert_eq!(reader.next().await, Some(since));
        reader
    }

    /// The next event; none at the end.
    async fn next(&mut self) -> Option<Told> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = event.to_owned();
                self.text = rest.to_owned();
                let field = |name: &str| {
                    event.lines().find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
                };
                if let Some(data) = field("data:") {
                    let data = serde_json::from_str(&data).unwrap();
                    return Some(Told { id: field("id:"), kind: field("event:").unwrap(), data });
                }
            }
            let chunk = tokio::time::timeout(HANG, self.response.chunk()).await.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }
}

fn moved(person: &str, version: Option<u64>, audit: u64) -> Option<Told> {
    let data = json!({ "person": person, "version": version, "audit": audit });
    Some(Told { id: Some(audit.to_string()), kind: "person".to_owned(), data })
}

fn edit(directory: &Directory, changes: Vec<Change>) {
    let caller = House::caller("ada", "acme");
    let plan = directory.plan(&caller, wish(changes)).unwrap();
    directory.apply(&caller, &plan.id).unwrap();
}

async fn an_edit_at_one_server_appears_at_the_stream_of_another(engine: Engine) {
    let house = House::new(engine).await;
    let other = Directory::open(&house.scratch.at(), Hand::at(NOW)).unwrap();
    let mut reader = Reader::at(&house, "vic", None, 0).await;
    edit(&other, vec![give("zoe", "support")]);
    assert_eq!(reader.next().await, moved("zoe", Some(2), 1));
    edit(&house.directory, vec![take("zoe", "support")]);
    edit(&other, vec![remove("ann")]);
    assert_eq!(reader.next().await, moved("zoe", Some(3), 2));
    assert_eq!(reader.next().await, moved("ann", None, 3), "in the order of the audit, wherever it was done");
}

async fn a_reader_goes_on_after_the_last_event_it_saw(engine: Engine) {
    let house = House::new(engine).await;
    for turn in 0..30 {
        let change = if turn % 2 == 0 { give } else { take };
        edit(&house.directory, vec![change("zoe", "support")]);
    }
    let mut reader = Reader::at(&house, "ada", Some("2"), 2).await;
    for audit in 3..=30 {
        assert_eq!(reader.next().await, moved("zoe", Some(audit + 1), audit), "a page and more");
    }
    edit(&house.directory, vec![give("zoe", "support")]);
    assert_eq!(reader.next().await, moved("zoe", Some(32), 31));
    Reader::at(&house, "ada", Some("99"), 31).await;
    let ada = house.token("ada", "acme");
    for odd in ["", "x", "-1"] {
        let request = house.request("GET", "/v1/tenants/acme/events").bearer_auth(&ada);
        let refused = read(request.header("Last-Event-ID", odd)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.error().code),
            (400, ErrorCode::InvalidRequest),
            "{odd:?}"
        );
    }
}

async fn an_entry_that_moved_several_is_told_whole(engine: Engine) {
    let house = House::new(engine).await;
    let mut reader = Reader::at(&house, "ada", None, 0).await;
    edit(&house.directory, vec![give("zoe", "support"), give("ann", "support")]);
    let first = reader.next().await.unwrap();
    assert_eq!((first.id, &first.data["person"]), (None, &json!("ann")), "a break here repeats the entry");
    assert_eq!(reader.next().await, moved("zoe", Some(2), 1));
}

async fn who_may_not_see_people_is_told_of_themselves_alone(engine: Engine) {
    let house = House::new(engine).await;
    let mut reader = Reader::at(&house, "nil", None, 0).await;
    edit(&house.directory, vec![give("zoe", "support")]);
    edit(&house.directory, vec![give("zoe", "editor"), give("nil", "viewer")]);
    assert_eq!(reader.next().await, moved("nil", Some(3), 2));
}

async fn a_role_lost_counts_from_that_moment_on(engine: Engine) {
    let house = House::new(engine).await;
    let mut reader = Reader::at(&house, "sam", None, 0).await;
    edit(&house.directory, vec![give("zoe", "support")]);
    assert_eq!(reader.next().await, moved("zoe", Some(2), 1));
    edit(&house.directory, vec![take("sam", "support")]);
    assert_eq!(reader.next().await, moved("sam", Some(3), 2));
    edit(&house.directory, vec![take("zoe", "support")]);
    edit(&house.directory, vec![give("sam", "viewer")]);
    assert_eq!(reader.next().await, moved("sam", Some(5), 4), "of Zoë he is told no more");
}

async fn an_edit_of_a_role_is_told_as_one_and_to_who_holds_it_as_their_own(engine: Engine) {
    let house = House::new(engine).await;
    let edited = |version: Option<u64>, audit: u64| {
        let data = json!({ "role": "editor", "version": version, "audit": audit });
        Some(Told { id: Some(audit.to_string()), kind: "role".to_owned(), data })
    };
    let without_id = |told: Option<Told>| told.map(|told| Told { id: None, ..told });
    let mut vic = Reader::at(&house, "vic", None, 0).await;
    let mut eli = Reader::at(&house, "eli", None, 0).await;
    edit(&house.directory, vec![define("editor", "Editor", "people:read")]);
    assert_eq!(vic.next().await, edited(Some(2), 1));
    assert_eq!(eli.next().await, without_id(moved("eli", Some(2), 1)), "her own token, then the role");
    assert_eq!(eli.next().await, edited(Some(2), 1));
    let mut nil = Reader::at(&house, "nil", None, 1).await;
    edit(&house.directory, vec![give("nil", "editor"), define("editor", "Editor", "content:write")]);
    assert_eq!(nil.next().await, moved("nil", Some(3), 2));
    edit(&house.directory, vec![define("editor", "Editor", "content:write content:read")]);
    assert_eq!(nil.next().await, moved("nil", Some(4), 3), "without people:read of himself alone");
    assert_eq!(vic.next().await, without_id(moved("nil", Some(3), 2)));
    assert_eq!(vic.next().await, edited(Some(3), 2));
    assert_eq!(vic.next().await, edited(Some(4), 3));
    edit(&house.directory, vec![drop_role("editor")]);
    for who in ["ann", "eli", "nil"] {
        assert_eq!(vic.next().await, without_id(moved(who, Some(5), 4)));
    }
    assert_eq!(vic.next().await, edited(None, 4));
}

async fn a_stream_ends_with_the_membership_with_the_token_and_with_the_server(engine: Engine) {
    let house = House::new(engine).await;
    let mut ann = Reader::at(&house, "ann", None, 0).await;
    edit(&house.directory, vec![remove("ann")]);
    assert_eq!(ann.next().await, None);

    let mut early = Reader::at(&house, "ada", None, 1).await;
    house.clock.turn(3600);
    let mut late = Reader::at(&house, "ada", None, 1).await;
    edit(&house.directory, vec![give("zoe", "support")]);
    assert_eq!(late.next().await, moved("zoe", Some(3), 2));
    assert_eq!(early.next().await, None, "its token has ended");

    house.directory.end_events();
    assert_eq!(late.next().await, None);
    let refused = house.get("/v1/tenants/acme/events", &house.token("ada", "acme")).await;
    assert_eq!(refused.status, 503);
}
