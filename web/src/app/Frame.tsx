import { Button, makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import { Navigation24Regular } from "@fluentui/react-icons";
import { useEffect, useState } from "react";
import { Link, Outlet, useLocation, useNavigation, useParams } from "react-router";
import { EnvironmentPicker } from "./EnvironmentPicker";
import { Nav } from "./Nav";
import { SignedIn } from "./session";
import { UserMenu } from "./UserMenu";

const narrow = "@media (max-width: 860px)";

const useStyles = makeStyles({
  root: {
    display: "grid",
    gridTemplateRows: "48px minmax(0, 1fr)",
    gridTemplateColumns: "224px minmax(0, 1fr)",
    height: "100vh",
    backgroundColor: tokens.colorNeutralBackground2,
    [narrow]: { gridTemplateColumns: "minmax(0, 1fr)" },
  },
  top: {
    gridColumn: "1 / -1",
    display: "flex",
    alignItems: "center",
    gap: tokens.spacingHorizontalS,
    padding: "0 12px",
    backgroundColor: "#0c3b5e",
    color: "#ffffff",
  },
  onTop: { color: "#ffffff", minWidth: "auto", ":hover": { color: "#ffffff", backgroundColor: "#1b5079" } },
  menuButton: { display: "none", [narrow]: { display: "inline-flex" } },
  name: {
    display: "flex",
    alignItems: "center",
    gap: "10px",
    color: "inherit",
    textDecorationLine: "none",
    fontWeight: tokens.fontWeightSemibold,
    fontSize: tokens.fontSizeBase400,
    padding: "4px 8px",
    borderRadius: tokens.borderRadiusMedium,
    ":focus-visible": { outline: "2px solid #ffffff" },
  },
  space: { flexGrow: 1 },
  nav: {
    overflowY: "auto",
    backgroundColor: tokens.colorNeutralBackground1,
    borderInlineEndWidth: "1px",
    borderInlineEndStyle: "solid",
    borderInlineEndColor: tokens.colorNeutralStroke2,
    [narrow]: {
      position: "fixed",
      zIndex: 10,
      top: "48px",
      bottom: 0,
      insetInlineStart: 0,
      width: "260px",
      boxShadow: tokens.shadow28,
    },
  },
  closed: { [narrow]: { display: "none" } },
  main: { overflowY: "auto", position: "relative", minWidth: 0, outline: "none" },
  alone: { gridColumn: "1 / -1" },
  busy: {
    position: "sticky",
    top: 0,
    height: "2px",
    marginBottom: "-2px",
    backgroundColor: tokens.colorBrandStroke1,
    zIndex: 5,
  },
  skip: {
    position: "absolute",
    insetInlineStart: "12px",
    top: "-60px",
    zIndex: 20,
    padding: "8px 12px",
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorBrandForegroundLink,
    ":focus": { top: "8px" },
  },
});

/** Frame is what stands around every page for those who have signed in. */
export function Frame() {
  return (
    <SignedIn>
      <Framed />
    </SignedIn>
  );
}

function Framed() {
  const styles = useStyles();
  const { environment } = useParams();
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const loading = useNavigation().state === "loading";
  useEffect(() => setOpen(false), [pathname]);
  return (
    <div className={styles.root}>
      <a href="#main" className={styles.skip}>
        Skip to the page
      </a>
      <header className={styles.top}>
        {environment && (
          <Button
            appearance="transparent"
            className={mergeClasses(styles.onTop, styles.menuButton)}
            icon={<Navigation24Regular />}
            aria-label="Navigation"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          />
        )}
        <Link to="/" className={styles.name}>
          <img src="/icon.svg" alt="" width={24} height={24} />
          ownlake
        </Link>
        <div className={styles.space} />
        <EnvironmentPicker className={styles.onTop} />
        <UserMenu className={styles.onTop} />
      </header>
      {environment && (
        <nav className={mergeClasses(styles.nav, !open && styles.closed)} aria-label="Pages">
          <Nav environment={environment} />
        </nav>
      )}
      <main id="main" tabIndex={-1} className={mergeClasses(styles.main, !environment && styles.alone)}>
        {loading && <div className={styles.busy} role="progressbar" aria-label="Loading the page" />}
        <Outlet />
      </main>
    </div>
  );
}
