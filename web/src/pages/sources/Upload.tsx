import { Button, Field, makeStyles, ProgressBar } from "@fluentui/react-components";
import { ArrowUpload20Regular } from "@fluentui/react-icons";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { Schema } from "../../api/client";
import { send } from "../../api/upload";
import { useEnvironment } from "../../app/environment";
import { Failure } from "../../components/Ask";

const useStyles = makeStyles({ hidden: { display: "none" } });

/** Upload brings files of this computer into the environment's folder, and says where they are then. */
export function Upload({ uploaded }: { uploaded: (locations: string[]) => void }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const input = useRef<HTMLInputElement>(null);
  const [going, setGoing] = useState<{ name: string; part: number }>();
  const upload = useMutation({
    mutationFn: async (files: File[]) => {
      const locations: string[] = [];
      for (const file of files) {
        setGoing({ name: file.name, part: 0 });
        const address = `/api/v1/environments/${environment.id}/uploads/${encodeURIComponent(file.name)}`;
        const made = await send<Schema["Upload"]>(address, file, (part) => setGoing({ name: file.name, part }));
        locations.push(made.location);
      }
      return locations;
    },
    onSuccess: uploaded,
    onSettled: () => setGoing(undefined),
  });
  return (
    <div>
      <input
        ref={input}
        type="file"
        multiple
        accept=".csv,.tsv,.txt,.parquet,.gz"
        className={styles.hidden}
        aria-label="Files of this computer"
        onChange={(e) => {
          upload.mutate([...(e.target.files ?? [])]);
          e.target.value = ""; // the same file may be chosen again
        }}
      />
      <Button icon={<ArrowUpload20Regular />} disabled={upload.isPending} onClick={() => input.current?.click()}>
        Upload files of this computer
      </Button>
      {going && (
        <Field validationMessage={`Sending ${going.name}`} validationState="none">
          <ProgressBar value={going.part} aria-label={`Sending ${going.name}`} />
        </Field>
      )}
      {upload.isError && <Failure error={upload.error} title="A file was not uploaded." />}
    </div>
  );
}
