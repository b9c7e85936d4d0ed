/** here is where a sign-in leads back to: a page of this server and never another's. */
export function here(returnTo: string | null): string {
  return returnTo && /^\/(?![/\\])/.test(returnTo) ? returnTo : "/";
}

/** codeOf takes the code out of a whole link; anything else is taken for a code. */
export function codeOf(text: string): string {
  const [, fragment] = text.trim().split("#");
  return (fragment && new URLSearchParams(fragment).get("link")) || text.trim();
}
