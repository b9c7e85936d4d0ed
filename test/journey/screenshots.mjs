// Pictures of every page, light and dark, wide and narrow, of the demo's data: test/journey/screenshots/.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startBrowser, startServer } from "./server.mjs";

const folder = new URL("screenshots", import.meta.url).pathname;
mkdirSync(folder, { recursive: true });

const pages = {
  home: "",
  customers: "customers",
  sources: "sources",
  source: "sources/CRM",
  "new-source": "sources/new",
  unify: "unify",
  "unify-fields": "unify/fields",
  "unify-duplicates": "unify/duplicates",
  "unify-matching": "unify/matching",
  "unify-merge": "unify/merge",
  tables: "tables",
  table: "tables/Customer",
  sharing: "sharing",
  lake: "lake",
  "lake-model": "lake?file=Ingestion%2Fmodel.json",
  status: "status",
  runs: "status?show=runs",
  about: "about",
  permissions: "permissions",
  audit: "audit",
};

const server = await startServer("demo", "--customers", process.env.CUSTOMERS ?? "5000");
const browser = await startBrowser();
let made = 0;
try {
  const storageState = await signIn();
  for (const [look, colorScheme, width] of [["light", "light", 1280], ["dark", "dark", 1280], ["narrow", "light", 390]]) {
    const context = await browser.newContext({ storageState, colorScheme, viewport: { width, height: 860 } });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForURL(/\/environments\//);
    const environment = page.url();
    for (const [name, path] of Object.entries(pages)) {
      await picture(page, path === "" ? environment : `${environment}/${path}`, `${name}-${look}`);
    }
    await picture(page, `${server.url}/environments/new`, `new-environment-${look}`);
    await context.close();
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${made} pictures in ${folder}`);

async function signIn() {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.link);
  const onThisMachine = page.getByRole("button", { name: "Come in as the administrator of this machine" });
  const frame = page.getByRole("navigation", { name: "Pages" });
  await onThisMachine.or(frame).first().waitFor();
  if (await onThisMachine.isVisible()) await onThisMachine.click();
  await frame.waitFor();
  const state = await context.storageState();
  await picture(page, `${server.url}/signin`, "sign-in");
  await context.close();
  return state;
}

async function picture(page, address, name) {
  await page.goto(address);
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  made++;
}
