import { Button, Dropdown, Field, makeStyles, Option, Text } from "@fluentui/react-components";
import { Delete20Regular } from "@fluentui/react-icons";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../../api/client";
import { changed } from "../../api/queries";
import type { Role } from "../../api/session";
import { useEnvironment } from "../../app/environment";
import { useMe } from "../../app/session";
import { Ask, Empty, Failure } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card, Page } from "../../components/Page";
import { type Principal, SearchPrincipal } from "../../components/SearchPrincipal";
import { time } from "../../format";

type Assignment = Schema["RoleAssignment"];

const useStyles = makeStyles({ form: { display: "flex", flexWrap: "wrap", gap: "12px", alignItems: "end" } });

const roles: [Role, string, string][] = [
  ["viewer", "Viewer", "sees definitions, tables, customers and statuses, and exports tables"],
  ["contributor", "Contributor", "also changes data sources and unification, and runs them"],
  ["administrator", "Administrator", "also has permissions, storage, sharing, the schedule and the audit log"],
  ["owner", "Owner", "also deletes the environment"],
];

const title = (role: string) => roles.find(([r]) => r === role)?.[1] ?? role;

/** Permissions lists who has which role in the environment, and gives and takes roles (ROL-1 to ROL-6). */
export function Permissions() {
  const environment = useEnvironment();
  const path = { environment: environment.id };
  const query = useQuery({
    queryKey: ["permissions", environment.id],
    queryFn: async () => (await data(api.GET("/api/v1/environments/{environment}/permissions", { params: { path } }))) ?? [],
  });
  const set = useMutation({
    mutationFn: ({ who, role }: { who: Principal; role: Role }) =>
      data(
        api.PUT("/api/v1/environments/{environment}/permissions/{principal}", {
          params: { path: { ...path, principal: who.id } },
          body: { role, kind: who.kind === "machine" ? "application" : who.kind, ...(who.name ? { name: who.name } : {}) },
        }),
      ),
    onSuccess: changed,
  });
  const remove = useMutation({
    mutationFn: (principal: string) =>
      api.DELETE("/api/v1/environments/{environment}/permissions/{principal}", { params: { path: { ...path, principal } } }),
    onSuccess: changed,
  });
  const error = set.error ?? remove.error;
  return (
    <Page title="Permissions" lead="Who may see and change this environment. Administrators of the whole server may so, too.">
      {error && <Failure error={error} title="The role was not changed." />}
      <Card title="Give a role">
        <Give give={(who, role) => set.mutate({ who, role })} busy={set.isPending} />
      </Card>
      <Ask query={query}>
        {(list) =>
          list.length ? (
            <Assignments list={list} set={(who, role) => set.mutate({ who, role })} remove={(id) => remove.mutate(id)} />
          ) : (
            <Empty title="Nobody has a role in this environment alone">Whoever has one on the server has it here.</Empty>
          )
        }
      </Ask>
      <Card title="The roles">
        <ul>
          {roles.map(([role, name, may]) => (
            <li key={role}>
              <Text weight="semibold">{name}</Text> {may}
            </li>
          ))}
        </ul>
      </Card>
    </Page>
  );
}

interface ChangeProps {
  set: (who: Principal, role: Role) => void;
}

function Give({ give, busy }: { give: ChangeProps["set"]; busy: boolean }) {
  const styles = useStyles();
  const [who, setWho] = useState<Principal>();
  const [role, setRole] = useState<Role>("viewer");
  return (
    <div className={styles.form}>
      <SearchPrincipal label="User, group or application" choose={setWho} />
      <Field label="Role">
        <RoleChoice label="Role" role={role} choose={setRole} />
      </Field>
      <Button appearance="primary" disabled={!who || busy} onClick={() => who && give(who, role)}>
        Give the role
      </Button>
    </div>
  );
}

function RoleChoice({ label, role, choose, small = false }: { label: string; role: string; choose: (r: Role) => void; small?: boolean }) {
  return (
    <Dropdown
      size={small ? "small" : "medium"}
      aria-label={label}
      value={title(role)}
      selectedOptions={[role]}
      onOptionSelect={(_, d) => choose(d.optionValue as Role)}
    >
      {roles.map(([value, name]) => (
        <Option key={value} value={value}>
          {name}
        </Option>
      ))}
    </Dropdown>
  );
}

function Assignments({ list, set, remove }: ChangeProps & { list: Assignment[]; remove: (id: string) => void }) {
  const me = useMe();
  const columns: GridColumn<Assignment>[] = [
    { title: "Name", cell: (a) => `${a.principal.name || a.principal.id}${a.principal.id === me?.principal.id ? " (you)" : ""}` },
    { title: "Kind", cell: (a) => a.principal.kind },
    {
      title: "Role",
      cell: (a) => (
        <RoleChoice
          small
          label={`Role of ${a.principal.name || a.principal.id}`}
          role={a.role}
          choose={(role) => set(a.principal, role)}
        />
      ),
    },
    { title: "Since", cell: (a) => time(a.assignedAt) },
    { title: "Given by", cell: (a) => a.assignedBy },
    {
      title: "Remove",
      cell: (a) => (
        <Button
          size="small"
          appearance="subtle"
          icon={<Delete20Regular />}
          aria-label={`Take the role of ${a.principal.name || a.principal.id} away`}
          onClick={() => remove(a.principal.id)}
        />
      ),
    },
  ];
  return (
    <Card title="Who has a role">
      <Grid label="Who has a role" columns={columns} items={list} id={(a) => a.principal.id} />
    </Card>
  );
}
