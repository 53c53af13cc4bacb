use std::collections::BTreeSet;

use async_trait::async_trait;
use keyward_model::{Clock, Issuer, Permission, PersonId, RoleId, Subject, Tenant, TenantClass, TenantId};
use keyward_verify::{Expect, KeySet, KeySource, Refused, Verifier};

use super::*;
use crate::{Database, Founding, FoundingMember, FoundingPerson, RoleTemplate, http::Service};

const NOW: Timestamp = Timestamp(1_795_335_000);

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }
}

/// Nobody's token is looked at here.
struct NoKeys;

#[async_trait]
impl KeySource for NoKeys {
    async fn keys(&self, _: &Issuer) -> Result<Arc<KeySet>, Refused> {
        Err(Refused::UnknownKey)
    }
    async fn renewed(&self, _: &Issuer, _: &Arc<KeySet>) -> Result<Arc<KeySet>, Refused> {
        Err(Refused::UnknownKey)
    }
}

/// Acme, its admin, and a desk with room for so many streams.
fn desk(file: &std::path::Path, room: usize) -> (Desk, Caller) {
    let (tenant, issuer) = (TenantId::new("acme").unwrap(), Issuer::new("https://id.example").unwrap());
    let permissions: BTreeSet<Permission> =
        ["people:read", "roles:write"].map(|text| Permission::new(text).unwrap()).into();
    let role = RoleId::new("admin").unwrap();
    let member = FoundingMember { since: NOW, roles: [role.clone()].into() };
    let company = Founding {
        tenants: vec![Tenant {
            id: tenant.clone(),
            slug: None,
            name: "Acme".to_owned(),
            hue: 0,
            class: TenantClass::Sandbox,
        }],
        roles: vec![RoleTemplate {
            id: role,
            name: "Admin".to_owned(),
            description: String::new(),
            permissions: permissions.clone(),
        }],
        people: vec![FoundingPerson {
            id: PersonId::new("ada").unwrap(),
            issuer: issuer.clone(),
            subject: Subject::new("ada").unwrap(),
            email: "ada@acme.example".to_owned(),
            name: "Ada".to_owned(),
            default_tenant: None,
            tenants: [(tenant.clone(), member)].into(),
        }],
    };
    let directory = Directory::open(&Database::file(file), Arc::new(Still)).unwrap();
    directory.found(&company).unwrap();
    let api = "https://api.example/t/{tenant}".parse().unwrap();
    let expect = Expect::api_per_tenant(issuer.clone(), "https://api.example".to_owned(), api);
    let caller = Caller { issuer, subject: Subject::new("ada").unwrap(), tenant, permissions };
    let verifier = Arc::new(Verifier::new(expect, Arc::new(NoKeys), Arc::new(Still)));
    let Service(desk) = Service::new(directory, verifier);
    (Desk { streams: Arc::new(Semaphore::new(room)), ..desk }, caller)
}

#[tokio::test]
async fn a_server_has_room_for_so_many_streams_and_again_when_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, caller) = desk(&folder.path().join("directory.db"), 2);
    let open = || {
        events(State(desk.clone()), Lasting(caller.clone(), NOW.plus(Duration::from_secs(60))), After(None))
    };
    let (one, two) = (open().await, open().await);
    assert!(one.is_ok() && two.is_ok());
    let refused = open().await.map(drop).unwrap_err().into_response();
    assert_eq!(refused.status(), 503, "it is said, and the reader may go elsewhere");
    drop(one);
    assert!(open().await.is_ok(), "there is room again");
}

/// Its token ends in a second, by a clock that stands still: the stream is looked after within that time.
#[tokio::test]
async fn a_stream_with_nothing_to_say_beats() {
    let folder = tempfile::tempdir().unwrap();
    let (desk, caller) = desk(&folder.path().join("directory.db"), 1);
    let (_grows, newest) = watch::channel(0);
    let stream = Stream {
        directory: desk.directory,
        caller,
        until: NOW.plus(Duration::from_secs(1)),
        newest,
        place: 0,
        caught_up: true,
        waiting: VecDeque::new(),
        _room: desk.streams.try_acquire_owned().unwrap(),
    };
    let (beat, _) = stream.next().await.unwrap();
    let beat = format!("{:?}", beat.unwrap());
    assert!(!beat.contains("data:"), "a comment, which readers pass over: {beat}");
}
