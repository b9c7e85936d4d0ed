import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { Outlet, useOutletContext, useParams } from "react-router";
import type { Schema } from "../api/client";
import { environments, status } from "../api/queries";
import { Ask, Failure } from "../components/Ask";
import { Problem } from "../api/problem";

export type Environment = Schema["Environment"];

const lastKey = "ownlake.environment";

/** lastEnvironment is the environment that was open when the pages were left. */
export const lastEnvironment = () => localStorage.getItem(lastKey);

/** useEnvironment is the environment that the address names. Only pages below InEnvironment may call it. */
export const useEnvironment = () => useOutletContext<Environment>();

/** InEnvironment finds the environment of the address for the pages below it. */
export function InEnvironment() {
  const { environment: id = "" } = useParams();
  const query = useQuery(environments);
  // Whichever page is open, it learns that a run has ended, and what the run changed is asked again.
  useQuery({ ...status(id), enabled: !!query.data?.some((e) => e.id === id) });
  useEffect(() => localStorage.setItem(lastKey, id), [id]);
  return (
    <Ask query={query}>
      {(all) => {
        const found = all.find((e) => e.id === id);
        if (!found) return <Failure error={gone(id)} />;
        return <Outlet key={id} context={found} />;
      }}
    </Ask>
  );
}

const gone = (id: string) =>
  new Problem(404, {
    detail: `There is no environment ${id}, or you have no role in it.`,
    hint: "Choose another one in the environment picker at the top.",
  });
