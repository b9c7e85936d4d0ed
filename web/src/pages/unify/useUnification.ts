import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../../api/client";
import { changed, definitions } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { emptyUnification, type Unification } from "./model";

/** useUnification is what is declared, with the changes of this page until they are saved. */
export function useUnification() {
  const environment = useEnvironment();
  const query = useQuery(definitions(environment.id));
  const [draft, setDraft] = useState<Unification>();
  const declared = query.data?.unification ?? emptyUnification;
  const save = useMutation({
    mutationFn: async (unification: Unification) => {
      const path = { params: { path: { environment: environment.id } } };
      // The version that the change was made to goes along: what another changed meanwhile is not overwritten.
      const body = { ...query.data, sources: query.data?.sources ?? [], unification };
      await data(api.PUT("/api/v1/environments/{environment}/definitions", { ...path, body }));
    },
    onSuccess: async () => {
      await changed();
      setDraft(undefined);
    },
  });
  return { query, unification: draft ?? declared, change: setDraft, isChanged: draft !== undefined, save, undo: () => setDraft(undefined) };
}
