import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// `npm run dev` shows the pages with changes at once; what they ask goes to the server below. Set OWNLAKE_URL
// to the server's address, and sign in there as usual.
const server = process.env["OWNLAKE_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  // web.go puts a new nonce into every answer; styles that the page makes while it runs carry it.
  html: { cspNonce: "OWNLAKE_NONCE" },
  build: { target: "es2022", assetsInlineLimit: 0, reportCompressedSize: false },
  server: { proxy: { "/api": { target: server }, "/auth": { target: server } } },
});
