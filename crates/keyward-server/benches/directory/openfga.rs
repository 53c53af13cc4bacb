//! The world's assignments as OpenFGA has them: a tenant has a relation for each role.

use serde_json::{Value, json};

use super::{
    rows::{Cell, Filling, Rows, cells},
    world::{self, ROLES, World},
};

/// A tenant has a relation for each role, of users.
pub fn model() -> Value {
    let relations = ROLES.iter().map(|(role, _)| ((*role).to_owned(), json!({ "this": {} })));
    let users = json!({ "directly_related_user_types": [{ "type": "user" }] });
    let types = ROLES.iter().map(|(role, _)| ((*role).to_owned(), users.clone()));
    json!({
        "schema_version": "1.1",
        "type_definitions": [
            { "type": "user" },
            {
                "type": "tenant",
                "relations": relations.collect::<serde_json::Map<_, _>>(),
                "metadata": { "relations": types.collect::<serde_json::Map<_, _>>() },
            },
        ],
    })
}

/// Every assignment, as OpenFGA's table has it on SQLite.
pub fn sqlite(world: &World, store: String) -> Filling<'_> {
    let columns = "store, object_type, object_id, relation, user_object_type, user_object_id, user_relation, user_type, \
                   ulid, inserted_at";
    let rows = tuples(world, move |tenant, role, person, ulid| {
        let at = "2026-01-01 00:00:00";
        cells![store.as_str(), "tenant", tenant, role, "user", person, "", "user", ulid, at].into()
    });
    Filling { table: "tuple", columns, rows }
}

/// The same on PostgreSQL.
pub fn postgres(world: &World, store: String) -> Filling<'_> {
    let columns = "store, object_type, object_id, relation, _user, user_type, ulid, inserted_at";
    let rows = tuples(world, move |tenant, role, person, ulid| {
        let (user, at) = (format!("user:{person}"), "2026-01-01 00:00:00+00");
        cells![store.as_str(), "tenant", tenant, role, user, "user", ulid, at].into()
    });
    Filling { table: "tuple", columns, rows }
}

/// Every assignment as a row, of tenant, role, person and a ULID.
fn tuples<'w>(
    world: &'w World,
    row: impl Fn(String, &'static str, String, String) -> Vec<Cell> + 'w,
) -> Rows<'w> {
    Box::new(move |take| {
        let places = world
            .tenants
            .iter()
            .flatten()
            .flat_map(|place| world.roles(*place).into_iter().map(move |role| (*place, ROLES[role].0)));
        (0_u64..).zip(places).try_for_each(|(n, (place, role))| {
            let ulid = format!("01HK0000000000{n:012}");
            take(&row(world::tenant_id(place.tenant), role, world::person_id(place.person), ulid))
        })
    })
}
