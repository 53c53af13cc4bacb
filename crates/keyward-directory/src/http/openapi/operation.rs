//! What each route asks and answers.

use keyward_model::{
    Applied, AuditPage, EffectsPage, HeldQuery, HeldThen, HoldersPage, HoldersQuery, HookAnswer, Me,
    NewTenant, PeoplePage, PeopleQuery, PersonDetail, Plan, PlanRequest, Role, RoleChange, Tenant,
    TenantEdit, TenantsPage, TenantsQuery, TokenChange, UnusedQuery,
};
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use super::{problem, written::Schemas};
use crate::{
    hook::{Drill, Preview, PreviewQuery},
    http::{
        Need, Route,
        handlers::AuditQuery,
        plans::{EffectsQuery, PlanQuery},
    },
};

/// One route, told.
pub(super) fn of(route: &Route, schemas: &mut Schemas) -> Value {
    let told = Told { route, schemas, tagged: false, operation: json!({}) };
    match (route.method.as_str(), route.path) {
        ("GET", "/v1/openapi.json") => told.named("openapi", "This document").answers::<Object>("200"),
        ("GET", "/v1/me") => told.named("me", "Who I am, and every tenant I am in").answers::<Me>("200"),
        ("GET", "/v1/me/holders") => told
            .named(
                "holders",
                "Who holds a role, or any that allows something, in every tenant that I may look into",
            )
            .query::<HoldersQuery>()
            .answers::<HoldersPage>("200"),
        ("GET", "/v1/tenants") => told
            .named("tenants", "All tenants, by id, with how many are in each")
            .query::<TenantsQuery>()
            .answers::<TenantsPage>("200"),
        ("POST", "/v1/tenants") => {
            told.named("found", "Founds a tenant").asks::<NewTenant>().answers::<Tenant>("201")
        }
        ("PATCH", "/v1/tenants/{tenant}") => told
            .named("edit_tenant", "Calls a tenant something else")
            .still()
            .asks::<TenantEdit>()
            .answers::<Tenant>("200"),
        ("GET", "/v1/tenants/{tenant}") => {
            told.named("tenant", "The tenant").tagged().answers::<Tenant>("200")
        }
        ("GET", "/v1/tenants/{tenant}/me") => told
            .named("held", "All that my token would say here, if it were large enough")
            .answers::<HookAnswer>("200"),
        ("GET", "/v1/tenants/{tenant}/people") => told
            .named("people", "A page of the people, by name")
            .query::<PeopleQuery>()
            .answers::<PeoplePage>("200"),
        ("GET", "/v1/tenants/{tenant}/people/{person}") => told
            .named("person", "One person, and why they hold what they hold")
            .tagged()
            .answers::<PersonDetail>("200"),
        ("GET", "/v1/tenants/{tenant}/people/{person}/preview") => told
            .named("preview", "What a person's token would say, now or after a plan of one's own")
            .query::<PreviewQuery>()
            .answers::<Preview>("200"),
        ("GET", "/v1/tenants/{tenant}/people/{person}/held") => told
            .named("held_at", "What a person held at a moment, and why; also who has left since")
            .query::<HeldQuery>()
            .answers::<HeldThen>("200"),
        ("GET", "/v1/tenants/{tenant}/unused") => told
            .named("unused", "Roles held, and in no token since a moment")
            .query::<UnusedQuery>()
            .answers::<HoldersPage>("200"),
        ("GET", "/v1/tenants/{tenant}/roles") => {
            told.named("roles", "The roles, best first").tagged().answers::<Vec<Role>>("200")
        }
        ("POST", "/v1/tenants/{tenant}/plans") => {
            let mut told = told
                .named("plan", "Says what changes would do, asked for as JSON or as a table (RFC 4180)")
                .query::<PlanQuery>()
                .asks::<PlanRequest>();
            told.operation["requestBody"]["content"]["text/csv"] = json!({ "schema": { "type": "string" } });
            told.answers::<Plan>("201")
        }
        ("GET", "/v1/tenants/{tenant}/plans/{plan}/effects") => told
            .named("effects", "A page of what a plan of one's own does")
            .query::<EffectsQuery>()
            .answers::<EffectsPage>("200"),
        ("POST", "/v1/tenants/{tenant}/plans/{plan}/apply") => {
            told.named("apply", "Does what a plan of one's own said").answers::<Applied>("200")
        }
        ("GET", "/v1/tenants/{tenant}/audit") => told
            .named("audit", "A page of the audit, newest first")
            .query::<AuditQuery>()
            .answers::<AuditPage>("200"),
        ("POST", "/v1/tenants/{tenant}/audit/{number}/undo") => told
            .named("undo", "Says what would take an entry of the audit back, and what was changed since")
            .answers::<Plan>("201"),
        ("GET", "/v1/tenants/{tenant}/events") => told
            .named("events", "Whose token would say something else from now on, as it happens")
            .streams::<TokenChange, RoleChange>(),
        ("POST", "/v1/hooks/{caller}") => told
            .named("hook", "A provider's question at issuance, asked and answered in its own words")
            .asks::<Object>()
            .answers::<Object>("200"),
        ("GET", "/v1/hooks/{caller}/drill") => told
            .named("drill", "What the provider would be told if the store were away")
            .answers::<Drill>("200"),
        other => panic!("{other:?}: say here what it asks and answers"),
    }
}

