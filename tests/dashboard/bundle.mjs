// bundle.mjs SOURCE TARGET: the page's program in one file. Run where node_modules lies.

import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import process from 'node:process';

const here = createRequire(resolve(process.cwd(), 'package.json'));
const esbuild = here('esbuild');
const [source, target] = process.argv.slice(2);

await esbuild.build({
    entryPoints: [source],
    outfile: target,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    jsx: 'automatic',
    nodePaths: [resolve(process.cwd(), 'node_modules')],
    define: { 'process.env.NODE_ENV': '"production"', global: 'window' },
    loader: { '.svg': 'dataurl', '.png': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl' },
    logLevel: 'error',
});
