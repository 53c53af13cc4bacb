//! What a database keeps, whichever it is.

use keyward_directory::{Database, Directory};
use keyward_model::{ErrorCode, Issuer, PersonId};

use crate::{
    company::{company, issuer, subject},
    engine::{Engine, Scratch, on_both_engines},
    house::{Hand, House, NOW, give, wish},
};

on_both_engines!(
    a_directory_is_there_after_a_restart_and_founded_once,
    a_company_that_contradicts_itself_is_refused_whole,
    the_audit_cannot_be_rewritten,
    a_text_that_one_engine_could_not_keep_is_refused_by_both,
    a_provider_that_moved_takes_its_people_along,
    a_database_of_an_earlier_version_is_brought_to_todays,
);

/// A company, and an edit.
pub fn begin(database: &Database) -> Directory {
    let directory = Directory::open(database, Hand::at(NOW)).unwrap();
    directory.found(&company()).unwrap();
    let caller = House::caller("ada", "acme");
    let plan = directory.plan(&caller, wish(vec![give("vic", "support")])).unwrap();
    directory.apply(&caller, &plan.id).unwrap();
    directory
}

async fn a_directory_is_there_after_a_restart_and_founded_once(engine: Engine) {
    let scratch = Scratch::new(engine);
    assert!(Directory::open(&scratch.at(), Hand::at(NOW)).unwrap().is_empty().unwrap());
    drop(begin(&scratch.at()));
    let directory = Directory::open(&scratch.at(), Hand::at(NOW)).unwrap();
    let vic = PersonId::new("vic").unwrap();
    let detail = directory.person(&House::caller("ada", "acme"), &vic).unwrap();
    assert_eq!((detail.row.roles.len(), detail.row.version), (2, 2));
    assert_eq!(directory.found(&company()).unwrap_err().code, ErrorCode::InvalidRequest);
    let by_email = directory.person_by_email(&issuer(), " ADA@Acme.Example").unwrap().unwrap();
    assert_eq!(by_email.0, Some(subject("ada")));
    assert_eq!(directory.person_by_subject(&issuer(), &subject("ada")).unwrap(), Some(by_email.1));
    assert_eq!(directory.person_by_email(&issuer(), "nobody@acme.example").unwrap(), None);
}

async fn a_company_that_contradicts_itself_is_refused_whole(engine: Engine) {
    let scratch = Scratch::new(engine);
    let directory = Directory::open(&scratch.at(), Hand::at(NOW)).unwrap();
    let mut headless = company();
    headless.people.retain(|person| person.id.as_str() != "gus");
    let mut twice = company();
    twice.people[1].email = twice.people[0].email.to_uppercase();
    let mut stray = company();
    stray.people[1].default_tenant = Some(crate::company::tenant("globex"));
    let mut unknown = company();
    unknown.tenants.remove(1);
    for (company, named) in
        [(headless, "globex"), (twice, "email"), (stray, "globex"), (unknown, "foreign key")]
    {
        let error = directory.found(&company).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{error}");
        assert!(error.message.to_lowercase().contains(named), "{error} names {named}");
        assert!(directory.is_empty().unwrap(), "nothing of it was written");
    }
}

async fn the_audit_cannot_be_rewritten(engine: Engine) {
    let scratch = Scratch::new(engine);
    begin(&scratch.at());
    for sql in [
        "UPDATE audit SET reason = 'x'",
        "DELETE FROM audit",
        "DELETE FROM audit_people",
        "DELETE FROM audit_chain",
    ] {
        let said = scratch.sql(sql).unwrap_err();
        assert!(said.contains("append-only"), "{sql}: {said}");
    }
}

async fn a_text_that_one_engine_could_not_keep_is_refused_by_both(engine: Engine) {
    let scratch = Scratch::new(engine);
    let directory = begin(&scratch.at());
    let caller = House::caller("ada", "acme");
    let mut request = wish(vec![give("nil", "viewer")]);
    request.reason = Some("quarter\0close".to_owned());
    let plan = directory.plan(&caller, request).unwrap();
    let error = directory.apply(&caller, &plan.id).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequest, "{error}");
    assert_eq!(directory.audit(&caller, None, None).unwrap().entries.len(), 1, "nothing was changed");
}

async fn a_provider_that_moved_takes_its_people_along(engine: Engine) {
    let scratch = Scratch::new(engine);
    let directory = begin(&scratch.at());
    let there = Issuer::new("http://127.0.0.1:4711").unwrap();
    directory.move_issuer(&there).unwrap();
    directory.move_issuer(&there).unwrap();
    assert_eq!(directory.person_by_email(&issuer(), "ada@acme.example").unwrap(), None);
    let (same, _) = directory.person_by_email(&there, "ada@acme.example").unwrap().unwrap();
    assert_eq!(same, Some(subject("ada")), "roles and subjects stay");
}

async fn a_database_of_an_earlier_version_is_brought_to_todays(engine: Engine) {
    let scratch = Scratch::new(engine);
    let entries =
        |directory: &Directory| directory.audit(&House::caller("ada", "acme"), None, None).unwrap().entries;
    let today = {
        let directory = begin(&scratch.at());
        entries(&directory)
    };
    assert!(today[0].hash.is_some());
    let first = match engine {
        Engine::Sqlite => "PRAGMA user_version = 1",
        Engine::Postgres => "DROP FUNCTION audit_chain_stays CASCADE; UPDATE keyward_schema SET version = 1",
    };
    let undone = "DROP INDEX plans_by_expiry; CREATE INDEX plans_by_expiry ON plans (expires_at); \
                  ALTER TABLE assignments DROP COLUMN ends_at; ALTER TABLE assignments DROP COLUMN starts_at; \
                  ALTER TABLE people ALTER COLUMN subject SET NOT NULL; DROP TABLE audit_chain; DROP TABLE answers; \
                  ALTER TABLE roles DROP COLUMN version; ALTER TABLE roles DROP COLUMN template; \
                  ALTER TABLE audit DROP COLUMN roles; ALTER TABLE plans DROP COLUMN roles; \
                  DROP TABLE uses; DROP INDEX role_permissions_by_permission; DROP INDEX tenants_by_slug; \
                  ALTER TABLE tenants DROP COLUMN slug";
    scratch.sql(&format!("{undone}; {first}")).unwrap();
    let directory = Directory::open(&scratch.at(), Hand::at(NOW)).unwrap();
    assert_eq!(entries(&directory), today, "entries got the hashes that they would have today");
    scratch.sql("UPDATE people SET subject = NULL WHERE id = 'nil'").unwrap();
    // The second step was taken: there is an index to drop, and the third time there is nothing to do.
    scratch.sql("DROP INDEX plans_by_expiry").unwrap();
    Directory::open(&scratch.at(), Hand::at(NOW)).unwrap();
}
