// Steps with names, counted; what a page says on the console and what axe-core finds are counted with them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class Journey {
  steps = 0;
  failed = 0;
  unfair = 0; // of the failed: pages that could be reached, but are not as they should be
  lost = false;
  console = [];

  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(15_000);
    page.on("pageerror", (e) => this.console.push(`error thrown: ${e.message}`));
    page.on("console", (m) => {
      // The browser itself reports every answer of 4xx; whether the page deals with it is what the steps look at.
      if (m.type() === "error" && !m.text().startsWith("Failed to load resource")) this.console.push(m.text());
    });
  }

  /** step does one thing of the way. Where one fails, those after it cannot be reached and count as failed, too. */
  async step(name, act) {
    if (this.lost) return this.unreached(name);
    await this.check(name, act);
    this.lost = this.failed > this.unfair;
  }

  unreached(name) {
    this.steps++;
    this.failed++;
    console.log(`MISSED  ${name}`);
  }

  async check(name, act) {
    this.steps++;
    try {
      await act(this.page);
      console.log(`ok      ${name}`);
    } catch (e) {
      this.failed++;
      console.log(`FAILED  ${name}\n        ${String(e.message ?? e).split("\n").slice(0, 6).join("\n        ")}`);
      console.log(`        at ${this.page.url()}`);
      const shown = await this.page.locator("main").innerText({ timeout: 1_000 }).catch(() => "nothing");
      console.log(`        where the page shows: ${shown.replace(/\s+/g, " ").slice(0, 600)}`);
    }
  }

  /** fair checks the page that is open: no serious fault of accessibility, nothing on the console. */
  async fair(name) {
    if (this.lost) return;
    const before = this.failed;
    await this.check(`${name}: accessible, nothing on the console`, async (page) => {
      await page.evaluate(axe);
      // Fluent UI's marks for moving the focus are hidden and take the focus only to hand it on at once.
      const context = { include: [["html"]], exclude: [["[data-tabster-dummy]"]] };
      const { violations } = await page.evaluate((c) => globalThis.axe.run(c, { resultTypes: ["violations"] }), context);
      const serious = violations.filter((v) => v.impact === "serious" || v.impact === "critical");
      const said = this.console.splice(0);
      if (serious.length || said.length) {
        throw new Error(
          [...serious.map((v) => `${v.id}: ${v.help}\n${v.nodes.slice(0, 3).map((n) => `${n.html} ${n.failureSummary}`).join("\n")}`), ...said].join("\n"),
        );
      }
    });
    this.unfair += this.failed - before;
  }

  end() {
    console.log(`${this.steps} steps, ${this.failed} failed`);
    return this.failed === 0;
  }
}
