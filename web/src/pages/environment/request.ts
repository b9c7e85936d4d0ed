import type { Schema } from "../../api/client";

/** Draft is what the wizard has been told so far. The account key is kept apart, as it is a secret. */
export interface Draft {
  step: number;
  copyFrom: string; // an environment's id; empty: from scratch
  name: string;
  type: "production" | "sandbox";
  region: string;
  storage: "managed" | "own";
  account: string; // a name, or the address of a dfs endpoint
  createContainer: boolean;
}

export const emptyDraft: Draft = {
  step: 0,
  copyFrom: "",
  name: "",
  type: "production",
  region: "",
  storage: "managed",
  account: "",
  createContainer: false,
};

type Request = Schema["EnvironmentBody"];

/** request is what the API is asked to check and to create. */
export function request(d: Draft, key: string): Request {
  const base = { name: d.name.trim(), type: d.type, region: d.region };
  if (d.storage === "managed") return { ...base, storage: { kind: "managed" } };
  const account = d.account.trim();
  const where = account.includes("://") ? { endpoint: account } : { account };
  return {
    ...base,
    storage: { kind: "own", credential: "accountKey", ...where },
    key: key.trim(),
    createContainer: d.createContainer,
  };
}

/** accountProblem says what is wrong with an account's name or address; empty if nothing is. */
export function accountProblem(account: string): string {
  const text = account.trim();
  if (text === "") return "";
  if (text.includes("://")) {
    return URL.canParse(text) ? "" : "This is not an address: use https://ACCOUNT.dfs.core.windows.net";
  }
  return /^[a-z0-9]{3,24}$/.test(text)
    ? ""
    : "A storage account has 3 to 24 lower-case letters and digits. An address begins with https://";
}

/** storageReady says whether the storage is named fully enough to be checked. */
export function storageReady(d: Draft, key: string): boolean {
  if (d.storage === "managed") return true;
  return d.account.trim() !== "" && accountProblem(d.account) === "" && key.trim() !== "";
}
