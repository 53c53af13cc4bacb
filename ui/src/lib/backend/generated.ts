// Generated from the Rust types by `cargo xtask types`. Do not edit.
import { invoke } from "@tauri-apps/api/core";

/** Somebody who has signed in on this computer. */
export type AccountEntry = { 
/** Which account. */
account: AccountKey, 
/** The connection it was made at. */
connection: ConnectionId, 
/** Its name for people. */
connection_name: string, 
/** The person's name. */
name: string, 
/** Their e-mail. */
email: string, 
/** Whether some window works in it. */
at_work: boolean, 
/** Where it was last. */
tenant: TenantId | null, 
/** That tenant's name. */
tenant_name: string | null, };

/** Who is signed in, and where. A struct, never a joined text: two accounts cannot collide. */
export type AccountKey = { 
/** The provider. */
issuer: Issuer, 
/** The client. */
client: ClientId, 
/** The person. */
subject: Subject, };

/** A person at a connection. */
export type AccountView = { 
/** The connection. */
connection: ConnectionId, 
/** Its name for people. */
connection_name: string, 
/** The provider. */
issuer: Issuer, 
/** The provider's name for the person. */
subject: Subject, 
/** The person as the directory knows them. */
person: Person, };

/** A connection that is being added. */
export type AddingConnection = { 
/** The address that was checked last, as it was typed. */
issuer: string, 
/** What the checks found, in their order. */
lines: Array<CheckLine>, 
/** Whether checks are under way. */
checking: boolean, 
/** What there is to choose from. */
presets: Array<PresetView>, 
/** The one whose marks the issuer bears. */
suggested: string | null, 
/** What was filled in, as it was last tried or saved. */
draft: ConnectionDraft, 
/** The address that the browser was sent to, while a sign-in is tried. */
trying: string | null, 
/** How the sign-in went that was tried last. */
tried: Tried | null, 
/** The file that it will be written to. */
file: string, 
/** What is wrong with the draft, or could not be saved. */
problem: KeywardError | null, };

/** The four answers. */
export type Answer = "found" | "no_entry" | "locked" | "unavailable";

/** What the app as a whole has: the same for every window. */
export type AppView = { 
/** The app's version. */
version: string, 
/** Where one can sign in, in the configuration's order, the local workspace last. */
connections: Array<ConnectionView>, 
/** What is wrong with the configuration, if anything. The connections are then those that are left. */
config_problem: KeywardError | null, 
/** Everybody who has signed in on this computer and is not forgotten, last used first. */
accounts: Array<AccountEntry>, 
/** How the keychain did when it was last tested. */
keychain: KeychainView, };

/** `POST /v1/tenants/{t}/plans/{id}/apply`: it is done. */
export type Applied = { 
/** The plan. */
plan: PlanId, 
/** Its entry in the audit. */
audit: number, 
/** Versions that the people it touched have now, of the first 1,000. It is the same for all. */
versions: Array<Seen>, 
/** How many people it touched. */
people: number, };

/** One applied plan, or somebody's arrival, as the audit keeps it. */
export type AuditEntry = { 
/** Its number in the tenant, from 1, without gaps. */
number: number, 
/** When. */
at: Timestamp, 
/** Who did it. */
actor: Person, 
/** The plan that was applied; `arrival` where somebody who was invited has come. */
plan: PlanId, 
/** What it did. */
changes: Array<AuditedChange>, 
/** What it did to roles themselves. */
roles?: Array<AuditedRole>, 
/** For what, in the actor's words. */
reason: string | null, 
/** Its hash, over what it says and the hash of the entry before it (`docs/audit.md`). */
hash?: string, };

/** A page of the audit, newest first. */
export type AuditPage = { 
/** The entries. */
entries: Array<AuditEntry>, 
/** The cursor of the next page; none on the last. */
next: string | null, };

/** What one audit entry did to one person. */
export type AuditedChange = { 
/** Whom. */
person: Person, 
/** Roles they hold since. */
gained: Array<RoleId>, 
/** Roles they held before. */
lost: Array<RoleId>, 
/** Whether they were taken out of the tenant. */
removed: boolean, 
/** Whether they came into the tenant. */
added?: boolean, 
/** Whether they, who were invited, have signed in for the first time. */
arrived?: boolean, 
/** Roles that were gained, kept or lost with a start or an end. */
timings?: Array<Timing>, };

