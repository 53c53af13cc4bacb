//! Plans asked for as a table.

use keyward_model::{ErrorCode, Plan};
use serde_json::{Value, from_value, json};

use crate::{
    bulk::crowd,
    company::person,
    engine::{Engine, on_both_engines},
    house::{Answer, House, NOW, read},
};

on_both_engines!(
    a_table_is_planned_as_its_lines_say,
    a_table_with_a_bad_line_is_refused_whole_and_names_it,
    a_table_that_is_so_already_writes_no_row,
    people_who_only_look_alike_are_not_taken_for_each_other,
    a_table_is_written_once_under_its_key,
);

async fn plan(house: &House, query: &str, table: &str) -> Answer {
    let token = house.token("ada", "acme");
    let path = format!("/v1/tenants/acme/plans{query}");
    let request =
        house.request("POST", &path).bearer_auth(token).header("content-type", "text/csv; charset=utf-8");
    read(request.body(table.to_owned())).await
}

async fn a_table_is_planned_as_its_lines_say(engine: Engine) {
    let house = House::new(engine).await;
    let table = "\u{feff}Email,action,role,name,starts_at,ends_at\r\n\
                 ANN@acme.example,take,viewer,,,\r\n\
                 bob@acme.example,,editor,\"Bob, called\r\n\"\"Billing\"\"\",,2026-11-23T08:10:00Z\r\n\
                 new@acme.example,add,support,Nova New,,\r\n\
                 new@acme.example,add,viewer,Nova New,,\r\n\
                 nil@acme.example,remove,,,,\r\n";
    let answer = plan(&house, "?reason=spring+cleaning", table).await.expect(201);
    let said: Plan = from_value(answer.clone()).unwrap();
    assert_eq!(said.reason.as_deref(), Some("spring cleaning"));
    let effects: Vec<(String, usize, usize, bool, bool)> = said
        .effects
        .iter()
        .map(|e| (e.person.name.clone(), e.gains.len(), e.loses.len(), e.removed, e.added))
        .collect();
    let expected = [
        ("Ann Kowalska", 0, 1, false, false),
        ("Bob Billing", 1, 0, false, false),
        ("Nil Nemo", 0, 0, true, false),
        ("Nova New", 2, 0, false, true),
    ];
    assert_eq!(effects, expected.map(|(name, a, b, c, d)| (name.to_owned(), a, b, c, d)));
    assert_eq!(said.effects[1].timings[0].after.unwrap().ends_at.unwrap().0, NOW + 86_400);
    house.apply(&house.token("ada", "acme"), &answer).await.expect(200);
    let by_id = plan(&house, "", "person,role\neli,support\n").await.expect(201);
    assert_eq!(by_id["effects"][0]["person"]["id"], "eli");
    let path = "/v1/tenants/acme/plans?reason=x";
    let both = house.post(path, &house.token("ada", "acme"), &json!({ "changes": [] })).await;
    assert!(both.error().message.contains("body"), "{}", both.error());
}

async fn a_table_with_a_bad_line_is_refused_whole_and_names_it(engine: Engine) {
    let house = House::new(engine).await;
    crowd(&house, 10_000);
    let good = |n: usize| format!("c{n:06}@acme.example,viewer\n");
    for (bad, column) in [
        ("c009000@acme.example,wizard\n", "role"),
        ("nobody@acme.example,viewer\n", "email"),
        ("c009000.acme.example,viewer\n", "email"),
    ] {
        let lines = (1..=10_000).map(|n| if n == 9_000 { bad.to_owned() } else { good(n) });
        let table: String = std::iter::once("email,role\n".to_owned()).chain(lines).collect();
        let refused = plan(&house, "", &table).await;
        assert_eq!((refused.status.as_u16(), refused.error().code), (400, ErrorCode::InvalidRequest));
        let words = refused.error().message;
        let value = bad.split(',').nth(usize::from(column == "role")).unwrap().trim();
        let named = ["Line 9001:", column, value, "Nothing was planned"];
        assert!(named.iter().all(|part| words.contains(part)), "{words} should say {named:?}");
    }
}

/// The directory's rows, but for plans.
fn rows(house: &House) -> Vec<u8> {
    let mut out = Vec::new();
    house.directory.export(&mut out).unwrap();
    out
}

async fn a_table_that_is_so_already_writes_no_row(engine: Engine) {
    let house = House::new(engine).await;
    let table =
        "email,role,action,name\nann@acme.example,support,give,\nnew@acme.example,viewer,add,Nova New\n";
    let first = plan(&house, "", table).await.expect(201);
    house.apply(&house.token("ada", "acme"), &first).await.expect(200);
    let before = rows(&house);
    let again = plan(&house, "", table).await.expect(201);
    assert_eq!((&again["warnings"], &again["effects"]), (&json!([{ "kind": "no_change" }]), &json!([])));
    let refused = house.apply(&house.token("ada", "acme"), &again).await;
    assert_eq!(refused.status, 400);
    assert_eq!(rows(&house), before, "not one row is another");
}

async fn people_who_only_look_alike_are_not_taken_for_each_other(engine: Engine) {
    let house = House::new(engine).await;
    let add = "email,role,action,name\nkate@acme.example,viewer,add,Kate\nzoë@acme.example,viewer,add,Zoë\n";
    let added = plan(&house, "", add).await.expect(201);
    house.apply(&house.token("ada", "acme"), &added).await.expect(200);
    // The Kelvin sign becomes a k in lower case; a Cyrillic а is another letter than a.
    for (email, named) in [
        ("\u{212a}ate@acme.example", "Kate, kate@acme.example"),
        ("k\u{430}te@acme.example", "nobody in Acme"),
        ("gus@acme.example", "nobody in Acme"),
    ] {
        for line in [format!("{email},support,give,"), format!("{email},support,take,")] {
            let refused = plan(&house, "", &format!("email,role,action,name\n{line}\n")).await;
            let words = refused.error().message;
            assert!(words.contains("Line 2: email") && words.contains(named), "{words} should say {named}");
        }
    }
    let refused =
        plan(&house, "", "email,role,action,name\n\u{212a}ate@acme.example,support,add,Kate\n").await;
    assert!(refused.error().message.contains("Kate, kate@acme.example"), "{}", refused.error());
    let exact = plan(&house, "", "email,role\nZOë@acme.example,support\nKATE@ACME.example,support\n")
        .await
        .expect(201);
    let names: Vec<&Value> =
        exact["effects"].as_array().unwrap().iter().map(|e| &e["person"]["name"]).collect();
    assert_eq!(names, ["Kate", "Zoë"], "and not Zoë Ångström, whose address is zoe@");
    let other = plan(&house, "", "email,role\nzoe@acme.example,support\n").await.expect(201);
    assert_eq!(other["effects"][0]["person"]["id"], json!(person("zoe")));
}

async fn a_table_is_written_once_under_its_key(engine: Engine) {
    let house = House::new(engine).await;
    let ask = async |table: &str| {
        let token = house.token("ada", "acme");
        let request = house.request("POST", "/v1/tenants/acme/plans").bearer_auth(token);
        read(request.header("content-type", "text/csv").header("idempotency-key", "k").body(table.to_owned()))
            .await
    };
    let first = ask("email,role\nann@acme.example,support\n").await.expect(201);
    assert_eq!(ask("email,role\nann@acme.example,support\n").await.expect(201)["id"], first["id"]);
    assert_eq!(ask("email,role\nbob@acme.example,support\n").await.status, 400);
}
