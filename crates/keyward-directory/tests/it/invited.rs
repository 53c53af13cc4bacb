//! People invited by e-mail: in the tenant at once, themselves from their first sign-in on, and nobody else.

use std::thread;

use keyward_directory::Directory;
use keyward_model::{
    ClientId, EmailAddress, ErrorCode, HookAnswer, HookRefusal, HookRequest, Issuer, Me, PeopleQuery,
    PersonRow, Plan, Subject, TokenHook, VerifiedEmail, Warning,
};
use serde_json::{Value, from_value, json};

use crate::{
    company::{ISSUER, issuer, role, subject, tenant},
    engine::{Engine, on_both_engines},
    house::{House, add, give, lend, remove, wish},
};

on_both_engines!(
    an_invited_person_comes_in_with_their_verified_address,
    the_hook_lets_an_invited_person_in,
    an_address_that_is_not_verified_or_not_theirs_opens_nothing,
    a_subject_that_is_somebodys_stays_theirs,
    people_of_one_address_at_two_providers_stay_two,
    who_is_known_elsewhere_is_added_and_not_told_of_before,
    who_is_in_the_tenant_gets_the_roles_alone,
    an_admin_who_has_not_come_is_none,
    two_tenants_that_invite_somebody_at_once_invite_one_person,
    a_plan_to_add_somebody_who_was_added_meanwhile_is_stale,
);

const KIM: &str = "Kim.Novak@acme.example";

fn row(house: &House, email: &str) -> PersonRow {
    let people =
        house.directory.people(&House::caller("vic", "acme"), &PeopleQuery::default()).unwrap().people;
    people.into_iter().find(|row| row.person.email == email).unwrap()
}

fn verified(email: &str) -> VerifiedEmail {
    VerifiedEmail::vouched(EmailAddress::new(email).unwrap())
}

fn ask(who: &str, at: &Issuer, email: Option<&str>) -> HookRequest {
    HookRequest {
        issuer: at.clone(),
        subject: subject(who),
        tenant: tenant("acme"),
        client: ClientId::new("tests").unwrap(),
        verified_email: email.map(verified),
    }
}

/// A token that says what its person's address is.
fn token(house: &House, who: &str, email: &str, is_verified: impl Into<Value>) -> String {
    let mut claims = house.claims(who, "acme");
    claims["email"] = email.into();
    claims["email_verified"] = is_verified.into();
    house.sign("at+jwt", &claims)
}

async fn an_invited_person_comes_in_with_their_verified_address(engine: Engine) {
    let house = House::new(engine).await;
    let ada = house.token("ada", "acme");
    let plan = house.plan(&ada, &wish(vec![add(KIM, "Kim Novák", &["viewer"])])).await.expect(201);
    let plan: Plan = from_value(plan).unwrap();
    let effect = &plan.effects[0];
    assert!(effect.added && effect.gains == [role("viewer")] && plan.warnings.is_empty(), "{plan:?}");
    assert_eq!((effect.person.name.as_str(), effect.person.email.as_str()), ("Kim Novák", KIM));
    house.apply(&ada, &json!(plan)).await.expect(200);

    let kim = row(&house, KIM);
    assert_eq!((&kim.person, kim.roles.as_slice(), kim.version), (&effect.person, &[role("viewer")][..], 2));
    assert!(kim.invited, "and not come yet");
    let found = house.get("/v1/tenants/acme/people?search=novak+kim", &ada).await.expect(200);
    assert_eq!(found["people"][0]["invited"], true, "{found}");

    let stranger = house.get("/v1/me", &house.token("kim", "acme")).await;
    assert_eq!((stranger.status.as_u16(), stranger.error().code), (403, ErrorCode::Forbidden));
    let me = house.get("/v1/me", &token(&house, "kim", "kim.novak@ACME.example", true)).await.expect(200);
    let me: Me = from_value(me).unwrap();
    assert_eq!((&me.person, me.default_tenant), (&kim.person, Some(tenant("acme"))));
    assert_eq!(me.tenants[0].roles[0].id, role("viewer"));
    let row = row(&house, KIM);
    assert_eq!((row.invited, row.version), (false, 3), "who has them on the screen sees that they came");
    house.get("/v1/tenants/acme", &house.token("kim", "acme")).await.expect(200);
    let audit = house.get("/v1/tenants/acme/audit", &ada).await.expect(200);
    assert_eq!(audit["entries"][1]["changes"][0]["added"], true);
    let arrival = &audit["entries"][0];
    assert_eq!((&arrival["actor"]["id"], &arrival["plan"]), (&json!(kim.person.id), &json!("arrival")));
    let change = json!({ "person": kim.person, "gained": [], "lost": [], "removed": false, "arrived": true });
    assert_eq!(arrival["changes"], json!([change]), "by their own doing, and once");
}