/** What one audit entry did to one role. */
export type AuditedRole = { 
/** Which. */
role: RoleId, 
/** As it was; none: it was made. */
before: RoleTerms | null, 
/** As it is since; none: it was dropped. */
after: RoleTerms | null, };

/** One wish. */
export type Change = { "kind": "give", 
/** Who. */
person: PersonId, 
/** What. */
role: RoleId, 
/** From when on; none: at once. */
starts_at?: Timestamp, 
/** Until when; none: until it is taken. Later than `starts_at`. */
ends_at?: Timestamp, } | { "kind": "take", 
/** Who. */
person: PersonId, 
/** What. */
role: RoleId, } | { "kind": "remove", 
/** Who. */
person: PersonId, } | { "kind": "add", 
/** The address. */
email: EmailAddress, 
/** What to call them, where the directory does not know them. */
name: Name, 
/** What they shall hold. */
roles: Array<RoleId>, 
/** From when on they hold it; none: at once. */
starts_at?: Timestamp, 
/** Until when; none: until it is taken. Later than `starts_at`. */
ends_at?: Timestamp, } | { "kind": "restore", 
/** Who. */
person: PersonId, } | { "kind": "define_role", 
/** Which. */
role: RoleId, 
/** Its name for people, which no other role of the tenant has, in whatever case or accents. */
name: Name, 
/** What it is for, in a sentence. */
description: Description, 
/** All that it allows, 200 at most. A role that allows `roles:write` makes admins. */
permissions: Array<Permission>, 
/** Its place among the roles, 0 the best; none: where it is, and last if it is made. */
rank?: number, 
/** The template that it is made from; none: as it was. */
template?: RoleId, } | { "kind": "drop_role", 
/** Which. */
role: RoleId, } | { "kind": "give_all", 
/** What. */
role: RoleId, 
/** Whom. */
to: Crowd, 
/** From when on; none: at once. */
starts_at?: Timestamp, 
/** Until when; none: until it is taken. Later than `starts_at`. */
ends_at?: Timestamp, } | { "kind": "take_all", 
/** What. */
role: RoleId, 
/** Whom. */
from: Crowd, } | { "kind": "copy", 
/** Whose roles. */
from: PersonId, 
/** Who shall hold them too. */
to: PersonId, 
/** Roles that are not copied. */
without: Array<RoleId>, };

/** One check of a provider. */
export type CheckLine = { 
/** What is checked. */
name: string, 
/** How it ended. */
outcome: Outcome, 
/** What was found. */
detail: string, };

/** An OAuth client (RFC 6749 §2.2). */
export type ClientId = string;

/** What an undo leaves alone, because it is not any more as the entry left it. */
export type Conflict = { "kind": "holding_changed", 
/** Who. */
person: Person, 
/** Which. */
role: RoleId, 
/** For which time they hold it now; none: not at all. */
now: TimeWindow | null, } | { "kind": "role_gone", 
/** Who. */
person: Person, 
/** Which. */
role: RoleId, } | { "kind": "person_back", 
/** Who. */
person: Person, 
/** What they hold now. */
roles: Array<RoleId>, } | { "kind": "person_changed", 
/** Who. */
person: Person, 
/** What they hold now. */
roles: Array<RoleId>, } | { "kind": "person_gone", 
/** Who. */
person: Person, } | { "kind": "role_changed", 
/** Which. */
role: RoleId, 
/** As it is now; none: it is not there any more. */
now: RoleTerms | null, } | { "kind": "role_held", 
/** Which. */
role: RoleId, 
/** How many they are. */
holders: number, } | { "kind": "name_taken", 
/** Which had it. */
role: RoleId, 
/** Which has it. */
by: RoleId, };

