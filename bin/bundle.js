#!/usr/bin/env node
// Write the bundles that browsers load (static/js) from the modules (js), to save requests.
//
//   bin/bundle.js           write them
//   bin/bundle.js --check   fail when they are out of date
//
// They are committed, because the computer that runs the app has no Node.

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// A module that several bundles need is in the first of these, and imported from there: pages load these first.
const SHARED = {
  app: ["app.js", "dom.js", "events.js", "http.js", "retry.js", "storage.js", "text.js"],
  live: ["live/board.js"],
  clock: ["clock/clock.js"],
  desk: ["desk/desk.js"],
  yjs: ["coediting/yjs.js"],
};
const OTHERS = {
  agenda: ["agenda/agenda.js"],
  conductor: ["conductor/conductor.js"],
  drafts: ["drafts/drafts.js"],
  my_groups: ["live/my_groups.js"],
  my_topics: ["live/my_topics.js"],
  operator: ["operator/operator.js"],
  phone_test: ["phone_test.js"],
  photos: ["photos/photos.js"],
  missing_reports: ["missing_reports.js"],
  read_messages: ["live/read_messages.js"],
  ready: ["ready.js"],
  report: ["report/report.js", "report/meter.js", "coediting/coediting.js"],
  rows: ["rows.js"],
  sheets: ["photos/sheets.js"],
  unread_reports: ["live/unread_reports.js"],
  wall: ["wall/wall.js"],
};
const BUNDLES = { ...SHARED, ...OTHERS };

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FROM = resolve(ROOT, "js");
const TO = resolve(ROOT, "static/js");

const owners = new Map(); // the shared bundle of each module, by its path
const needed = new Map(Object.keys(BUNDLES).map((name) => [name, new Set()])); // names that others import from it

/** Return the plugin that leaves modules of other bundles out; "all" exports everything from the bundle's own. */
const modulesOf = (name) => ({
  name: "modules of a bundle",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const owner = owners.get(resolve(resolveDir, path)) ?? name;
      return owner === name ? undefined : { path: `./${owner}.js`, external: true };
    });
    onResolve({ filter: /^all$/ }, () => ({ path: "all", namespace: "all" }));
    onLoad({ filter: /.*/, namespace: "all" }, () => {
      const own = [...owners].filter(([, owner]) => owner === name);
      return { contents: own.map(([path]) => `export * from ${JSON.stringify(path)};`).join("\n"), resolveDir: FROM };
    });
  },
});

async function make(name, minify, more = "") {
  const entries = BUNDLES[name].map((path) => `import "./${path}";\n`).join("");
  const { metafile, outputFiles } = await build({
    stdin: { contents: entries + more, resolveDir: FROM },
    plugins: [modulesOf(name)],
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "es2020",
    charset: "utf8",
    minify,
    metafile: true,
    write: false,
  });
  return { modules: Object.keys(metafile.inputs), text: outputFiles[0].text };
}

/** Record the modules of a bundle, and the names that it imports from other bundles. */
async function explore(name) {
  const { modules, text } = await make(name, false);
  for (const [, words, other] of text.matchAll(/^import \{([^}]*)\} from "\.\/(\w+)\.js";$/gm)) {
    for (const word of words.split(",")) needed.get(other).add(word.trim().split(" as ")[0]);
  }
  if (!(name in SHARED)) return;
  for (const module of modules.filter((path) => path.startsWith("js/"))) owners.set(resolve(ROOT, module), name);
}

async function write(name) {
  const words = [...needed.get(name)].sort().join(", ");
  const { text } = await make(name, true, words && `export { ${words} } from "all";`);
  return [`${name}.js`, text];
}

for (const name of Object.keys(BUNDLES)) await explore(name);
const bundles = new Map(await Promise.all(Object.keys(BUNDLES).map(write)));
const old = new Map();
await mkdir(TO, { recursive: true });
for (const file of await readdir(TO)) old.set(file, await readFile(resolve(TO, file), "utf8"));

const changed = [...new Set([...bundles.keys(), ...old.keys()])].filter((file) => bundles.get(file) !== old.get(file));
if (process.argv[2] === "--check") {
  if (changed.length) console.error(`static/js is not what js makes (${changed.join(", ")}): make bundle`);
  process.exitCode = Number(changed.length > 0);
} else {
  for (const file of changed) {
    if (bundles.has(file)) await writeFile(resolve(TO, file), bundles.get(file));
    else await rm(resolve(TO, file));
  }
}
