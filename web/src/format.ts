// How figures and times are written on every page: in the reader's language.

const whole = new Intl.NumberFormat();
const percents = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export const count = (n: number | undefined): string => (n === undefined ? "" : whole.format(n));

/** share writes a part of a whole; what is less than a tenth of a percent is said to be so, not none. */
export function share(part: number, of: number): string {
  if (of <= 0) return "";
  return part > 0 && part / of < 0.001 ? `less than ${percents.format(0.001)}` : percents.format(part / of);
}

/** isSet says whether a time of the API is one: Go's zero time stands for none. */
export const isSet = (time: string | undefined): time is string => !!time && !time.startsWith("0001-");

export const time = (t: string | undefined): string => (isSet(t) ? moment.format(new Date(t)) : "");

/** ago says how long before now a time was, in the largest unit that fits. */
export function ago(t: string | undefined, now: number): string {
  if (!isSet(t)) return "";
  const seconds = (new Date(t).getTime() - now) / 1000;
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
  ];
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return relative.format(Math.round(seconds / size), unit);
  }
  return relative.format(Math.round(seconds), "second");
}

/** took writes how long something lasted, or has lasted so far. */
export function took(from: string | undefined, to: string | undefined, now: number): string {
  if (!isSet(from)) return "";
  const ms = (isSet(to) ? new Date(to).getTime() : now) - new Date(from).getTime();
  return duration(Math.max(0, ms));
}

/** duration writes milliseconds as a person says them. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${ms < 10_000 ? (ms / 1_000).toFixed(1) : seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** bytes writes a size with the unit that leaves at most four digits. */
export function bytes(n: number | undefined): string {
  if (n === undefined) return "";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return `${n >= 100 || i === 0 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}
