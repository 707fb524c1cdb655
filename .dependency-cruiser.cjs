/** Who may import whom, as ARCHITECTURE.md tells it. */
module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Modules that need each other are one module; types count, too.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "Every import leads somewhere.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "similarity-stands-alone",
      comment: "The scoring engine knows nothing of queues, HTTP or Redis; it could be published by itself.",
      severity: "error",
      from: { path: "^packages/similarity/src" },
      to: { path: "^(apps|packages)/", pathNot: "^packages/similarity/src" },
    },
    {
      name: "similarity-needs-no-package",
      comment: "Nor anything of Node but its buffers, and what reads the kernel's file.",
      severity: "error",
      from: { path: "^packages/similarity/src" },
      to: { dependencyTypesNot: ["local", "localmodule"], pathNot: "^(node:)?(buffer|fs/promises)$" },
    },
    {
      name: "products-declare-what-they-import",
      comment:
        "A package that only the root has, or only as a development dependency, is missing where the product is installed.",
      severity: "error",
      from: { path: "^(apps|packages)/[^/]+/src" },
      to: { path: "node_modules/", dependencyTypesNot: ["npm"] },
    },
    {
      name: "shared-stands-alone",
      comment: "What both apps agree on depends on neither of them, nor on the engine.",
      severity: "error",
      from: { path: "^packages/shared/src" },
      to: { path: "^(apps|packages)/", pathNot: "^packages/shared/(src/|package\\.json$)" },
    },
    {
      name: "client-imports-types-of-shared-alone",
      comment: "What is published of it is complete by itself, and runs wherever there is fetch.",
      severity: "error",
      from: { path: "^packages/client/src" },
      to: { pathNot: "^packages/(client|shared)/src/" },
    },
    {
      name: "client-loads-nothing-but-itself",
      severity: "error",
      from: { path: "^packages/client/src" },
      to: { pathNot: "^packages/client/src/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "console-knows-the-public-api-alone",
      comment: "What it can do, any client can.",
      severity: "error",
      from: { path: "^apps/console/src" },
      to: { path: "^(apps|packages)/", pathNot: "^(apps/console|packages/client)/src/" },
    },
    {
      name: "api-imports-only-shared-and-scanning",
      comment: "The API never scores, nor parses candidates: of the engine it may use the JSON scan.",
      severity: "error",
      from: { path: "^apps/api/src" },
      to: {
        path: "^(apps|packages)/",
        pathNot:
          "^(apps/api/src/|packages/shared/src/|packages/similarity/src/json/(?!parse-candidates\\.ts$))",
      },
    },
    {
      name: "worker-imports-only-shared-and-similarity",
      severity: "error",
      from: { path: "^apps/worker/src" },
      to: {
        path: "^(apps|packages)/",
        pathNot: "^(apps/worker/src|packages/shared/src|packages/similarity/src)/",
      },
    },
    {
      name: "only-threads-score",
      comment: "The worker's main thread never loads the engine.",
      severity: "error",
      from: { path: "^apps/worker/src", pathNot: "^apps/worker/src/scoring/thread-entry\\.ts$" },
      to: { path: "^packages/similarity/" },
    },
    {
      name: "thread-entries-are-loaded-by-path",
      comment: "An import would run in the main thread what is meant for another.",
      severity: "error",
      from: { path: "^(apps|packages)/[^/]+/src" },
      to: {
        path: "^apps/(worker/src/(scoring/thread-entry|sandbox/thread-main)|api/src/submission/look-through-thread|console/src/list/desk)\\.ts$",
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "sandbox-knows-no-scoring",
      comment: "The sandbox is of use to anyone with a BullMQ worker.",
      severity: "error",
      from: { path: "^apps/worker/src/sandbox" },
      to: { path: "^(apps|packages)/", pathNot: "^apps/worker/src/sandbox" },
    },
    {
      name: "bullmq-in-its-rooms",
      comment: "BullMQ is imported where a queue is made or consumed, and for Bull Board.",
      severity: "error",
      from: {
        path: "^(apps|packages)/[^/]+/src",
        pathNot:
          "^(packages/shared/src/queue/|apps/worker/src/(scoring|sandbox|webhooks)/|apps/api/src/operations/bull-board\\.ts$)",
      },
      to: { path: "node_modules/bullmq/" },
    },
    {
      name: "no-tests-in-products",
      severity: "error",
      from: { path: "^(apps|packages)/[^/]+/src" },
      to: { path: "(^test/|^scripts/|/test/)", pathNot: "node_modules" },
    },
  ],
  options: {
    parser: "swc",
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    // The kernel is AssemblyScript, and imports nothing but itself; dist/ is what is packed.
    exclude: {
      path: "^packages/similarity/kernel/|^packages/[^/]+/dist/|^[^/]+/[^/]+/node_modules|^node_modules/\\.bin",
    },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types", "default"],
      extensions: [".ts", ".tsx", ".js", ".cjs", ".mjs", ".json"],
    },
  },
};
