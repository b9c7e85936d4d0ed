/** timeLeft tells the rate of what is under way, a second, and the time it still takes; nothing before it can be told. */
export function timeLeft(
  progress: { done: number; total: number },
  startedAt: string | undefined,
  now: number,
): { rate: number; ms: number } | undefined {
  if (!startedAt || progress.done <= 0 || progress.total <= progress.done) return undefined;
  const elapsed = now - new Date(startedAt).getTime();
  if (elapsed < 1_000) return undefined;
  const rate = progress.done / (elapsed / 1_000);
  return { rate, ms: ((progress.total - progress.done) / rate) * 1_000 };
}
