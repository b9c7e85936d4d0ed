import { queryOptions } from "@tanstack/react-query";
import { api, data, type Schema, keepCSRFToken } from "./client";

export type Me = Schema["Me"];
export type Role = "viewer" | "contributor" | "administrator" | "owner";

/** me says who has signed in; it fails with 401 if nobody has. */
export const me = queryOptions({
  queryKey: ["me"],
  queryFn: async () => remember(await data(api.GET("/api/v1/me"))),
  staleTime: 60_000,
  retry: false,
});

function remember(who: Me): Me {
  keepCSRFToken(who.csrfToken ?? "");
  return who;
}

/** followLink signs in with the code of a link that the server printed. */
export const followLink = async (code: string) =>
  remember(await data(api.POST("/api/v1/session/link", { body: { code } })));

/** signOut ends the session. */
export async function signOut(): Promise<void> {
  await api.DELETE("/api/v1/session");
  keepCSRFToken("");
}

/** signInOptions say how somebody can sign in on this server. */
export const signInOptions = queryOptions({
  queryKey: ["session"],
  queryFn: () => data(api.GET("/api/v1/session")),
});

/** signInAddress leads to the tenant's sign-in and from there back to a page; with a link's code, as an owner of the server. */
export const signInAddress = (returnTo: string, link?: string | null) =>
  `/api/v1/session/signin?${new URLSearchParams({ returnTo, ...(link ? { link } : {}) })}`;