/** What was filled in. */
export type ConnectionDraft = { 
/** The connection's name for people. */
name: string, 
/** The provider's issuer. */
issuer: string, 
/** The client registered there. */
client_id: string, 
/** The preset's id. */
preset: string, 
/** What the preset wants to know, by key. */
settings: { [key: string]: string }, 
/** The role directory's address, if there is one. */
directory: string | null, 
/** Tenants that are listed. */
tenants: Array<DraftTenant>, 
/** Ports that the provider allows in redirects. */
redirect_ports: Array<number>, };

/** A configured provider and client, as the person's configuration names it. */
export type ConnectionId = string;

/** A place to sign in to. */
export type ConnectionView = { 
/** Its id. */
id: ConnectionId, 
/** Its name for people. */
name: string, 
/** Whether it is the workspace on this computer. */
local: boolean, 
/** Who signed in last, and where they were, if anybody did. */
last: LastVisit | null, };

/** People of a tenant, by what they hold at the moment. */
export type Crowd = { 
/** Those who hold this role; none: everybody. */
holding: RoleId | null, 
/** But not these people. */
except: Array<PersonId>, 
/** But not who holds one of these roles. */
except_holding: Array<RoleId>, };

/** What a role is for, in a sentence, or nothing. */
export type Description = string;

/** A tenant that was filled in. */
export type DraftTenant = { 
/** Its short name. */
id: string, 
/** Its name for people. */
name: string, 
/** What the provider calls it. */
at_provider: string | null, 
/** Its own application. */
client_id: string | null, };

/** What a plan does to one person. */
export type Effect = { 
/** Whom. Of somebody who is to be added it is what was asked; who they are, if the directory knows them, is seen
 * once they are in the tenant. */
person: Person, 
/** Roles they will hold, and now hold for no time, not even for one to come. */
gains: Array<RoleId>, 
/** Roles they hold, if only for a time to come, and will not. */
loses: Array<RoleId>, 
/** Permissions they will have, at once or when a role begins, and have in no role of now. */
gains_permissions: Array<Permission>, 
/** Permissions they have, at once or when a role begins, and will not. */
loses_permissions: Array<Permission>, 
/** Whether they leave the tenant. */
removed: boolean, 
/** Whether they come into the tenant. */
added?: boolean, 
/** Roles that are gained, kept or lost with a start or an end. */
timings?: Array<Timing>, };

/** An e-mail address. Whether it is the same as another is not said by comparing: see [`Self::is_same`]. */
export type EmailAddress = string;

/** The kinds of error. One exists because something acts on it: another screen, another button,
 * another HTTP status. */
export type ErrorCode = "config_invalid" | "port_in_use" | "storage_full" | "storage_corrupt" | "storage_unavailable" | "provider_unreachable" | "discovery_invalid" | "provider_refused" | "clock_skew" | "id_token_invalid" | "sign_in_cancelled" | "sign_in_timed_out" | "sign_in_denied" | "browser_failed" | "interaction_required" | "session_ended" | "signed_out" | "tenant_unknown" | "tenant_forbidden" | "wrong_tenant_token" | "tenant_moved" | "keychain_locked" | "keychain_unavailable" | "directory_unreachable" | "unauthenticated" | "forbidden" | "not_found" | "invalid_request" | "too_large" | "too_many_requests" | "plan_stale" | "plan_expired" | "last_admin" | "internal";

/** How far the news of a tenant has come. */
export type Following = { 
/** The newest entry of the audit that is known of; what was read before it may have changed. */
audit: number | null, 
/** Whether news comes as it happens. Else it shows when something is asked. */
open: boolean, };

/** What "Forget this account" found when it looked again. */
export type Forgotten = { 
/** Whether the provider confirmed that the session is revoked. */
revoked: boolean, 
/** Whether the keychain, asked again, has no such entry. */
gone: boolean, 
/** The entry's name in the keychain, for whoever wants to look. */
entry: string, };

/** Whether a keychain can be relied on. */
export type Health = "not_asked" | "working" | "locked" | "unavailable" | "broken";

