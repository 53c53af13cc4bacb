// The people list: pages as the server gives them, a selection that outlives a search, one row in hand.
import { SvelteMap } from "svelte/reactivity";
import {
  commands,
  type KeywardError,
  type PeoplePage,
  type PersonId,
  type PersonRow,
  type RoleId,
} from "./backend";
import type { Directory } from "./directory.svelte";
import { session, type Answer } from "./session.svelte";

const PAGE = 50;
const LARGEST_PAGE = 200;

export class PeopleList {
  readonly directory: Directory;
  search = $state("");
  role = $state<RoleId | null>(null);
  rows = $state.raw<PersonRow[]>([]);
  total = $state(0);
  next = $state<string | null>(null);
  /** Whether rows of another question are still on the screen. */
  stale = $state(true);
  loadingMore = $state(false);
  problem = $state.raw<KeywardError | null>(null);
  selected = new SvelteMap<PersonId, PersonRow>();
  /** The row in hand. */
  current = $state<PersonId | null>(null);
  /** Called when the row in hand has left the list by itself. */
  lost = (): void => {};
  /** Only the answer to the latest question counts. */
  private asked = 0;
  private loading: Promise<void> = Promise.resolve();
  private refreshing = false;
  private again = false;

  constructor(directory: Directory) {
    this.directory = directory;
  }

  get filtered(): boolean {
    return this.search.trim() !== "" || this.role !== null;
  }

  /** Reads the list anew, as far as it was on the screen if `keep`. */
  load(keep = false): Promise<void> {
    return (this.loading = this.read(keep));
  }

  /** Reads again what is on the screen. News that comes quicker than answers does not keep them away. */
  async refresh(): Promise<void> {
    this.again = true;
    if (this.refreshing) return;
    this.refreshing = true;
    while (this.again) {
      await this.loading;
      this.again = false;
      await this.load(true);
    }
    this.refreshing = false;
  }

  private async read(keep: boolean): Promise<void> {
    const asked = ++this.asked;
    const wanted = keep ? Math.max(PAGE, this.rows.length) : PAGE;
    if (!keep) this.stale = true;
    this.loadingMore = false;
    const rows: PersonRow[] = [];
    let cursor: string | null = null;
    do {
      const answer = await this.page(cursor, Math.min(wanted - rows.length, LARGEST_PAGE));
      if (asked !== this.asked || !answer) return;
      this.stale = false;
      this.problem = answer.error;
      if (answer.error) return;
      rows.push(...answer.value.people);
      this.total = answer.value.total;
      cursor = answer.value.next;
    } while (keep && cursor && rows.length < wanted);
    this.next = cursor;
    const lost = keep && this.current !== null && !rows.some((row) => row.person.id === this.current);
    this.show(rows);
    if (lost) this.lost();
  }

  /** Reads the next page, or with `all` every page that is left. */
  async more(all = false): Promise<void> {
    if (this.loadingMore) return;
    const asked = this.asked;
    this.loadingMore = true;
    while (this.next) {
      const answer = await this.page(this.next, all ? LARGEST_PAGE : PAGE);
      if (asked !== this.asked || !answer) return;
      this.problem = answer.error;
      if (answer.error) break;
      this.total = answer.value.total;
      this.next = answer.value.next;
      this.show([...this.rows, ...answer.value.people]);
      if (!all) break;
    }
    this.loadingMore = false;
  }

  private page(cursor: string | null, limit: number): Promise<Answer<PeoplePage> | null> {
    const tenant = this.directory.tenant.id;
    const query = { search: this.search.trim() || null, role: this.role, cursor, limit };
    return session.ask(tenant, () => commands.people(tenant, query));
  }

  private show(rows: PersonRow[]): void {
    this.rows = rows;
    for (const row of rows) if (this.selected.has(row.person.id)) this.selected.set(row.person.id, row);
    if (!this.filtered) this.directory.total = this.total;
    if (!this.filtered && !this.next) this.forgetGone();
    if (!rows.some((row) => row.person.id === this.current)) this.current = rows[0]?.person.id ?? null;
  }

  /** With everybody on the screen, whoever is selected and not there has left the tenant. */
  private forgetGone(): void {
    for (const id of [...this.selected.keys()]) {
      if (!this.rows.some((row) => row.person.id === id)) this.selected.delete(id);
    }
  }

  toggle(row: PersonRow): void {
    if (!this.selected.delete(row.person.id)) this.selected.set(row.person.id, row);
  }

  get allSelected(): boolean {
    return this.rows.length > 0 && this.rows.every((row) => this.selected.has(row.person.id));
  }

  /** Selects what is on the screen, or nothing where all of it was. */
  toggleShown(): void {
    if (this.allSelected) this.selected.clear();
    else for (const row of this.rows) this.selected.set(row.person.id, row);
  }

  /** Selects everybody who matches, on the screen or not. */
  async selectMatching(): Promise<void> {
    await this.more(true);
    if (!this.next) for (const row of this.rows) this.selected.set(row.person.id, row);
  }

  /** Moves the row in hand; near the end the next page is read. */
  move(step: number): PersonRow | undefined {
    const at = this.rows.findIndex((row) => row.person.id === this.current);
    const to = Math.min(Math.max(at + step, 0), this.rows.length - 1);
    const row = this.rows[to];
    if (row) this.current = row.person.id;
    if (this.next && to >= this.rows.length - 5) void this.more();
    return row;
  }
}
