import { createBrowserRouter, type RouteObject } from "react-router";
import { Crashed } from "./Crashed";
import { Frame } from "./Frame";
import { Landing } from "./Landing";
import { InEnvironment } from "./environment";

/** page loads a page's code when it is opened. Each is a folder below pages with one exported component. */
function page<M extends Record<K, React.ComponentType>, K extends string>(
  path: string,
  load: () => Promise<M>,
  name: K,
): RouteObject {
  return { path, lazy: async () => ({ Component: (await load())[name] as React.ComponentType }) };
}

export const router = createBrowserRouter([
  { ...page("/signin", () => import("./SignIn"), "SignIn"), ErrorBoundary: Crashed, HydrateFallback: () => null },
  {
    Component: Frame,
    ErrorBoundary: Crashed,
    HydrateFallback: () => null,
    children: [
      { index: true, Component: Landing },
      page("environments/new", () => import("../pages/environment/NewEnvironment"), "NewEnvironment"),
      {
        path: "environments/:environment",
        Component: InEnvironment,
        children: [
          page("", () => import("../pages/home/Home"), "Home"),
          page("sources", () => import("../pages/sources/Sources"), "Sources"),
          page("sources/new", () => import("../pages/sources/NewSource"), "NewSource"),
          page("sources/:source", () => import("../pages/sources/Source"), "Source"),
          page("tables", () => import("../pages/tables/Tables"), "Tables"),
          page("tables/:table", () => import("../pages/tables/Table"), "TablePage"),
          page("unify", () => import("../pages/unify/Unify"), "Unify"),
          page("unify/:step", () => import("../pages/unify/UnifyStep"), "UnifyStep"),
          page("customers", () => import("../pages/customers/Customers"), "Customers"),
          page("customers/:customer", () => import("../pages/customers/Customer"), "CustomerPage"),
          page("sharing", () => import("../pages/sharing/Sharing"), "Sharing"),
          page("lake", () => import("../pages/lake/Lake"), "Lake"),
          page("permissions", () => import("../pages/system/Permissions"), "Permissions"),
          page("audit", () => import("../pages/system/Audit"), "Audit"),
          page("status", () => import("../pages/system/Status"), "Status"),
          page("status/:run", () => import("../pages/system/RunPage"), "RunPage"),
          page("about", () => import("../pages/system/About"), "About"),
        ],
      },
      page("*", () => import("./NotFound"), "NotFound"),
    ],
  },
]);
