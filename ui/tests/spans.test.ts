import { describe, expect, test } from "vitest";
import type { Change } from "../src/lib/backend";
import { choiceOf, during, momentIn, spanIn, spanOf, typed } from "../src/lib/spans";
import { moment, span } from "../src/lib/time.svelte";

const at = (text: string) => Math.floor(new Date(text).getTime() / 1000);
const now = at("2026-11-24T15:30:20");

describe("a time", () => {
  test("of a day ends with the day, and one for good has no end", () => {
    expect(spanOf("today", now)).toEqual({ ends_at: at("2026-11-25T00:00:00") });
    expect(spanOf("hour", now)).toEqual({ ends_at: now + 3600 });
    expect(spanOf("good", now)).toEqual({});
  });

  test("shows as the choice that it came of", () => {
    for (const choice of ["good", "hour", "today", "week"] as const)
      expect(choiceOf(spanOf(choice, now), now + 2)).toBe(choice);
    expect(choiceOf({ ends_at: now + 500 }, now)).toBe("own");
    expect(choiceOf({ starts_at: now + 500 }, now)).toBe("own");
  });

  test("is read as it is typed, and what is no time is none", () => {
    expect(momentIn("18:00", now)).toBe(at("2026-11-24T18:00:00"));
    expect(momentIn("9:05", now)).toBe(at("2026-11-25T09:05:00"));
    expect(momentIn(" 2026-12-01 ", now)).toBe(at("2026-12-01T00:00:00"));
    expect(momentIn("2026-12-01 18:30", now)).toBe(at("2026-12-01T18:30:00"));
    for (const none of ["", "  ", "soon", "25:00", "18:60", "2026-02-30", "2026-13-01", "18", "1800-"])
      expect(momentIn(none, now), none).toBeNull();
    const moment = at("2026-12-01T08:05:00");
    expect(momentIn(typed(moment), now)).toBe(moment);
    expect(typed(undefined)).toBe("");
  });

  test("is said as people say it", () => {
    expect(span({ ends_at: at("2026-11-24T18:00:00") }, now)).toBe("until 18:00");
    expect(span({ ends_at: at("2026-11-25T00:00:00") }, now)).toBe("until tomorrow 00:00");
    expect(span({ starts_at: at("2026-12-01T09:00:00") }, now)).toBe("from 1 Dec, 09:00");
    expect(span({ starts_at: now - 5, ends_at: at("2027-01-05T09:00:00") }, now)).toBe(
      "until 5 Jan 2027, 09:00",
    );
    expect(span({ starts_at: now - 5 }, now)).toBe("for good");
    expect(moment(now, now)).toBe("15:30");
  });

  test("is that of all changes of a wish, or of none", () => {
    const give = (person: string, ends_at?: number): Change => ({
      kind: "give",
      person,
      role: "editor",
      ...(ends_at === undefined ? {} : { ends_at }),
    });
    expect(spanIn([give("ann"), give("ben")])).toEqual({});
    expect(spanIn([give("ann", 5), give("ben", 5)])).toEqual({ ends_at: 5 });
    expect(spanIn([give("ann", 5), give("ben")])).toBeNull();
    expect(spanIn([give("ann"), { kind: "remove", person: "ben" }])).toBeNull();
    expect(spanIn([])).toBeNull();
    const changed = during([give("ann", 5), { kind: "take", person: "ben", role: "editor" }], {
      starts_at: 3,
    });
    expect(changed).toEqual([
      { kind: "give", person: "ann", role: "editor", starts_at: 3 },
      { kind: "take", person: "ben", role: "editor" },
    ]);
  });
});
