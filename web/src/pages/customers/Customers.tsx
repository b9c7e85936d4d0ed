import { Badge, Button, Input, makeStyles, Text, tokens } from "@fluentui/react-components";
import { ChevronLeft20Regular, ChevronRight20Regular, Search20Regular } from "@fluentui/react-icons";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import { type Row, readRows, words } from "../../api/odata";
import { definitions, tables } from "../../api/queries";
import { useEnvironment } from "../../app/environment";
import { Ask, Empty } from "../../components/Ask";
import { Page } from "../../components/Page";
import { useSettled } from "../../components/useSettled";
import { count } from "../../format";
import { nameOf, placeOf, type Source, sourcesOf, text } from "./customer";

const useStyles = makeStyles({
  bar: { display: "flex", flexWrap: "wrap", alignItems: "center", gap: "12px", marginBottom: "16px" },
  search: { flex: "1 1 280px", maxWidth: "560px" },
  tiles: { display: "grid", gridTemplateColumns: "repeat(auto-fill, minmax(270px, 1fr))", gap: "12px" },
  tile: {
    display: "flex",
    flexDirection: "column",
    gap: "3px",
    minWidth: 0,
    padding: "14px 16px",
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  name: { fontWeight: tokens.fontWeightSemibold },
  line: { overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap", color: tokens.colorNeutralForeground2 },
  sources: { display: "flex", flexWrap: "wrap", gap: "4px", marginTop: "4px" },
});

const perPage = 24;

/** Customers finds unified customers by any of their texts, and shows them as tiles (CUS-2). */
export function Customers() {
  const environment = useEnvironment();
  const navigate = useNavigate();
  const all = useQuery(tables(environment.id));
  return (
    <Page title="Customers" lead="Every unified profile: search by name, e-mail, phone, address or key.">
      <Ask query={all}>
        {(list) =>
          list.some((t) => t.table === "Customer") ? (
            <Found />
          ) : (
            <Empty
              title="There are no customers yet"
              action={
                <Button appearance="primary" onClick={() => void navigate(`/environments/${environment.id}/unify`)}>
                  Unify
                </Button>
              }
            >
              They come when data sources are unified.
            </Empty>
          )
        }
      </Ask>
    </Page>
  );
}

function Found() {
  const styles = useStyles();
  const environment = useEnvironment();
  const [search, setSearch] = useSearchParams();
  const q = search.get("q") ?? "";
  const page = Math.max(0, Number(search.get("page") ?? 0) || 0);
  const [typed, setTyped] = useState(q);
  const settled = useSettled(typed, 250);
  useEffect(() => {
    if (settled !== q) setSearch(settled ? { q: settled } : {}, { replace: true });
  }, [settled, q, setSearch]);
  const query = useQuery({
    queryKey: ["customers", environment.id, q, page],
    queryFn: () =>
      readRows(environment.id, "Customer", { search: words(q), top: perPage, skip: page * perPage, count: true }),
    placeholderData: keepPreviousData,
  });
  const go = (to: number) => setSearch({ ...(q ? { q } : {}), ...(to ? { page: String(to) } : {}) });
  return (
    <>
      <div className={styles.bar}>
        <Input
          type="search"
          className={styles.search}
          size="large"
          aria-label="Search customers"
          placeholder="Search customers"
          contentBefore={<Search20Regular />}
          value={typed}
          dir="auto"
          onChange={(_, d) => setTyped(d.value)}
        />
        <Text aria-live="polite">{query.data?.count !== undefined && `${count(query.data.count)} customers`}</Text>
      </div>
      <Ask query={query} label="Searching">
        {(found) =>
          found.rows.length ? (
            <>
              <Tiles rows={found.rows} />
              <Pager page={page} pages={Math.ceil((found.count ?? 0) / perPage)} go={go} />
            </>
          ) : (
            <Empty title={`No customer has “${q}” in a field`}>Each word must be in one of the customer's fields.</Empty>
          )
        }
      </Ask>
    </>
  );
}

function Tiles({ rows }: { rows: Row[] }) {
  const styles = useStyles();
  const environment = useEnvironment();
  const all = useQuery(tables(environment.id)).data ?? [];
  const unification = useQuery(definitions(environment.id)).data?.unification;
  const sources: Source[] = sourcesOf(unification, all);
  return (
    <div className={styles.tiles}>
      {rows.map((c) => {
        const id = text(c["CustomerId"]);
        return (
          <Link key={id} to={`/environments/${environment.id}/customers/${id}`} className={styles.tile}>
            <span className={styles.name} dir="auto">
              {nameOf(c)}
            </span>
            {[text(c["Email"]), text(c["Phone"]), placeOf(c)]
              .filter((l) => l !== "")
              .map((l) => (
                <span key={l} className={styles.line} dir="auto">
                  {l}
                </span>
              ))}
            <span className={styles.sources}>
              {sources
                .filter((s) => c[s.column] !== null)
                .map((s) => (
                  <Badge key={s.table} appearance="tint">
                    {s.table}
                  </Badge>
                ))}
            </span>
          </Link>
        );
      })}
    </div>
  );
}

function Pager({ page, pages, go }: { page: number; pages: number; go: (page: number) => void }) {
  const styles = useStyles();
  if (pages < 2) return null;
  return (
    <nav className={styles.bar} style={{ marginTop: 16 }} aria-label="Pages of customers">
      <Button icon={<ChevronLeft20Regular />} disabled={page === 0} onClick={() => go(page - 1)}>
        Earlier
      </Button>
      <Text>
        Page {count(page + 1)} of {count(pages)}
      </Text>
      <Button icon={<ChevronRight20Regular />} iconPosition="after" disabled={page + 1 >= pages} onClick={() => go(page + 1)}>
        Later
      </Button>
    </nav>
  );
}
