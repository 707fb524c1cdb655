import { defineConfig } from "vite";

/** Where `npm run dev` has the API. */
const API = "http://127.0.0.1:8080";

export default defineConfig({
  // Wherever a proxy puts it, it finds its files beside itself.
  base: "./",
  build: {
    target: "es2023",
    assetsDir: "console",
    // The policy of the page allows no data: URLs, and no script within it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: { host: "127.0.0.1", proxy: { "/v1": API, "/docs": API, "/problems": API, "/admin": API } },
});