/** A role that a person holds, and why. */
export type Holding = { 
/** The role. */
role: RoleId, 
/** Who gave it; none where it came with the tenant itself. */
given_by: Person | null, 
/** When. */
given_at: Timestamp, 
/** For what, in the giver's words. */
reason: string | null, 
/** The audit's entry that gave it, where that was asked for; none where it came with the tenant itself. */
audit?: number, 
/** When it was last named in a token, since it was given; none: never, as far as is known. */
last_used_at?: Timestamp, 
/** From this moment on; none: at once. */
starts_at?: Timestamp, 
/** Until this moment; none: until it is taken. */
ends_at?: Timestamp, };

/** A provider's issuer identifier (OpenID Connect Discovery §3), compared as exact text. */
export type Issuer = string;

/** Where the refresh token lies. */
export type Kept = "keychain" | "this_session";

/** A keychain that stands in the way. */
export type KeychainBlocked = { 
/** `keychain_locked` or `keychain_unavailable`, in words. */
problem: KeywardError, 
/** Whose session it is about. */
person: string | null, 
/** Whether the person is signed in already and only keeping the session failed. */
after_sign_in: boolean, };

/** How the keychain did in its self-test. */
export type KeychainView = { 
/** Its name for people. */
store: string, 
/** Whether it can be relied on. */
state: Health, 
/** What is wrong with it, in words. */
problem: KeywardError | null, };

/** What went wrong, in words for the person, and which kind it is, for the code that reacts.
 *
 * Never holds a secret: messages are shown, logged and sent. */
export type KeywardError = { 
/** Which kind it is. Code acts on this alone. */
code: ErrorCode, 
/** A sentence or two: what happened, to what, and the way out. */
message: string, };

/** The last visit at a connection. */
export type LastVisit = { 
/** Who. */
person: string, 
/** The tenant's id. */
tenant: TenantId | null, 
/** The tenant's name. */
tenant_name: string | null, };

/** A name for people. */
export type Name = string;

/** A name to know somebody by. */
export type Named = { 
/** Name. */
name: string, 
/** E-mail. */
email: string, };

/** A session that cannot be resumed just now. */
export type Offline = { 
/** What does not answer, in words. */
problem: KeywardError, 
/** Whose session it is. */
person: string, 
/** Where. */
connection: string, };

/** How a check ended. */
export type Outcome = "running" | "passed" | "warned" | "failed";

/** A token that waits for the person: the provider wants them in the browser, which opens when they say so. */
export type Parked = { 
/** The tenant it is for. */
tenant: TenantId, 
/** Its name. */
tenant_name: string, 
/** What the provider wants, in words. */
problem: KeywardError, };

/** A page of a tenant's people, by name. */
export type PeoplePage = { 
/** The rows. */
people: Array<PersonRow>, 
/** How many match in all. */
total: number, 
/** The cursor of the next page; none on the last. */
next: string | null, };

/** What to list of a tenant's people. */
export type PeopleQuery = { 
/** Words that must each begin a word of name or e-mail; none: everybody. */
search: string | null, 
/** Only who holds this role. */
role: RoleId | null, 
/** Where the page before ended, as its `next` said. */
cursor: string | null, 
/** Rows wanted: 1 to 200, else 50. */
limit: number | null, };

/** What a role allows, as `thing:verb`. */
export type Permission = string;

/** Someone known to the directory. */
export type Person = { 
/** Stable id. */
id: PersonId, 
/** Name for people. */
name: string, 
/** E-mail address. */
email: string, };

/** One person in one tenant, with the why of each role. */
export type PersonDetail = { 
/** The row as the list has it. */
row: PersonRow, 
/** Each role held now, and why. */
holdings: Array<Holding>, 
/** Each role that begins later, and why. */
upcoming?: Array<Holding>, 
/** What they may do here now, without repeats. */
permissions: Array<Permission>, 
/** Their own lines of the audit, newest first, at most ten. */
history: Array<AuditEntry>, };

/** A person in the directory, stable while e-mail and name change. */
export type PersonId = string;

/** One line of the people list. */
export type PersonRow = { 
/** Who. */
person: Person, 
/** Roles held now, best first. */
roles: Array<RoleId>, 
/** In this tenant since. */
since: Timestamp, 
/** Version of (tenant, person) that this was read at; name it in a [`PlanRequest`](crate::PlanRequest). */
version: number, 
/** Whether they were invited by e-mail and have not signed in yet. */
invited?: boolean, };

