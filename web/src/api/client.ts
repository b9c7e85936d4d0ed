import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { components, paths } from "./schema";

export type Schema = components["schemas"];

/** api calls the routes of the OpenAPI document; the session's cookie says who calls. */
export const api = createClient<paths>({ baseUrl: "/" });

let csrfToken = "";

/** keepCSRFToken says what a session sends with every change, so that no other site can make one in its name. */
export const keepCSRFToken = (token: string) => {
  csrfToken = token;
};

/** csrf is what keepCSRFToken kept; empty where there is no session. */
export const csrf = () => csrfToken;

const problems: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return undefined;
    throw await failure(response);
  },
};
api.use(problems);

/** failure reads the problem document of an answer that is not one of success. */
export async function failure(response: Response): Promise<Problem> {
  const isProblem = response.headers.get("Content-Type")?.includes("json");
  const body = isProblem ? await response.json().catch(() => ({})) : { detail: await response.text() };
  return new Problem(response.status, body);
}

/** data is the body of a successful answer; failures were thrown before. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
