import {
  createDOMRenderer,
  FluentProvider,
  RendererProvider,
  webDarkTheme,
  webLightTheme,
} from "@fluentui/react-components";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from "react";

export type Choice = "system" | "light" | "dark";

const storageKey = "ownlake.theme";
const darkQuery = window.matchMedia("(prefers-color-scheme: dark)");

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";

// The content security policy takes only styles with the answer's nonce.
const renderer = createDOMRenderer(document, { styleElementAttributes: { nonce } });

const Theme = createContext<{ choice: Choice; choose: (c: Choice) => void }>({
  choice: "system",
  choose: () => undefined,
});

export const useTheme = () => useContext(Theme);

function stored(): Choice {
  const value = localStorage.getItem(storageKey);
  return value === "light" || value === "dark" ? value : "system";
}

function subscribe(changed: () => void) {
  darkQuery.addEventListener("change", changed);
  return () => darkQuery.removeEventListener("change", changed);
}

/** Themed gives everything below the look that the person or the system chose. */
export function Themed({ children }: { children: ReactNode }) {
  const [choice, setChoice] = useState(stored);
  const systemDark = useSyncExternalStore(subscribe, () => darkQuery.matches);
  const dark = choice === "dark" || (choice === "system" && systemDark);
  const value = useMemo(() => {
    const choose = (c: Choice) => {
      localStorage.setItem(storageKey, c);
      setChoice(c);
    };
    return { choice, choose };
  }, [choice]);
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  }, [dark]);
  return (
    <RendererProvider renderer={renderer} targetDocument={document}>
      <FluentProvider theme={dark ? webDarkTheme : webLightTheme}>
        <Theme.Provider value={value}>{children}</Theme.Provider>
      </FluentProvider>
    </RendererProvider>
  );
}
