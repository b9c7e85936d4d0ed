import { useEffect, useState } from "react";

/** useSettled is a value once it has not changed for a while, so that typing does not ask the server at every key. */
export function useSettled<T>(value: T, after = 600): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), after);
    return () => clearTimeout(timer);
  }, [value, after]);
  return settled;
}
