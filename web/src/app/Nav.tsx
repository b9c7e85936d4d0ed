import { makeStyles, mergeClasses, tokens } from "@fluentui/react-components";
import {
  DataArea20Regular,
  FolderOpen20Regular,
  History20Regular,
  Home20Regular,
  Info20Regular,
  PeopleList20Regular,
  PeopleTeam20Regular,
  PersonKey20Regular,
  PulseSquare20Regular,
  ShareMultiple20Regular,
  Table20Regular,
} from "@fluentui/react-icons";
import type { ReactElement } from "react";
import { NavLink } from "react-router";
import type { Role } from "../api/session";
import { useMay } from "./session";

const useStyles = makeStyles({
  group: { padding: "8px" },
  title: {
    margin: "8px 12px 4px",
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  list: { listStyleType: "none", margin: 0, padding: 0 },
  link: {
    display: "flex",
    alignItems: "center",
    gap: "12px",
    padding: "7px 12px",
    borderRadius: tokens.borderRadiusMedium,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: "none",
    borderInlineStartWidth: "3px",
    borderInlineStartStyle: "solid",
    borderInlineStartColor: "transparent",
    ":hover": { backgroundColor: tokens.colorNeutralBackground1Hover },
    ":focus-visible": { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  here: {
    fontWeight: tokens.fontWeightSemibold,
    backgroundColor: tokens.colorNeutralBackground1Selected,
    borderInlineStartColor: tokens.colorBrandStroke1,
  },
});

type Item = [path: string, title: string, icon: ReactElement, needed?: Role];

const groups: { title?: string; items: Item[] }[] = [
  {
    items: [
      ["", "Home", <Home20Regular />],
      ["customers", "Customers", <PeopleList20Regular />],
    ],
  },
  {
    title: "Data",
    items: [
      ["sources", "Data sources", <DataArea20Regular />],
      ["unify", "Unify", <PeopleTeam20Regular />],
      ["tables", "Tables", <Table20Regular />],
      ["sharing", "Sharing", <ShareMultiple20Regular />, "administrator"],
      ["lake", "Lake", <FolderOpen20Regular />],
    ],
  },
  {
    title: "System",
    items: [
      ["status", "Status", <PulseSquare20Regular />],
      ["about", "About", <Info20Regular />],
      ["permissions", "Permissions", <PersonKey20Regular />, "administrator"],
      ["audit", "Audit", <History20Regular />, "administrator"],
    ],
  },
];

/** Nav lists the pages of an environment that the caller may open. */
export function Nav({ environment }: { environment: string }) {
  const styles = useStyles();
  const administrator = useMay("administrator", environment);
  return groups.map((group, i) => (
    <div key={i} className={styles.group}>
      {group.title && <div className={styles.title}>{group.title}</div>}
      <ul className={styles.list}>
        {group.items.filter(([, , , needed]) => !needed || administrator).map(([path, title, icon]) => (
          <li key={path}>
            <NavLink
              to={`/environments/${environment}${path && `/${path}`}`}
              end={path === ""}
              className={({ isActive }) => mergeClasses(styles.link, isActive && styles.here)}
            >
              {icon}
              {title}
            </NavLink>
          </li>
        ))}
      </ul>
    </div>
  ));
}
