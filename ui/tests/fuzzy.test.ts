import { describe, expect, test } from "vitest";
import { match, pieces, rank } from "../src/lib/fuzzy";

const names = (query: string, all: string[]) => rank(query, all, (name) => [name]).map(({ item }) => item);

describe("fuzzy", () => {
  test("letters in order match, others do not", () => {
    expect(match("acm", "Acme Manufacturing")?.at).toEqual([0, 1, 2]);
    expect(match("mca", "Acme")).toBeNull();
    expect(match("acmee", "Acme")).toBeNull();
  });

  test("beginnings of words beat letters inside them", () => {
    expect(match("am", "Acme Manufacturing")?.at).toEqual([0, 5]);
    expect(names("sl", ["Tesla Retail", "Stark Logistics"])[0]).toBe("Stark Logistics");
  });

  test("a run beats scattered letters, and the shorter name wins a draw", () => {
    expect(names("glob", ["Great Logistics of Benelux", "Globex"])[0]).toBe("Globex");
    expect(names("init", ["Initech Holding", "Initech"])).toEqual(["Initech", "Initech Holding"]);
  });

  test("scattered readings are left out where there is a better one", () => {
    expect(names("um", ["Umbrella Health", "Acme Hum and Drum"])).toContain("Umbrella Health");
    expect(names("um", ["Umbrella Health", "Trustless form"])).toEqual(["Umbrella Health"]);
  });

  test("case, accents and spaces do not stand in the way, and positions stay those of the name", () => {
    expect(match("elan", "Élan Vital")?.at).toEqual([0, 1, 2, 3]);
    expect(match("GLO bex", "Globex")?.at).toEqual([0, 1, 2, 3, 4, 5]);
    expect(match("straße", "Straße 7")?.at).toHaveLength(6);
  });

  test("a second text counts, and marks nothing in the first", () => {
    expect(rank("gx-2", [{ name: "Globex", id: "gx-2" }], (t) => [t.name, t.id])[0]?.at).toEqual([]);
  });

  test("a name is cut where the match begins and ends", () => {
    expect(pieces("Acme", [0, 1])).toEqual([
      { text: "Ac", hit: true },
      { text: "me", hit: false },
    ]);
  });

  test("five hundred tenants are ranked within a frame", () => {
    const many = Array.from({ length: 500 }, (_, i) => `Tenant number ${i} of a long list of customers`);
    rank("tnlc", many, (name) => [name]);
    const before = performance.now();
    rank("tnlc", many, (name) => [name]);
    expect(performance.now() - before).toBeLessThan(50);
  });
});
