import { Button, Field, Input, makeStyles, MessageBar, MessageBarBody, Title2, tokens } from "@fluentui/react-components";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { Problem } from "../api/problem";
import { followLink, me, signInAddress, signInOptions } from "../api/session";
import { Ask, Failure } from "../components/Ask";
import { codeOf, here } from "./address";

const useStyles = makeStyles({
  root: { minHeight: "100vh", display: "grid", placeItems: "center", backgroundColor: tokens.colorNeutralBackground2, padding: "16px" },
  card: {
    display: "flex",
    flexDirection: "column",
    gap: "16px",
    width: "min(440px, 100%)",
    boxSizing: "border-box",
    padding: "36px",
    backgroundColor: tokens.colorNeutralBackground1,
    borderRadius: tokens.borderRadiusXLarge,
    boxShadow: tokens.shadow16,
  },
  brand: { display: "flex", alignItems: "center", gap: "12px", fontWeight: tokens.fontWeightSemibold, fontSize: tokens.fontSizeBase500 },
  form: { display: "flex", flexDirection: "column", gap: "12px", alignItems: "stretch" },
  soft: { color: tokens.colorNeutralForeground2, margin: 0 },
});

/**
 * SignIn lets somebody in: by the tenant, or by a link that the server printed. A link's code and the reason why a sign-in failed
 * come in the fragment, which no server gets to see.
 */
export function SignIn() {
  const styles = useStyles();
  const [fragment] = useState(() => new URLSearchParams(window.location.hash.slice(1)));
  const [search] = useSearchParams();
  const returnTo = here(search.get("returnTo"));
  const navigate = useNavigate();
  const client = useQueryClient();
  const options = useQuery(signInOptions);
  const follow = useMutation({
    mutationFn: followLink,
    onSuccess: async (who) => {
      client.setQueryData(me.queryKey, who);
      await navigate(returnTo, { replace: true });
    },
  });
  const code = fragment.get("link");
  const { mutate } = follow;
  useEffect(() => {
    document.title = "Sign in · ownlake";
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  }, []);
  // Where a tenant is configured, whoever has a link chooses as whom to come in.
  const choose = !!code && !!options.data?.openIdConnect && follow.isIdle;
  const alone = !!code && options.data?.openIdConnect === false;
  useEffect(() => {
    if (alone && code) mutate(code);
  }, [alone, code, mutate]);
  const problem = fragment.get("problem");
  return (
    <main className={styles.root}>
      <div className={styles.card}>
        <div className={styles.brand}>
          <img src="/icon.svg" alt="" width={32} height={32} />
          ownlake
        </div>
        <Title2 as="h1">Sign in</Title2>
        {problem && <Failure error={new Problem(401, { detail: problem, hint: fragment.get("hint") ?? "" })} title="The sign-in failed." />}
        {follow.isError && <Failure error={follow.error} title="The link did not sign you in." />}
        <Ask query={options}>
          {(o) => (
            <>
              {o.openIdConnect && (
                <Button as="a" size="large" appearance="primary" href={signInAddress(returnTo, code)}>
                  {code ? "Sign in and become an owner of this server" : "Sign in with your organisation's account"}
                </Button>
              )}
              {choose && (
                <Button size="large" onClick={() => mutate(code)}>
                  Come in as the administrator of this machine
                </Button>
              )}
              {o.firstAdministrator && !code && (
                <MessageBar layout="multiline">
                  <MessageBarBody>
                    Nobody has a role on this server yet. Open the link that <code>ownlake serve</code> printed when it started: it makes
                    you the first administrator.
                  </MessageBarBody>
                </MessageBar>
              )}
              {!code && <ByLink busy={follow.isPending} follow={mutate} />}
            </>
          )}
        </Ask>
      </div>
    </main>
  );
}

function ByLink({ busy, follow }: { busy: boolean; follow: (code: string) => void }) {
  const styles = useStyles();
  const [text, setText] = useState("");
  return (
    <form
      className={styles.form}
      onSubmit={(e) => {
        e.preventDefault();
        follow(codeOf(text));
      }}
    >
      <Field label="Link or code" hint={<>ownlake signin on the machine of the server prints a link that signs in once.</>}>
        <Input value={text} autoComplete="off" onChange={(_, d) => setText(d.value)} />
      </Field>
      <Button type="submit" disabled={busy || text.trim() === ""}>
        Sign in with the link
      </Button>
    </form>
  );
}
