import { Checkbox, Dropdown, Input, makeStyles, Option, OptionGroup, Text, tokens } from "@fluentui/react-components";
import { useQuery } from "@tanstack/react-query";
import type { Schema } from "../../api/client";
import { tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Grid, type GridColumn } from "../../components/Grid";
import { Card } from "../../components/Page";
import { count } from "../../format";
import { semanticTypes } from "../sources/types";
import { rowsOf } from "../tables/snapshot";
import { type MappedField, type Unification, type UnifyTable, withTable } from "./model";

type Snapshot = Schema["Snapshot"];

export interface StepProps {
  unification: Unification;
  change: (u: Unification) => void;
}

const useStyles = makeStyles({ soft: { color: tokens.colorNeutralForeground2 } });

/** SourceFields is the first step: which tables hold customers, and what their columns mean (UNI-1). */
export function SourceFields({ unification, change }: StepProps) {
  const environment = useEnvironment();
  const query = useQuery(tables(environment.id));
  return (
    <Ask query={query}>
      {(all) => {
        const ingested = all.filter((t) => t.process === "Ingestion" && !t.table.endsWith("_corrupt"));
        if (ingested.length === 0) return <Empty title="No table to unify yet">Add a data source and refresh it first.</Empty>;
        return (
          <>
            <Card title="Tables with customers">
              {ingested.map((t) => (
                <Checkbox
                  key={t.table}
                  label={`${t.table} (${count(rowsOf(t))} rows)`}
                  checked={!!unification.tables?.some((u) => u.table === t.table)}
                  onChange={(_, d) => change(withTable(unification, t, d.checked === true))}
                />
              ))}
            </Card>
            {unification.tables?.map((t, i) => (
              <Mapping
                key={t.table}
                table={t}
                snapshot={ingested.find((s) => s.table === t.table)}
                change={(fields) => change({ ...unification, tables: unification.tables!.with(i, { ...t, fields }) })}
              />
            ))}
          </>
        );
      }}
    </Ask>
  );
}

interface MappingProps {
  table: UnifyTable;
  snapshot: Snapshot | undefined;
  change: (fields: MappedField[]) => void;
}

type Line = { column: string; field: MappedField | undefined };

function Mapping({ table, snapshot, change }: MappingProps) {
  const styles = useStyles();
  const fields = table.fields ?? [];
  const lines: Line[] = (snapshot?.columns ?? []).map((c) => ({ column: c.name, field: fields.find((f) => f.column === c.name) }));
  const set = (column: string, part: Partial<MappedField> | undefined) => {
    const rest = fields.filter((f) => f.column !== column);
    const old = fields.find((f) => f.column === column);
    if (part === undefined) return change(rest);
    const next = { field: column, column, ...old, ...part };
    change(old ? fields.map((f) => (f.column === column ? next : f)) : [...fields, next]);
  };
  const columns: GridColumn<Line>[] = [
    {
      title: "Use",
      cell: (l) => (
        <Checkbox
          aria-label={`Use ${l.column}`}
          checked={!!l.field}
          onChange={(_, d) => set(l.column, d.checked ? {} : undefined)}
        />
      ),
    },
    { title: "Column", cell: (l) => l.column },
    {
      title: "Semantic type",
      cell: (l) =>
        l.field && (
          <Dropdown
            size="small"
            aria-label={`Semantic type of ${l.column}`}
            placeholder="none"
            value={l.field.semanticType ?? ""}
            selectedOptions={[l.field.semanticType ?? ""]}
            onOptionSelect={(_, d) =>
              set(l.column, { semanticType: d.optionValue ?? "", field: d.optionValue?.split(".").at(-1) || l.field?.field || l.column })
            }
          >
            <Option value="">none</Option>
            <OptionGroup label="Meanings">
              {semanticTypes.map((t) => (
                <Option key={t}>{t}</Option>
              ))}
            </OptionGroup>
          </Dropdown>
        ),
    },
    {
      title: "Unified field",
      cell: (l) =>
        l.field && (
          <Input
            size="small"
            aria-label={`Unified field of ${l.column}`}
            value={l.field.field}
            onChange={(_, d) => set(l.column, { field: d.value })}
          />
        ),
    },
  ];
  return (
    <Card title={table.table}>
      <p className={styles.soft}>
        <Text>
          Columns of different tables that mean the same get the same unified field. {fields.length} of {lines.length} columns are used
          {fields.length === 0 && "; with none, fields are found from names and values"}.
        </Text>
      </p>
      {snapshot ? (
        <Grid label={`Columns of ${table.table}`} columns={columns} items={lines} id={(l) => l.column} />
      ) : (
        <Text>This table is not there any more. Take it out, or refresh its data source.</Text>
      )}
    </Card>
  );
}