/** What a request would do, bound to the versions it was made from. */
export type Plan = { 
/** Its id, for `apply`. */
id: PlanId, 
/** Where. */
tenant: TenantId, 
/** When it was made. */
made_at: Timestamp, 
/** When it can no longer be applied. */
expires_at: Timestamp, 
/** What it does, person by person, by name; people it does nothing to are left out. The first 1,000: the others
 * are in `GET …/plans/{plan}/effects`. */
effects: Array<Effect>, 
/** How much it does to people in all. */
total: PlanTotal, 
/** What it does to roles themselves, best first, and so to everybody who holds one: only who loses one that is
 * dropped is among `effects`. */
role_effects?: Array<RoleEffect>, 
/** What to know before. Of those about one person, the first 1,000. */
warnings: Array<Warning>, 
/** Of an undo: what it leaves alone, because it was changed since. */
conflicts?: Array<Conflict>, 
/** As it was asked. */
reason: string | null, };

/** A role plan that the directory made and has not forgotten. */
export type PlanId = string;

/** `POST /v1/tenants/{t}/plans`: what would these changes do? */
export type PlanRequest = { 
/** The wishes, at least one. */
changes: Array<Change>, 
/** What the asker saw of the people they touch. Someone not named here counts as seen now. */
seen: Array<Seen>, 
/** What the asker saw of the roles they name. One not named here counts as seen now. */
seen_roles?: Array<SeenRole>, 
/** For what, up to 500 characters; kept with each role given and in the audit. */
reason: string | null, };

/** How much a plan does. */
export type PlanTotal = { 
/** People to whom it does something. */
people: number, 
/** Roles that they gain, all together. */
gains: number, 
/** Roles that they lose, all together. */
losses: number, 
/** Warnings. */
warnings: number, };

/** A preset to choose. */
export type PresetView = { 
/** Its id. */
id: string, 
/** Its name for people. */
name: string, 
/** What it does, in a sentence. */
summary: string, 
/** Whether it was run against a real server of its kind, or follows the documentation only. */
evidence: "run" | "read", 
/** On what, in words. */
evidence_note: string, 
/** What it wants to know. */
settings: Array<SettingView>, };

/** A named set of permissions in one tenant. */
export type Role = { 
/** Its short name in its tenant. */
id: RoleId, 
/** Its name for people. */
name: string, 
/** What it is for, in a sentence. */
description: string, 
/** What it allows, in alphabetical order. */
permissions: Array<Permission>, 
/** Whether it can edit roles: the kind of which a tenant never loses the last holder. */
admin: boolean, 
/** Its place among the roles, 0 the best. */
rank?: number, 
/** The version that it was read at; name it in a [`PlanRequest`](crate::PlanRequest). */
version?: number, 
/** The template that it came from. What becomes of it here, the template and other tenants do not see. */
template?: RoleId, };

/** What a plan does to one role, and so to everybody who holds it. */
export type RoleEffect = { 
/** Which. */
role: RoleId, 
/** As it is; none: it is made. */
before: RoleTerms | null, 
/** As it will be; none: it is dropped. */
after: RoleTerms | null, 
/** What it will allow, and now does not. */
gains_permissions: Array<Permission>, 
/** What it allows, and will not. */
loses_permissions: Array<Permission>, 
/** How many hold it before the plan, at once or later. */
holders: number, };

/** A role's short name within its tenant. */
export type RoleId = string;

/** All that a role is, apart from its id. */
export type RoleTerms = { 
/** Its name for people. */
name: string, 
/** What it is for, in a sentence. */
description: string, 
/** What it allows, in alphabetical order. */
permissions: Array<Permission>, 
/** Its place among the roles, 0 the best; of two at one place the first by id. */
rank: number, 
/** The template that it came from. */
template?: RoleId, };

