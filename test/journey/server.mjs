// A server of the real binary on a folder and ports of its own, and a browser to look at it.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const binary = process.env.OWNLAKE_BIN;

/** accountKey is the key of the emulator's account, which every Azure SDK knows. */
export const accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/** freePorts are ports that nothing listens on now. */
async function freePorts(n) {
  const servers = await Promise.all(
    Array.from({ length: n }, () => new Promise((done) => { const s = createServer(); s.listen(0, "127.0.0.1", () => done(s)); })),
  );
  const ports = servers.map((s) => s.address().port);
  await Promise.all(servers.map((s) => new Promise((done) => s.close(done))));
  return ports;
}

/** run runs a command of the binary to its end and returns what it printed. */
export function run(...args) {
  return new Promise((done, fail) => {
    const p = spawn(binary, args);
    let out = "";
    p.stdout.on("data", (b) => (out += b));
    p.stderr.on("data", (b) => (out += b));
    p.on("close", (code) => (code === 0 ? done(out) : fail(new Error(`ownlake ${args.join(" ")}: exit code ${code}\n${out}`))));
  });
}

/** startServer begins `ownlake serve` on an empty folder, or `ownlake demo`, and waits until it printed a link that signs in. */
export async function startServer(command = "serve", ...args) {
  const folder = mkdtempSync(join(tmpdir(), "ownlake-journey-"));
  const [app, lake, dfs, tenant] = await freePorts(4);
  const p = spawn(binary, [
    command, ...args, "--data", join(folder, "data"), "--listen", `127.0.0.1:${app}`, "--lake-listen", `127.0.0.1:${lake}`,
    "--dfs-listen", `127.0.0.1:${dfs}`, "--tls-listen", "", "--tenant-listen", `127.0.0.1:${tenant}`, "--durability", "process",
  ]);
  let log = "";
  const link = await new Promise((done, fail) => {
    const look = (b) => {
      log += b;
      const found = /http\S+\/signin#link=\S+/.exec(log);
      if (found) done(found[0]);
    };
    p.stdout.on("data", look);
    p.stderr.on("data", look);
    p.on("close", (code) => fail(new Error(`the server ended with ${code}:\n${log}`)));
  });
  return {
    folder,
    link,
    url: `http://127.0.0.1:${app}`,
    data: join(folder, "data"),
    account: `http://127.0.0.1:${dfs}/devstoreaccount1`,
    log: () => log,
    stop: () =>
      new Promise((done) => {
        p.removeAllListeners("close");
        p.on("close", () => {
          rmSync(folder, { recursive: true, force: true });
          done();
        });
        p.kill("SIGTERM");
      }),
  };
}

/** startBrowser opens the browser of this machine. */
export const startBrowser = () =>
  chromium.launch({ executablePath: process.env.OWNLAKE_CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
