import { Combobox, Field, Option } from "@fluentui/react-components";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schema } from "../api/client";
import { useEnvironment } from "../app/environment";
import { problemOf } from "../api/problem";
import { useSettled } from "./useSettled";

export type Principal = Schema["Principal"];

interface Props {
  label: string;
  choose: (principal: Principal) => void;
}

/** SearchPrincipal finds users, groups and applications of the tenant by name (ROL-6). */
export function SearchPrincipal({ label, choose }: Props) {
  const environment = useEnvironment();
  const [typed, setTyped] = useState("");
  const search = useSettled(typed, 250);
  const query = useQuery({
    queryKey: ["principals", environment.id, search],
    queryFn: async () =>
      (await data(
        api.GET("/api/v1/environments/{environment}/principals", {
          params: { path: { environment: environment.id }, query: { search, limit: 20 } },
        }),
      )) ?? [],
    enabled: search.trim() !== "",
    placeholderData: keepPreviousData,
  });
  const found = query.data ?? [];
  return (
    <Field
      label={label}
      validationState={query.isError ? "error" : "none"}
      validationMessage={query.isError ? problemOf(query.error).message : undefined}
    >
      <Combobox
        freeform
        placeholder="Type a name"
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        onOptionSelect={(_, d) => {
          const principal = found.find((p) => p.id === d.optionValue);
          if (!principal) return;
          setTyped(principal.name ?? principal.id);
          choose(principal);
        }}
      >
        {found.map((p) => (
          <Option key={p.id} value={p.id} text={p.name || p.id}>
            {`${p.name || p.id} (${p.kind})`}
          </Option>
        ))}
        {search !== "" && query.isSuccess && found.length === 0 && (
          <Option disabled text="">
            Nobody has this name
          </Option>
        )}
      </Combobox>
    </Field>
  );
}
