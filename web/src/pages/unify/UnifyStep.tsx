import { Button, makeStyles, MessageBar, MessageBarBody } from "@fluentui/react-components";
import { useEffect } from "react";
import { Link, useBlocker, useNavigate, useParams } from "react-router";
import { useEnvironment } from "../../app/environment";
import { Ask, Failure } from "../../components/Ask";
import { Page } from "../../components/Page";
import { Duplicates } from "./Duplicates";
import { Matching } from "./Matching";
import { SourceFields } from "./SourceFields";
import { steps } from "./steps";
import { UnifiedFields } from "./UnifiedFields";
import { useUnification } from "./useUnification";

const useStyles = makeStyles({ foot: { display: "flex", flexWrap: "wrap", gap: "8px", marginTop: "16px" } });

const contents = { fields: SourceFields, duplicates: Duplicates, matching: Matching, merge: UnifiedFields };

/** UnifyStep is one of the four steps of unification; what is changed in it is saved before the next. */
export function UnifyStep() {
  const styles = useStyles();
  const environment = useEnvironment();
  const { step = "" } = useParams();
  const navigate = useNavigate();
  const { query, unification, change, isChanged, save, undo } = useUnification();
  const base = `/environments/${environment.id}/unify`;
  const at = steps.findIndex((s) => s.path === step);
  const here = steps[at] ?? steps[0]!;
  const next = steps[at + 1];
  const Content = contents[here.path];
  useEffect(undo, [step]); // eslint-disable-line react-hooks/exhaustive-deps
  const leaving = useBlocker(isChanged && !save.isPending && !save.isSuccess);
  const goOn = () => void navigate(next ? `${base}/${next.path}` : base);
  return (
    <Page title={here.title} lead={<Link to={base}>Unify</Link>}>
      {leaving.state === "blocked" && (
        <MessageBar intent="warning">
          <MessageBarBody>
            The changes of this step are not saved.{" "}
            <Button size="small" onClick={() => leaving.reset()}>
              Stay
            </Button>{" "}
            <Button size="small" onClick={() => leaving.proceed()}>
              Leave without saving
            </Button>
          </MessageBarBody>
        </MessageBar>
      )}
      <Ask query={query}>
        {() => (
          <>
            <Content key={here.path} unification={unification} change={change} />
            {save.isError && <Failure error={save.error} title="The changes were not saved." />}
            <div className={styles.foot}>
              <Button
                appearance="primary"
                disabled={save.isPending}
                onClick={() => (isChanged ? save.mutate(unification, { onSuccess: goOn }) : goOn())}
              >
                {isChanged ? (next ? "Save and next" : "Save and review") : next ? "Next" : "Review"}
              </Button>
              {isChanged && <Button onClick={undo}>Undo the changes</Button>}
            </div>
          </>
        )}
      </Ask>
    </Page>
  );
}
