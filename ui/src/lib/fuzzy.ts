// Finds what a few typed letters mean. A match is a subsequence; beginnings of words and runs count most.

export type Match = { score: number; at: number[] };
export type Ranked<T> = Match & { item: T };

const WORD_START = 12;
const RUN = 11;
const FIRST = 6;
const GAP = 1;
const MAX_GAP = 6;

/** Text without case and accents, letter for letter, so that positions stay those of the original. */
function fold(text: string): string {
  let folded = "";
  for (const letter of text) {
    const plain = letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    folded += plain.length === letter.length ? plain : letter;
  }
  return folded;
}

function startsWord(text: string, index: number): boolean {
  return index === 0 || !/[\p{L}\p{N}]/u.test(text[index - 1] ?? "");
}

/** The best way to read `query` as a subsequence of `text`; null where it is none. Spaces in the query are free. */
export function match(query: string, text: string): Match | null {
  const wanted = fold(query).replace(/\s+/g, "");
  if (wanted === "") return { score: 0, at: [] };
  const folded = fold(text);
  if (wanted.length > folded.length) return null;

  // best[j]: the best reading of the letters so far whose last one stands at j.
  let best: (Match | null)[] = [];
  for (let i = 0; i < wanted.length; i++) {
    const row: (Match | null)[] = new Array<Match | null>(folded.length).fill(null);
    let found = false;
    for (let j = i; j < folded.length; j++) {
      if (folded[j] !== wanted[i]) continue;
      const own = (startsWord(folded, j) ? WORD_START : 0) + (j === 0 ? FIRST : 0);
      const before = i === 0 ? { score: 0, at: [] } : bestBefore(best, j);
      if (!before) continue;
      row[j] = { score: before.score + own, at: [...before.at, j] };
      found = true;
    }
    if (!found) return null;
    best = row;
  }
  let top: Match | null = null;
  for (const reading of best) if (reading && (!top || reading.score > top.score)) top = reading;
  // Among equals the shorter text is the better answer.
  return top && { score: top.score - folded.length / 100, at: top.at };
}

function bestBefore(readings: (Match | null)[], j: number): Match | null {
  let top: Match | null = null;
  for (let k = 0; k < j; k++) {
    const reading = readings[k];
    if (!reading) continue;
    const step = k === j - 1 ? RUN : -Math.min(GAP * (j - k - 1), MAX_GAP);
    const score = reading.score + step;
    if (!top || score > top.score) top = { score, at: reading.at };
  }
  return top;
}

/**
 * The items of which one text matches, best first; equal ones stay in their order. Readings that only
 * scattered letters make are left out as long as there is a better one.
 */
export function rank<T>(query: string, items: T[], texts: (item: T) => string[]): Ranked<T>[] {
  const found: Ranked<T>[] = [];
  for (const item of items) {
    const hits = texts(item).map((text, i) => ({ hit: match(query, text), i }));
    let best: Ranked<T> | null = null;
    for (const { hit, i } of hits) {
      // Positions are those in the first text, which is the one shown.
      if (hit && (!best || hit.score > best.score))
        best = { item, score: hit.score, at: i === 0 ? hit.at : [] };
    }
    if (best) found.push(best);
  }
  found.sort((a, b) => b.score - a.score);
  const good = found.filter(({ score }) => score > 0);
  return good.length ? good : found;
}

/** The text cut where matched and unmatched parts meet. */
export function pieces(text: string, at: number[]): { text: string; hit: boolean }[] {
  const hits = new Set(at);
  const cut: { text: string; hit: boolean }[] = [];
  for (let i = 0; i < text.length; i++) {
    const hit = hits.has(i);
    const last = cut.at(-1);
    if (last?.hit === hit) last.text += text[i];
    else cut.push({ text: text[i] ?? "", hit });
  }
  return cut;
}
