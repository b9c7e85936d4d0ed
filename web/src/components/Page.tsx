import { makeStyles, mergeClasses, Title2, tokens } from "@fluentui/react-components";
import { type ReactNode, useEffect } from "react";

const useStyles = makeStyles({
  root: { padding: "20px 28px 48px", maxWidth: "1360px", "@media (max-width: 640px)": { padding: "14px 14px 40px" } },
  top: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: tokens.spacingHorizontalM,
    marginBottom: tokens.spacingVerticalL,
  },
  title: { flex: "1 1 280px", minWidth: 0, overflowWrap: "anywhere" },
  lead: { margin: "4px 0 0", color: tokens.colorNeutralForeground2, maxWidth: "76ch" },
  actions: { display: "flex", flexWrap: "wrap", gap: tokens.spacingHorizontalS },
  card: {
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusXLarge,
    padding: "16px 20px",
    marginBottom: tokens.spacingVerticalL,
    minWidth: 0,
  },
  cardTop: {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    justifyContent: "space-between",
    gap: tokens.spacingHorizontalS,
    marginBottom: tokens.spacingVerticalM,
  },
  cardTitle: {
    margin: 0,
    fontSize: tokens.fontSizeBase400,
    lineHeight: tokens.lineHeightBase400,
    fontWeight: tokens.fontWeightSemibold,
  },
});

interface PageProps {
  title: string;
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** Page is the frame of every page: its title, also in the browser's tab, what it is for, and what can be done. */
export function Page({ title, lead, actions, children }: PageProps) {
  const styles = useStyles();
  useEffect(() => {
    document.title = `${title} · ownlake`;
  }, [title]);
  return (
    <div className={styles.root}>
      <div className={styles.top}>
        <div className={styles.title}>
          <Title2 as="h1" dir="auto" style={{ margin: 0 }}>
            {title}
          </Title2>
          {lead && <p className={styles.lead}>{lead}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
}

interface CardProps {
  title?: ReactNode;
  actions?: ReactNode;
  className?: string;
  children: ReactNode;
}

/** Card sets a part of a page apart. */
export function Card({ title, actions, className, children }: CardProps) {
  const styles = useStyles();
  return (
    <section className={mergeClasses(styles.card, className)}>
      {(title || actions) && (
        <div className={styles.cardTop}>
          {title && <h2 className={styles.cardTitle}>{title}</h2>}
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
