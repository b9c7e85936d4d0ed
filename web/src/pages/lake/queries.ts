import { queryOptions } from "@tanstack/react-query";
import { api, data, failure } from "../../api/client";

export const lake = (environment: string) =>
  queryOptions({
    queryKey: ["lake", environment],
    queryFn: () => data(api.GET("/api/v1/environments/{environment}/lake", { params: { path: { environment } } })),
  });

export const directory = (environment: string, container: string, path: string, prefix: string, after: string) =>
  queryOptions({
    queryKey: ["lake", environment, container, path, prefix, after],
    queryFn: () =>
      data(
        api.GET("/api/v1/environments/{environment}/lake/{container}", {
          params: { path: { environment, container }, query: { path, prefix, after, limit: 200 } },
        }),
      ),
  });

export const acl = (environment: string, container: string, path: string) =>
  queryOptions({
    queryKey: ["lake acl", environment, container, path],
    queryFn: () =>
      data(
        api.GET("/api/v1/environments/{environment}/lake/{container}/acl", {
          params: { path: { environment, container }, query: { path } },
        }),
      ),
  });

/** fileAddress is where a file of the lake is read and written. */
export const fileAddress = (environment: string, container: string, path: string) =>
  `/api/v1/environments/${environment}/lake/${encodeURIComponent(container)}/file?path=${encodeURIComponent(path)}`;

const previewed = 256 * 1024;

/** beginning is the first text of a file; an empty one has no range that could be asked for. */
export const beginning = (environment: string, container: string, path: string, size: number) =>
  queryOptions({
    queryKey: ["lake file", environment, container, path, size],
    queryFn: async () => {
      if (size === 0) return { text: "", whole: true };
      const response = await fetch(fileAddress(environment, container, path), { headers: { Range: `bytes=0-${previewed - 1}` } });
      if (!response.ok) throw await failure(response);
      return { text: await response.text(), whole: size <= previewed };
    },
  });
