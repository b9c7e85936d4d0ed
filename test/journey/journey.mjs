// From the first start of an empty server to unified customers in an account of one's own, without the command line.
import { join } from "node:path";
import { accountKey, run, startBrowser, startServer } from "./server.mjs";
import { Journey } from "./steps.mjs";

const server = await startServer();
const browser = await startBrowser();
const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
const page = await context.newPage();
const j = new Journey(page);
const heading = (name) => page.getByRole("heading", { name, exact: true });
const see = (locator) => locator.first().waitFor();
const field = (label) => page.getByLabel(new RegExp(`^${label}\\*?$`)); // a required field has an asterisk
const button = (name) => page.getByRole("button", { name, exact: true });
const choose = async (label, option) => {
  await page.getByRole("combobox", { name: label }).click();
  await page.getByRole("option", { name: option, exact: true }).click();
};

try {
  const files = join(server.folder, "sample");
  await run("sample", "--customers", "400", "--seed", "1", "--out", files);
  await signIn();
  await environment();
  await sources(files);
  await unify();
  await customers();
  await sharing();
  await lake(files);
  await system();
} finally {
  await browser.close();
  await server.stop();
}
process.exit(j.end() ? 0 : 1);

async function signIn() {
  await j.step("without a session every page leads to the sign-in", async () => {
    await page.goto(`${server.url}/environments/new?a=b`);
    await page.waitForURL(/\/signin\?returnTo=%2Fenvironments%2Fnew%3Fa%3Db/);
    await see(heading("Sign in"));
  });
  await j.fair("sign-in");
  await j.step("a link that is not good is refused, with a reason", async () => {
    await page.getByLabel("Link or code").fill("nonsense");
    await button("Sign in with the link").click();
    await see(page.getByRole("alert").getByText("The link did not sign you in."));
  });
  await j.step("the link of the first start signs in", async () => {
    await page.goto("about:blank"); // an address that differs in its fragment alone would load nothing
    await page.goto(server.link);
    const onThisMachine = button("Come in as the administrator of this machine");
    await see(onThisMachine.or(heading("One view of every customer, on a lake you own")));
    if (await onThisMachine.isVisible()) await onThisMachine.click();
    await see(heading("One view of every customer, on a lake you own"));
  });
  await j.fair("first page");
}

async function environment() {
  await j.step("the wizard asks name and region before it goes on", async () => {
    await button("New environment").click();
    await see(heading("New environment"));
    if (await button("Next").isEnabled()) throw new Error("Next is enabled with nothing filled in");
    await field("Name").fill("Contoso");
    await choose("Region", "West Europe");
    await see(page.locator("button:enabled", { hasText: "Next" }));
  });
  await j.fair("basic information");
  await j.step("what was typed survives a reload", async () => {
    await page.reload();
    await see(field("Name"));
    if ((await field("Name").inputValue()) !== "Contoso") throw new Error("the name is gone");
    await button("Next").click();
  });
  await j.step("a name that no account can have is refused as it is typed", async () => {
    await page.getByText("Azure Data Lake Storage Gen2: an account of your own").click();
    await field("Storage account").fill("Not An Account");
    await see(page.getByText("A storage account has 3 to 24 lower-case letters and digits."));
  });
  await j.step("a wrong key fails a prerequisite, with how to mend it", async () => {
    await field("Storage account").fill(server.account);
    await field("Account key").fill(accountKey.replace("Eby8", "AAAA"));
    await see(page.getByText("What to do:"));
    if (await button("Next").isEnabled()) throw new Error("Next is enabled though a prerequisite fails");
  });
  await j.fair("data storage");
  await j.step("the right key passes every prerequisite", async () => {
    await field("Account key").fill(accountKey);
    await page.getByText("Create the container customerinsights").click();
    await page.locator("button:enabled", { hasText: "Next" }).click();
    await see(heading("Review"));
  });
  await j.fair("review");
  await j.step("the environment is created in the account", async () => {
    await button("Create").click();
    await see(heading("Contoso"));
    await see(page.getByText("Add a data source"));
  });
  await j.fair("home of an empty environment");
}

