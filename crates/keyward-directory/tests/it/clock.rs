//! The clock of the machine is put right, by an hour back or a day on, between one call and the next.

use std::{io::BufReader, time::Duration};

use keyward_directory::{Rate, Rates, Terms, WriteKey, verify_audit};
use keyward_model::{ErrorCode, Timestamp};

use crate::{
    company::{company, person, role, tenant},
    engine::{Engine, on_both_engines},
    house::{House, NOW, give, lend, take, wish},
};

on_both_engines!(
    the_audit_is_in_order_and_whole_whatever_the_clock_said,
    a_role_holds_by_the_clock_as_it_now_is,
    a_plan_made_before_a_step_is_applied_as_it_said_or_not_at_all,
    a_key_answers_once_across_a_step_back_and_for_a_day,
    an_allowance_is_not_renewed_by_the_clock,
);

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;

async fn the_audit_is_in_order_and_whole_whatever_the_clock_said(engine: Engine) {
    let house = House::new(engine).await;
    for step in [0, -HOUR, DAY, -2 * DAY] {
        house.clock.turn(step);
        house.edit("ada", vec![give("zoe", "support")]).unwrap();
        house.edit("ada", vec![take("zoe", "support")]).unwrap();
    }
    let entries = house.directory.audit(&House::caller("ada", "acme"), None, None).unwrap().entries;
    let numbers: Vec<u64> = entries.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [8, 7, 6, 5, 4, 3, 2, 1], "by number, newest first");
    assert!(entries[0].at < entries[7].at, "each says the time that its server had");
    let mut export = Vec::new();
    house.directory.export_audit(&tenant("acme"), &mut export).unwrap();
    assert_eq!(verify_audit(BufReader::new(&*export), None).unwrap().entries, 8);
    let checked = house.directory.check().unwrap();
    assert_eq!((checked.wrong.as_slice(), checked.entries), (&[][..], 8));
    let zoe = house.directory.person(&House::caller("ada", "acme"), &person("zoe")).unwrap();
    assert_eq!(zoe.row.version, 9, "versions only rise");
}

async fn a_role_holds_by_the_clock_as_it_now_is(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![lend("nil", "support", None, Some(HOUR))]).unwrap();
    let holds = || house.answer("nil").roles.contains(&role("support"));
    assert!(holds());
    for (step, held) in [(DAY, false), (-DAY, true), (-HOUR, true), (2 * HOUR, false)] {
        house.clock.turn(step);
        assert_eq!(holds(), held, "after {step} s");
    }
    let answer = house.answer("nil");
    assert_eq!((answer.role_version, answer.not_after), (2, None), "time alone raises no version");
}

async fn a_plan_made_before_a_step_is_applied_as_it_said_or_not_at_all(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let plan = |changes| house.directory.plan(&ada, wish(changes)).unwrap();
    let apply = |id| house.directory.apply(&ada, id).map_err(|error| error.code);
    let (one, other) = (plan(vec![give("zoe", "support")]), plan(vec![give("ann", "support")]));
    house.clock.turn(DAY);
    assert_eq!(apply(&one.id), Err(ErrorCode::PlanExpired));
    house.clock.turn(-DAY - HOUR);
    apply(&other.id).unwrap();

    house.clock.turn(HOUR);
    house.edit("ada", vec![lend("nil", "support", None, Some(HOUR))]).unwrap();
    house.clock.turn(DAY);
    let ahead = plan(vec![give("nil", "support")]);
    assert_eq!(ahead.effects[0].gains, [role("support")], "a day ahead it is long over");
    house.clock.turn(-DAY);
    assert_eq!(apply(&ahead.id), Err(ErrorCode::PlanStale), "he holds it: the plan would do something else");
}

async fn a_key_answers_once_across_a_step_back_and_for_a_day(engine: Engine) {
    let house = House::new(engine).await;
    let ada = House::caller("ada", "acme");
    let terms = Terms { key: Some(WriteKey::new("k1").unwrap()), seen: Vec::new() };
    let plan = || house.directory.plan_on(&ada, &terms, wish(vec![give("zoe", "support")])).unwrap();
    let first = plan();
    house.clock.turn(-HOUR);
    assert_eq!(plan(), first, "what was answered in an hour's time is the answer now");
    house.clock.turn(HOUR);
    assert_eq!(plan(), first);
    house.clock.turn(DAY + 1);
    let anew = plan();
    assert!(anew.id != first.id && anew.made_at == Timestamp(NOW + DAY + 1), "a day on it is forgotten");
    house.clock.turn(-DAY - 1);
    assert_eq!(plan(), anew);
}

async fn an_allowance_is_not_renewed_by_the_clock(engine: Engine) {
    let rates = Rates { people: Some(Rate { burst: 2, every: Duration::from_secs(3600) }), providers: None };
    let house = House::served(engine, company(), |service, _, _| service.limited(rates).router()).await;
    let mut statuses = Vec::new();
    for step in [0, -HOUR, DAY, DAY] {
        house.clock.turn(step);
        statuses.push(house.get("/v1/me", &house.token("ada", "acme")).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
}
