import { useCallback, useEffect, useState } from "react";

/**
 * useDraft is the state of a form that survives a reload of the page. Secrets do not belong in it, as it is kept in
 * the browser's session. The last function forgets the draft once it has been sent.
 */
export function useDraft<T>(name: string, initial: T): [T, (change: Partial<T>) => void, () => void] {
  const key = `ownlake.draft.${name}`;
  const [draft, setDraft] = useState<T>(() => {
    const kept = sessionStorage.getItem(key);
    return kept ? { ...initial, ...(JSON.parse(kept) as T) } : initial;
  });
  useEffect(() => sessionStorage.setItem(key, JSON.stringify(draft)), [key, draft]);
  const change = useCallback((part: Partial<T>) => setDraft((d) => ({ ...d, ...part })), []);
  const forget = useCallback(() => sessionStorage.removeItem(key), [key]);
  return [draft, change, forget];
}
