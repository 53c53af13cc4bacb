import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

// Reads the colours out of app.css and holds every tenant hue against WCAG AA, in both themes.
const css = readFileSync("src/app.css", "utf8") + readFileSync("src/parts/Tile.svelte", "utf8");

type Rgb = [number, number, number];

function token(name: string): [string, string] {
  const value = new RegExp(`--${name}: light-dark\\((.*)\\);`).exec(css)?.[1] ?? "";
  const cut = /^(#\w+|oklch\(.*?\)\)), (#\w+|oklch\(.*\)\))$/.exec(value);
  if (!cut?.[1] || !cut[2]) throw new Error(`--${name} is not a pair of colours: ${value}`);
  return [cut[1], cut[2]];
}

/** Linear sRGB, clipped as a screen clips it. */
function linear(color: string, hue: number): Rgb {
  if (color.startsWith("#")) {
    const part = (i: number) => parseInt(color.slice(i, i + 2), 16) / 255;
    const lin = (v: number) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return [lin(part(1)), lin(part(3)), lin(part(5))];
  }
  const [l = 0, c = 0] = (/oklch\(([\d.]+) ([\d.]+)/.exec(color) ?? []).slice(1).map(Number);
  const a = c * Math.cos((hue * Math.PI) / 180);
  const b = c * Math.sin((hue * Math.PI) / 180);
  const lms = [
    l + 0.3963377774 * a + 0.2158037573 * b,
    l - 0.1055613458 * a - 0.0638541728 * b,
    l - 0.0894841775 * a - 1.291485548 * b,
  ].map((v) => v ** 3) as Rgb;
  const mix = (x: number, y: number, z: number) =>
    Math.min(1, Math.max(0, x * lms[0] + y * lms[1] + z * lms[2]));
  return [
    mix(4.0767416621, -3.3077115913, 0.2309699292),
    mix(-1.2684380046, 2.6097574011, -0.3413193965),
    mix(-0.0041960863, -0.7034186147, 1.707614701),
  ];
}

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function ratio(ink: string, paper: string, hue: number): number {
  const [a, b] = [luminance(linear(ink, hue)), luminance(linear(paper, hue))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

const pairs: [string, string][] = [
  ["on-tenant", "tenant"],
  ["on-tenant", "tenant-hover"],
  ["tenant-ink", "tenant-soft"],
  ["tenant-ink", "panel"],
  ["tenant-ink", "float"],
  ["ink", "tenant-soft"],
  ["ink-2", "tenant-soft"],
  ["avatar-ink", "avatar"],
  ["tile-ink", "tile"],
  ["ink-2", "rail"],
  ...["panel", "bg", "float", "hover", "float-hover"].flatMap((paper): [string, string][] => [
    ["ink", paper],
    ["ink-2", paper],
    ["ink-3", paper],
  ]),
  ["gain", "gain-soft"],
  ["lose", "lose-soft"],
  ["mind", "mind-soft"],
  ["lose", "panel"],
  ["lose", "bg"],
  ["mind", "bg"],
  ["tenant-ink", "bg"],
  ["lose", "float-hover"],
  ["ink", "mind-soft"],
  ["ink", "lose-soft"],
];

test("the dot of a tenant that waits is seen on the rail: at least 3 : 1", () => {
  for (const theme of [0, 1] as const) {
    for (let hue = 0; hue < 360; hue++) {
      const r = ratio(token("mind-dot")[theme], token("rail")[theme], hue);
      expect(r, `${theme ? "dark" : "light"}, hue ${hue}`).toBeGreaterThanOrEqual(3);
    }
  }
});

describe("contrast is at least 4.5 : 1 in every tenant", () => {
  test.each(pairs)("%s on %s", (ink, paper) => {
    for (const theme of [0, 1] as const) {
      for (let hue = 0; hue < 360; hue++) {
        const r = ratio(token(ink)[theme], token(paper)[theme], hue);
        expect(r, `${theme ? "dark" : "light"}, hue ${hue}`).toBeGreaterThanOrEqual(4.5);
      }
    }
  });
});
