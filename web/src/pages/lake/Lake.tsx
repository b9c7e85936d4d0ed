import { Button, Input, makeStyles, Tab, TabList, Text } from "@fluentui/react-components";
import { Document20Regular, Folder20Regular, Info20Regular, Rename20Regular, Search20Regular } from "@fluentui/react-icons";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Link, useSearchParams } from "react-router";
import type { Schema } from "../../api/client";
import { useEnvironment } from "../../app/environment";
import { useMay } from "../../app/session";
import { Ask, Empty } from "../../components/Ask";
import { CodeBlock } from "../../components/Copyable";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { useSettled } from "../../components/useSettled";
import { bytes, time } from "../../format";
import { below, Changes, Rename } from "./Changes";
import { holdsOf, snippets } from "./connect";
import { Details } from "./Details";
import { directory, lake } from "./queries";

type Info = Schema["LakeInfo"];
type Entry = Schema["LakeEntry"];

const useStyles = makeStyles({
  crumbs: { display: "flex", flexWrap: "wrap", gap: "4px", listStyleType: "none", padding: 0, margin: "0 0 12px" },
  name: { display: "inline-flex", alignItems: "center", gap: "8px" },
  bar: { display: "flex", flexWrap: "wrap", gap: "8px", marginBottom: "12px" },
  search: { minWidth: "260px" },
  actions: { display: "flex", gap: "4px" },
  tabs: { marginInlineStart: "-12px" },
});

/** Lake shows the account's files as they are: containers, folders, files, who may do what, and how programs read them. */
export function Lake() {
  const environment = useEnvironment();
  const query = useQuery(lake(environment.id));
  return (
    <Page title="Lake" lead="The files of this environment in its account, as any program of Data Lake Storage sees them.">
      <Ask query={query}>{(info) => <Explorer info={info} />}</Ask>
    </Page>
  );
}

/** address is the link of a place. */
const address = (container: string, path: string, file?: string) =>
  `?${new URLSearchParams({ container, path, ...(file ? { file } : {}) })}`;

function Explorer({ info }: { info: Info }) {
  const [search, setSearch] = useSearchParams();
  const container = search.get("container") ?? "customerinsights";
  const path = search.get("path") ?? (search.has("container") ? "" : info.folder);
  const file = search.get("file");
  return (
    <>
      <Crumbs info={info} container={container} path={path} />
      {container === "" ? <Containers info={info} /> : <Directory key={`${container}/${path}`} info={info} container={container} path={path} />}
      {file && <Details key={file} container={container} path={below(path, file)} close={() => setSearch({ container, path })} />}
    </>
  );
}

function Crumbs({ info, container, path }: { info: Info; container: string; path: string }) {
  const styles = useStyles();
  const names = path === "" ? [] : path.split("/");
  const crumbs: [string, string][] = names.map((name, i) => [name, address(container, names.slice(0, i + 1).join("/"))]);
  if (info.whole) {
    if (container !== "") crumbs.unshift([container, address(container, "")]);
    crumbs.unshift([info.account, address("", "")]);
  }
  return (
    <nav aria-label="Place in the lake">
      <ol className={styles.crumbs}>
        {crumbs.map(([name, to], i) => (
          <li key={to}>
            {i === crumbs.length - 1 ? <Text weight="semibold">{name}</Text> : <Link to={to}>{name}</Link>}
            {i < crumbs.length - 1 && " / "}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function Name({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  const styles = useStyles();
  return (
    <span className={styles.name}>
      {icon}
      {children}
    </span>
  );
}

function Containers({ info }: { info: Info }) {
  const columns: GridColumn<Schema["LakeContainer"]>[] = [
    { title: "Container", cell: (c) => <Name icon={<Folder20Regular />}><Link to={address(c.name, "")}>{c.name}</Link></Name> },
    { title: "Changed", cell: (c) => time(c.modified) },
  ];
  return (
    <Card>
      <Grid label="Containers" columns={columns} items={info.containers ?? []} id={(c) => c.name} />
    </Card>
  );
}

function Directory({ info, container, path }: { info: Info; container: string; path: string }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const mayChange = useMay("administrator", environment.id);
  const [typed, setTyped] = useState("");
  const [pages, setPages] = useState([""]); // where each page up to this one begins
  const [renamed, setRenamed] = useState<string>();
  const prefix = useSettled(typed, 250);
  const query = useQuery(directory(environment.id, container, path, prefix, pages.at(-1) ?? ""));
  const columns: GridColumn<Entry>[] = [
    {
      title: "Name",
      cell: (e) => (
        <Name icon={e.directory ? <Folder20Regular /> : <Document20Regular />}>
          <Link to={e.directory ? address(container, e.path) : address(container, path, e.name)}>{e.name}</Link>
        </Name>
      ),
    },
    { title: "Size", number: true, cell: (e) => (e.directory ? "" : bytes(e.bytes)) },
    { title: "Changed", cell: (e) => time(e.modified) },
    { title: "Permissions", cell: (e) => <code>{e.permissions}</code> },
    {
      title: "Actions",
      cell: (e) => (
        <span className={styles.actions}>
          <Link to={address(container, path, e.name)} aria-label={`Details of ${e.name}`}>
            <Info20Regular />
          </Link>
          {mayChange && (
            <Button
              size="small"
              appearance="subtle"
              icon={<Rename20Regular />}
              aria-label={`Rename ${e.name}`}
              onClick={() => setRenamed(e.path)}
            />
          )}
        </span>
      ),
    },
  ];
  return (
    <>
      <Card>
        <div className={styles.bar}>
          <Input
            className={styles.search}
            aria-label="Names that begin with"
            placeholder="Names that begin with"
            contentBefore={<Search20Regular />}
            value={typed}
            onChange={(_, d) => {
              setTyped(d.value);
              setPages([""]);
            }}
          />
          {mayChange && <Changes container={container} path={path} />}
        </div>
        <Ask query={query} label="Reading the folder">
          {(page) => (
            <>
              {page.items?.length ? (
                <Grid label="Files and folders" columns={columns} items={page.items} id={(e) => e.path} />
              ) : (
                <Empty title={prefix ? `No name begins with “${prefix}”` : "The folder is empty"} />
              )}
              <div className={styles.bar}>
                {pages.length > 1 && <Button onClick={() => setPages(pages.slice(0, -1))}>Before</Button>}
                {page.next && <Button onClick={() => setPages([...pages, page.next ?? ""])}>More</Button>}
              </div>
            </>
          )}
        </Ask>
      </Card>
      <Connect info={info} container={container} path={path} names={query.data?.items?.map((e) => e.name) ?? []} />
      {renamed && <Rename container={container} path={renamed} close={() => setRenamed(undefined)} />}
    </>
  );
}

function Connect({ info, container, path, names }: { info: Info; container: string; path: string; names: string[] }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const [tab, setTab] = useState("Python");
  const feed = `${window.location.origin}/api/data/${environment.id}/`;
  const list = snippets({ account: info.account, endpoint: info.endpoint, container, path, holds: holdsOf(names) }, feed);
  const here = list.find((s) => s.title === tab);
  return (
    <Card title="Connect to this folder">
      <TabList className={styles.tabs} selectedValue={tab} onTabSelect={(_, d) => setTab(String(d.value))}>
        {list.map((s) => (
          <Tab key={s.title} value={s.title}>
            {s.title}
          </Tab>
        ))}
      </TabList>
      {here && <CodeBlock text={here.text} what={here.title} />}
      {tab !== "Power BI" && <Text size={200}>KEY is the account’s key.</Text>}
    </Card>
  );
}
