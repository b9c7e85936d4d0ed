import {
  makeStyles,
  mergeClasses,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
  tokens,
} from "@fluentui/react-components";
import type { ReactNode } from "react";

const useStyles = makeStyles({
  scroll: { overflowX: "auto", maxWidth: "100%" },
  table: { width: "100%", minWidth: "max-content", tableLayout: "auto" },
  head: { color: tokens.colorNeutralForeground2, whiteSpace: "nowrap" },
  number: { textAlign: "end", fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" },
  numberHead: { "& > div": { justifyContent: "flex-end" } },
  cell: { height: "auto", paddingTop: "6px", paddingBottom: "6px", verticalAlign: "top", maxWidth: "44ch", overflowWrap: "anywhere" },
});

export interface GridColumn<T> {
  title: string;
  cell: (item: T) => ReactNode;
  /** number sets figures below each other by their last digit. */
  number?: boolean;
}

interface GridProps<T> {
  label: string;
  columns: GridColumn<T>[];
  items: T[];
  id: (item: T) => string;
}

/** Grid is a table of things, one a row; it scrolls sideways on narrow screens. */
export function Grid<T>({ label, columns, items, id }: GridProps<T>) {
  const styles = useStyles();
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <Table size="small" aria-label={label} className={styles.table} noNativeElements={false}>
        <TableHeader>
          <TableRow>
            {columns.map((c) => (
              <TableHeaderCell key={c.title} className={mergeClasses(styles.head, c.number && styles.numberHead)}>
                {c.title}
              </TableHeaderCell>
            ))}
          </TableRow>
        </TableHeader>
        <TableBody>
          {items.map((item) => (
            <TableRow key={id(item)}>
              {columns.map((c) => (
                <TableCell key={c.title} className={mergeClasses(styles.cell, c.number && styles.number)} dir="auto">
                  {c.cell(item)}
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}
