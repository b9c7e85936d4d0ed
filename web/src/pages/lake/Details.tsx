import { Button, DrawerBody, DrawerHeader, DrawerHeaderTitle, makeStyles, OverlayDrawer, Tab, TabList } from "@fluentui/react-components";
import { ArrowDownload20Regular, Dismiss20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { useEnvironment } from "../../app/environment";
import { Ask } from "../../components/Ask";
import { Copyable } from "../../components/Copyable";
import { Facts } from "../../components/Facts";
import { Grid, type GridColumn } from "../../components/Grid";
import { bytes, time } from "../../format";
import { Preview } from "./Preview";
import { acl, fileAddress } from "./queries";

type Entry = Schema["LakeEntry"];
type ACLEntry = Schema["LakeACLEntry"];

const useStyles = makeStyles({
  drawer: { width: "min(860px, 100vw)" },
  body: { display: "flex", flexDirection: "column", gap: "16px", paddingBottom: "24px" },
  download: { alignSelf: "flex-start" },
});

interface Props {
  container: string;
  path: string;
  close: () => void;
}

/** Details shows one file or directory: what it holds, its properties, and who may do what with it by its list. */
export function Details({ container, path, close }: Props) {
  const styles = useStyles();
  const environment = useEnvironment();
  const query = useQuery({
    queryKey: ["lake entry", environment.id, container, path],
    queryFn: () =>
      data(
        api.GET("/api/v1/environments/{environment}/lake/{container}/entry", {
          params: { path: { environment: environment.id, container }, query: { path } },
        }),
      ),
  });
  const name = path.split("/").at(-1);
  return (
    <OverlayDrawer open position="end" className={styles.drawer} aria-label={name ?? path} onOpenChange={(_, d) => !d.open && close()}>
      <DrawerHeader>
        <DrawerHeaderTitle action={<Button appearance="subtle" aria-label="Close" icon={<Dismiss20Regular />} onClick={close} />}>
          {name}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody>
        <Ask query={query}>{(entry) => <Entry container={container} entry={entry} />}</Ask>
      </DrawerBody>
    </OverlayDrawer>
  );
}

function Entry({ container, entry }: { container: string; entry: Entry }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const [tab, setTab] = useState(entry.directory ? "access" : "preview");
  return (
    <div className={styles.body}>
      {!entry.directory && (
        <Button
          as="a"
          className={styles.download}
          icon={<ArrowDownload20Regular />}
          href={`${fileAddress(environment.id, container, entry.path)}&download=true`}
        >
          Download
        </Button>
      )}
      <TabList selectedValue={tab} onTabSelect={(_, d) => setTab(String(d.value))}>
        {!entry.directory && <Tab value="preview">Preview</Tab>}
        <Tab value="access">Access</Tab>
        <Tab value="properties">Properties</Tab>
      </TabList>
      {tab === "preview" && <Preview container={container} entry={entry} />}
      {tab === "access" && <Access container={container} path={entry.path} />}
      {tab === "properties" && <Properties container={container} entry={entry} />}
    </div>
  );
}

function Properties({ container, entry }: { container: string; entry: Entry }) {
  return (
    <Facts
      facts={[
        ["Path", <Copyable key="path" text={`${container}/${entry.path}`} what="the path" />],
        ["Size", entry.directory ? "" : bytes(entry.bytes)],
        ["Changed", time(entry.modified)],
        ["Content type", entry.contentType],
        ["ETag", entry.etag],
        ...Object.entries(entry.metadata ?? {}),
      ]}
    />
  );
}

function Access({ container, path }: { container: string; path: string }) {
  const environment = useEnvironment();
  const query = useQuery(acl(environment.id, container, path));
  return (
    <Ask query={query} label="Reading the list">
      {(list) => {
        const named = (id: string | undefined) => (id ? (list.names[id] ?? id) : "");
        const columns: GridColumn<ACLEntry>[] = [
          { title: "Who", cell: (e) => named(e.id) || unnamed[e.type] },
          { title: "Kind", cell: (e) => e.type },
          { title: "May", cell: (e) => may(e.permissions) },
          { title: "For", cell: (e) => (e.default ? "what is made below" : "this") },
        ];
        return (
          <>
            <Facts
              facts={[
                ["Owner", named(list.owner)],
                ["Owning group", named(list.group)],
                ["Permissions", <code key="p">{list.permissions}</code>],
                ["List", <Copyable key="acl" text={list.acl} what="the access control list" />],
              ]}
            />
            <Grid label="Access control list" columns={columns} items={list.entries ?? []} id={(e) => `${e.default} ${e.type} ${e.id ?? ""}`} />
          </>
        );
      }}
    </Ask>
  );
}

const unnamed = { user: "the owner", group: "the owning group", mask: "the most that named entries may", other: "everybody else" };

/** may says in words what rwx stands for. */
function may(permissions: string): string {
  const words = [["r", "read"], ["w", "write"], ["x", "go through"]] as const;
  return words.filter(([sign]) => permissions.includes(sign)).map(([, word]) => word).join(", ") || "nothing";
}
