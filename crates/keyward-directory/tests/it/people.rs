//! The people list: order, pages, search.

use keyward_model::{PeoplePage, PeopleQuery};
use proptest::prelude::*;

use crate::{
    company::{company, member, role},
    engine::{Engine, drive, on_both_engines},
    house::{House, remove, wish},
};

on_both_engines!(
    people_are_found_by_the_beginnings_of_their_words,
    pages_meet_while_others_come_and_go,
    any_page_size_gives_everybody_once,
    people_come_in_the_order_of_the_bytes_of_their_folded_names,
);

async fn names(house: &House, query: &str) -> Vec<String> {
    let token = house.token("vic", "acme");
    let answer = house.get(&format!("/v1/tenants/acme/people?{query}"), &token).await.expect(200);
    let page: PeoplePage = serde_json::from_value(answer).unwrap();
    assert_eq!(page.total, page.people.len() as u64, "{query}: all of it on one page");
    page.people.into_iter().map(|row| row.person.name).collect()
}

async fn people_are_found_by_the_beginnings_of_their_words(engine: Engine) {
    let house = House::new(engine).await;
    for (query, found) in [
        ("search=ada", vec!["Ada Lindqvist"]),
        ("search=LIND+ad", vec!["Ada Lindqvist"]),
        ("search=zak", vec!["Victor Żak"]),
        ("search=%C5%BBAK", vec!["Victor Żak"]),
        ("search=zoe+angstr", vec!["Zoë Ångström"]),
        ("search=firat", vec!["Elif Fırat"]),
        ("search=zoe%40acme", vec!["Zoë Ångström"]),
        ("search=gus", vec![]),
        ("search=da", vec![]),
        (
            "search=%25",
            vec![
                "Ada Lindqvist",
                "Ann Kowalska",
                "Ben Ortiz",
                "Bob Billing",
                "Elif Fırat",
                "Nil Nemo",
                "Sam Okafor",
                "Victor Żak",
                "Zoë Ångström",
            ],
        ),
        ("role=viewer", vec!["Ann Kowalska", "Victor Żak", "Zoë Ångström"]),
        ("role=viewer&search=an", vec!["Ann Kowalska", "Zoë Ångström"]),
    ] {
        assert_eq!(names(&house, query).await, found, "{query}");
    }
}

async fn pages_meet_while_others_come_and_go(engine: Engine) {
    let mut crowd = company();
    for n in 0..40 {
        crowd.people.push(member(&format!("p{n}"), &format!("Person {n:02}"), &[("acme", "viewer")]));
    }
    let house = House::of(engine, crowd).await;
    let caller = House::caller("ada", "acme");
    let page = |cursor: Option<String>| {
        let query = PeopleQuery { cursor, limit: Some(7), ..PeopleQuery::default() };
        house.directory.people(&caller, &query).unwrap()
    };
    let mut seen: Vec<String> = Vec::new();
    let mut cursor = None;
    for turn in 0..20 {
        let PeoplePage { people, next, .. } = page(cursor);
        seen.extend(people.iter().map(|row| row.person.name.clone()));
        assert!(people.iter().all(|row| !row.roles.is_empty() || row.person.name == "Nil Nemo"));
        if turn == 2 {
            // Someone before and someone after the cursor leave, and the last one shown too.
            let last = people.last().unwrap().person.id.to_string();
            let plan = wish(vec![remove("ann"), remove("p39"), remove(&last)]);
            let plan = house.directory.plan(&caller, plan).unwrap();
            house.directory.apply(&caller, &plan.id).unwrap();
        }
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    let mut expected =
        vec!["Ada Lindqvist", "Ann Kowalska", "Ben Ortiz", "Bob Billing", "Elif Fırat", "Nil Nemo"]
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>();
    expected.extend((0..39).map(|n| format!("Person {n:02}")));
    expected.extend(["Sam Okafor", "Victor Żak", "Zoë Ångström"].map(str::to_owned));
    assert_eq!(seen, expected, "each once, in order; only who left ahead is missing");
}

/// Whatever language a database may speak, the order is one.
async fn people_come_in_the_order_of_the_bytes_of_their_folded_names(engine: Engine) {
    let mut crowd = company();
    let names = ["Xi 1", "XI-1", "xi.1", "Xi1", "xi_1", "xi~1", "Ξι", "Си", "シ"];
    for (n, name) in names.iter().enumerate().rev() {
        crowd.people.push(member(&format!("p{n}"), name, &[("globex", "viewer")]));
    }
    let house = House::of(engine, crowd).await;
    let page = house.directory.people(&House::caller("ada", "globex"), &PeopleQuery::default()).unwrap();
    let found: Vec<_> = page.people.iter().skip(2).map(|row| row.person.name.as_str()).collect();
    assert_eq!(found, names, "after Ada and Gus");
}

async fn any_page_size_gives_everybody_once(engine: Engine) {
    let few = ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() };
    let house = drive(House::new(engine));
    proptest!(few, |(limit in 1_u32..12, with_role in any::<bool>())| {
        let caller = House::caller("ada", "acme");
        let role = with_role.then(|| role("viewer"));
        let (mut found, mut cursor) = (Vec::new(), None);
        loop {
            let query = PeopleQuery { cursor, role: role.clone(), limit: Some(limit), search: None };
            let page = house.directory.people(&caller, &query).unwrap();
            prop_assert_eq!(page.total, if with_role { 3 } else { 9 });
            found.extend(page.people.into_iter().map(|row| row.person.id));
            prop_assert!(found.len() <= 9, "a page came twice");
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        let mut once = found.clone();
        once.sort();
        once.dedup();
        prop_assert_eq!(once.len(), found.len());
        prop_assert_eq!(found.len(), if with_role { 3 } else { 9 });
    });
}
