import { useQuery } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext } from "react";
import { Navigate, useLocation } from "react-router";
import { problemOf } from "../api/problem";
import { type Me, me, type Role } from "../api/session";
import { Ask } from "../components/Ask";

const Session = createContext<Me | undefined>(undefined);

/** useMe is who has signed in; nobody on the pages that need no session. */
export const useMe = () => useContext(Session);

const order: Role[] = ["viewer", "contributor", "administrator", "owner"];

/** includes says whether one who has a role may do what another one may. */
export function includes(has: string | undefined, needed: Role): boolean {
  return order.indexOf(has as Role) >= order.indexOf(needed);
}

/**
 * useMay says whether the caller has a role in an environment, or on the server where none is named. Pages leave out what the
 * caller may not do; the server decides all the same.
 */
export function useMay(needed: Role, environment?: string): boolean {
  const who = useMe();
  const here = who?.environments?.find((e) => e.id === environment)?.role;
  return includes(who?.serverRole, needed) || (environment !== undefined && includes(here, needed));
}

/** SignedIn shows its pages to those who have signed in, and sends others to do so. */
export function SignedIn({ children }: { children: ReactNode }) {
  const query = useQuery(me);
  const { pathname, search } = useLocation();
  if (query.isError && problemOf(query.error).status === 401) {
    return <Navigate to={`/signin?returnTo=${encodeURIComponent(pathname + search)}`} replace />;
  }
  return <Ask query={query}>{(who) => <Session.Provider value={who}>{children}</Session.Provider>}</Ask>;
}