async function sources(files) {
  await j.step("a place where nothing is says so", async () => {
    await page.getByRole("link", { name: "Data sources" }).click();
    await see(page.getByText("No data source yet"));
    await button("Add a data source").first().click();
    await field("Name").fill("CRM");
    await page.getByLabel("Files, folders or patterns").fill(join(files, "nowhere.csv"));
    await button("Look at the data").click();
    await see(page.getByRole("alert").getByText("The data could not be looked at."));
  });
  await j.step("a name with a blank is refused as it is typed", async () => {
    await field("Name").fill("my source");
    await see(page.getByText("A name begins with a letter and has letters, digits and _ only."));
    if (await button("Look at the data").isEnabled()) throw new Error("a wrong name can be sent");
  });
  await addSource("CRM", [join(files, "crm", "contacts.csv")], "Contacts");
  await j.fair("what was found in a source");
  await save();
  await addSource("Loyalty", [join(files, "loyalty", "members.csv")], "Members");
  await save();
  await addSource("Shop", [join(files, "shop", "customers.csv"), join(files, "shop", "orders.csv")], "Customers", true);
  await j.step("the last source is saved and all are refreshed", async () => {
    await button("Save and refresh").click();
    await see(heading("Data sources"));
    await see(page.getByRole("link", { name: "Shop", exact: true }));
    await ended();
  });
  await j.fair("data sources");
  await j.step("a source shows its tables and the rows that did not fit", async () => {
    await page.getByRole("link", { name: "CRM", exact: true }).click();
    await see(page.getByRole("link", { name: "CRM_Contacts", exact: true }));
  });
  await j.fair("one data source");
  await j.step("a table shows rows, columns and files", async () => {
    await page.getByRole("link", { name: "CRM_Contacts", exact: true }).click();
    await see(page.getByRole("columnheader", { name: "ContactId" }));
    await page.getByRole("tab", { name: "Columns" }).click();
    await see(page.getByRole("cell", { name: "Person.FirstName" }));
    await page.getByRole("tab", { name: "Files" }).click();
    await see(page.getByText(/Ingestion\/CRM_Contacts\//));
  });
  await j.fair("table");
}

async function addSource(name, locations, table, upload = false) {
  await j.step(`${name}: what is in ${upload ? "files that are uploaded" : "the files"} is found`, async () => {
    if (!page.url().endsWith("/sources/new")) {
      await page.getByRole("link", { name: "Data sources" }).click();
      await button("Add a data source").first().click();
    }
    await field("Name").fill(name);
    if (upload) {
      await page.getByLabel("Files of this computer").setInputFiles(locations);
      await page.waitForFunction(
        ([label, n]) => document.querySelector(label)?.value.split("\n").filter(Boolean).length === n,
        ["textarea", locations.length],
      );
    } else {
      await page.getByLabel("Files, folders or patterns").fill(locations.join("\n"));
    }
    await button("Look at the data").click();
    await see(heading(table));
  });
}

async function save() {
  await j.step("it is saved", async () => {
    await button("Save").click();
    await see(heading("Data sources"));
  });
}

/** ended waits until no run is going. */
async function ended() {
  await page.getByRole("button", { name: "Cancel the run" }).waitFor({ state: "hidden", timeout: 60_000 });
}

async function unify() {
  await j.step("tables with customers are chosen, their fields are suggested", async () => {
    await page.getByRole("link", { name: "Unify" }).click();
    await button("Begin with source fields").click();
    for (const table of ["CRM_Contacts", "Shop_Customers", "Loyalty_Members"]) {
      await page.getByRole("checkbox", { name: new RegExp(`^${table} `) }).check();
      await see(heading(table));
    }
  });
  await j.fair("source fields");
  await j.step("leaving without saving asks first", async () => {
    await page.getByRole("link", { name: "Unify", exact: true }).first().click();
    await see(page.getByText("The changes of this step are not saved."));
    await button("Stay").click();
    await button("Save and next").click();
    await see(heading("Duplicate records"));
  });
  await j.fair("duplicate records");
  await j.step("matching is left to the model", async () => {
    await button("Next").click();
    await see(heading("Matching conditions"));
    await see(page.getByText("Automatic: a model that learns"));
  });
  await j.fair("matching conditions");
  await j.step("a rule can be added, is refused where it says nothing, and taken back", async () => {
    await page.getByText("By rules: records match").click();
    await see(page.getByRole("group", { name: "Rule Rule 1" }));
    await button("Delete the condition").first().click();
    await button("Save and next").click();
    await see(page.getByRole("alert").getByText("The changes were not saved."));
    await button("Undo the changes").click();
    await button("Next").click();
    await see(heading("Unified customer fields"));
  });
  await j.fair("unified customer fields");
  await j.step("customer profiles are unified", async () => {
    await button("Review").click();
    await button("Unify customer profiles").click();
    await see(page.getByText(/customers from .* source records/));
    await ended();
  });
  await j.fair("results of unification");
}

async function customers() {
  await j.step("customers are found by what is in them", async () => {
    await page.getByRole("link", { name: "Customers", exact: true }).click();
    await see(page.getByText(/^[\d,]+ customers$/));
    const tiles = page.locator("main a[href*='/customers/']");
    const name = (await tiles.first().locator("span").first().textContent()).split(" ").at(-1);
    await page.getByLabel("Search customers").fill(name);
    await page.waitForURL(/\?q=/);
    await see(tiles.filter({ hasText: name }));
  });
  await j.fair("customers");
  await j.step("a search without a hit says so", async () => {
    await page.getByLabel("Search customers").fill("xyzzy qqq");
    await see(page.getByText("No customer has “xyzzy qqq” in a field"));
    await page.getByLabel("Search customers").fill("");
    await page.getByRole("button", { name: "Later" }).click();
    await see(page.getByText(/^Page 2 of/));
  });
  await j.step("a customer's card shows fields, source records and history", async () => {
    await page.locator("main a[href*='/customers/']").first().click();
    await see(heading("Profile"));
    await see(page.getByText(/source record/));
    await see(heading("History of the id"));
  });
  await j.fair("customer card");
}

async function sharing() {
  await j.step("sharing asks for a sign-in to the cloud first", async () => {
    await page.getByRole("link", { name: "Sharing" }).click();
    await see(heading("Sign in to the cloud"));
    await page.getByText("Another cloud, such as the tenant in the box").click();
    if (await button("Get a code").isEnabled()) throw new Error("a cloud without an address can be asked");
  });
  await j.step("a permissions identifier that is none is refused as it is pasted", async () => {
    await page.getByLabel("Address of the organisation").fill("https://contoso.crm4.dynamics.com");
    await page.getByText("Enable data sharing").click();
    await page.getByLabel("Permissions identifier").fill("not one");
    await see(page.locator("[role=alert], [id$=validationMessage]").filter({ hasText: /\S/ }));
  });
  await j.fair("sharing");
}

async function lake(files) {
  await j.step("the lake shows the environment's folder, and how to read it", async () => {
    await page.getByRole("link", { name: "Lake", exact: true }).click();
    await see(page.getByRole("link", { name: "Ingestion", exact: true }));
    await page.getByRole("tab", { name: "Spark" }).click();
    await see(page.getByText("spark.read.format"));
  });
  await j.fair("lake");
  await j.step("a model.json is shown with its tables and its access control list", async () => {
    await page.getByRole("link", { name: "Ingestion", exact: true }).click();
    await page.getByRole("link", { name: "model.json", exact: true }).click();
    await see(page.getByRole("cell", { name: "CRM_Contacts", exact: true }));
    await page.getByRole("tab", { name: "Access" }).click();
    await see(page.getByRole("cell", { name: "the owning group" }));
  });
  await j.fair("a file of the lake");
  await j.step("a folder is made, a file is uploaded and shown", async () => {
    await button("Close").click();
    await page.getByRole("link", { name: "Lake", exact: true }).click();
    await see(page.getByRole("link", { name: "Ingestion", exact: true }));
    await button("New folder").click();
    await field("Name of the folder").fill("Mine");
    await button("Make the folder").click();
    await page.getByRole("link", { name: "Mine", exact: true }).click();
    await see(page.getByText("The folder is empty"));
    await page.getByLabel("Files to upload").setInputFiles(join(files, "crm", "contacts.csv"));
    await page.getByRole("link", { name: "contacts.csv", exact: true }).click();
    await see(page.getByRole("cell", { name: "ContactId" }));
    await button("Close").click();
  });
  await j.step("a file is never uploaded over another", async () => {
    await page.getByLabel("Files to upload").setInputFiles(join(files, "crm", "contacts.csv"));
    await see(page.getByRole("alert").getByText("A file was not uploaded."));
  });
  await j.step("a file is renamed", async () => {
    await button("Rename contacts.csv").click();
    if (await button("Rename").isEnabled()) throw new Error("a file can be renamed to what it is called");
    await field("New name").fill("people.csv");
    await button("Rename").click();
    await see(page.getByRole("link", { name: "people.csv", exact: true }));
  });
  await j.fair("a folder of the lake");
}

async function system() {
  await j.step("home shows the customers and the last run", async () => {
    await page.getByRole("link", { name: "Home" }).click();
    await see(page.getByText("unified profiles"));
    await see(page.getByText("Growth over runs"));
  });
  await j.fair("home");
  await j.step("status lists the tasks of every process, and the runs", async () => {
    await page.getByRole("link", { name: "Status" }).click();
    await see(heading("Merge"));
    await page.getByRole("tab", { name: "Runs" }).click();
    await page.getByRole("row").nth(1).getByRole("link").click();
    await see(heading("Progress details"));
  });
  await j.fair("progress details");
  await j.step("about names the id and the account", async () => {
    await page.getByRole("link", { name: "About" }).click();
    await see(page.getByText("Environment id"));
    await see(page.getByText("Account key"));
  });
  await j.fair("about");
  await j.step("permissions give nobody a role before somebody is chosen", async () => {
    await page.getByRole("link", { name: "Permissions" }).click();
    await see(heading("Give a role"));
    if (await button("Give the role").isEnabled()) throw new Error("a role can be given to nobody");
  });
  await j.fair("permissions");
  await j.step("a user of the tenant is given a role, and loses it", async () => {
    await page.getByRole("combobox", { name: "User, group or application" }).pressSequentially("adm");
    await page.getByRole("option").first().click();
    await button("Give the role").click();
    await see(page.getByRole("heading", { name: "Who has a role" }));
    await page.getByRole("button", { name: /^Take the role of/ }).first().click();
    await see(page.getByText("Nobody has a role in this environment alone"));
  });
  await j.step("the audit log has what was changed", async () => {
    await page.getByRole("link", { name: "Audit" }).click();
    await see(page.getByText("setPermission"));
    await see(page.getByText("putDefinitions"));
  });
  await j.fair("audit");
  await j.step("an address that is shared opens what it names after a reload", async () => {
    const tables = page.url().replace(/audit$/, "tables?q=dedup");
    await page.goto(tables);
    await see(page.getByRole("link", { name: "Deduplication_CRM_Contacts" }));
    if (await page.getByRole("link", { name: "CRM_Contacts", exact: true }).isVisible()) throw new Error("the search of the address is not applied");
  });
  await j.step("what does not exist says so", async () => {
    await page.goto(`${server.url}/nowhere`);
    await see(page.getByText("There is no page at this address."));
    await page.goto(`${server.url}/environments/00000000-0000-0000-0000-000000000000`);
    await see(page.getByText(/There is no environment/));
  });
  await j.step("dark is kept over a reload and is as accessible", async () => {
    await page.goto(server.url);
    await see(heading("Contoso"));
    await page.getByRole("button", { name: /^You:/ }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    await page.keyboard.press("Escape");
    await page.reload();
    await see(heading("Contoso"));
    const scheme = await page.evaluate(() => document.documentElement.style.colorScheme);
    if (scheme !== "dark") throw new Error(`the colour scheme is ${scheme}`);
  });
  await j.fair("home in the dark");
  await j.step("signing out ends the session", async () => {
    await page.getByRole("button", { name: /^You:/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await see(heading("Sign in"));
    await page.goto(server.url);
    await see(heading("Sign in"));
  });
}
