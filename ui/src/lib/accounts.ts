// The accounts of this computer: which is which, how they are listed, and how they are told apart.
import type { AccountEntry, AccountKey, ConnectionView, SignedIn } from "./backend";

/** One text for one account: no two accounts share it, whatever their names. */
export function idOf({ issuer, client, subject }: AccountKey): string {
  return JSON.stringify([issuer, client, subject]);
}

/** Whether the window is at work as this account. */
export function isHere(entry: AccountEntry, { account }: SignedIn): boolean {
  return (
    entry.connection === account.connection &&
    entry.account.issuer === account.issuer &&
    entry.account.subject === account.subject
  );
}

export type AtConnection = { id: string; name: string; accounts: AccountEntry[] };

/** Every connection with its accounts. The connections with accounts stand first, the one used last on top. */
export function byConnection(accounts: AccountEntry[], connections: ConnectionView[]): AtConnection[] {
  const groups = new Map<string, AtConnection>();
  const group = (id: string, name: string): AtConnection => {
    const known = groups.get(id) ?? { id, name, accounts: [] };
    groups.set(id, known);
    return known;
  };
  for (const entry of accounts) group(entry.connection, entry.connection_name).accounts.push(entry);
  for (const { id, name } of connections) group(id, name);
  return [...groups.values()];
}

/** Ann Lee · Northwind Cloud — Acme */
export function accountLabel({ name, connection_name, tenant, tenant_name }: AccountEntry): string {
  const where = tenant_name ?? tenant;
  return `${name} · ${connection_name}${where ? ` — ${where}` : ""}`;
}

/** Northwind Cloud · Acme */
export function whereabouts(entry: AccountEntry): string {
  return [entry.connection_name, entry.tenant_name ?? entry.tenant].filter(Boolean).join(" · ");
}

/** What tells the window's account from the others: the e-mail where two at the connection share a name. */
export function toldApart(at: SignedIn, accounts: AccountEntry[]): string {
  const { connection, connection_name, person } = at.account;
  const twin = accounts.some(
    (entry) => entry.connection === connection && entry.name === person.name && !isHere(entry, at),
  );
  return twin ? person.email : connection_name;
}

/** The window's title: where, who, at what. The system's window list shows its beginning. */
export function windowTitle({ tenant, account }: SignedIn): string {
  return `${tenant.name} · ${account.person.name} · ${account.connection_name} — Keyward`;
}