/** Where one refresh token lies. */
export type SecretView = { 
/** Whose. */
account: AccountKey, 
/** The connection's name. */
connection_name: string, 
/** The person's name. */
name: string, 
/** Their e-mail. */
email: string, 
/** The one tenant it is good for, where the provider binds it to one. */
tenant: TenantId | null, 
/** The name under which all of Keyward's entries stand. */
service: string, 
/** The entry's own name. */
entry: string, 
/** Whether it is kept in the keychain or, as the person chose, until the app closes. */
kept: Kept, 
/** What the keychain answers when it is asked now. */
state: Answer, 
/** How many pieces the entry is in; none where there is no entry. */
parts: number, 
/** Why the keychain did not answer, or what is wrong with the entry. */
problem: KeywardError | null, };

/** Where every session of this computer lies. */
export type SecretsView = { 
/** How the keychain does. */
keychain: KeychainView, 
/** Every refresh token, the accounts' that were used last first. */
secrets: Array<SecretView>, };

/** The version of a person that the asker had on the screen. */
export type Seen = { 
/** Who. */
person: PersonId, 
/** [`PersonRow::version`](crate::PersonRow::version) as it was read. */
version: number, };

/** The version of a role that the asker had on the screen. */
export type SeenRole = { 
/** Which. */
role: RoleId, 
/** [`Role::version`](crate::Role::version) as it was read; 0: there was none. */
version: number, };

/** Something that a preset wants to know. */
export type SettingView = { 
/** Its key. */
key: string, 
/** Its name for people. */
label: string, 
/** Where one finds it. */
hint: string, 
/** What it looks like. */
example: string, 
/** Whether it must have a place for the tenant, `{tenant}`. */
tenant_place: boolean, 
/** Whether it is wanted only where there is a role directory. */
with_directory: boolean, };

/** A window at work in a tenant. */
export type SignedIn = { 
/** Who, and where they signed in. */
account: AccountView, 
/** The tenant this window is in. */
tenant: Tenant, 
/** Every tenant the person may enter, by name. */
tenants: Array<TenantEntry>, 
/** The tenant that opens when none is named. */
default_tenant: TenantId | null, 
/** What the proven token says. */
token: TokenView, 
/** The roles it names, in full, best first. */
roles: Array<Role>, 
/** Where the session is kept. */
kept: Kept, 
/** What went wrong without anybody asking, such as a token that could not be renewed. */
notice: KeywardError | null, 
/** What waits for the person in the browser. */
parked: Parked | null, 
/** Whether there is a role directory: without one there are no people, roles and audit to see. */
directory: boolean, 
/** How its news of the tenant comes; none, where there is no directory. */
following: Following | null, };

/** A sign-in under way. */
export type SigningIn = { 
/** Where. */
connection: string, 
/** The tenant asked for, if one was. */
tenant: TenantId | null, 
/** The address the browser was sent to. It holds a challenge, never a verifier. */
url: string, 
/** When the wait ends. */
ends_at: Timestamp, 
/** Why the browser did not open, if it did not. */
browser_problem: KeywardError | null, };

/** Somebody else than expected has signed in. Nothing is kept of them before the person says so. */
export type SomebodyElse = { 
/** Where. */
connection: string, 
/** Who was expected. */
expected: Named, 
/** Who came. */
arrived: Named, };

/** The provider's name for a person (OpenID Connect Core §2, `sub`). */
export type Subject = string;

/** A customer of the service: the unit that data and roles belong to. */
export type Tenant = { 
/** Its short name. */
id: TenantId, 
/** Its name in web addresses, where that is another than its id. */
slug?: TenantId, 
/** Its name for people. */
name: string, 
/** Its colour: a hue in OKLCH, in degrees from 0 to 359. */
hue: number, 
/** How careful people must be here. */
class: TenantClass, };

/** How careful people must be in a tenant. */
export type TenantClass = "production" | "sandbox";

/** A tenant as the rail and the palette show it. */
export type TenantEntry = { 
/** The tenant. */
tenant: Tenant, 
/** Names of the person's roles there, best first. */
roles: Array<string>, 
/** Whether the person marked it. */
favourite: boolean, 
/** When they were last there, on this computer. */
visited_at: Timestamp | null, };

