// The one ticking clock, and how times are said. It ticks only while something on the screen reads it.
import { createSubscriber } from "svelte/reactivity";
import type { TimeWindow, Timestamp } from "./backend";

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

export const clock = {
  /** Now, in whole seconds; whoever reads it is run again each second. */
  get now(): Timestamp {
    subscribe();
    return Math.floor(Date.now() / 1000);
  },
};

const DAY = 86_400;

function date(at: Timestamp): Date {
  return new Date(at * 1000);
}

function dayStart(at: Timestamp): number {
  const day = date(at);
  day.setHours(0, 0, 0, 0);
  return Math.floor(day.getTime() / 1000);
}

/** Whole days between two moments, as a calendar counts them. */
function daysBetween(earlier: Timestamp, later: Timestamp): number {
  return Math.round((dayStart(later) - dayStart(earlier)) / DAY);
}

/** 4:59, or 1:02:09. */
export function countdown(seconds: number): string {
  const left = Math.max(0, seconds);
  const two = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(left / 3600);
  const m = Math.floor((left % 3600) / 60);
  return h > 0 ? `${h}:${two(m)}:${two(left % 60)}` : `${m}:${two(left % 60)}`;
}

/** 18:04 */
export function clockTime(at: Timestamp): string {
  return date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}

/** 17 Nov, or Mar 2025 where it is another year. */
export function shortDate(at: Timestamp, now: Timestamp): string {
  const same = date(at).getFullYear() === date(now).getFullYear();
  const options: Intl.DateTimeFormatOptions = same
    ? { day: "numeric", month: "short" }
    : { month: "short", year: "numeric" };
  return date(at).toLocaleDateString("en-GB", options);
}

/** on 17 Nov, or in Mar 2025. */
export function onDate(at: Timestamp, now: Timestamp): string {
  const thisYear = date(at).getFullYear() === date(now).getFullYear();
  return `${thisYear ? "on" : "in"} ${shortDate(at, now)}`;
}

/** 18:04, tomorrow 18:04, 27 Nov, 18:04, or with the year where it is another. */
export function moment(at: Timestamp, now: Timestamp): string {
  const days = daysBetween(now, at);
  if (days === 0) return clockTime(at);
  if (days === 1) return `tomorrow ${clockTime(at)}`;
  const year = date(at).getFullYear() === date(now).getFullYear() ? undefined : ("numeric" as const);
  const day = date(at).toLocaleDateString("en-GB", { day: "numeric", month: "short", year });
  return `${day}, ${clockTime(at)}`;
}

/** until 18:04, or from 1 Dec, 09:00 until 5 Dec, 18:00, or for good. */
export function span({ starts_at, ends_at }: TimeWindow, now: Timestamp): string {
  const from = starts_at !== undefined && starts_at > now ? `from ${moment(starts_at, now)}` : "";
  const until = ends_at === undefined ? "" : `until ${moment(ends_at, now)}`;
  return [from, until].filter(Boolean).join(" ") || "for good";
}

/** 17 November 2026, 18:04:09 */
export function fullTime(at: Timestamp): string {
  return date(at).toLocaleString("en-GB", { dateStyle: "long", timeStyle: "medium" });
}

/** Today, Yesterday, Friday 20 November. */
export function dayName(at: Timestamp, now: Timestamp): string {
  const days = daysBetween(at, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  const year = date(at).getFullYear() === date(now).getFullYear() ? undefined : ("numeric" as const);
  return date(at).toLocaleDateString("en-GB", { weekday: "long", day: "numeric", month: "long", year });
}

/** just now, 4 min ago, 2 h ago, yesterday, 17 Nov. */
export function ago(at: Timestamp, now: Timestamp): string {
  const seconds = now - at;
  if (seconds < 60) return "just now";
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  const days = daysBetween(at, now);
  if (days === 0) return `${Math.floor(seconds / 3600)} h ago`;
  if (days === 1) return "yesterday";
  return days < 7 ? `${days} days ago` : shortDate(at, now);
}
