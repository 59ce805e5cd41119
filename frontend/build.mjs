/**
 * Bundles every entry of frontend/src (each *.ts and *.css that does not begin with "_") into static/build.
 *
 *   node frontend/build.mjs            minified, with source maps
 *   node frontend/build.mjs --watch    rebuilds on every change
 *
 * Names stay as they are (chairside.ts becomes chairside.js); Django's static files storage adds the hashes.
 */

import { readdir, rename, rm } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const target = join(here, "..", "static", "build");
const watching = process.argv.includes("--watch");

/** The entries: what a page may ask for by name. Files below folders and those named _like-this are parts. */
async function entries() {
  const found = await readdir(source, { withFileTypes: true });
  return found
    .filter((file) => file.isFile() && !file.name.startsWith("_") && !file.name.endsWith(".d.ts"))
    .filter((file) => [".ts", ".css"].includes(extname(file.name)))
    .map((file) => join(source, file.name));
}

const options = {
  entryPoints: await entries(),
  bundle: true,
  format: "esm",
  splitting: true,
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  target: ["es2022"],
  minify: !watching,
  sourcemap: true,
  legalComments: "linked",
  loader: { ".woff": "file", ".woff2": "file", ".svg": "file", ".png": "file" },
  logLevel: "warning",
};

if (watching) {
  const context = await esbuild.context({ ...options, outdir: target });
  await context.watch();
} else {
  // Built beside and moved into place: a build that fails leaves the last good one.
  const unfinished = `${target}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await esbuild.build({ ...options, outdir: unfinished });
  await rm(target, { recursive: true, force: true });
  if (options.entryPoints.length > 0) await rename(unfinished, target);
}
