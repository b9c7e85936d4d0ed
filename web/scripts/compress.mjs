// Puts a Brotli and a gzip version beside every file of dist that shrinks by it, so that the server compresses
// nothing while it answers.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = new URL("../dist", import.meta.url).pathname;
let total = 0;
for (const name of readdirSync(dist, { recursive: true })) {
  const file = join(dist, name);
  if (!/\.(js|css|svg|json)$/.test(name) || statSync(file).size < 1024) continue;
  const content = readFileSync(file);
  const br = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  writeFileSync(`${file}.br`, br);
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
  total += br.length;
}
console.log(`all pages together: ${Math.round(total / 1000)} kB compressed`);