/// A body of which only this is said, that it is an object: the words are a provider's.
type Object = Map<String, Value>;

struct Told<'t> {
    route: &'t Route,
    schemas: &'t mut Schemas,
    /// Whether its answer has an ETag.
    tagged: bool,
    operation: Value,
}

impl Told<'_> {
    fn named(mut self, id: &str, summary: &str) -> Self {
        let needs = match self.route.need {
            Need::Nobody => "No token.".to_owned(),
            Need::Person => "A token of any tenant, or of the directory's own.".to_owned(),
            Need::Member => "A token of the tenant, by somebody who is in it.".to_owned(),
            Need::Caller => "The provider in the path, proven as its configuration says.".to_owned(),
            Need::Permission(permission) => {
                format!("A token of the tenant with `{permission}`, which the directory says too.")
            }
            Need::Operator(permission) => {
                format!("A token of the operators' tenant with `{permission}`, which the directory says too.")
            }
        };
        self.operation["operationId"] = id.into();
        self.operation["summary"] = summary.into();
        self.operation["description"] = format!("Needs: {needs}").into();
        self.operation["security"] = match self.route.need {
            Need::Nobody => json!([]),
            Need::Caller => json!([{ "provider": [] }]),
            Need::Person | Need::Member | Need::Permission(_) | Need::Operator(_) => {
                json!([{ "person": [] }])
            }
        };
        let places = self.route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let in_tenant = matches!(self.route.need, Need::Member | Need::Permission(_));
        let demanded = if in_tenant { &["Keyward-Role-Version"][..] } else { &[] };
        let on_terms = if problem::on_terms(self.route) { &["Idempotency-Key", "If-Match"][..] } else { &[] };
        let named = match self.route.need {
            Need::Nobody | Need::Caller => &[][..],
            Need::Person | Need::Member | Need::Permission(_) | Need::Operator(_) => &["Keyward-Tenant"],
        };
        self.operation["parameters"] = places
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .chain(named.iter().chain(&["Keyward-Request-Id"]).chain(demanded).chain(on_terms).map(|name| parameter(name)))
            .collect();
        self
    }

    fn tagged(mut self) -> Self {
        self.tagged = true;
        self.operation["parameters"].as_array_mut().unwrap().push(parameter("If-None-Match"));
        self
    }

    /// That it can be bound to an ETag.
    fn still(mut self) -> Self {
        self.operation["parameters"].as_array_mut().unwrap().push(parameter("If-Match"));
        self
    }

    fn query<T: JsonSchema>(mut self) -> Self {
        let fields = self.schemas.query::<T>();
        self.operation["parameters"].as_array_mut().unwrap().extend(fields);
        self
    }

    fn asks<T: JsonSchema>(mut self) -> Self {
        let schema = self.schemas.asked::<T>();
        self.operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
        self
    }

    fn answers<T: JsonSchema>(mut self, status: &str) -> Value {
        let schema = self.schemas.answered::<T>();
        let mut headers = json!({ "Keyward-Request-Id": header("Keyward-Request-Id") });
        if self.route.path.contains("{tenant}") {
            headers["Keyward-Role-Version"] = header("Keyward-Role-Version");
        }
        let mut responses = problem::of(self.route);
        if self.tagged {
            headers["ETag"] = header("ETag");
            let had = json!({ "description": "The asker has this answer already.", "headers": headers });
            responses.insert("304".to_owned(), had);
        }
        responses.insert(
            status.to_owned(),
            json!({
                "description": "As asked.",
                "headers": headers,
                "content": { "application/json": { "schema": schema } },
            }),
        );
        self.operation["responses"] = responses.into();
        self.operation
    }
}

