#!/usr/bin/env node
// Checked before anything else is loaded: older versions cannot read the sources at all.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  process.stderr.write(
    `firebreak needs Node 24 or newer; this is ${process.versions.node}. Run it with npm: npm run firebreak -- …\n`,
  );
  process.exit(2);
}
// Stripping types and compiling takes longer than most commands; the cache is Node's own, in the system's temporary folder.
(await import('node:module')).enableCompileCache();
const { run } = await import('./cli.ts');
await run(process.argv.slice(2));
