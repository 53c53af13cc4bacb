import { describe, expect, test } from "vitest";
import { byThing, initials, isTenantId, list, rail, tileLetters } from "../src/lib/names";
import { countdown } from "../src/lib/time.svelte";

const entry = (id: string, favourite: boolean, visited_at: number | null) => ({
  tenant: { id, name: id, hue: 1, class: "production" as const },
  roles: [],
  favourite,
  visited_at,
});

describe("names", () => {
  test("people and tenants are shortened to two letters", () => {
    expect(initials("Ann Maria Kowalska")).toBe("AK");
    expect(tileLetters("Acme Manufacturing")).toBe("AM");
    expect(tileLetters("Globex")).toBe("Gl");
  });

  test("lists read as people write them", () => {
    expect(list(["A"])).toBe("A");
    expect(list(["A", "B", "C"], "or")).toBe("A, B or C");
  });

  test("permissions stand under their thing", () => {
    expect(byThing(["orders:read", "people:read", "orders:write"])).toEqual([
      { thing: "orders", verbs: ["read", "write"] },
      { thing: "people", verbs: ["read"] },
    ]);
  });

  test("a tenant id is a slug, as in Rust", () => {
    for (const good of ["a", "acme-2", "0x"]) expect(isTenantId(good), good).toBe(true);
    for (const bad of ["", "-a", "a-", "Acme", "a b", "a".repeat(64)])
      expect(isTenantId(bad), bad).toBe(false);
  });

  test("the rail holds nine, favourites first, and always the present tenant", () => {
    const many = Array.from({ length: 12 }, (_, i) =>
      entry(`t${String(i).padStart(2, "0")}`, i === 5, 100 - i),
    );
    const { favourites, others } = rail(many, "t11");
    expect(favourites.map((t) => t.tenant.id)).toEqual(["t05"]);
    expect(others).toHaveLength(9);
    expect(others.map((t) => t.tenant.id)).toContain("t11");
  });

  test("a countdown never runs below nothing", () => {
    expect([countdown(299), countdown(3725), countdown(-4)]).toEqual(["4:59", "1:02:05", "0:00"]);
  });
});