impl Told<'_> {
    /// An endless answer of such events.
    fn streams<P: JsonSchema, R: JsonSchema>(mut self) -> Value {
        self.operation["parameters"].as_array_mut().unwrap().push(parameter("Last-Event-ID"));
        let events = json!({ "person": self.schemas.answered::<P>(), "role": self.schemas.answered::<R>() });
        let mut responses = problem::of(self.route);
        responses.insert(
            "200".to_owned(),
            json!({
                "description": "Server-sent events. `since`: the entry of the audit after which all that follows \
                                happened; where it is not the one asked for, read anew. `person`: somebody's token would say \
                                something else. `role`: that of everybody who holds the role would; whoever listens and \
                                holds it is told of themselves as well. `x-events` says what. The last event of an entry \
                                has the entry's number as its id. Without `people:read`, only what happens to oneself. \
                                Ends with the token, and with the membership.",
                "headers": {
                    "Keyward-Request-Id": header("Keyward-Request-Id"),
                    "Keyward-Role-Version": header("Keyward-Role-Version"),
                },
                "content": { "text/event-stream": { "schema": { "type": "string" }, "x-events": events } },
            }),
        );
        self.operation["responses"] = responses.into();
        self.operation
    }
}

/// Refers to a header of answers.
pub(super) fn header(name: &str) -> Value {
    assert!(headers().get(name).is_some(), "{name}: say what it means");
    json!({ "$ref": format!("#/components/headers/{name}") })
}

/// Refers to a header of requests.
fn parameter(name: &str) -> Value {
    assert!(parameters().get(name).is_some(), "{name}: say what it means");
    json!({ "$ref": format!("#/components/parameters/{name}") })
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    let header = |words: &str, kind: &str| json!({ "description": words, "schema": { "type": kind } });
    json!({
        "ETag": header("A strong tag of this answer. A person's names their version too, for If-Match.", "string"),
        "Keyward-Request-Id": header("The request's own id: the caller's, or one that was made for it.", "string"),
        "Keyward-Role-Version": header("The caller's own version in the tenant, as of this answer.", "integer"),
        "Retry-After": header("In how many seconds a request is let in again.", "integer"),
        "WWW-Authenticate": header("What would have opened (RFC 6750 §3).", "string"),
    })
}

/// Headers of requests.
pub(super) fn parameters() -> Map<String, Value> {
    let header = |(name, words): (&str, &str)| {
        let header = json!({
            "name": name, "in": "header", "required": false, "description": words, "schema": { "type": "string" },
        });
        (name.to_owned(), header)
    };
    [
        (
            "Idempotency-Key",
            "A name of the caller's own for this request, 1 to 255 visible ASCII characters. For 24 hours the same \
             request under the same key answers what it answered, and does nothing; another request is refused. A \
             refusal is not kept. Keys are a person's own in a tenant.",
        ),
        (
            "If-Match",
            "ETags of people, or of the tenant that is changed. The change is made only if everybody named is still at the version they were read at; \
             else 412, in words that say who changed them.",
        ),
        ("If-None-Match", "ETags that the caller has the answers of: 304 where one is this answer's."),
        ("Last-Event-ID", "The last event that was seen: what happened after it comes first."),
        (
            "Keyward-Request-Id",
            "An id of the caller's own, to find this request in the log by: 1 to 64 of letters, digits, `.`, `_` and \
             `-`. Any other is not taken over.",
        ),
        (
            "Keyward-Role-Version",
            "The version of one's roles here that is known already. A token made before it is refused with 401: it \
             says what is no longer true, and is to be renewed.",
        ),
        (
            "Keyward-Tenant",
            "The tenant that this is about, by its id or its slug. The path, the host where hosts name tenants, and the \
             token must name the same.",
        ),
    ]
    .map(header)
    .into_iter()
    .collect()
}
