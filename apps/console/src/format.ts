const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});
const date = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

export const formatCount = (count: number): string => whole.format(count);

export const formatRate = (perS: number): string => (perS >= 100 ? whole : short).format(perS);

export const formatScore = (score: number): string => score.toFixed(3);

/** @param count of `noun`, whose plural ends in s */
export const countOf = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;

export const formatBytes = (bytes: number): string => {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** power;
  return `${(value >= 100 || power === 0 ? whole : short).format(value)} ${units[power]}`;
};

export const formatDuration = (ms: number): string => {
  if (ms < 10) return `${short.format(ms)} ms`;
  if (ms < 1_000) return `${whole.format(ms)} ms`;
  if (ms < 60_000) return `${short.format(ms / 1_000)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${whole.format(Math.floor((ms % 60_000) / 1_000))} s`;
  return `${whole.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
};

export const formatTime = (when: string | number): string => time.format(new Date(when));

/** With the day, where it is another than today. */
export const formatDate = (when: string | number): string => {
  const then = new Date(when);
  return (then.toDateString() === new Date().toDateString() ? time : date).format(then);
};
