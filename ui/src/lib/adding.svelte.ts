// "Add a connection": the step one is at and what was typed. It outlives the screen, so that going back loses nothing.
import { commands, type AddingConnection, type PresetView } from "./backend";
import { asIssuer, draftOf, formOf, isAddress, problemsOf, type Form, type Problems } from "./draft";
import { session } from "./session.svelte";

export const steps = ["Provider", "How it works", "Details", "Try and save"] as const;

const nothing = (): Form =>
  formOf({
    name: "",
    issuer: "",
    client_id: "",
    preset: "",
    settings: {},
    directory: null,
    tenants: [],
    redirect_ports: [],
  });

const bare = (issuer: string) => issuer.replace(/\/$/, "");

class Adding {
  step = $state(0);
  form = $state<Form>(nothing());
  /** Whether the person has asked to go on from a step: what is missing is said from then on. */
  pressed = $state(false);
  private view = $state.raw<AddingConnection | null>(null);
  /** The issuer that was sent to be checked. */
  private asked = $state<string | null>(null);
  /** The draft that was tried last. */
  private triedWith = $state<string | null>(null);
  /** Fields that the person has typed into: what the check suggests does not touch them. */
  private touched = new Set<keyof Form>();
  private saved = false;

  touch(field: keyof Form): void {
    this.touched.add(field);
  }

  /** Takes what the check suggests into the fields that nobody has typed into. */
  hear(view: AddingConnection): void {
    this.view = view;
    if (view.problem) this.saved = false;
    const told = formOf(view.draft);
    told.preset ||= view.suggested ?? "";
    for (const field of Object.keys(told) as (keyof Form)[]) {
      if (!this.touched.has(field)) Object.assign(this.form, { [field]: told[field] });
    }
    // The provider's own way of writing its name is the right one.
    if (this.asked !== null && this.form.issuer === this.asked && bare(view.issuer) === bare(this.asked))
      this.form.issuer = this.asked = view.issuer;
    if (!this.reached(this.step)) this.step = 0;
  }

  get preset(): PresetView | undefined {
    return this.view?.presets.find(({ id }) => id === this.form.preset);
  }

  /** The presets, the suggested one first. */
  get presets(): PresetView[] {
    const { presets = [], suggested } = this.view ?? {};
    return [...presets.filter(({ id }) => id === suggested), ...presets.filter(({ id }) => id !== suggested)];
  }

  get problems(): Problems {
    return problemsOf(this.form, this.preset);
  }

  /** What is wrong with a field, once it is time to say so. */
  problem(field: string): string | undefined {
    return this.pressed ? this.problems[field] : undefined;
  }

  /** Whether the check has answered, for the issuer that stands in the field. */
  get checked(): boolean {
    const { lines = [], checking, issuer } = this.view ?? {};
    return lines.length > 0 && !checking && this.form.issuer.trim() === (this.asked ?? issuer);
  }

  get passed(): boolean {
    return this.checked && !this.view?.lines.some(({ outcome }) => outcome === "failed");
  }

  /** Whether a step can be gone to. */
  reached(step: number): boolean {
    if (step > 0 && !this.passed) return false;
    if (step > 1 && !this.preset) return false;
    return step < 3 || Object.keys(this.problems).length === 0;
  }

  /** Whether what the trial found is about the draft as it stands. */
  get tried(): boolean {
    return this.view?.tried != null && this.triedWith === JSON.stringify(draftOf(this.form, this.preset));
  }

  async check(): Promise<void> {
    this.touch("issuer");
    this.form.issuer = asIssuer(this.form.issuer);
    this.pressed = !isAddress(this.form.issuer);
    if (this.pressed) return;
    this.asked = this.form.issuer;
    await session.run("check", () => commands.checkIssuer(this.form.issuer));
  }

  /** Goes a step on; false where something is missing. */
  next(): boolean {
    const may = this.reached(this.step + 1);
    this.pressed = !may;
    if (may) this.step++;
    return may;
  }

  /** Goes a step back, from the first one out of the screen. */
  async back(): Promise<void> {
    this.pressed = false;
    if (this.step > 0) this.step--;
    else await session.run("leave", commands.leaveAddingConnection);
  }

  async try(): Promise<void> {
    const draft = draftOf(this.form, this.preset);
    this.triedWith = JSON.stringify(draft);
    await session.run("try", () => commands.tryConnection(draft));
  }

  async save(): Promise<void> {
    this.saved = true;
    await session.run("save", () => commands.saveConnection(draftOf(this.form, this.preset)));
    if (session.problem) this.saved = false;
  }

  /** The screen is left: what was saved is not typed any more. */
  left(): void {
    if (this.saved) this.reset();
  }

  reset(): void {
    this.step = 0;
    this.form = nothing();
    this.pressed = this.saved = false;
    this.view = null;
    this.asked = this.triedWith = null;
    this.touched.clear();
  }
}

export const adding = new Adding();
