import type { components } from "./schema";

type ProblemBody = components["schemas"]["Problem"];
export type Prerequisite = components["schemas"]["Prerequisite"];

/** Problem is a failed request as the API reports it (RFC 9457), or a network that does not answer. */
export class Problem extends Error {
  readonly status: number;
  readonly kind: string;
  readonly hint: string;
  readonly errors: { location?: string; message: string; hint?: string }[];
  readonly prerequisites: Prerequisite[];

  constructor(status: number, body: Partial<ProblemBody>) {
    super(body.detail || body.title || "The server answered with an error");
    this.name = "Problem";
    this.status = status;
    this.kind = body.kind ?? "";
    this.hint = body.hint ?? "";
    this.errors = body.errors ?? [];
    this.prerequisites = body.prerequisites ?? [];
  }
}

/** problemOf makes a Problem of whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof TypeError) {
    return new Problem(0, {
      detail: "The server does not answer.",
      hint: "See whether ownlake serve is still running; this page tries again by itself.",
    });
  }
  return new Problem(0, { detail: error instanceof Error ? error.message : String(error) });
}