/** A tenant's short name, as it stands in audiences, paths and links. */
export type TenantId = string;

/** From when on, and until when. The start belongs to it, the end does not. With neither, a role is held
 * until it is taken. */
export type TimeWindow = { 
/** From this moment on; none: at once. */
starts_at?: Timestamp, 
/** Until this moment; none: until it is taken. */
ends_at?: Timestamp, };

/** A moment in whole seconds since 1970-01-01T00:00:00Z (RFC 7519 §2, NumericDate). */
export type Timestamp = number;

/** For which time somebody holds a role before a plan and after it, where either is not simply for good. */
export type Timing = { 
/** The role. */
role: RoleId, 
/** Before; none: not held. */
before: TimeWindow | null, 
/** After; none: not held. */
after: TimeWindow | null, };

/** A proven access token, described. */
export type TokenView = { 
/** `iss`. */
issuer: Issuer, 
/** `aud`. */
audience: Array<string>, 
/** `azp`, else `client_id`. */
authorized_party: ClientId | null, 
/** Role ids. */
roles: Array<RoleId>, 
/** Permissions. */
permissions: Array<Permission>, 
/** Version of (tenant, person). */
role_version: number | null, 
/** `iat`. */
issued_at: Timestamp, 
/** `exp`. */
expires_at: Timestamp, };

/** How a sign-in went that was tried. */
export type Tried = { 
/** Who signed in. */
person: Named | null, 
/** Names of the tenants they may enter. */
tenants: Array<string>, 
/** The tenant that opened. */
tenant: string | null, 
/** What proved it. */
proven_by: string | null, 
/** What went wrong. */
problem: KeywardError | null, };

/** Something to know before applying. */
export type Warning = { "kind": "last_admin", 
/** Who would be the last to lose it. */
person: Person, 
/** When, where that is not at once: a role would end then that nobody else holds on. */
at?: Timestamp, } | { "kind": "self_lockout" } | { "kind": "window_past", 
/** Who. */
person: Person, 
/** Which. */
role: RoleId, } | { "kind": "no_role_left", 
/** Who. */
person: Person, } | { "kind": "above_own", 
/** Which. */
role: RoleId, 
/** What the asker lacks of it. */
permissions: Array<Permission>, } | { "kind": "token_size", 
/** Whose. */
person: Person, 
/** What all of it takes. */
bytes: number, 
/** What it may take. */
budget: number, } | { "kind": "no_change" };

/** What one window shows now. */
export type WindowView = { "screen": "starting", 
/** Where. */
connection: string, } | { "screen": "signed_out", 
/** Why, where it was not asked for: a session that ended, a sign-in that failed. */
notice: KeywardError | null, } | { "screen": "signing_in" } & SigningIn | { "screen": "keychain_blocked" } & KeychainBlocked | { "screen": "offline" } & Offline | { "screen": "somebody_else" } & SomebodyElse | { "screen": "adding_connection" } & AddingConnection | { "screen": "signed_in" } & SignedIn;

/** The event that brings a window what it shows. */
export const VIEW_EVENT = "view";

