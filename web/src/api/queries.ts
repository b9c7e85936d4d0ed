import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api, data } from "./client";
import { problemOf } from "./problem";

/** queries holds what the server said; failures that asking again cannot mend are not repeated. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => count < 2 && [0, 503].includes(problemOf(error).status),
      refetchOnWindowFocus: true,
    },
  },
});

const path = (environment: string) => ({ params: { path: { environment } } });

export const version = queryOptions({
  queryKey: ["version"],
  queryFn: () => data(api.GET("/api/v1/version")),
  staleTime: Infinity,
});

export const regions = queryOptions({
  queryKey: ["regions"],
  queryFn: async () => (await data(api.GET("/api/v1/regions"))) ?? [],
  staleTime: Infinity,
});

export const environments = queryOptions({
  queryKey: ["environments"],
  queryFn: async () => (await data(api.GET("/api/v1/environments"))) ?? [],
});

// The environments in which a run was going when their status was asked last.
const going = new Set<string>();

/** began says that a run was started, which may have ended before the status is asked. */
export const began = (environment: string) => void going.add(environment);

/** status is asked again every second while a run is going; when it ends, all that it may have changed is asked again. */
export const status = (environment: string) =>
  queryOptions({
    queryKey: ["status", environment],
    queryFn: async () => {
      const answer = await data(api.GET("/api/v1/environments/{environment}/status", path(environment)));
      if (isGoing(answer.lastRun?.status)) {
        going.add(environment);
      } else if (going.delete(environment)) {
        void queries.invalidateQueries({ predicate: (q) => q.queryKey[0] !== "status" && q.queryKey.includes(environment) });
      }
      return answer;
    },
    refetchInterval: (q) => (isGoing(q.state.data?.lastRun?.status) ? 1_000 : false),
  });

export const runs = (environment: string, limit = 50) =>
  queryOptions({
    queryKey: ["runs", environment, limit],
    queryFn: async () =>
      (await data(
        api.GET("/api/v1/environments/{environment}/runs", {
          params: { path: { environment }, query: { limit } },
        }),
      )) ?? [],
    refetchInterval: (q) => (isGoing(q.state.data?.[0]?.status) ? 1_000 : false),
  });

export const definitions = (environment: string) =>
  queryOptions({
    queryKey: ["definitions", environment],
    queryFn: () => data(api.GET("/api/v1/environments/{environment}/definitions", path(environment))),
  });

export const tables = (environment: string) =>
  queryOptions({
    queryKey: ["tables", environment],
    queryFn: async () => (await data(api.GET("/api/v1/environments/{environment}/tables", path(environment)))) ?? [],
  });

export const rows = (environment: string, table: string, limit: number) =>
  queryOptions({
    queryKey: ["rows", environment, table, limit],
    queryFn: () =>
      data(
        api.GET("/api/v1/environments/{environment}/tables/{table}/rows", {
          params: { path: { environment, table }, query: { limit } },
        }),
      ),
  });

/** isGoing says whether a run or task of this status still works. */
export function isGoing(status: string | undefined): boolean {
  return status === "Queued" || status === "Refreshing";
}

/** changed asks everything of an environment again. */
export async function changed(): Promise<void> {
  await queries.invalidateQueries();
}
