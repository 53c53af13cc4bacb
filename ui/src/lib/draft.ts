// A connection while it is typed: texts as they stand in the fields, what is wrong with each, and the draft they make.
import type { ConnectionDraft, PresetView, SettingView } from "./backend";
import { isTenantId } from "./names";

/** Where the list of tenants comes from. */
export type Source = "directory" | "sign_in" | "list";

export type TenantRow = { id: string; name: string; at_provider: string; client_id: string };

export type Form = {
  issuer: string;
  name: string;
  client_id: string;
  preset: string;
  /** Kept for every preset that was looked at: going back loses nothing. */
  settings: Record<string, string>;
  source: Source;
  directory: string;
  tenants: TenantRow[];
  ports: string;
};

export const noTenant = (): TenantRow => ({ id: "", name: "", at_provider: "", client_id: "" });

export function formOf(draft: ConnectionDraft): Form {
  const source = draft.directory !== null ? "directory" : draft.tenants.length ? "list" : "sign_in";
  return {
    issuer: draft.issuer,
    name: draft.name,
    client_id: draft.client_id,
    preset: draft.preset,
    settings: { ...draft.settings },
    source,
    directory: draft.directory ?? "",
    tenants: draft.tenants.map(({ id, name, at_provider, client_id }) => ({
      id,
      name,
      at_provider: at_provider ?? "",
      client_id: client_id ?? "",
    })),
    ports: draft.redirect_ports.join(", "),
  };
}

/** What the preset wants to know: some of it only where there is a role directory. */
export function settingsOf(form: Form, preset: PresetView | undefined): SettingView[] {
  return (preset?.settings ?? []).filter((setting) => !setting.with_directory || form.source === "directory");
}

/** The draft that the fields make: only what the preset asks for, and only one source of tenants. */
export function draftOf(form: Form, preset: PresetView | undefined): ConnectionDraft {
  const settings: Record<string, string> = {};
  for (const { key } of settingsOf(form, preset)) settings[key] = (form.settings[key] ?? "").trim();
  return {
    name: form.name.trim(),
    issuer: form.issuer.trim(),
    client_id: form.client_id.trim(),
    preset: form.preset,
    settings,
    directory: form.source === "directory" ? form.directory.trim() : null,
    tenants:
      form.source === "list"
        ? filled(form.tenants).map((row) => ({
            id: row.id.trim(),
            name: row.name.trim(),
            at_provider: row.at_provider.trim() || null,
            client_id: row.client_id.trim() || null,
          }))
        : [],
    redirect_ports: portsOf(form.ports) ?? [],
  };
}

/** Rows in which anything stands. */
const filled = (rows: TenantRow[]) => rows.filter((row) => Object.values(row).some((text) => text.trim()));

/** Numbers of ports; null where something else stands there. */
function portsOf(text: string): number[] | null {
  const parts = text.split(/[\s,]+/).filter(Boolean);
  const ports = parts.map(Number);
  return ports.every((port) => Number.isInteger(port) && port > 0 && port < 65_536) ? ports : null;
}

/** `login.example` as an address, for who types no scheme. */
export function asIssuer(text: string): string {
  const typed = text.trim();
  return typed && !typed.includes("://") ? `https://${typed}` : typed;
}

/** Whether a text is an https address, or an http one of this computer. */
export function isAddress(text: string): boolean {
  if (!URL.canParse(text.trim())) return false;
  const url = new URL(text.trim());
  const own = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && own);
}

/** What is wrong, by the field it is wrong in. `tenants.2.id` is the short name in the third row. */
export type Problems = Record<string, string>;

export function problemsOf(form: Form, preset: PresetView | undefined): Problems {
  const found: Problems = {};
  if (!form.name.trim()) found.name = "Give the connection a name.";
  if (!form.client_id.trim()) found.client_id = "Give the client id that the provider issued for Keyward.";
  for (const { key, label, tenant_place } of settingsOf(form, preset)) {
    const text = (form.settings[key] ?? "").trim();
    if (!text) found[`settings.${key}`] = `${label} is needed.`;
    else if (tenant_place && !text.includes("{tenant}"))
      found[`settings.${key}`] = "Put {tenant} where the tenant’s short name belongs.";
  }
  if (form.source === "directory" && !isAddress(form.directory))
    found.directory = "Give the directory’s address. It begins with https://.";
  if (form.source === "list") Object.assign(found, tenantProblems(form.tenants));
  if (!portsOf(form.ports)) found.ports = "Give numbers from 1 to 65535, with commas between.";
  return found;
}

function tenantProblems(rows: TenantRow[]): Problems {
  const found: Problems = {};
  if (!filled(rows).length) found["tenants.0.id"] = "List at least one tenant.";
  rows.forEach((row, i) => {
    if (!filled([row]).length) return;
    const id = row.id.trim();
    if (!isTenantId(id)) found[`tenants.${i}.id`] = "Small letters, digits and hyphens.";
    else if (rows.findIndex((other) => other.id.trim() === id) < i)
      found[`tenants.${i}.id`] = "It stands above already.";
    if (!row.name.trim()) found[`tenants.${i}.name`] = "Give it a name.";
  });
  return found;
}
