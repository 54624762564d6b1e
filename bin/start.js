const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`cka-net: Node.js 20.19 or newer is needed, this is ${process.versions.node}`);
  process.exit(2);
}

const { existsSync } = await import('node:fs');
const entry = new URL('../dist/main.js', import.meta.url);
if (!existsSync(entry)) {
  console.error('cka-net: it is not built yet; run "npm ci" (or "npm run build") in its directory');
  process.exit(2);
}
await import(entry.href);
