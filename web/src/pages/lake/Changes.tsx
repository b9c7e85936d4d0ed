import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  ProgressBar,
} from "@fluentui/react-components";
import { ArrowUpload20Regular, FolderAdd20Regular } from "@fluentui/react-icons";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api } from "../../api/client";
import { changed } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Failure } from "../../components/Ask";

const useStyles = makeStyles({ hidden: { display: "none" }, bar: { display: "flex", flexWrap: "wrap", gap: "8px" } });

export const below = (path: string, name: string) => (path === "" ? name : `${path}/${name}`);

interface Place {
  container: string;
  path: string;
}

/** Changes adds files and folders to a directory. What is there already is never written over. */
export function Changes({ container, path }: Place) {
  const styles = useStyles();
  const environment = useEnvironment();
  const input = useRef<HTMLInputElement>(null);
  const [sending, setSending] = useState("");
  const [naming, setNaming] = useState(false);
  const at = { environment: environment.id, container };
  const upload = useMutation({
    mutationFn: async (files: File[]) => {
      for (const [i, file] of files.entries()) {
        setSending(`Sending ${file.name} (${i + 1} of ${files.length})`);
        await api.PUT("/api/v1/environments/{environment}/lake/{container}/file", {
          params: { path: at, query: { path: below(path, file.name) } },
          headers: { "Content-Type": "application/octet-stream", "If-None-Match": "*" },
          body: file as unknown as string, // the document knows bytes as a text
          bodySerializer: (b) => b,
        });
      }
    },
    onSettled: changed,
  });
  const make = useMutation({
    mutationFn: (name: string) =>
      api.POST("/api/v1/environments/{environment}/lake/{container}/directories", { params: { path: at }, body: { path: below(path, name) } }),
    onSuccess: async () => {
      setNaming(false);
      await changed();
    },
  });
  return (
    <>
      <div className={styles.bar}>
        <input
          ref={input}
          type="file"
          multiple
          className={styles.hidden}
          aria-label="Files to upload"
          onChange={(e) => {
            upload.mutate([...(e.target.files ?? [])]);
            e.target.value = ""; // the same file may be chosen again
          }}
        />
        <Button icon={<ArrowUpload20Regular />} disabled={upload.isPending} onClick={() => input.current?.click()}>
          Upload
        </Button>
        <Button icon={<FolderAdd20Regular />} onClick={() => setNaming(true)}>
          New folder
        </Button>
      </div>
      {upload.isPending && (
        <Field validationMessage={sending} validationState="none">
          <ProgressBar aria-label={sending} />
        </Field>
      )}
      {upload.isError && <Failure error={upload.error} title="A file was not uploaded." />}
      {naming && (
        <Naming
          title="New folder"
          label="Name of the folder"
          action="Make the folder"
          initial=""
          error={make.error}
          save={(name) => make.mutate(name)}
          close={() => setNaming(false)}
        />
      )}
    </>
  );
}

/** Rename asks for the new name of a file or folder, which stays where it is. */
export function Rename({ container, path, close }: Place & { close: () => void }) {
  const environment = useEnvironment();
  const cut = path.lastIndexOf("/");
  const rename = useMutation({
    mutationFn: (name: string) =>
      api.POST("/api/v1/environments/{environment}/lake/{container}/rename", {
        params: { path: { environment: environment.id, container } },
        body: { from: path, to: path.slice(0, cut + 1) + name },
      }),
    onSuccess: async () => {
      close();
      await changed();
    },
  });
  const name = path.slice(cut + 1);
  return (
    <Naming
      title={`Rename ${name}`}
      label="New name"
      action="Rename"
      initial={name}
      error={rename.error}
      save={(to) => rename.mutate(to)}
      close={close}
    />
  );
}

interface NamingProps {
  title: string;
  label: string;
  action: string;
  initial: string;
  error: unknown;
  save: (name: string) => void;
  close: () => void;
}

function Naming({ title, label, action, initial, error, save, close }: NamingProps) {
  const [name, setName] = useState(initial);
  const isName = name.trim() !== "" && !name.includes("/") && name !== initial;
  return (
    <Dialog open onOpenChange={(_, d) => !d.open && close()}>
      <DialogSurface>
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (isName) save(name);
          }}
        >
          <DialogBody>
            <DialogTitle>{title}</DialogTitle>
            <DialogContent>
              <Field
                label={label}
                validationState={name.includes("/") ? "error" : "none"}
                validationMessage={name.includes("/") ? "A name has no slash." : undefined}
              >
                <Input value={name} onChange={(_, d) => setName(d.value)} />
              </Field>
              {error !== null && <Failure error={error} />}
            </DialogContent>
            <DialogActions>
              <Button onClick={close}>Cancel</Button>
              <Button type="submit" appearance="primary" disabled={!isName}>
                {action}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}