async fn the_hook_lets_an_invited_person_in(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![add(KIM, "Kim Novák", &["editor"])]).unwrap();
    let here = issuer();
    let outside = HookRefusal::NotAMember(tenant("acme"));
    assert_eq!(house.directory.answer(&ask("kim", &here, None)), Err(outside.clone()));
    assert_eq!(house.directory.answer(&ask("kim", &here, Some("kim@acme.example"))), Err(outside));
    let HookAnswer { roles, .. } = house.directory.answer(&ask("kim", &here, Some(KIM))).unwrap();
    assert_eq!(roles, [role("editor")]);
    assert!(house.directory.answer(&ask("kim", &here, None)).is_ok(), "known by the subject from now on");
}

async fn an_address_that_is_not_verified_or_not_theirs_opens_nothing(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![add(KIM, "Kim Novák", &["editor"])]).unwrap();
    for (email, is_verified) in [
        (KIM, json!(false)),
        (KIM, json!("true")),
        (KIM, json!(1)),
        (KIM, Value::Null),
        ("\u{212a}im.Novak@acme.example", json!(true)), // The Kelvin sign, in lower case a k.
        ("kım.novak@acme.example", json!(true)),
        ("kim.novák@acme.example", json!(true)),
        ("kim.novak@acme.example.evil.example", json!(true)),
        ("", json!(true)),
    ] {
        let refused = house.get("/v1/me", &token(&house, "eve", email, is_verified.clone())).await;
        assert_eq!(refused.status, 403, "{email} {is_verified}");
    }
    assert!(row(&house, KIM).invited);
    let look_alike = house.edit("ada", vec![add("\u{212a}im.Novak@acme.example", "Kim", &[])]).unwrap_err();
    assert_eq!(look_alike.code, ErrorCode::InvalidRequest);
    assert!(look_alike.message.contains("mistaken"), "{look_alike}");
}

async fn a_subject_that_is_somebodys_stays_theirs(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![add(KIM, "Kim Novák", &["editor"])]).unwrap();
    // Somebody known proves Kim's address: they stay who they are.
    let me = house.get("/v1/me", &token(&house, "vic", KIM, true)).await.expect(200);
    assert_eq!(me["person"]["id"], "vic");
    assert!(!house.directory.arrive(&issuer(), &subject("vic"), &verified(KIM)).unwrap());
    assert!(row(&house, KIM).invited);
    assert!(house.directory.arrive(&issuer(), &subject("kim"), &verified(KIM)).unwrap());
    // A second account of the same address: Kim has come.
    assert!(!house.directory.arrive(&issuer(), &subject("kim-2"), &verified(KIM)).unwrap());
    assert_eq!(house.get("/v1/me", &token(&house, "kim-2", KIM, true)).await.status, 403);
    // Nor is anybody taken over who was never invited.
    assert!(!house.directory.arrive(&issuer(), &subject("eve"), &verified("ada@acme.example")).unwrap());
}

async fn people_of_one_address_at_two_providers_stay_two(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![add(KIM, "Kim Novák", &["editor"])]).unwrap();
    let there = Issuer::new("https://other.example").unwrap();
    assert!(!house.directory.arrive(&there, &subject("kim"), &verified(KIM)).unwrap());
    assert_eq!(
        house.directory.answer(&ask("kim", &there, Some(KIM))),
        Err(HookRefusal::NotAMember(tenant("acme")))
    );
    assert!(house.directory.arrive(&Issuer::new(ISSUER).unwrap(), &subject("kim"), &verified(KIM)).unwrap());
}

async fn who_is_known_elsewhere_is_added_and_not_told_of_before(engine: Engine) {
    let house = House::new(engine).await;
    let (caller, email) = (House::caller("ada", "acme"), "gus@acme.example");
    let invitation = add(&email.to_uppercase(), "Gustav", &["viewer"]);
    let plan = house.directory.plan(&caller, wish(vec![invitation])).unwrap();
    let told = &plan.effects[0].person;
    assert_eq!((told.name.as_str(), told.email.as_str()), ("Gustav", "GUS@ACME.EXAMPLE"), "as it was asked");
    assert_ne!(told.id.as_str(), "gus", "that there is a Gus is Globex's to tell");
    house.directory.apply(&caller, &plan.id).unwrap();
    let gus = row(&house, email);
    assert_eq!((gus.person.id.as_str(), gus.person.name.as_str(), gus.invited), ("gus", "Gus Globex", false));
    let answer = house.directory.answer(&ask("gus", &issuer(), None)).unwrap();
    assert_eq!(answer.roles, [role("viewer")]);
}