/** What a window may ask for. Each rejects with a KeywardError. */
export const commands = {
  /** What the app as a whole has. */
  app: () => invoke<AppView>("app"),
  /** What this window shows; the first look resumes its session of last time. */
  look: () => invoke<WindowView>("look"),
  /** Signs in: the browser opens, and the window's view follows what happens. */
  signIn: (connection: ConnectionId, tenant: TenantId | null) => invoke<null>("sign_in", { connection, tenant }),
  /** Signs in as somebody else at a connection: the provider is asked to let the person choose. */
  addAccount: (connection: ConnectionId) => invoke<null>("add_account", { connection }),
  /** Moves this window to another account of this computer; nobody is signed out for it. */
  switchAccount: (account: AccountKey, tenant: TenantId | null) => invoke<null>("switch_account", { account, tenant }),
  /** Opens another window, at this account and tenant; what is not said is as here. */
  newWindow: (account: AccountKey | null, tenant: TenantId | null) => invoke<null>("new_window", { account, tenant }),
  /** The person meant to sign in as whoever came back. */
  acceptArrival: () => invoke<null>("accept_arrival"),
  /** They did not: the provider is asked to sign in anew whom they expected. */
  retryAsExpected: () => invoke<null>("retry_as_expected"),
  /** Opens the browser for what waits for the person. */
  continueInBrowser: () => invoke<null>("continue_in_browser"),
  /** The person acts in this window: its token is kept fresh for a while. */
  inUse: () => invoke<null>("in_use"),
  /** Where every session of this computer lies, as the keychain says now. */
  secrets: () => invoke<SecretsView>("secrets"),
  /** Has the keychain test itself with something that is no secret. */
  examineKeychain: () => invoke<KeychainView>("examine_keychain"),
  /** Ends a session and says whether its keychain entry is gone; the account stays listed. */
  deleteSecret: (account: AccountKey, tenant: TenantId | null) => invoke<Forgotten>("delete_secret", { account, tenant }),
  /** Begins to add a connection in this window. */
  beginAddingConnection: () => invoke<null>("begin_adding_connection"),
  /** Checks the provider at this address; the window's view shows each line as it comes. */
  checkIssuer: (issuer: string) => invoke<null>("check_issuer", { issuer }),
  /** Tries a sign-in with what was filled in; nothing of it is kept. */
  tryConnection: (draft: ConnectionDraft) => invoke<null>("try_connection", { draft }),
  /** Writes the connection into the person's own file. */
  saveConnection: (draft: ConnectionDraft) => invoke<null>("save_connection", { draft }),
  /** Leaves the window as it was before a connection was to be added. */
  leaveAddingConnection: () => invoke<null>("leave_adding_connection"),
  /** Ends the wait for the browser, or drops whom it brought. */
  cancelSignIn: () => invoke<null>("cancel_sign_in"),
  /** Opens the sign-in's link again. */
  openBrowser: () => invoke<null>("open_browser"),
  /** Tries again what stands in the way: the keychain, the provider, the directory. */
  retry: () => invoke<null>("retry"),
  /** Asks the system to unlock its keychain, then tries again. */
  unlockKeychain: () => invoke<null>("unlock_keychain"),
  /** Goes on without the keychain: the session lasts until the app closes. */
  continueWithoutKeychain: () => invoke<null>("continue_without_keychain"),
  /** Signs in to the local workspace on another port, where the one of last time is taken. */
  moveLocalPort: () => invoke<null>("move_local_port"),
  /** Moves the window to another tenant, once that tenant's token is proven. */
  switchTenant: (tenant: TenantId) => invoke<null>("switch_tenant", { tenant }),
  /** Marks a tenant, or takes the mark away. */
  setFavourite: (tenant: TenantId, favourite: boolean) => invoke<null>("set_favourite", { tenant, favourite }),
  /** Takes the window's notice away. */
  dismissNotice: () => invoke<null>("dismiss_notice"),
  /** Revokes the session, then forgets it; the account stays listed. */
  signOut: () => invoke<null>("sign_out"),
  /** Signs out, forgets the account, and says whether its keychain entry is gone. */
  forgetAccount: () => invoke<Forgotten>("forget_account"),
  /** A page of the tenant's people. */
  people: (tenant: TenantId, query: PeopleQuery) => invoke<PeoplePage>("people", { tenant, query }),
  /** One person in the tenant, with the why of each role. */
  person: (tenant: TenantId, person: PersonId) => invoke<PersonDetail>("person", { tenant, person }),
  /** The tenant's roles, best first. */
  roles: (tenant: TenantId) => invoke<Array<Role>>("roles", { tenant }),
  /** What role changes would do. */
  plan: (tenant: TenantId, request: PlanRequest) => invoke<Plan>("plan", { tenant, request }),
  /** Applies a plan. */
  apply: (tenant: TenantId, plan: PlanId) => invoke<Applied>("apply", { tenant, plan }),
  /** A page of the tenant's audit, newest first. */
  audit: (tenant: TenantId, cursor: string | null) => invoke<AuditPage>("audit", { tenant, cursor }),
};
