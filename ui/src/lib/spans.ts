// For how long a role is given: what can be chosen, and what people type.
import type { Change, TimeWindow, Timestamp } from "./backend";

export type Choice = "good" | "hour" | "today" | "week" | "own";

export const CHOICES: { id: Choice; name: string }[] = [
  { id: "good", name: "For good" },
  { id: "hour", name: "1 hour" },
  { id: "today", name: "Today" },
  { id: "week", name: "7 days" },
  { id: "own", name: "Other…" },
];

/** What a choice means now. Another than these begins as it is: for good. */
export function spanOf(choice: Choice, now: Timestamp): TimeWindow {
  switch (choice) {
    case "hour":
      return { ends_at: now + 3600 };
    case "today": {
      const midnight = new Date(now * 1000);
      midnight.setHours(24, 0, 0, 0);
      return { ends_at: Math.floor(midnight.getTime() / 1000) };
    }
    case "week":
      return { ends_at: now + 7 * 86_400 };
    case "good":
    case "own":
      return {};
  }
}

/** The choice that a time looks like, chosen a moment ago. */
export function choiceOf(span: TimeWindow, now: Timestamp): Choice {
  const near = ({ id }: { id: Choice }) => {
    const { ends_at = 0 } = spanOf(id, now);
    return Math.abs(ends_at - (span.ends_at ?? 0)) < 60;
  };
  return (span.starts_at === undefined && CHOICES.find(near)?.id) || "own";
}

/** The time that changes give, where they give any; null where some give none, or they differ. */
export function spanIn(changes: Change[]): TimeWindow | null {
  const spans = changes.map((change) =>
    change.kind === "give" || change.kind === "add" ? windowOf(change) : null,
  );
  const [first] = spans;
  const same = (span: TimeWindow | null) =>
    span !== null && span.starts_at === first?.starts_at && span.ends_at === first?.ends_at;
  return first && spans.every(same) ? first : null;
}

function windowOf({ starts_at, ends_at }: TimeWindow): TimeWindow {
  return { ...(starts_at === undefined ? {} : { starts_at }), ...(ends_at === undefined ? {} : { ends_at }) };
}

/** The same changes, for another time. */
export function during(changes: Change[], span: TimeWindow): Change[] {
  return changes.map((change) => {
    if (change.kind === "give") {
      const { kind, person, role } = change;
      return { kind, person, role, ...windowOf(span) };
    }
    if (change.kind === "add") {
      const { kind, email, name, roles } = change;
      return { kind, email, name, roles, ...windowOf(span) };
    }
    return change;
  });
}

/**
 * A moment as it is typed: `18:00` is the next time that a clock says so, `2026-12-01` the day's beginning,
 * `2026-12-01 18:00` both. Null where it is none of these.
 */
export function momentIn(text: string, now: Timestamp): Timestamp | null {
  const parts = /^(?:(\d{4})-(\d{2})-(\d{2}))?(?:[ T]*(\d{1,2}):(\d{2}))?$/.exec(text.trim());
  if (!parts || !text.trim()) return null;
  const [year, month, day, hour, minute] = parts
    .slice(1)
    .map((part: string | undefined) => Number(part ?? NaN));
  const date = new Date(now * 1000);
  const hasDay = !Number.isNaN(year);
  const hasHour = !Number.isNaN(hour);
  if (hasDay) date.setFullYear(year ?? 0, (month ?? 1) - 1, day);
  date.setHours(hasHour ? (hour ?? 0) : 0, hasHour ? minute : 0, 0, 0);
  // The 31st of June is none, nor is 25 o’clock.
  if (hasDay && (date.getMonth() + 1 !== month || date.getDate() !== day)) return null;
  if (hasHour && (date.getHours() !== hour || date.getMinutes() !== minute)) return null;
  if (!hasDay && date.getTime() <= now * 1000) date.setDate(date.getDate() + 1);
  return Math.floor(date.getTime() / 1000);
}

/** A moment as it could be typed. */
export function typed(at: Timestamp | undefined): string {
  if (at === undefined) return "";
  const date = new Date(at * 1000);
  const two = (n: number) => String(n).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