async fn who_is_in_the_tenant_gets_the_roles_alone(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![add("VIC@acme.example", "Somebody", &["viewer", "support"])]).unwrap();
    let vic = row(&house, "vic@acme.example");
    assert_eq!((vic.person.name.as_str(), vic.roles.len(), vic.version), ("Victor Żak", 2, 2));
    let again = house.edit("ada", vec![add("vic@acme.example", "Somebody", &["support"])]).unwrap_err();
    assert_eq!(again.code, ErrorCode::InvalidRequest, "it is so already");
    house.edit("ada", vec![remove("vic")]).unwrap();
    house.edit("ada", vec![add("vic@acme.example", "Somebody", &["viewer"])]).unwrap();
    let answer = house.directory.answer(&ask("vic", &issuer(), None)).unwrap();
    assert_eq!(
        (answer.roles, answer.role_version),
        (vec![role("viewer")], 4),
        "back, at a version that is new"
    );
}

async fn an_admin_who_has_not_come_is_none(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![add(KIM, "Kim Novák", &["owner"])]).unwrap();
    let kim = row(&house, KIM).person.id;
    for changes in [
        vec![remove("ben"), remove("ada")],
        vec![remove("ben"), lend("ada", "owner", None, Some(60))],
        vec![remove("ben"), remove("ada"), add("new@acme.example", "New", &["owner"])],
        vec![remove("ben"), remove("ada"), give(kim.as_str(), "admin")],
    ] {
        let plan = house.directory.plan(&House::caller("ada", "acme"), wish(changes.clone())).unwrap();
        assert!(matches!(plan.warnings[0], Warning::LastAdmin { .. }), "{:?}", plan.warnings);
        assert_eq!(house.edit("ada", changes).unwrap_err().code, ErrorCode::LastAdmin);
    }
    assert!(house.directory.arrive(&issuer(), &subject("kim"), &verified(KIM)).unwrap());
    house.edit("ada", vec![remove("ben"), remove("ada")]).unwrap();
    house.edit("kim", vec![give("vic", "support")]).unwrap();
}

async fn two_tenants_that_invite_somebody_at_once_invite_one_person(engine: Engine) {
    let house = House::new(engine).await;
    let other = Directory::open(&house.scratch.at(), house.clock.clone()).unwrap();
    let invite = |directory: &Directory, who: &str, at: &str| {
        let caller = House::caller(who, at);
        for n in 0..20 {
            let email = format!("new{n}@acme.example");
            let plan = directory.plan(&caller, wish(vec![add(&email, "New", &["viewer"])])).unwrap();
            directory.apply(&caller, &plan.id).unwrap();
        }
    };
    thread::scope(|scope| {
        scope.spawn(|| invite(&house.directory, "ada", "acme"));
        scope.spawn(|| invite(&other, "gus", "globex"));
    });
    let new = Subject::new("sub-new").unwrap();
    assert!(house.directory.arrive(&issuer(), &new, &verified("new7@acme.example")).unwrap());
    let me = house.directory.me(&issuer(), &new, None).unwrap();
    assert_eq!(me.tenants.len(), 2, "one person in both");
}

async fn a_plan_to_add_somebody_who_was_added_meanwhile_is_stale(engine: Engine) {
    let house = House::new(engine).await;
    let caller = House::caller("ada", "acme");
    let plan = house.directory.plan(&caller, wish(vec![add(KIM, "Kim Novák", &["editor"])])).unwrap();
    house.edit("ben", vec![add(KIM, "Kim N.", &["viewer"])]).unwrap();
    let stale = house.directory.apply(&caller, &plan.id).unwrap_err();
    assert_eq!(stale.code, ErrorCode::PlanStale);
    assert!(stale.message.contains("Kim N. has come into Acme"), "{stale}");
    let twice = vec![add("x@acme.example", "X", &["viewer"]), add("X@acme.example", "Y", &["support"])];
    house.edit("ada", twice).unwrap();
    assert_eq!(row(&house, "x@acme.example").roles.len(), 2, "one address, one person");
}
