import { Button } from "@fluentui/react-components";
import { Play20Regular, Stop20Regular } from "@fluentui/react-icons";
import { useMutation } from "@tanstack/react-query";
import { api, data, type Schema } from "../api/client";
import { began, changed, isGoing } from "../api/queries";
import { Failure } from "./Ask";

interface Props {
  environment: string;
  last: Schema["Run"] | undefined;
  label?: string;
}

/** RunButton starts a run of what is due, or cancels the one that is going. */
export function RunButton({ environment, last, label = "Run" }: Props) {
  const start = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/environments/{environment}/runs", {
          params: { path: { environment } },
          body: { force: false },
        }),
      ),
    onSuccess: () => began(environment),
    onSettled: changed,
  });
  const cancel = useMutation({
    mutationFn: (run: string) =>
      data(api.POST("/api/v1/environments/{environment}/runs/{run}/cancel", { params: { path: { environment, run } } })),
    onSettled: changed,
  });
  const error = start.error ?? cancel.error;
  return (
    <>
      {error && <Failure error={error} />}
      {last && isGoing(last.status) ? (
        <Button icon={<Stop20Regular />} disabled={cancel.isPending} onClick={() => cancel.mutate(last.id)}>
          Cancel the run
        </Button>
      ) : (
        <Button appearance="primary" icon={<Play20Regular />} disabled={start.isPending} onClick={() => start.mutate()}>
          {label}
        </Button>
      )}
    </>
  );
}
