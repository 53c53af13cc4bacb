// One edit on its way: a wish, the plan made of it, and what happens when it is applied.
import { commands, type KeywardError, type PersonId, type Plan, type TimeWindow } from "./backend";
import type { Directory } from "./directory.svelte";
import { done, requestOf, sameOutcome, sinceThen, type Draft, type Sight } from "./plans";
import { session } from "./session.svelte";
import { during, spanIn } from "./spans";
import { toasts } from "./toasts.svelte";

export type Stage = "planning" | "ready" | "applying" | "conflict" | "looking" | "failed";

const AT_ONCE = 8;

export class Edit {
  readonly directory: Directory;
  draft = $state.raw<Draft>({ changes: [], people: [] });
  reason = $state("");
  plan = $state.raw<Plan | null>(null);
  problem = $state.raw<KeywardError | null>(null);
  stage = $state<Stage>("planning");
  /** What a second look found. */
  found = $state.raw<string[]>([]);
  private made = 0;

  constructor(directory: Directory, draft: Draft) {
    this.directory = directory;
    this.draft = draft;
  }

  private get tenant(): string {
    return this.directory.tenant.id;
  }

  /** Whether the plan on the screen says another reason than the field. */
  get reasonMoved(): boolean {
    return this.plan !== null && (this.plan.reason ?? "") !== this.reason.trim();
  }

  /** Whether what is wished has a time. */
  get span(): TimeWindow | null {
    return spanIn(this.draft.changes);
  }

  /** Wishes the same for another time. */
  async last(span: TimeWindow): Promise<void> {
    this.draft = { ...this.draft, changes: during(this.draft.changes, span) };
    await this.make();
  }

  async make(): Promise<void> {
    const made = ++this.made;
    this.stage = "planning";
    this.problem = null;
    const request = requestOf(this.draft, this.reason);
    const answer = await session.ask(this.tenant, () => commands.plan(this.tenant, request));
    // Of two plans under way the later wish counts.
    if (!answer || made !== this.made) return;
    if (answer.error) return this.fail(answer.error);
    this.plan = answer.value;
    this.stage = "ready";
  }

  /** Applies what the person read. A new reason needs a new plan, which must do the same as the one read. */
  async apply(): Promise<void> {
    if (this.stage !== "ready" || !this.plan) return;
    if (this.reasonMoved) {
      const read = this.plan;
      await this.make();
      if (this.readyStage() !== "ready" || !sameOutcome(read, this.plan)) return;
    }
    const { id } = this.plan;
    this.stage = "applying";
    this.problem = null;
    const answer = await session.ask(this.tenant, () => commands.apply(this.tenant, id));
    if (!answer) return;
    if (answer.error) return this.fail(answer.error);
    toasts.say(`${done(this.draft, this.directory.roleName)} in ${this.directory.tenant.name}`);
    this.directory.applied();
    this.directory.draft = null;
  }

  private readyStage(): Stage {
    return this.stage;
  }

  private fail(error: KeywardError): void {
    this.problem = error;
    this.stage = ["plan_stale", "plan_expired", "not_found"].includes(error.code) ? "conflict" : "failed";
  }

  /** Reads the people again, and makes the plan anew from the same wish. */
  async lookAgain(): Promise<void> {
    this.stage = "looking";
    const before = this.draft.people;
    const now: (Sight | null)[] = [];
    for (let i = 0; i < before.length; i += AT_ONCE) {
      const some = before.slice(i, i + AT_ONCE);
      const sights = await Promise.all(some.map(({ person }) => this.see(person.id)));
      for (const sight of sights) {
        if (sight === "left") return;
        if (sight && "code" in sight) return this.fail(sight);
        now.push(sight);
      }
    }
    const people = now.filter((sight) => sight !== null);
    this.found = sinceThen(before, now, this.directory.tenant.name, this.directory.roleName);
    this.draft = {
      changes: this.draft.changes.filter(
        (change) => !("person" in change) || people.some(({ person }) => person.id === change.person),
      ),
      people,
    };
    this.plan = null;
    this.directory.revision++;
    if (this.draft.changes.length) await this.make();
    else this.directory.draft = null;
  }

  private async see(id: PersonId): Promise<Sight | KeywardError | null | "left"> {
    const answer = await session.ask(this.tenant, () => commands.person(this.tenant, id));
    if (!answer) return "left";
    if (answer.error) return answer.error.code === "not_found" ? null : answer.error;
    const { person, version, roles } = answer.value.row;
    return { person, version, roles };
  }
}
