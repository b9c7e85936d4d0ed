import type { Schema } from "../../api/client";

/** Draft is what the form has of a setup so far. */
export const emptyDraft = { prefix: "", readerGroup: "", contributorGroup: "", account: "", path: "" };

/** request leaves out what is not said; ids of groups go before a prefix. */
export function request(draft: typeof emptyDraft, signIn: string): Schema["SharingRequest"] {
  const said = Object.entries(draft)
    .map(([name, value]) => [name, value.trim()] as const)
    .filter(([, value]) => value !== "");
  const body = { signIn, ...Object.fromEntries(said) } as Schema["SharingRequest"];
  if (body.readerGroup && body.contributorGroup) delete body.prefix;
  return body;
}
